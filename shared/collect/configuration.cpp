#include "shared/collect/configuration.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <span>
#include <type_traits>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

constexpr size_t kStreamsMax = 256;
constexpr size_t kStreamNameBytesMax = 64;
constexpr size_t kTextsMax = 256;  // of a list
constexpr size_t kDomainBytesMax = 253;
constexpr size_t kRedactNameBytesMax = 64;
constexpr size_t kSecretBytesMin = 16;
constexpr uint64_t kRateMax = 1'000'000'000'000;
constexpr uint64_t kSpanMsMax = 3'153'600'000'000;  // a hundred years
constexpr uint32_t kDeaggregatedEventsMax = 500;
// Members of 256,000 bytes of lines would be a few billing steps each.
constexpr uint32_t kMemberBytesTarget = 1'000'000;

class Reader;

// Reads a value that no other kind of member describes.
using Read = void (*)(Reader&);
// Puts a number into the configuration: of a choice, the number of the word.
using Put = void (*)(Configuration&, uint64_t);
using Words = std::span<const std::string_view>;

// A member of the document and what its value may be.
struct Member {
  enum class Kind : uint8_t { object, integer, choice, boolean, other };
  std::string_view place;
  Kind kind = Kind::other;
  uint64_t min = 0;
  uint64_t max = 0;
  Words words = {};
  Put put = nullptr;
  Read read = nullptr;  // of an object: looks at it once it is whole
};

constexpr Member object(std::string_view place, Read check = nullptr) {
  return {.place = place, .kind = Member::Kind::object, .read = check};
}

constexpr Member integer(std::string_view place, uint64_t min, uint64_t max, Put put = nullptr) {
  return {.place = place, .kind = Member::Kind::integer, .min = min, .max = max, .put = put};
}

constexpr Member choice(std::string_view place, Words words, Put put) {
  return {.place = place, .kind = Member::Kind::choice, .words = words, .put = put};
}

constexpr Member boolean(std::string_view place, Put put = nullptr) {
  return {.place = place, .kind = Member::Kind::boolean, .put = put};
}

constexpr Member other(std::string_view place, Read read) { return {.place = place, .read = read}; }

// Puts a number where the path of members leads.
template <auto... kPath>
void put(Configuration& to, uint64_t value) {
  auto& place = (to.*....*kPath);
  place = static_cast<std::remove_reference_t<decltype(place)>>(value);
}

void put_paced(Configuration& to, uint64_t word) { to.shard.paced = word == 0; }

void read_streams(Reader& in);
void read_failed_stream(Reader& in);
void read_internal_domains(Reader& in);
void read_redact_query(Reader& in);
void read_secret(Reader& in);
void read_host_text(Reader& in);
void check_pack(Reader& in);
void check_privacy(Reader& in);
void check_streams(Reader& in);

constexpr auto kLimits = &Configuration::limits;
constexpr auto kTime = &Configuration::time;
constexpr auto kPrivacy = &Configuration::privacy;
constexpr auto kConsent = &PrivacyPolicy::consent;
constexpr auto kShard = &Configuration::shard;
constexpr auto kQuota = &ShardOptions::quota;

// In the order of their numbers.
constexpr std::string_view kEventIdWords[] = {"required", "derived"};
constexpr std::string_view kUnplannedWords[] = {"fail", "pass"};
constexpr std::string_view kPackWords[] = {"packed", "single"};
constexpr std::string_view kAckWords[] = {"firehose", "durable_hop"};
constexpr std::string_view kPacingWords[] = {"on", "off"};
constexpr std::string_view kLateWords[] = {"mark", "fail"};
constexpr std::string_view kIpWords[] = {"truncate", "hash", "drop"};
constexpr std::string_view kKeepWords[] = {"everything", "anonymous", "nothing"};

