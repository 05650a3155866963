#include "shared/event/event.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "shared/base/calendar.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kActualBytesMax = 64;
constexpr size_t kEventIdBytesMax = 128;
constexpr size_t kContentTypeBytesMax = 64;
constexpr int kScreenDigitsMax = 6;

enum class Form : uint8_t { event_id, content_type, time, text, count, object };

struct MemberRule {
  std::string_view name;
  Form form;
};

constexpr std::array<MemberRule, kMemberCount> kRules = {{
    {"event_id", Form::event_id},
    {"content_type", Form::content_type},
    {"time", Form::time},
    {"user_id", Form::text},
    {"anonymous_id", Form::text},
    {"session_id", Form::text},
    {"page_url", Form::text},
    {"page_title", Form::text},
    {"language", Form::text},
    {"timezone", Form::text},
    {"screen_width", Form::count},
    {"screen_height", Form::count},
    {"referrer_url", Form::text},
    {"user_agent", Form::text},
    {"properties", Form::object},
    {"consent", Form::text},
}};

constexpr std::array<Member, 3> kRequired = {Member::event_id, Member::content_type, Member::time};
constexpr uint32_t kIdentityBits = 1U << static_cast<uint32_t>(Member::event_id) |
                                   1U << static_cast<uint32_t>(Member::content_type);
// More than any time needs, each of its characters an escape.
constexpr size_t kEscapedTimeBytesMax = 512;

std::string pointer_to(std::string_view name) {
  std::string pointer = "/";
  pointer += name;
  return pointer;
}

std::string pointer_to(Member member) {
  return pointer_to(kRules[static_cast<size_t>(member)].name);
}

// The start of a value, and whether it was cut.
std::string shown(std::string_view raw) {
  std::string text(utf8_prefix(raw, kActualBytesMax));
  if (text.size() < raw.size()) text += "...";
  return text;
}

std::string_view inside_quotes(std::string_view raw) { return raw.substr(1, raw.size() - 2); }

// Whether two texts of the same 4 to 16 bytes are equal, by words that overlap.
bool equal_short(const char* a, const char* b, size_t bytes) {
  const auto differs = [&](auto word, size_t at) {
    auto other = word;
    std::memcpy(&word, a + at, sizeof word);
    std::memcpy(&other, b + at, sizeof other);
    return word ^ other;
  };
  if (bytes >= 8) return (differs(uint64_t{}, 0) | differs(uint64_t{}, bytes - 8)) == 0;
  return (differs(uint32_t{}, 0) | differs(uint32_t{}, bytes - 4)) == 0;
}

// No two members share a slot: one comparison tells a name.
constexpr size_t kNameSlots = 32;
constexpr size_t slot_of(std::string_view name) {
  return (name.size() + 13 * static_cast<size_t>(static_cast<uint8_t>(name.front())) +
          static_cast<uint8_t>(name[name.size() / 2])) %
         kNameSlots;
}
constexpr auto kNameTable = [] {
  std::array<uint8_t, kNameSlots> table{};
  table.fill(kMemberCount);
  for (size_t i = 0; i < kMemberCount; ++i)
    table[slot_of(kRules[i].name)] = static_cast<uint8_t>(i);
  return table;
}();
static_assert([] {
  for (size_t i = 0; i < kMemberCount; ++i) {
    if (kNameTable[slot_of(kRules[i].name)] != i) return false;
    if (kRules[i].name.size() < 4 || kRules[i].name.size() > 16) return false;
  }
  return true;
}());

std::optional<Member> find_member(std::string_view name) {
  if (name.empty()) return std::nullopt;
  const size_t found = kNameTable[slot_of(name)];
  if (found == kMemberCount || kRules[found].name.size() != name.size() ||
      !equal_short(kRules[found].name.data(), name.data(), name.size())) {
    return std::nullopt;
  }
  return static_cast<Member>(found);
}

template <size_t... I>
constexpr std::array<KeyText, kMemberCount> key_texts(std::index_sequence<I...> /*all*/) {
  return {KeyText(kRules[I].name)...};
}
constexpr std::array<KeyText, kMemberCount> kKeyTexts =
    key_texts(std::make_index_sequence<kMemberCount>());

// A key may be written with escapes: it then means the same name.
std::optional<Member> find_raw_member(std::string_view raw_key, bool escaped) {
  if (!escaped) return find_member(inside_quotes(raw_key));
  std::string name;
  json_append_decoded(name, raw_key);
  return find_member(name);
}

constexpr bool is_event_id_byte(char c) {
  return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == ':';
}

