#include "shared/collect/configuration.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

constexpr size_t kStreamsMax = 256;
constexpr size_t kStreamNameBytesMax = 64;
constexpr size_t kInternalDomainsMax = 256;
constexpr size_t kDomainBytesMax = 253;
constexpr size_t kRedactNamesMax = 256;
constexpr size_t kRedactNameBytesMax = 64;
constexpr size_t kSecretBytesMin = 16;

// Walks the document and keeps the first problem with its place.
class Reader {
 public:
  explicit Reader(std::string_view text) : in_(text), bytes_(text.size()) {}

  bool ok() const { return problem_.empty(); }
  std::string problem() && { return std::move(problem_); }

  // Runs `on_member(name)` for each member of the object that comes next; it must take the value.
  template <typename OnMember>
  void object(std::string_view place, const OnMember& on_member) {
    each_member(
        place,
        [](const void* to, const std::string& name) { (*static_cast<const OnMember*>(to))(name); },
        &on_member);
  }

  std::string text(const std::string& place) {
    const std::string_view raw = in_.take_value();
    std::string value;
    if (json_kind(raw) != JsonKind::string) {
      fail(place, "expected a string", raw);
    } else {
      json_append_decoded(value, raw);
    }
    return value;
  }

  // An integer between min and max.
  template <typename Integer>
  void integer(const std::string& place, uint64_t min, uint64_t max, Integer& value) {
    if (const auto number = whole(place, min, max)) value = static_cast<Integer>(*number);
  }

  // Runs `on_text(text, place)` for each string of the array that comes next.
  template <typename OnText>
  void texts(const std::string& place, const OnText& on_text) {
    if (in_.peek() != '[' || !in_.enter_array()) {
      fail(place, "expected an array of strings", in_.take_value());
      return;
    }
    for (size_t i = 0; ok() && in_.next_element(); ++i) {
      const std::string element = place + "/" + std::to_string(i);
      std::string value = text(element);
      if (ok()) on_text(std::move(value), element);
    }
    if (ok() && !in_.ok()) syntax();
  }

  // One of three words: 0, 1 or 2.
  uint8_t choice_of_three(const std::string& place, const std::array<std::string_view, 3>& words) {
    const std::string word = text(place);
    for (uint8_t i = 0; i < 3; ++i) {
      if (word == words[i]) return i;
    }
    std::string found;
    json_append_string(found, word);
    fail(place,
         "expected \"" + std::string(words[0]) + "\", \"" + std::string(words[1]) + "\" or \"" +
             std::string(words[2]) + "\"",
         found);
    return 0;
  }

  // One of two words; true for the first.
  bool choice(const std::string& place, std::string_view first, std::string_view second) {
    const std::string word = text(place);
    if (ok() && word != first && word != second) {
      std::string found;
      json_append_string(found, word);
      fail(place, "expected \"" + std::string(first) + "\" or \"" + std::string(second) + "\"",
           found);
    }
    return word == first;
  }

  bool boolean(const std::string& place) {
    const std::string_view raw = in_.take_value();
    if (json_kind(raw) != JsonKind::boolean) fail(place, "expected true or false", raw);
    return raw == "true";
  }

  void unknown(const std::string& place) {
    fail(place, "unknown member; see configuration.schema.json", {});
  }

  void fail(std::string_view place, std::string_view expected, std::string_view found) {
    if (!ok()) return;
    if (!in_.ok()) return syntax();
    problem_ = std::string(place.empty() ? "/" : place) + ": " + std::string(expected);
    if (!found.empty()) problem_ += ", found " + std::string(utf8_prefix(found, 64));
  }

  void expect_end() {
    if (ok() && (in_.peek() != '\0' || in_.at() != bytes_)) syntax();
  }

 private:
  // One body for every object: the module is kept small.
  void each_member(std::string_view place, void (*on_member)(const void*, const std::string&),
                   const void* to) {
    if (in_.peek() != '{' || !in_.enter_object()) {
      fail(place, "expected an object", in_.take_value());
      return;
    }
    std::vector<std::string> seen;
    for (std::string_view key; ok() && in_.next_member(key);) {
      std::string name;
      json_append_decoded(name, key);
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        fail(std::string(place) + "/" + name, "twice", {});
      } else {
        on_member(to, name);
        seen.push_back(std::move(name));
      }
    }
    if (ok() && !in_.ok()) syntax();
  }

  std::optional<uint64_t> whole(const std::string& place, uint64_t min, uint64_t max) {
    const std::string_view raw = in_.take_value();
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
    if (error == std::errc() && end == raw.data() + raw.size() && number >= min && number <= max) {
      return number;
    }
    std::string expected = "expected an integer from ";
    append_number(expected, static_cast<int64_t>(min));
    expected += " to ";
    append_number(expected, static_cast<int64_t>(max));
    fail(place, expected, raw);
    return std::nullopt;
  }

  void syntax() {
    problem_ =
        "not JSON: " + std::string(to_text(in_.ok() ? JsonFault::unexpected_byte : in_.fault())) +
        " at byte ";
    append_number(problem_, static_cast<int64_t>(in_.at()));
  }

  JsonScanner in_;
  size_t bytes_;
  std::string problem_;
};