// Every member there is, with its bounds and where its value goes. Members without a place in the
// configuration are the hosts', or matter to others beside them (check_pack).
constexpr Member kMembers[] = {
    other("/streams", read_streams),
    other("/failed_stream", read_failed_stream),
    other("/internal_domains", read_internal_domains),
    integer("/user_agent_cache", 0, 4'096, put<&Configuration::user_agent_cache>),
    choice("/event_id", kEventIdWords, put<&Configuration::event_id>),
    choice("/unplanned_events", kUnplannedWords, put<&Configuration::unplanned_events>),
    integer("/ack_deadline_ms", 100, 60'000, put<kShard, &ShardOptions::ack_deadline_ms>),

    other("/region", read_host_text),
    other("/endpoint", read_host_text),
    boolean("/status"),
    integer("/shards", 1, 1'000),

    object("/limits"),
    integer("/limits/body_bytes_max", 1'024, 16'777'216, put<kLimits, &Limits::body_bytes_max>),
    integer("/limits/events_max", 1, 100'000, put<kLimits, &Limits::events_max>),
    integer("/limits/held_bytes_max", 65'536, 1'073'741'824,
            put<kShard, &ShardOptions::held_bytes_max>),
    integer("/limits/hop_bytes_max", 65'536, 8'589'934'592,
            put<kShard, &ShardOptions::hop_bytes_max>),

    object("/pack", check_pack),
    choice("/pack/mode", kPackWords, put<kShard, &ShardOptions::mode>),
    choice("/pack/ack", kAckWords, put<kShard, &ShardOptions::ack>),
    boolean("/pack/gzip_members", put<kShard, &ShardOptions::gzip_members>),
    integer("/pack/linger_ms", 0, 5'000, put<kShard, &ShardOptions::linger_ms>),
    integer("/pack/record_bytes_target", kBillingStepBytes, kRecordBytesMax,
            put<kShard, &ShardOptions::record_bytes_target>),
    integer("/pack/record_events_max", 1, 1'000'000, put<kShard, &ShardOptions::record_events_max>),
    integer("/pack/in_flight_max", 1, 64, put<kShard, &ShardOptions::in_flight_max>),
    object("/pack/delivery"),
    boolean("/pack/delivery/append_delimiter"),
    boolean("/pack/delivery/deaggregation"),
    boolean("/pack/delivery/dynamic_partitioning"),
    boolean("/pack/delivery/transform"),
    boolean("/pack/delivery/format_conversion"),
    boolean("/pack/delivery/compression"),

    object("/pacing"),
    choice("/pacing/mode", kPacingWords, put_paced),
    integer("/pacing/records_s", 1, kRateMax, put<kShard, kQuota, &Quota::records_s>),
    integer("/pacing/requests_s", 1, kRateMax, put<kShard, kQuota, &Quota::requests_s>),
    integer("/pacing/bytes_s", 1'024, kRateMax, put<kShard, kQuota, &Quota::bytes_s>),
    integer("/pacing/share_permille", 1, 1'000, put<kShard, &ShardOptions::share_permille>),

    object("/time"),
    integer("/time/skew_tolerance_ms", 0, kSpanMsMax, put<kTime, &TimePolicy::skew_tolerance_ms>),
    integer("/time/late_after_ms", 0, kSpanMsMax, put<kTime, &TimePolicy::late_after_ms>),
    integer("/time/future_ms", 0, kSpanMsMax, put<kTime, &TimePolicy::future_ms>),
    choice("/time/action", kLateWords, put<kTime, &TimePolicy::action>),

    object("/privacy", check_privacy),
    choice("/privacy/ip", kIpWords, put<kPrivacy, &PrivacyPolicy::ip>),
    other("/privacy/secret", read_secret),
    integer("/privacy/ip_salt_days", 1, 366, put<kPrivacy, &PrivacyPolicy::ip_salt_days>),
    other("/privacy/redact_query", read_redact_query),
    object("/privacy/consent"),
    choice("/privacy/consent/granted", kKeepWords,
           put<kPrivacy, kConsent, &ConsentPolicy::granted>),
    choice("/privacy/consent/denied", kKeepWords, put<kPrivacy, kConsent, &ConsentPolicy::denied>),
    choice("/privacy/consent/absent", kKeepWords, put<kPrivacy, kConsent, &ConsentPolicy::absent>),
    choice("/privacy/consent/other", kKeepWords, put<kPrivacy, kConsent, &ConsentPolicy::other>),
    choice("/privacy/consent/gpc", kKeepWords, put<kPrivacy, kConsent, &ConsentPolicy::gpc>),
};

// The index of the member at a place; the count of members where there is none.
size_t find_member(std::string_view place) {
  const auto is_at = [place](const Member& member) { return member.place == place; };
  return static_cast<size_t>(std::find_if(std::begin(kMembers), std::end(kMembers), is_at) -
                             std::begin(kMembers));
}

// What a list of texts takes.
struct TextRule {
  bool (*is_good)(std::string_view text);
  std::string_view expected;
  std::string_view too_many;
};

// Walks the document and keeps the first problem with its place.
class Reader {
 public:
  Reader(std::string_view text, Configuration& to) : in_(text), to_(to) { values_.fill(kUnread); }

  // The whole document; gives the problem.
  std::string document() {
    each_member(&Reader::member);
    if (ok() && (in_.peek() != '\0' || in_.at() != in_.text().size())) syntax();
    check_streams(*this);
    return std::move(problem_);
  }

  bool ok() const { return problem_.empty(); }
  Configuration& to() const { return to_; }

  bool has(std::string_view place) const { return values_[find_member(place)] != kUnread; }
  bool is_on(std::string_view place) const { return values_[find_member(place)] == 1; }

  // Calls `on_member(name)` before the value of each member of the object that comes next.
  void each_member(void (Reader::*on_member)(std::string_view name)) {
    if (in_.peek() != '{' || !in_.enter_object()) {
      return fail("expected an object", in_.take_value());
    }
    const size_t outer = place_.size();
    for (std::string_view key; ok() && in_.next_member(key);) {
      place_.push_back('/');
      json_append_decoded(place_, key);
      (this->*on_member)(std::string_view(place_).substr(outer + 1));
      place_.resize(outer);
    }
    if (ok() && !in_.ok()) syntax();
  }

  // A content type and its stream.
  void stream(std::string_view content_type) {
    std::string& other = to_.other_stream;
    if (content_type == "*" ? !other.empty() : has_stream(content_type)) return fail("twice");
    std::string stream = stream_name();
    if (!ok()) return;
    if (to_.streams.size() + (other.empty() ? 0 : 1) == kStreamsMax) {
      fail("more than 256 streams");
    } else if (content_type == "*") {
      other = std::move(stream);
    } else if (is_content_type(content_type)) {
      to_.streams.emplace_back(content_type, std::move(stream));
    } else {
      fail("expected a content type, ^[a-z][a-z0-9_]{0,63}$, or *");
    }
  }

  std::string stream_name() {
    std::string name = text();
    if (ok() && !is_stream_name(name)) {
      fail("expected a delivery stream's name, ^[a-zA-Z0-9_.-]{1,64}$", name);
    }
    return name;
  }

  std::string text() {
    const std::string_view raw = in_.take_value();
    std::string value;
    if (json_kind(raw) != JsonKind::string) {
      fail("expected a string", raw);
    } else {
      json_append_decoded(value, raw);
    }
    return value;
  }

  // A list of texts, which are kept in lower case.
  void texts(const TextRule& rule, std::vector<std::string>& to) {
    if (in_.peek() != '[' || !in_.enter_array()) {
      return fail("expected an array of strings", in_.take_value());
    }
    const size_t outer = place_.size();
    for (int64_t i = 0; ok() && in_.next_element(); ++i) {
      place_.push_back('/');
      append_number(place_, i);
      std::string value = text();
      for (char& c : value) c = to_lower(c);
      if (!rule.is_good(value)) {
        fail(rule.expected, value);
      } else if (to.size() == kTextsMax) {
        fail(rule.too_many);
      } else {
        to.push_back(std::move(value));
      }
      place_.resize(outer);
    }
    if (ok() && !in_.ok()) syntax();
  }

  // Keeps a problem of the place that is being read, or of another one. Only the first counts.
  void fail(std::string_view expected, std::string_view found = {}) {
    if (!ok()) return;
    if (!in_.ok()) return syntax();
    fail_at(place_.empty() ? "/" : std::string_view(place_), {expected});
    if (!found.empty()) append({", found ", utf8_prefix(found, 64)});
  }
  void fail_at(std::string_view place, std::initializer_list<std::string_view> parts) {
    if (!ok()) return;
    append({place, ": "});
    append(parts);
  }

 private:
  static constexpr uint64_t kUnread = ~uint64_t{0};

  static bool is_stream_name(std::string_view name) {
    const auto is_good = [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; };
    return !name.empty() && name.size() <= kStreamNameBytesMax &&
           std::all_of(name.begin(), name.end(), is_good);
  }

  static bool is_content_type(std::string_view name) {
    const auto is_good = [](char c) { return is_lower(c) || is_digit(c) || c == '_'; };
    return !name.empty() && name.size() <= kStreamNameBytesMax && is_lower(name.front()) &&
           std::all_of(name.begin(), name.end(), is_good);
  }

  bool has_stream(std::string_view content_type) const {
    return std::any_of(to_.streams.begin(), to_.streams.end(),
                       [&](const auto& stream) { return stream.first == content_type; });
  }

  void member(std::string_view name) {
    const size_t i = find_member(place_);
    // A name with a slash would be found as if it were a path.
    if (i == std::size(kMembers) || name.find('/') != std::string_view::npos) {
      return fail("unknown member; see configuration.schema.json");
    }
    if (values_[i] != kUnread) return fail("twice");
    const Member& member = kMembers[i];
    values_[i] = value_of(member);
    if (!ok()) return;
    if (member.put != nullptr) member.put(to_, values_[i]);
    if (member.read != nullptr) member.read(*this);
  }

  // A member that is no number has 0 for its value.
  uint64_t value_of(const Member& member) {
    switch (member.kind) {
      case Member::Kind::object:
        each_member(&Reader::member);
        break;
      case Member::Kind::integer:
        return integer(member.min, member.max);
      case Member::Kind::choice:
        return choice(member.words);
      case Member::Kind::boolean:
        return boolean() ? 1 : 0;
      case Member::Kind::other:
        break;
    }
    return 0;
  }

  uint64_t integer(uint64_t min, uint64_t max) {
    const std::string_view raw = in_.take_value();
    uint64_t number = 0;
    bool is_good = !raw.empty();
    for (char c : raw) {
      number = number * 10 + static_cast<uint64_t>(c - '0');
      is_good = is_good && is_digit(c) && number <= max;
    }
    if (is_good && number >= min) return number;
    std::string expected = "expected an integer from ";
    append_number(expected, static_cast<int64_t>(min));
    expected += " to ";
    append_number(expected, static_cast<int64_t>(max));
    fail(expected, raw);
    return 0;
  }

  // The number of the word.
  uint64_t choice(Words words) {
    const std::string word = text();
    if (!ok()) return 0;
    const auto chosen = std::find(words.begin(), words.end(), word);
    if (chosen != words.end()) return static_cast<uint64_t>(chosen - words.begin());
    std::string expected = "expected ";
    for (size_t i = 0; i < words.size(); ++i) {
      if (i > 0) expected += i + 1 < words.size() ? ", " : " or ";
      json_append_string(expected, words[i]);
    }
    std::string found;
    json_append_string(found, word);
    fail(expected, found);
    return 0;
  }

  bool boolean() {
    const std::string_view raw = in_.take_value();
    if (json_kind(raw) != JsonKind::boolean) fail("expected true or false", raw);
    return raw == "true";
  }

  void syntax() {
    append(
        {"not JSON: ", to_text(in_.ok() ? JsonFault::unexpected_byte : in_.fault()), " at byte "});
    append_number(problem_, static_cast<int64_t>(in_.at()));
  }

  void append(std::initializer_list<std::string_view> parts) {
    for (std::string_view part : parts) problem_ += part;
  }

  JsonScanner in_;
  Configuration& to_;
  std::string place_;  // of the value that is being read
  std::array<uint64_t, std::size(kMembers)> values_;
  std::string problem_;
};

void read_streams(Reader& in) { in.each_member(&Reader::stream); }
void read_failed_stream(Reader& in) { in.to().failed_stream = in.stream_name(); }
void read_host_text(Reader& in) { (void)in.text(); }

void read_secret(Reader& in) {
  std::string& secret = in.to().privacy.secret;
  secret = in.text();
  if (in.ok() && secret.size() < kSecretBytesMin) in.fail("expected at least 16 bytes");
}

bool is_domain(std::string_view text) {
  return !text.empty() && text.size() <= kDomainBytesMax && text.front() != '.' &&
         text.find_first_of("/:* ") == std::string_view::npos;
}

void read_internal_domains(Reader& in) {
  in.texts({is_domain, "expected a domain like example.com", "more than 256 domains"},
           in.to().internal_domains);
}

bool is_parameter_name(std::string_view text) {
  return !text.empty() && text.size() <= kRedactNameBytesMax;
}

void read_redact_query(Reader& in) {
  in.texts(
      {is_parameter_name, "expected a parameter's name of 1 to 64 bytes", "more than 256 names"},
      in.to().privacy.redact_query);
}

void check_privacy(Reader& in) {
  const PrivacyPolicy& privacy = in.to().privacy;
  if (privacy.ip == IpPolicy::hash && privacy.secret.empty()) {
    in.fail_at("/privacy/secret", {"needed: ip is hash"});
  }
}

// What Firehose does to records on their way into an object, and why gzip members do not go with
// it.
struct DeliveryStep {
  std::string_view place;
  std::string_view conflict;
};
constexpr std::string_view kDeaggregation = "/pack/delivery/deaggregation";
constexpr DeliveryStep kDeliverySteps[] = {
    {"/pack/delivery/append_delimiter", "a newline between members breaks readers of the object"},
    {kDeaggregation, "Firehose would look for JSON in compressed bytes"},
    {"/pack/delivery/dynamic_partitioning", "Firehose would look for keys in compressed bytes"},
    {"/pack/delivery/transform", "the function would be given compressed bytes"},
    {"/pack/delivery/format_conversion", "Firehose would look for JSON in compressed bytes"},
    {"/pack/delivery/compression", "the object would be compressed twice and named for once"},
};

void check_pack(Reader& in) {
  ShardOptions& shard = in.to().shard;
  for (const DeliveryStep& step : kDeliverySteps) {
    if (!shard.gzip_members || !in.is_on(step.place)) continue;
    in.fail_at("/pack/gzip_members", {"not with ", step.place, ": ", step.conflict});
  }
  const bool deaggregates = in.is_on(kDeaggregation);
  constexpr std::string_view kEventsMax = "/pack/record_events_max";
  if (deaggregates && !in.has(kEventsMax)) shard.record_events_max = kDeaggregatedEventsMax;
  if (deaggregates && shard.record_events_max > kDeaggregatedEventsMax) {
    in.fail_at(
        kEventsMax,
        {"at most 500 with /pack/delivery/deaggregation: Firehose takes no more from a record"});
  }
  if (shard.gzip_members && !in.has("/pack/record_bytes_target")) {
    shard.record_bytes_target = kMemberBytesTarget;
  }
}

// In the stream of failed events, a delivered one could not be told from them.
void check_streams(Reader& in) {
  const Configuration& to = in.to();
  constexpr std::string_view kSame = "the stream of failed events: expected another";
  for (const auto& [content_type, stream] : to.streams) {
    if (stream == to.failed_stream) in.fail_at("/streams/" + content_type, {kSame});
  }
  if (to.other_stream == to.failed_stream) in.fail_at("/streams/*", {kSame});
}

}  // namespace

Configuration::Configuration() = default;
Configuration::Configuration(const Configuration&) = default;
Configuration::Configuration(Configuration&&) noexcept = default;
Configuration& Configuration::operator=(const Configuration&) = default;
Configuration& Configuration::operator=(Configuration&&) noexcept = default;
Configuration::~Configuration() = default;

std::string_view Configuration::stream_of(std::string_view content_type,
                                          std::string_view plan_stream) const {
  for (const auto& [name, stream] : streams) {
    if (name == content_type) return stream;
  }
  if (!plan_stream.empty()) return plan_stream;
  if (!other_stream.empty()) return other_stream;
  const bool is_own = streams.empty() && content_type != failed_stream;
  return is_own ? content_type : std::string_view{};
}

std::string read_configuration(std::string_view text, Configuration& configuration) {
  return trim(text).empty() ? std::string() : Reader(text, configuration).document();
}

}  // namespace edgehose