// Whether all of eight bytes are is_event_id_byte().
constexpr bool are_event_id_bytes(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  constexpr uint64_t kHighs = kOnes * 0x80;
  const uint64_t low = word & ~kHighs;
  // High bits, a byte each. Seven bits a byte and seven more: no sum carries.
  const auto is_within = [](uint64_t bytes, uint64_t first, uint64_t last) {
    return (bytes + kOnes * (0x80 - first)) & ~(bytes + kOnes * (0x7f - last));
  };
  const uint64_t letters = is_within(low | kOnes * 0x20, 'a', 'z');
  // - . / 0 ... 9 : without the slash.
  const uint64_t marks = is_within(low, '-', ':') & ((low ^ kOnes * '/') + kOnes * 0x7f);
  const uint64_t lines = ~((low ^ kOnes * '_') + kOnes * 0x7f);
  return ((letters | marks | lines) & ~word & kHighs) == kHighs;
}

bool is_event_id(std::string_view text) {
  if (text.empty() || text.size() > kEventIdBytesMax) return false;
  if (text.size() < 8) return std::all_of(text.begin(), text.end(), is_event_id_byte);
  bool allowed = true;
  uint64_t word = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; end - at > 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    allowed &= are_event_id_bytes(word);
  }
  // The last eight, some of them again.
  std::memcpy(&word, end - 8, sizeof word);
  return allowed && are_event_id_bytes(word);
}

bool is_content_type(std::string_view text) {
  const auto allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '_'; };
  return !text.empty() && text.size() <= kContentTypeBytesMax && is_lower(text.front()) &&
         std::all_of(text.begin(), text.end(), allowed);
}

bool is_count(std::string_view raw) {
  return raw.size() <= kScreenDigitsMax && std::all_of(raw.begin(), raw.end(), is_digit);
}

EDGEHOSE_RARE Rejected wrong_type(Member member, std::string_view raw, std::string_view expected) {
  return {reason::wrong_type, pointer_to(member), "type", std::string(expected), shown(raw), {}};
}

EDGEHOSE_RARE Rejected invalid(Member member, std::string_view raw, std::string_view keyword,
                               std::string_view expected) {
  return {reason::invalid_value, pointer_to(member), keyword,
          std::string(expected), shown(raw),         {}};
}

EDGEHOSE_RARE Rejected too_long(Member member, std::string_view raw, const Limits& limits) {
  std::string expected = "at most ";
  append_number(expected, static_cast<int64_t>(limits.text_bytes_max));
  return invalid(member, raw, "maxLength", expected + " bytes");
}

EDGEHOSE_RARE Rejected missing(Member member) {
  return {reason::missing_member,
          pointer_to(member),
          "required",
          std::string(kRules[static_cast<size_t>(member)].name),
          "absent",
          {}};
}

EDGEHOSE_RARE std::optional<Rejected> check_identity(Member member, std::string_view raw,
                                                     Event& event) {
  if (json_kind(raw) != JsonKind::string) return wrong_type(member, raw, "string");
  const std::string_view text = inside_quotes(raw);
  if (member == Member::event_id) {
    if (!is_event_id(text)) return invalid(member, raw, "pattern", "^[A-Za-z0-9._:-]{1,128}$");
    event.event_id = text;
  } else {
    if (!is_content_type(text)) return invalid(member, raw, "pattern", "^[a-z][a-z0-9_]{0,63}$");
    event.content_type = text;
  }
  return std::nullopt;
}

EDGEHOSE_RARE std::optional<Rejected> check_time(Member member, std::string_view raw,
                                                 Event& event) {
  const JsonKind kind = json_kind(raw);
  if (kind != JsonKind::string && kind != JsonKind::number) {
    return wrong_type(member, raw, "string or number");
  }
  const auto time_ms = read_event_time(raw);
  if (!time_ms) return invalid(member, raw, "format", "ISO 8601 date-time or epoch");
  event.time_ms = *time_ms;
  return std::nullopt;
}

EDGEHOSE_RARE std::optional<Rejected> check_member(Member member, const Limits& limits,
                                                   Event& event) {
  const std::string_view raw = event[member];
  switch (kRules[static_cast<size_t>(member)].form) {
    case Form::event_id:
    case Form::content_type:
      return check_identity(member, raw, event);
    case Form::time:
      return check_time(member, raw, event);
    case Form::text:
      if (json_kind(raw) != JsonKind::string) return wrong_type(member, raw, "string");
      if (raw.size() > limits.text_bytes_max) return too_long(member, raw, limits);
      return std::nullopt;
    case Form::count:
      if (json_kind(raw) != JsonKind::number) return wrong_type(member, raw, "integer");
      if (!is_count(raw)) return invalid(member, raw, "maximum", "integer from 0 to 999999");
      return std::nullopt;
    case Form::object:
      if (json_kind(raw) != JsonKind::object) return wrong_type(member, raw, "object");
      return std::nullopt;
  }
  return std::nullopt;
}

