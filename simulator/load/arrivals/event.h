// An event as a sender makes it, and its JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace edgehose {

// Members that are empty (or 0 for a screen) are left out of the text.
struct SentEvent {
  using Value = std::variant<std::string, int64_t>;

  std::string event_id;
  std::string content_type;
  int64_t time_ms = 0;
  std::string user_id;
  std::string anonymous_id;
  std::string session_id;
  std::string page_url;
  std::string page_title;
  std::string language;
  std::string timezone;
  uint32_t screen_width = 0;
  uint32_t screen_height = 0;
  std::string referrer_url;
  std::string user_agent;
  std::vector<std::pair<std::string, Value>> properties;
};

// A sender calls the instant `time`; a delivered line calls it `event_time`.
enum class TimeMember : uint8_t { time, event_time };

// Appends the event as one JSON object without blanks.
void append_event_json(std::string& out, const SentEvent& event, TimeMember time_member);

// The UUIDv7 (RFC 9562) of an instant, with 74 of the given bits as its random part.
[[nodiscard]] std::string uuid_v7(int64_t unix_ms, uint64_t bits_a, uint64_t bits_b);

}  // namespace edgehose
