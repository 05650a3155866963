// What the audit needs of one line of the lake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

struct LakeLine {
  enum class Kind : uint8_t {
    delivered,  // an event
    failed,     // a failed event: the id is that of its raw text, empty where that has none
  };
  Kind kind = Kind::delivered;
  std::string event_id = {};
  uint64_t digest = 0;  // of a delivered event
};

// Nothing when the line is no JSON object or neither kind.
[[nodiscard]] std::optional<LakeLine> read_lake_line(std::string_view line);

// The record that an error record of Firehose holds, base64 undone; nothing when the line is none.
[[nodiscard]] std::optional<std::string> read_error_record(std::string_view line);

// Ids that text which need not be JSON seems to hold: at most `most`.
[[nodiscard]] std::vector<std::string> event_ids_in(std::string_view text, size_t most = 10);

// Ids of the events that a raw line holds: an event by itself, what a page sends, or a request
// whose body is that.
[[nodiscard]] std::vector<std::string> raw_event_ids(std::string_view line);

}  // namespace edgehose