// An event without an id gets one from its own bytes, so that the same event sent again gets the
// same.
EDGEHOSE_RARE void derive_missing_id(const EventRules& rules, UuidText& derived_id, Event& event) {
  EventIdPolicy policy = rules.event_id;
  const std::string_view type = event[Member::content_type];
  if (rules.plan && json_kind(type) == JsonKind::string) {
    if (const auto plan = rules.plan->find(inside_quotes(type))) policy = plan->event_id();
  }
  if (policy != EventIdPolicy::derived) return;
  derived_id = derived_uuid(event.text);
  event.event_id = as_text(derived_id);
}

// The byte with which a value of the member's form begins; none for a count.
constexpr std::array<char, kMemberCount> kFirstBytes = [] {
  std::array<char, kMemberCount> first{};
  for (size_t i = 0; i < kMemberCount; ++i) {
    const Form form = kRules[i].form;
    first[i] = form == Form::object ? '{' : form == Form::count ? '\0' : '"';
  }
  return first;
}();

// Whether check_member() has nothing to say of a member that is not required. It may be asked
// though this says no.
bool is_usual(Member member, std::string_view raw, const Limits& limits) {
  const char first = kFirstBytes[static_cast<size_t>(member)];
  if (first == '\0') return is_count(raw);
  return raw.front() == first && raw.size() <= limits.text_bytes_max;
}

// The three members that an event must have, where nothing is to be said of them. False says
// nothing: check_members() looks again.
bool take_required(Event& event) {
  const std::string_view id = event[Member::event_id];
  const std::string_view type = event[Member::content_type];
  const std::string_view time = event[Member::time];
  if (id.empty() || type.empty() || time.empty() || id.front() != '"' || type.front() != '"') {
    return false;
  }
  const auto time_ms = read_event_time(time);
  event.event_id = inside_quotes(id);
  event.content_type = inside_quotes(type);
  if (!time_ms || !is_event_id(event.event_id) || !is_content_type(event.content_type)) {
    return false;
  }
  event.time_ms = *time_ms;
  return true;
}

// What is wrong with an event's members, the first of it.
EDGEHOSE_RARE std::optional<Rejected> check_members(const EventRules& rules, UuidText& derived_id,
                                                    bool are_usual, Event& event) {
  event.event_id = {};
  event.content_type = {};
  if (event[Member::event_id].empty()) derive_missing_id(rules, derived_id, event);
  for (Member member : kRequired) {
    if (!event[member].empty()) continue;
    if (member == Member::event_id && !event.event_id.empty()) continue;
    return missing(member);
  }
  for (size_t i = 0; i < kRequired.size(); ++i) {
    if (event.raw[i].empty()) continue;
    if (auto rejected = check_member(static_cast<Member>(i), rules.limits, event)) return rejected;
  }
  if (are_usual) return std::nullopt;
  for (size_t i = kRequired.size(); i < kMemberCount; ++i) {
    if (event.raw[i].empty()) continue;
    if (auto rejected = check_member(static_cast<Member>(i), rules.limits, event)) return rejected;
  }
  return std::nullopt;
}

// Null and "" mean that the sender does not know.
bool is_absent(std::string_view raw) { return raw == "null" || raw == "\"\""; }

EDGEHOSE_RARE std::string describe_byte(std::string_view body, size_t at) {
  std::string text = "byte ";
  append_number(text, static_cast<int64_t>(at));
  if (at < body.size()) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<uint8_t>(body[at]);
    text += " is 0x";
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  } else {
    text += " is past the end";
  }
  return text;
}

EDGEHOSE_RARE Rejected syntax_fault(const JsonScanner& in, size_t start) {
  const std::string_view text = in.text().substr(start);
  const size_t offset = in.at() - start;
  Rejected rejected;
  rejected.reason = in.fault() == JsonFault::bad_utf8   ? reason::invalid_utf8
                    : in.fault() == JsonFault::too_deep ? reason::too_deep
                                                        : reason::malformed_json;
  rejected.pointer = json_pointer_at(text, offset);
  rejected.expected = to_text(in.fault());
  rejected.actual = describe_byte(text, offset);
  return rejected;
}

