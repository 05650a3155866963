// One event as its sender wrote it: found in the request, checked member by member, kept as spans
// of the request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/byte_buffer.h"
#include "shared/base/json_scan.h"
#include "shared/base/limits.h"
#include "shared/base/uuid.h"
#include "shared/event/own_data.h"
#include "shared/plan/plan.h"
#include "shared/plan/validator.h"

namespace edgehose {

// The members a sender may name, in the order of the delivered line.
enum class Member : uint8_t {
  event_id,
  content_type,
  time,
  user_id,
  anonymous_id,
  session_id,
  page_url,
  page_title,
  language,
  timezone,
  screen_width,
  screen_height,
  referrer_url,
  user_agent,
  properties,
  consent,
  count,
};
inline constexpr size_t kMemberCount = static_cast<size_t>(Member::count);

// Whether one of them has this name.
[[nodiscard]] bool is_member_name(std::string_view name);

// Views point into the request's body and live as long as it; what the reader made, an event_id or
// a content_type that came with escapes among it, lives until its next read.
struct Event {
  std::array<std::string_view, kMemberCount>
      raw;                    // checked JSON values; empty where absent, null or ""
  uint32_t escaped = 0;       // bit of each member that holds a backslash
  uint32_t rewritten = 0;     // bit of each that json_append_compact() would change
  std::string_view text;      // the event itself
  std::string_view event_id;  // without quotes, and with escapes undone
  std::string_view content_type;
  int64_t time_ms = 0;
  std::optional<ContentTypePlan> plan;  // what the plan says of its content type
  std::string_view planned_properties;  // own data as the plan shaped it; empty without a plan
  std::string_view coerced;  // JSON array of pointers into properties, where types were adjusted

  // As it was made. (A small struct's zeros are a call of the host's code in WASM, and each event
  // would pay for it.)
  void clear() {
    for (std::string_view& value : raw) {
      value = {};
      asm volatile("");  // else compilers see a fill of memory, and call it
    }
    escaped = 0;
    rewritten = 0;
    text = {};
    event_id = {};
    content_type = {};
    time_ms = 0;
    plan.reset();
    planned_properties = {};
    coerced = {};
  }

  std::string_view operator[](Member member) const { return raw[static_cast<size_t>(member)]; }
  bool is_escaped(Member member) const {
    return (escaped >> static_cast<uint32_t>(member) & 1) != 0;
  }
  bool is_rewritten(Member member) const {
    return (rewritten >> static_cast<uint32_t>(member) & 1) != 0;
  }
};

// Why an event cannot be delivered. It becomes a failed event, beside its good neighbours.
struct Rejected {
  std::string_view reason;  // a stable word, e.g. "missing_member"
  std::string pointer;      // JSON Pointer in the event
  std::string_view
      keyword;           // the rule in JSON Schema's words, e.g. "required"; empty where none fits
  std::string expected;  // at most a line
  std::string actual;    // what was found, at most 64 bytes of it
  std::string content_type;  // when it could be told
};

// The words of `reason`.
namespace reason {
inline constexpr std::string_view malformed_json = "malformed_json";
inline constexpr std::string_view invalid_utf8 = "invalid_utf8";
inline constexpr std::string_view too_deep = "too_deep";
inline constexpr std::string_view not_an_object = "not_an_object";
inline constexpr std::string_view unknown_member = "unknown_member";
inline constexpr std::string_view duplicate_member = "duplicate_member";
inline constexpr std::string_view missing_member = "missing_member";
inline constexpr std::string_view wrong_type = "wrong_type";
inline constexpr std::string_view invalid_value = "invalid_value";
inline constexpr std::string_view event_too_large = "event_too_large";
inline constexpr std::string_view invalid_properties = "invalid_properties";
inline constexpr std::string_view too_costly = "too_costly";
inline constexpr std::string_view late_event = "late_event";
inline constexpr std::string_view future_event = "future_event";
inline constexpr std::string_view unknown_content_type = "unknown_content_type";
}  // namespace reason

// The instant a raw JSON value names: ISO 8601 in a string, or an epoch as number or string.
[[nodiscard]] std::optional<int64_t> read_event_time(std::string_view raw);

// What becomes of an event whose content type the plan does not name.
enum class UnplannedEvents : uint8_t { fail = 0, pass = 1 };

// What events are read by. Without a plan every `properties` object passes that has no member
// twice.
struct EventRules {
  Limits limits;
  std::optional<Plan> plan;  // its bytes outlive the reader
  UnplannedEvents unplanned = UnplannedEvents::fail;
  EventIdPolicy event_id = EventIdPolicy::required;  // of content types without a plan
  std::string pii_key;                               // of the plan's hashes
};

// Reads one event after the other. It keeps its buffers: in steady state a good event allocates
// nothing.
class EventReader {
 public:
  // `rules` must outlive the reader.
  explicit EventReader(const EventRules& rules) : rules_(rules) {}

  // Reads the event that `in` stands before, to its end. Nothing when it is good: `event` then
  // holds it. A Rejected that came from a fault of the scanner leaves in.fault() set, and the
  // caller finds the event's end by its brackets.
  [[nodiscard]] std::optional<Rejected> read(JsonScanner& in, Event& event);

 private:
  void read_members(JsonScanner& in, Event& event, std::optional<Rejected>& problem);
  void take_member(JsonScanner& in, Member member, Event& event);
  void decode_identity(Event& event);
  bool try_read_planned(JsonScanner& in, Event& event);
  std::optional<Rejected> check(Event& event);
  std::optional<Rejected> check_plan(Event& event);
  void take_own_data(JsonScanner& in, Event& event);
  std::optional<Rejected> check_unplanned(const Event& event);
  std::optional<Rejected> plan_fault() const;
  std::string readable_content_type(const Event& event) const;

  const EventRules& rules_;
  Validator validator_;
  OwnData own_data_;
  ByteBuffer properties_;
  bool is_validated_ = false;   // the event at hand had its properties walked by the plan
  bool is_own_walked_ = false;  // or by own_data_, without one
  bool is_valid_ = false;
  bool is_type_twice_ = false;
  bool are_usual_ = true;  // check_member() has nothing to say of its members that are not required
  UuidText derived_id_{};
  std::array<std::string, 2> decoded_;  // event_id and content_type, where they had escapes
  // What followed each member when it was last read, and at the end what came first: guesses, on
  // which nothing but the speed depends.
  std::array<uint8_t, kMemberCount + 1> followers_{};
};

}  // namespace edgehose
