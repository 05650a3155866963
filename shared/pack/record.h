// A Firehose record on its way: lines of one stream and one partition, and whom they belong to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "shared/pack/close_rule.h"

namespace edgehose {

// The part of a record that one owner (a request, or a stored row) brought.
struct Share {
  uint64_t owner;
  uint32_t lines;
};

struct Record {
  std::string partition;
  std::string data;  // lines, each with its newline; or a gzip member of them
  std::vector<Share> shares;
  uint32_t lines = 0;
  uint32_t events = 0;
  uint32_t line_bytes = 0;     // of the lines, newlines included
  uint32_t attempts = 0;       // sends, or compressions that failed
  bool is_ambiguous = false;   // an answer left open whether Firehose holds it
  int64_t since_ms = 0;        // when its first line came
  int64_t not_before_ms = 0;   // backoff
  uint64_t line_cost_bytes{};  // bookkeeping charged for each line

  // What it is charged while the shard holds it. A member of few lines may be larger than they are;
  // it is not charged more than was granted to them.
  uint64_t held_bytes() const {
    return std::min<uint64_t>(data.size(), line_bytes) + lines * line_cost_bytes;
  }
};

// A list, so that a record goes from one to the next, and out of the middle, without being moved.
using Records = std::list<Record>;

// A record that still takes lines.
class OpenRecord {
 public:
  OpenRecord(std::string_view partition, uint64_t line_cost_bytes);

  bool is_empty() const { return ends_.empty(); }
  const Record& record() const { return record_; }
  const std::vector<LineEnd>& ends() const { return ends_; }
  int64_t since_ms() const { return record_.since_ms; }

  void add(int64_t now_ms, uint64_t owner, std::string_view line, uint32_t events);
  // Lines that came at `until_ms` or before; they stand at the front.
  size_t lines_until(int64_t until_ms) const;
  // Takes its first `lines` off as a record: bytes exactly as large as needed.
  [[nodiscard]] Record cut(size_t lines);

 private:
  Record record_;
  std::vector<LineEnd> ends_;
};

}  // namespace edgehose