// Keeps the first of an event's problems.
EDGEHOSE_RARE void note(std::optional<Rejected>& first, std::string_view why,
                        std::string_view raw_key, std::string_view keyword,
                        std::string_view expected) {
  if (first) return;
  std::string name;
  json_append_decoded(name, raw_key);
  std::string pointer;
  json_append_pointer_step(pointer, shown(name));
  first = Rejected{why, std::move(pointer), keyword, std::string(expected), shown(raw_key), {}};
}

EDGEHOSE_RARE Rejected no_object(JsonScanner& in) {
  const size_t start = in.at();
  const std::string_view value = in.take_value();
  if (!in.ok()) return syntax_fault(in, start);
  return {reason::not_an_object, "", "type", "object", shown(value), {}};
}

// Some writers of JSON escape the plus of an offset.
EDGEHOSE_RARE std::optional<int64_t> read_escaped_time(std::string_view raw) {
  if (raw.size() > kEscapedTimeBytesMax) return std::nullopt;
  std::string text;
  json_append_decoded(text, raw);
  const auto iso = parse_iso_ms(text);
  return iso ? iso : parse_epoch_ms(text);
}

EDGEHOSE_RARE Rejected own_member_twice(std::string_view properties, std::string_view raw_key) {
  Rejected rejected;
  rejected.reason = reason::duplicate_member;
  rejected.pointer =
      pointer_to(Member::properties) +
      json_pointer_at(properties, static_cast<size_t>(raw_key.data() - properties.data()));
  rejected.expected = "each member once";
  rejected.actual = shown(inside_quotes(raw_key));
  return rejected;
}

EDGEHOSE_RARE Rejected unplanned(const Event& event) {
  return {reason::unknown_content_type,
          "/content_type",
          "enum",
          "a content type of the plan",
          std::string(event.content_type),
          {}};
}

}  // namespace

std::optional<int64_t> read_event_time(std::string_view raw) {
  if (json_kind(raw) == JsonKind::number) return parse_epoch_ms(raw);
  if (json_kind(raw) != JsonKind::string) return std::nullopt;
  const std::string_view text = inside_quotes(raw);
  if (const auto iso = parse_iso_ms(text)) return iso;
  if (text.find('\\') != std::string_view::npos) return read_escaped_time(raw);
  return parse_epoch_ms(text);
}

bool is_member_name(std::string_view name) { return find_member(name).has_value(); }

std::optional<Rejected> EventReader::read(JsonScanner& in, Event& event) {
  event.clear();
  is_validated_ = false;
  is_own_walked_ = false;
  is_type_twice_ = false;
  are_usual_ = true;
  const char first = in.peek();
  const size_t start = in.at();
  if (first != '{') return no_object(in);
  (void)in.enter_object();
  std::optional<Rejected> rejected;
  read_members(in, event, rejected);
  if ((event.escaped & kIdentityBits) != 0) decode_identity(event);
  event.text = in.text().substr(start, in.at() - start);
  if (!in.ok()) {
    rejected = syntax_fault(in, start);
  } else if (!rejected) {
    rejected = check(event);
  }
  if (rejected) rejected->content_type = readable_content_type(event);
  return rejected;
}

// From here on they are as if they had come without escapes.
EDGEHOSE_RARE void EventReader::decode_identity(Event& event) {
  for (const Member member : {Member::event_id, Member::content_type}) {
    std::string_view& raw = event.raw[static_cast<size_t>(member)];
    if (!event.is_escaped(member) || json_kind(raw) != JsonKind::string) continue;
    std::string& decoded = decoded_[static_cast<size_t>(member)];
    decoded.assign(1, '"');
    json_append_decoded(decoded, raw);
    decoded.push_back('"');
    raw = decoded;
  }
}

// Inlined: it is called once, for each member.
inline void EventReader::take_member(JsonScanner& in, Member member, Event& event) {
  if (member == Member::properties && in.peek() == '{') {
    if (!rules_.plan) return take_own_data(in, event);
    if (try_read_planned(in, event)) return;
  }
  const std::string_view value = in.take_usual_value();
  if (!in.ok() || is_absent(value)) return;
  const uint32_t bit = 1U << static_cast<uint32_t>(member);
  event.raw[static_cast<size_t>(member)] = value;
  are_usual_ = are_usual_ && is_usual(member, value, rules_.limits);
  if (in.taken_escaped()) event.escaped |= bit;
  if (!in.taken_compact()) event.rewritten |= bit;
}

