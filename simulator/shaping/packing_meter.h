// What the shard would make of lines: records, calls and billed bytes, in virtual time and without
// a network.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/pack/shard.h"

namespace edgehose {

// Lines held back to bring requests into the order of their times.
inline constexpr size_t kReorderBytesMax = size_t{64} << 20;

// Runs the collector's own shard against a Firehose that accepts everything at once.
class PackingMeter {
 public:
  explicit PackingMeter(const ShardOptions& options, size_t reorder_bytes_max = kReorderBytesMax);

  // The lines of a request (a frame of pack/lines.h) that came at `now_ms`. Requests may come in
  // any order: up to `reorder_bytes_max` of their lines are held back, and the earliest goes first.
  // A shard's time never runs back, so one that is earlier than those that went counts as the
  // latest.
  void submit(int64_t now_ms, std::string_view lines);
  // Sends what is held back and what still waits for company.
  void finish();

  // Those that counted as the latest: they share records that in earnest they would not.
  uint64_t late_requests() const { return late_requests_; }

  // Lines of requests that the shard had no room for are not in these.
  const ShardCounters& counters() const { return shard_.counters(); }

 private:
  struct Held {
    int64_t now_ms;
    uint64_t number;
    std::string lines;
  };
  static bool is_later(const Held& a, const Held& b);
  void submit_earliest();
  void run_effects();
  void carry_out(const Effect& effect);
  void run_until(int64_t now_ms);

  Shard shard_;
  size_t reorder_bytes_max_;
  std::vector<Held> held_;  // a heap, the earliest at its front
  size_t held_bytes_ = 0;
  uint64_t late_requests_ = 0;
  uint64_t next_request_id_ = 1;
  int64_t now_ms_ = 0;
  bool has_time_ = false;
  bool has_wake_ = false;
  int64_t wake_ms_ = 0;
};

}  // namespace edgehose