bool is_stream_name(std::string_view name) {
  if (name.empty() || name.size() > kStreamNameBytesMax) return false;
  for (char c : name) {
    if (!is_alnum(c) && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

bool is_content_type(std::string_view name) {
  if (name.empty() || name.size() > kStreamNameBytesMax || !is_lower(name.front())) return false;
  for (char c : name) {
    if (!is_lower(c) && !is_digit(c) && c != '_') return false;
  }
  return true;
}

std::string stream_name(Reader& in, const std::string& place) {
  std::string name = in.text(place);
  if (in.ok() && !is_stream_name(name)) {
    in.fail(place, "expected a delivery stream's name, ^[a-zA-Z0-9_.-]{1,64}$", name);
  }
  return name;
}

void read_streams(Reader& in, Configuration& configuration) {
  in.object("/streams", [&](const std::string& content_type) {
    const std::string place = "/streams/" + content_type;
    std::string stream = stream_name(in, place);
    const size_t count =
        configuration.streams.size() + (configuration.other_stream.empty() ? 0 : 1);
    if (count == kStreamsMax) {
      in.fail(place, "more than 256 streams", {});
    } else if (content_type == "*") {
      configuration.other_stream = std::move(stream);
    } else if (is_content_type(content_type)) {
      configuration.streams.emplace_back(content_type, std::move(stream));
    } else {
      in.fail(place, "expected a content type, ^[a-z][a-z0-9_]{0,63}$, or *", {});
    }
  });
}

void read_limits(Reader& in, Configuration& configuration) {
  Limits& limits = configuration.limits;
  in.object("/limits", [&](const std::string& name) {
    const std::string place = "/limits/" + name;
    if (name == "body_bytes_max") {
      in.integer(place, 1'024, 16'777'216, limits.body_bytes_max);
    } else if (name == "events_max") {
      in.integer(place, 1, 100'000, limits.events_max);
    } else if (name == "held_bytes_max") {
      in.integer(place, 65'536, 1'073'741'824, configuration.shard.held_bytes_max);
    } else if (name == "hop_bytes_max") {
      in.integer(place, 65'536, 8'589'934'592, configuration.shard.hop_bytes_max);
    } else {
      in.unknown(place);
    }
  });
}

// What Firehose does to records on their way into an object, and why gzip members do not go with
// it.
struct DeliveryStep {
  std::string_view name;
  std::string_view conflict;
};
constexpr std::array<DeliveryStep, 6> kDeliverySteps = {{
    {"append_delimiter", "a newline between members breaks readers of the object"},
    {"deaggregation", "Firehose would look for JSON in compressed bytes"},
    {"dynamic_partitioning", "Firehose would look for keys in compressed bytes"},
    {"transform", "the function would be given compressed bytes"},
    {"format_conversion", "Firehose would look for JSON in compressed bytes"},
    {"compression", "the object would be compressed twice and named for once"},
}};
constexpr uint32_t kDeaggregatedEventsMax = 500;
// Members of 256,000 bytes of lines would be a few billing steps each.
constexpr uint32_t kMemberBytesTarget = 1'000'000;

// What /pack says, as far as it bears on something else that it says.
struct PackChoices {
  std::array<bool, kDeliverySteps.size()> delivery{};
  std::optional<uint32_t> record_bytes_target;
  std::optional<uint32_t> record_events_max;
};

void read_delivery(Reader& in, PackChoices& choices) {
  in.object("/pack/delivery", [&](const std::string& name) {
    const std::string place = "/pack/delivery/" + name;
    for (size_t i = 0; i < kDeliverySteps.size(); ++i) {
      if (name != kDeliverySteps[i].name) continue;
      choices.delivery[i] = in.boolean(place);
      return;
    }
    in.unknown(place);
  });
}

void combine_pack(Reader& in, const PackChoices& choices, ShardOptions& shard) {
  for (size_t i = 0; i < kDeliverySteps.size(); ++i) {
    if (!choices.delivery[i] || !shard.gzip_members) continue;
    in.fail("/pack/gzip_members",
            "not with /pack/delivery/" + std::string(kDeliverySteps[i].name) + ": " +
                std::string(kDeliverySteps[i].conflict),
            {});
  }
  const bool deaggregates = choices.delivery[1];
  const uint32_t events_max = deaggregates ? kDeaggregatedEventsMax : shard.record_events_max;
  shard.record_events_max = choices.record_events_max.value_or(events_max);
  if (deaggregates && shard.record_events_max > kDeaggregatedEventsMax) {
    in.fail("/pack/record_events_max",
            "at most 500 with /pack/delivery/deaggregation: Firehose takes no more from a record",
            {});
  }
  const uint32_t target = shard.gzip_members ? kMemberBytesTarget : shard.record_bytes_target;
  shard.record_bytes_target = choices.record_bytes_target.value_or(target);
}

void read_pack(Reader& in, ShardOptions& shard) {
  PackChoices choices;
  in.object("/pack", [&](const std::string& name) {
    const std::string place = "/pack/" + name;
    if (name == "mode") {
      shard.mode = in.choice(place, "packed", "single") ? PackMode::packed : PackMode::single;
    } else if (name == "ack") {
      shard.ack =
          in.choice(place, "firehose", "durable_hop") ? AckMode::firehose : AckMode::durable_hop;
    } else if (name == "gzip_members") {
      shard.gzip_members = in.boolean(place);
    } else if (name == "delivery") {
      read_delivery(in, choices);
    } else if (name == "linger_ms") {
      in.integer(place, 0, 5'000, shard.linger_ms);
    } else if (name == "record_bytes_target") {
      in.integer(place, kBillingStepBytes, kRecordBytesMax, choices.record_bytes_target.emplace());
    } else if (name == "record_events_max") {
      in.integer(place, 1, 1'000'000, choices.record_events_max.emplace());
    } else if (name == "in_flight_max") {
      in.integer(place, 1, 64, shard.in_flight_max);
    } else {
      in.unknown(place);
    }
  });
  combine_pack(in, choices, shard);
}

void read_pacing(Reader& in, ShardOptions& shard) {
  constexpr uint64_t kRateMax = 1'000'000'000'000;
  in.object("/pacing", [&](const std::string& name) {
    const std::string place = "/pacing/" + name;
    if (name == "mode") {
      shard.paced = in.choice(place, "on", "off");
    } else if (name == "records_s") {
      in.integer(place, 1, kRateMax, shard.quota.records_s);
    } else if (name == "requests_s") {
      in.integer(place, 1, kRateMax, shard.quota.requests_s);
    } else if (name == "bytes_s") {
      in.integer(place, 1'024, kRateMax, shard.quota.bytes_s);
    } else if (name == "share_permille") {
      in.integer(place, 1, 1'000, shard.share_permille);
    } else {
      in.unknown(place);
    }
  });
}

void read_internal_domains(Reader& in, std::vector<std::string>& domains) {
  in.texts("/internal_domains", [&](std::string domain, const std::string& place) {
    for (char& c : domain) c = to_lower(c);
    if (domain.empty() || domain.size() > kDomainBytesMax ||
        domain.find_first_of("/:* ") != std::string::npos || domain.front() == '.') {
      in.fail(place, "expected a domain like example.com", domain);
    } else if (domains.size() == kInternalDomainsMax) {
      in.fail(place, "more than 256 domains", {});
    } else {
      domains.push_back(std::move(domain));
    }
  });
}

void read_time(Reader& in, TimePolicy& time) {
  constexpr uint64_t kSpanMsMax = 3'153'600'000'000;  // a hundred years
  in.object("/time", [&](const std::string& name) {
    const std::string place = "/time/" + name;
    if (name == "skew_tolerance_ms") {
      in.integer(place, 0, kSpanMsMax, time.skew_tolerance_ms);
    } else if (name == "late_after_ms") {
      in.integer(place, 0, kSpanMsMax, time.late_after_ms);
    } else if (name == "future_ms") {
      in.integer(place, 0, kSpanMsMax, time.future_ms);
    } else if (name == "action") {
      time.action = in.choice(place, "mark", "fail") ? LateAction::mark : LateAction::fail;
    } else {
      in.unknown(place);
    }
  });
}

Keep read_keep(Reader& in, const std::string& place) {
  return static_cast<Keep>(in.choice_of_three(place, {"everything", "anonymous", "nothing"}));
}

void read_consent_policy(Reader& in, ConsentPolicy& policy) {
  in.object("/privacy/consent", [&](const std::string& name) {
    const std::string place = "/privacy/consent/" + name;
    if (name == "granted") {
      policy.granted = read_keep(in, place);
    } else if (name == "denied") {
      policy.denied = read_keep(in, place);
    } else if (name == "absent") {
      policy.absent = read_keep(in, place);
    } else if (name == "other") {
      policy.other = read_keep(in, place);
    } else if (name == "gpc") {
      policy.gpc = read_keep(in, place);
    } else {
      in.unknown(place);
    }
  });
}

void read_redact_query(Reader& in, std::vector<std::string>& names) {
  in.texts("/privacy/redact_query", [&](std::string name, const std::string& place) {
    for (char& c : name) c = to_lower(c);
    if (name.empty() || name.size() > kRedactNameBytesMax) {
      in.fail(place, "expected a parameter's name of 1 to 64 bytes", name);
    } else if (names.size() == kRedactNamesMax) {
      in.fail(place, "more than 256 names", {});
    } else {
      names.push_back(std::move(name));
    }
  });
}

void read_privacy(Reader& in, PrivacyPolicy& privacy) {
  in.object("/privacy", [&](const std::string& name) {
    const std::string place = "/privacy/" + name;
    if (name == "ip") {
      privacy.ip = static_cast<IpPolicy>(in.choice_of_three(place, {"truncate", "hash", "drop"}));
    } else if (name == "secret") {
      privacy.secret = in.text(place);
      if (in.ok() && privacy.secret.size() < kSecretBytesMin) {
        in.fail(place, "expected at least 16 bytes", {});
      }
    } else if (name == "ip_salt_days") {
      in.integer(place, 1, 366, privacy.ip_salt_days);
    } else if (name == "consent") {
      read_consent_policy(in, privacy.consent);
    } else if (name == "redact_query") {
      read_redact_query(in, privacy.redact_query);
    } else {
      in.unknown(place);
    }
  });
  if (in.ok() && privacy.ip == IpPolicy::hash && privacy.secret.empty()) {
    in.fail("/privacy/secret", "needed: ip is hash", {});
  }
}

// Members of which the core takes no notice: the host reads them.
bool read_host_member(Reader& in, const std::string& name, const std::string& place) {
  if (name == "region" || name == "endpoint") {
    (void)in.text(place);
  } else if (name == "status") {
    (void)in.boolean(place);
  } else if (name == "shards") {
    uint32_t shards = 0;
    in.integer(place, 1, 1'000, shards);
  } else {
    return false;
  }
  return true;
}

void read_member(Reader& in, const std::string& name, Configuration& configuration) {
  const std::string place = "/" + name;
  if (name == "streams") {
    read_streams(in, configuration);
  } else if (name == "failed_stream") {
    configuration.failed_stream = stream_name(in, place);
  } else if (name == "limits") {
    read_limits(in, configuration);
  } else if (name == "internal_domains") {
    read_internal_domains(in, configuration.internal_domains);
  } else if (name == "user_agent_cache") {
    in.integer(place, 0, 4'096, configuration.user_agent_cache);
  } else if (name == "privacy") {
    read_privacy(in, configuration.privacy);
  } else if (name == "time") {
    read_time(in, configuration.time);
  } else if (name == "event_id") {
    configuration.event_id =
        in.choice(place, "required", "derived") ? EventIdPolicy::required : EventIdPolicy::derived;
  } else if (name == "unplanned_events") {
    configuration.unplanned_events =
        in.choice(place, "fail", "pass") ? UnplannedEvents::fail : UnplannedEvents::pass;
  } else if (name == "pack") {
    read_pack(in, configuration.shard);
  } else if (name == "pacing") {
    read_pacing(in, configuration.shard);
  } else if (name == "ack_deadline_ms") {
    in.integer(place, 100, 60'000, configuration.shard.ack_deadline_ms);
  } else if (!read_host_member(in, name, place)) {
    in.unknown(place);
  }
}

}  // namespace

std::string_view Configuration::stream_of(std::string_view content_type,
                                          std::string_view plan_stream) const {
  for (const auto& [name, stream] : streams) {
    if (name == content_type) return stream;
  }
  if (!plan_stream.empty()) return plan_stream;
  if (!other_stream.empty()) return other_stream;
  return streams.empty() ? content_type : std::string_view{};
}

ConfigurationResult read_configuration(std::string_view text) {
  ConfigurationResult result;
  Configuration configuration;
  if (!trim(text).empty()) {
    Reader in(text);
    in.object("", [&](const std::string& name) { read_member(in, name, configuration); });
    in.expect_end();
    if (!in.ok()) {
      result.problem = std::move(in).problem();
      return result;
    }
  }
  result.configuration = std::move(configuration);
  return result;
}

}  // namespace edgehose