// Senders write members in one order: after the last one, the one that followed it before is
// guessed.
void EventReader::read_members(JsonScanner& in, Event& event, std::optional<Rejected>& problem) {
  uint32_t seen = 0;
  size_t last = kMemberCount;
  while (true) {
    const size_t guess = followers_[last];
    if ((seen >> guess & 1) == 0 && in.take_guessed_member(kKeyTexts[guess])) {
      last = guess;
    } else {
      std::string_view key;
      if (!in.next_member(key)) return;
      const auto member = find_raw_member(key, in.taken_escaped());
      if (!member) {
        note(problem, reason::unknown_member, key, "additionalProperties",
             "own data inside properties");
        (void)in.take_value();
        continue;
      }
      followers_[last] = static_cast<uint8_t>(*member);
      last = static_cast<size_t>(*member);
      if ((seen >> last & 1) != 0) {
        note(problem, reason::duplicate_member, key, "", "each member once");
        is_type_twice_ = is_type_twice_ || *member == Member::content_type;
      }
    }
    seen |= 1U << last;
    take_member(in, static_cast<Member>(last), event);
  }
}

void EventReader::take_own_data(JsonScanner& in, Event& event) {
  const std::string_view value = own_data_.take(in);
  if (!in.ok()) return;
  is_own_walked_ = true;
  constexpr uint32_t kBit = 1U << static_cast<uint32_t>(Member::properties);
  event.raw[static_cast<size_t>(Member::properties)] = value;
  are_usual_ = are_usual_ && is_usual(Member::properties, value, rules_.limits);
  if (own_data_.taken_escaped()) event.escaped |= kBit;
  if (!own_data_.taken_compact()) event.rewritten |= kBit;
}

// Own data is validated on the way when the content type stands before it, as senders should write
// it; otherwise it is taken as it is and walked again once the event is read.
bool EventReader::try_read_planned(JsonScanner& in, Event& event) {
  const std::string_view type = event[Member::content_type];
  if (!rules_.plan || json_kind(type) != JsonKind::string) return false;
  event.plan = rules_.plan->find(inside_quotes(type));
  if (!event.plan) return false;
  const size_t start = in.at();
  properties_.clear();
  is_validated_ = true;
  is_valid_ = validator_.read(*event.plan, in, properties_, rules_.pii_key);
  if (in.ok()) {
    event.raw[static_cast<size_t>(Member::properties)] = in.text().substr(start, in.at() - start);
  }
  return true;
}

std::optional<Rejected> EventReader::check(Event& event) {
  if (!are_usual_ || !take_required(event)) {
    if (auto rejected = check_members(rules_, derived_id_, are_usual_, event)) return rejected;
  }
  return rules_.plan ? check_plan(event) : check_unplanned(event);
}

// Readers of the line would keep one or the other of two members of a name, or refuse it.
std::optional<Rejected> EventReader::check_unplanned(const Event& event) {
  const std::string_view properties = event[Member::properties];
  if (properties.empty()) return std::nullopt;
  if (!is_own_walked_) {
    JsonScanner in(properties);
    (void)own_data_.take(in);
  }
  if (own_data_.twice().empty()) return std::nullopt;
  return own_member_twice(properties, own_data_.twice());
}

std::optional<Rejected> EventReader::check_plan(Event& event) {
  if (!event.plan) event.plan = rules_.plan->find(event.content_type);
  if (!event.plan) {
    if (rules_.unplanned == UnplannedEvents::pass) return check_unplanned(event);
    return unplanned(event);
  }
  if (!is_validated_) {
    // Without own data the plan judges an empty object: it may require members.
    const std::string_view raw = event[Member::properties];
    JsonScanner in(raw.empty() ? std::string_view("{}") : raw);
    properties_.clear();
    is_valid_ = validator_.read(*event.plan, in, properties_, rules_.pii_key);
  }
  if (!is_valid_) return plan_fault();
  event.planned_properties = properties_.view();
  event.coerced = validator_.coerced().json;
  return std::nullopt;
}

// The content type of an event that failed, when it can be told.
EDGEHOSE_RARE std::string EventReader::readable_content_type(const Event& event) const {
  const std::string_view raw = event[Member::content_type];
  if (is_type_twice_ || json_kind(raw) != JsonKind::string || !is_content_type(inside_quotes(raw)))
    return {};
  return std::string(inside_quotes(raw));
}

EDGEHOSE_RARE std::optional<Rejected> EventReader::plan_fault() const {
  const PlanFault& fault = validator_.fault();
  Rejected rejected;
  rejected.reason = fault.kind == FaultKind::duplicate    ? reason::duplicate_member
                    : fault.kind == FaultKind::too_costly ? reason::too_costly
                                                          : reason::invalid_properties;
  rejected.pointer = "/properties" + fault.pointer;
  rejected.keyword = fault.keyword;
  rejected.expected = fault.expected;
  rejected.actual = fault.actual;
  return rejected;
}

}  // namespace edgehose
