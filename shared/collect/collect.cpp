#include "shared/collect/collect.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/collect/delivered_line.h"
#include "shared/collect/failed_consent.h"
#include "shared/collect/failed_raw.h"
#include "shared/collect/query_event.h"
#include "shared/collect/request_headers.h"
#include "shared/enrich/privacy.h"
#include "shared/event/failed_event.h"
#include "shared/pack/lines.h"

namespace edgehose {
namespace {

// Containers around an event: none, an array, or an envelope with its array. The event's own bound
// is the same in each.
constexpr uint32_t kArrayDepth = 1;
constexpr uint32_t kEnvelopeDepth = 2;
constexpr size_t kStrayNameBytesMax = 64;
// Each of a request's lines carries the header, so its length is bounded apart from the body's.
constexpr size_t kUserAgentHeaderBytesMax = 1'024;
// A body above this takes the place for all the lines it may become at once: lines that grow in
// steps leave holes behind, and the module's memory is bounded.
constexpr size_t kLargeBodyBytes = 65'536;
// A clock that is off by more than a year was never set, or sent_time is not one: the difference
// says nothing of the events' times.
constexpr int64_t kSkewMsMax = 366 * 86'400'000LL;

// A transparent GIF of one pixel.
constexpr std::string_view kGif(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c"
    "\x00\x00\x00\x00"
    "\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b",
    43);

// Those of one CDN: behind CloudFront a client can send Cloudflare's names itself.
GeoHeaders geo_headers(const RequestHeaders& headers) {
  const GeoHeaders cloudfront = {
      headers[Header::cloudfront_viewer_country], headers[Header::cloudfront_viewer_country_region],
      headers[Header::cloudfront_viewer_city], headers[Header::cloudfront_viewer_asn]};
  const size_t bytes = cloudfront.country.size() + cloudfront.region.size() +
                       cloudfront.city.size() + cloudfront.asn.size();
  if (bytes > 0) return cloudfront;
  return {headers[Header::cf_ipcountry], headers[Header::cf_region_code],
          headers[Header::cf_ipcity], headers[Header::cf_asn]};
}

RequestFacts read_facts(const Request& request, const RequestHeaders& headers) {
  RequestFacts facts;
  facts.received_ms = std::clamp(request.received_ms, kInstantMsMin, kInstantMsMax);
  facts.user_agent = utf8_prefix(headers[Header::user_agent], kUserAgentHeaderBytesMax);
  facts.hints = {headers[Header::sec_ch_ua],          headers[Header::sec_ch_ua_full_version_list],
                 headers[Header::sec_ch_ua_platform], headers[Header::sec_ch_ua_platform_version],
                 headers[Header::sec_ch_ua_model],    headers[Header::sec_ch_ua_mobile]};
  return facts;
}

// Derived ids that a request's events find room for without an allocation each.
constexpr size_t kIdsKept = 1'024;

}  // namespace

// One request being shaped: the events go in, lines and the list of failed events come out.
class Shaping {
 public:
  Shaping(const Request& request, Collector& collector, Shaped& out)
      : collector_(collector),
        configuration_(collector.configuration_),
        headers_(read_headers(request.headers)),
        facts_(read_facts(request, headers_)),
        out_(out) {
    read_place(request.client_ip);
    gpc_ = read_gpc(headers_[Header::sec_gpc]);
    if (collector_.rules_.plan) facts_.plan_version = collector_.rules_.plan->version();
    collector_.duplicates_.begin(request.seed);
    if (!collector_.derived_ids_.empty()) collector_.derived_ids_.clear();
    if (!collector_.decoded_ids_.empty()) collector_.decoded_ids_.clear();
    collector_.failed_json_.clear();
    collector_.lines_.begin(facts_);
  }

  const RequestHeaders& headers() const { return headers_; }
  EventReader& reader() { return collector_.reader_; }
  bool has_sent_time() const { return facts_.sent_ms.has_value(); }
  void set_sent_time(std::optional<int64_t> sent_ms) {
    facts_.sent_ms = sent_ms;
    collector_.lines_.begin(facts_);
  }
  uint32_t seen() const { return out_.accepted + out_.failed + out_.duplicates + out_.dropped; }
  bool is_full() const { return seen() >= configuration_.limits.events_max; }
  // A stranger's event may become several times its size; what a request becomes has a bound.
  bool is_swollen() const { return out_.lines.size() > lines_bytes_max(configuration_.limits); }
  void make_room(size_t body_bytes) {
    if (body_bytes <= kLargeBodyBytes) return;
    const Limits& limits = configuration_.limits;
    (void)out_.lines.reserve(lines_bytes_max(limits) + limits.line_bytes_max);
  }

  void accept(const Event& event, std::string_view original) {
    const std::string_view stream = stream_of(event);
    if (stream.empty()) {
      return reject_content_type(event, original);
    }
    const EventTime time = judge_time(event);
    if (!time.status.empty() && late_action(event) == LateAction::fail) {
      return reject_time(event, time, original);
    }
    if (collector_.duplicates_.add(lasting_id(event))) {
      ++out_.duplicates;
      return;
    }
    const Keep keep = kept_of(event);
    if (keep == Keep::nothing) {
      ++out_.dropped;
      return;
    }
    const size_t start = begin_line(out_.lines, stream, partition_of(event, time));
    collector_.lines_.append(out_.lines, event, time, keep);
    const size_t line_bytes = open_line_text(out_.lines, start).size();
    // With its newline the line is a record of its own at worst.
    if (line_bytes + 1 > configuration_.limits.line_bytes_max) {
      drop_line(out_.lines, start);
      reject_too_large(event, line_bytes, original);
      return;
    }
    end_line(out_.lines, start);
    ++out_.accepted;
  }

  EDGEHOSE_RARE void reject(Rejected rejected, const Event& event, std::string_view original) {
    const RawRules rules = raw_rules(rejected, event, original);
    const auto kept = kept_raw(original, rules, collector_.kept_raw_);
    // What was found may be what may not be kept.
    if (!kept || may_hold_personal(rules.plan, rules.content_type)) rejected.actual.clear();
    redact_shown(rejected.actual, rules.redact_query);
    redact_shown(rejected.pointer, rules.redact_query);
    std::string& line = collector_.failed_line_;
    line.clear();
    append_failed_line(line, rejected, original, kept, facts_.received_ms, configuration_.limits);
    const size_t start = begin_line(out_.lines, configuration_.failed_stream, {});
    out_.lines.append(line);
    end_line(out_.lines, start);
    std::string& list = collector_.failed_json_;
    list += list.empty() ? "" : ",";
    list += "{\"index\":";
    append_number(list, seen());
    list += ",\"reason\":";
    json_append_string(list, rejected.reason);
    list += ",\"pointer\":";
    json_append_string(list, rejected.pointer);
    list += "}";
    ++out_.failed;
  }

  void answer_counts() {
    out_.answer += "{\"accepted\":";
    append_number(out_.answer, out_.accepted);
    out_.answer += ",\"failed\":[";
    out_.answer += collector_.failed_json_;
    out_.answer += "]";
    if (out_.duplicates > 0) {
      out_.answer += ",\"duplicates\":";
      append_number(out_.answer, out_.duplicates);
    }
    if (out_.dropped > 0) {
      out_.answer += ",\"dropped\":";
      append_number(out_.answer, out_.dropped);
    }
    out_.answer += ",\"ack\":\"durable\"}";
  }

  // No event could be told apart, or the request is past a bound: nothing of it is kept.
  EDGEHOSE_RARE void refuse(uint32_t status, std::string_view error, std::string_view detail) {
    out_.clear();
    out_.status = status;
    out_.answer = "{\"error\":";
    json_append_string(out_.answer, error);
    out_.answer += ",\"detail\":";
    json_append_string(out_.answer, detail);
    out_.answer += "}";
  }

 private:
  void read_place(std::string_view peer) {
    const std::string_view client_ip = without_port(peer);
    read_geo(geo_headers(headers_), collector_.geo_);
    facts_.geo_country = collector_.geo_.country;
    facts_.geo_region = collector_.geo_.region;
    facts_.geo_city = collector_.geo_.city;
    facts_.geo_asn = collector_.geo_.asn;
    std::string& kept = collector_.client_ip_;
    kept.clear();
    const IpPolicy policy = configuration_.privacy.ip;
    if (policy == IpPolicy::truncate) kept = truncate_ip(client_ip);
    if (policy == IpPolicy::hash) {
      (void)collector_.ip_hasher_.append(kept, client_ip, facts_.received_ms);
    }
    facts_.client_ip = kept;
  }

  // What the person's consent lets be kept of the event.
  Keep kept_of(const Event& event) {
    const std::string_view raw = event[Member::consent];
    Consent consent = Consent::absent;
    if (json_kind(raw) == JsonKind::string) {
      collector_.consent_.clear();
      json_append_decoded(collector_.consent_, raw);
      consent = read_consent(collector_.consent_);
    }
    return decide_kept(consent, gpc_, configuration_.privacy.consent);
  }

  RawRules raw_rules(const Rejected& rejected, const Event& event, std::string_view original) {
    const Keep keep = decide_kept_of_failed(event.text.empty() ? original : event.text, gpc_,
                                            configuration_.privacy.consent);
    return {collector_.rules_.plan ? &*collector_.rules_.plan : nullptr, rejected.content_type,
            configuration_.privacy.redact_query, keep != Keep::everything};
  }

  // The event's id for as long as the request: one that was derived or decoded lies in the reader.
  std::string_view lasting_id(const Event& event) {
    const bool is_sent = !event[Member::event_id].empty() && !event.is_escaped(Member::event_id);
    return is_sent ? event.event_id : lasting_made_id(event);
  }
  EDGEHOSE_RARE std::string_view lasting_made_id(const Event& event) {
    if (!event[Member::event_id].empty()) return kept_id(event.event_id);
    std::vector<UuidText>& ids = collector_.derived_ids_;
    if (ids.capacity() == 0)
      ids.reserve(std::min<size_t>(configuration_.limits.events_max, kIdsKept));
    if (ids.size() == ids.capacity()) return kept_id(event.event_id);
    ids.push_back({});
    copy_bytes(ids.back().data(), event.event_id.data(), ids.back().size());
    return as_text(ids.back());
  }

  EDGEHOSE_RARE std::string_view kept_id(std::string_view id) {
    return collector_.decoded_ids_.emplace_front(id);
  }

  std::string_view stream_of(const Event& event) const {
    return configuration_.stream_of(event.content_type,
                                    event.plan ? event.plan->stream() : std::string_view{});
  }

  // The event's time by the collector's clock: the sender's clock is read off where the request
  // says when it was sent.
  EventTime judge_time(const Event& event) const {
    const TimePolicy& policy = configuration_.time;
    EventTime time{event.time_ms, 0, {}};
    if (facts_.sent_ms) {
      const int64_t skew_ms = facts_.received_ms - *facts_.sent_ms;
      if (std::abs(skew_ms) > policy.skew_tolerance_ms && std::abs(skew_ms) <= kSkewMsMax) {
        time.ms = std::clamp(time.ms + skew_ms, kInstantMsMin, kInstantMsMax);
        time.clock_skew_ms = skew_ms;
      }
    }
    const auto late_ms = event.plan ? event.plan->late_after_ms() : std::nullopt;
    const auto future_ms = event.plan ? event.plan->late_future_ms() : std::nullopt;
    const int64_t age_ms = facts_.received_ms - time.ms;
    if (age_ms > late_ms.value_or(policy.late_after_ms)) time.status = "late";
    if (-age_ms > future_ms.value_or(policy.future_ms)) time.status = "future";
    return time;
  }

  LateAction late_action(const Event& event) const {
    const auto planned = event.plan ? event.plan->late_action() : std::nullopt;
    return planned.value_or(configuration_.time.action);
  }

  // The hour of the event, where its records are to hold one hour each.
  std::string_view partition_of(const Event& event, const EventTime& time) {
    if (!event.plan || event.plan->partition() == PartitionPolicy::none) return {};
    constexpr size_t kHourBytes = std::string_view("2026-11-22T13").size();
    write_iso_ms(partition_.data(), time.ms);
    return {partition_.data(), kHourBytes};
  }

  EDGEHOSE_RARE void reject_content_type(const Event& event, std::string_view original) {
    reject({reason::unknown_content_type, "/content_type", "enum", "a content type with a stream",
            std::string(event.content_type), std::string(event.content_type)},
           event, original);
  }

  EDGEHOSE_RARE void reject_time(const Event& event, const EventTime& time,
                                 std::string_view original) {
    std::string actual;
    append_iso_ms(actual, time.ms);
    std::string expected = "a time near that of receipt, ";
    append_iso_ms(expected, facts_.received_ms);
    reject({time.status == "late" ? reason::late_event : reason::future_event, "/time", "",
            std::move(expected), std::move(actual), std::string(event.content_type)},
           event, original);
  }

  EDGEHOSE_RARE void reject_too_large(const Event& event, size_t line_bytes,
                                      std::string_view original) {
    std::string expected = "a line of at most ";
    append_number(expected, static_cast<int64_t>(configuration_.limits.line_bytes_max));
    std::string actual;
    append_number(actual, static_cast<int64_t>(line_bytes + 1));
    reject({reason::event_too_large, "", "", expected + " bytes", actual + " bytes",
            std::string(event.content_type)},
           event, original);
  }

  Collector& collector_;
  const Configuration& configuration_;
  Gpc gpc_ = Gpc::off;
  RequestHeaders headers_;
  RequestFacts facts_;
  Shaped& out_;
  std::array<char, kIsoMsBytes> partition_{};
};

namespace {

// Finds the events of a body, one after the other. An event with a fault inside is set aside whole,
// by its brackets, and its neighbours are kept; where even its end is not to be found, the rest of
// the body is one failed event.
class BodyReader {
 public:
  BodyReader(std::string_view body, const Configuration& configuration, Shaping& shaping)
      : body_(body), limits_(configuration.limits), in_(body, depth_max(0)), shaping_(shaping) {}

  void read() {
    switch (in_.peek()) {
      case '[':
        in_ = JsonScanner(body_, depth_max(kArrayDepth), in_.at());
        read_array();
        break;
      case '{':
        begins_as_envelope() ? read_envelope() : read_single();
        break;
      default:
        return refuse_malformed("expected an event, an array of events or {\"events\":[...]}");
    }
  }

 private:
  // A member of the envelope that has no place in one.
  struct Stray {
    std::string_view key;
    std::string_view value;
  };

  uint32_t depth_max(uint32_t around) const {
    return static_cast<uint32_t>(limits_.event_depth_max) + around;
  }

  void read_single() {
    const size_t start = in_.at();
    const auto rejected = shaping_.reader().read(in_, event_);
    if (rejected && holds_events()) {
      in_ = JsonScanner(body_, 0, start);
      return read_envelope();
    }
    const size_t end = in_.ok() ? in_.at() : json_extent_end(body_, start);
    if (end > body_.size()) return refuse_malformed(to_text(in_.fault()));
    finish_event(event_, rejected, body_.substr(start, end - start));
    in_.resume(end, 0);
    finish_body();
  }

  // {"sent_time":...,"events":[...]}, in any order, and beside what has no place in it. The first
  // member tells most; what is no good event is looked at again.
  bool begins_as_envelope() const {
    JsonScanner probe(body_);
    std::string_view key;
    if (!probe.enter_object() || !probe.next_member(key)) return false;
    return key == "\"events\"" || (key == "\"sent_time\"" && holds_events());
  }

  // Whether the body's object has an array of events, and nothing before it that an event has.
  EDGEHOSE_RARE bool holds_events() const {
    JsonScanner probe(body_, depth_max(kEnvelopeDepth));
    std::string_view key;
    if (!probe.enter_object()) return false;
    while (probe.next_member(key)) {
      if (key == "\"events\"" && probe.peek() == '[') return true;
      if (key == "\"event_id\"" || key == "\"content_type\"") return false;
      (void)probe.take_value();
    }
    return false;
  }

  void read_envelope() {
    in_ = JsonScanner(body_, depth_max(kEnvelopeDepth), in_.at());
    (void)in_.enter_object();
    bool has_events = false;
    for (std::string_view key; in_.next_member(key);) {
      if (key == "\"events\"" && in_.peek() == '[') {
        has_events = true;
        find_later_sent_time();
        if (!read_elements()) return;
      } else if (!read_envelope_member(key)) {
        return;
      }
    }
    if (!in_.ok()) return broken_rest(in_.at());
    if (!has_events) return refuse_malformed("an envelope without an array events");
    for (const Stray& stray : strays_) reject_stray(stray);
    finish_body();
  }

  // A member beside the events. What has no place in an envelope is a failed event behind the
  // others, so that it neither hides nor hurts them.
  EDGEHOSE_RARE bool read_envelope_member(std::string_view key) {
    const size_t start = in_.at();
    const std::string_view value = in_.take_value();
    if (!in_.ok()) {
      broken_rest(start);
      return false;
    }
    if (key == "\"sent_time\"") {
      // A clock that cannot be read is no reason to lose the events.
      shaping_.set_sent_time(read_event_time(value));
    } else {
      if (strays_.size() >= limits_.events_max) return refuse_too_many();
      strays_.push_back({key, value});
    }
    return true;
  }

  EDGEHOSE_RARE void reject_stray(const Stray& stray) {
    std::string name;
    json_append_decoded(name, stray.key);
    std::string pointer;
    json_append_pointer_step(pointer, utf8_prefix(name, kStrayNameBytesMax));
    shaping_.reject({reason::unknown_member,
                     std::move(pointer),
                     "additionalProperties",
                     "sent_time and an array events",
                     std::string(utf8_prefix(stray.key, kStrayNameBytesMax)),
                     {}},
                    {}, stray.value);
  }

  void read_array() {
    if (read_elements()) finish_body();
  }

  // False when the request was answered already.
  bool read_elements() {
    (void)in_.enter_array();
    while (in_.next_element()) {
      if (shaping_.is_full()) return refuse_too_many();
      if (!read_element()) return false;
      if (shaping_.is_swollen()) return refuse_swollen();
    }
    if (in_.ok()) return true;
    broken_rest(in_.at());
    return false;
  }

  bool read_element() {
    (void)in_.peek();
    const size_t start = in_.at();
    const uint32_t open = in_.open();
    const auto rejected = shaping_.reader().read(in_, event_);
    if (in_.ok()) {
      finish_event(event_, rejected, body_.substr(start, in_.at() - start));
      return true;
    }
    const size_t end = json_extent_end(body_, start);
    if (end > body_.size() || end == start || !resume_after(end, open)) {
      broken_rest(start);
      return false;
    }
    finish_event(event_, rejected, body_.substr(start, end - start));
    return true;
  }

  // Goes on behind an element that was set aside, where a comma or the array's end must follow.
  EDGEHOSE_RARE bool resume_after(size_t end, uint32_t open) {
    JsonScanner after(body_, 0, end);
    if (after.peek() != ',' && after.peek() != ']') return false;
    in_.resume(end, open);
    return true;
  }

  void finish_event(Event& event, const std::optional<Rejected>& rejected,
                    std::string_view original) {
    if (rejected) {
      event.text = original;  // all of it: the reader may have stopped at a fault
      shaping_.reject(*rejected, event, original);
    } else {
      shaping_.accept(event, original);
    }
  }

  void finish_body() {
    if (in_.peek() != '\0' || in_.at() != body_.size()) return broken_rest(in_.at());
    shaping_.answer_counts();
  }

  // What is left cannot be taken apart. It is a failed event beside good neighbours, a 400 without
  // any.
  EDGEHOSE_RARE void broken_rest(size_t start) {
    const JsonFault fault = in_.ok() ? JsonFault::unexpected_byte : in_.fault();
    if (shaping_.seen() == 0) return refuse_malformed(to_text(fault));
    std::string actual = "byte ";
    append_number(actual, static_cast<int64_t>(in_.at()));
    actual += " of the body";
    shaping_.reject({reason::malformed_json, "", "", std::string(to_text(fault)), actual, {}}, {},
                    body_.substr(std::min(start, body_.size())));
    shaping_.answer_counts();
  }

  // False: the request is answered.
  EDGEHOSE_RARE bool refuse_too_many() {
    std::string detail = "at most ";
    append_number(detail, static_cast<int64_t>(limits_.events_max));
    shaping_.refuse(413, "too_many_events", detail + " events in a request");
    return false;
  }

  EDGEHOSE_RARE bool refuse_swollen() {
    shaping_.refuse(413, "lines_too_large", "the events become too large once they are enriched");
    return false;
  }

  EDGEHOSE_RARE void refuse_malformed(std::string_view detail) {
    std::string text(detail);
    text += " (byte ";
    append_number(text, static_cast<int64_t>(in_.at()));
    shaping_.refuse(400, body_.empty() ? "empty_body" : "malformed_json", text + ")");
  }

  // The events' lines carry sent_time, which may stand behind them.
  EDGEHOSE_RARE void find_later_sent_time() {
    if (looked_behind_ || shaping_.has_sent_time()) return;
    looked_behind_ = true;
    const size_t end = json_extent_end(body_, in_.at());
    if (end >= body_.size()) return;
    JsonScanner after(body_, depth_max(kEnvelopeDepth), end);
    while (after.try_take(',') && after.peek() == '"') {
      const std::string_view key = after.take_value();
      if (!after.try_take(':')) return;
      const std::string_view value = after.take_value();
      if (!after.ok()) return;
      if (key == "\"sent_time\"") return shaping_.set_sent_time(read_event_time(value));
    }
  }

  std::string_view body_;
  const Limits& limits_;
  JsonScanner in_;
  Shaping& shaping_;
  Event event_;  // the one at hand
  std::vector<Stray> strays_;
  bool looked_behind_ = false;  // once: a body may be full of arrays
};

EDGEHOSE_RARE void refuse_large_body(const Configuration& configuration, Shaping& shaping) {
  std::string detail = "a body of at most ";
  append_number(detail, static_cast<int64_t>(configuration.limits.body_bytes_max));
  shaping.refuse(413, "body_too_large", detail + " bytes");
}

void collect_body(const Request& request, const Configuration& configuration, Shaping& shaping) {
  if (request.body.size() > configuration.limits.body_bytes_max) {
    return refuse_large_body(configuration, shaping);
  }
  shaping.make_room(request.body.size());
  BodyReader(request.body, configuration, shaping).read();
}

EDGEHOSE_RARE void collect_gif(const Request& request, const Configuration& configuration,
                               Shaping& shaping, Shaped& out) {
  if (request.query.size() > configuration.limits.body_bytes_max) {
    return shaping.refuse(413, "body_too_large", "the query is longer than a body may be");
  }
  const std::string text = event_from_query(request.query, shaping.headers()[Header::referer]);
  JsonScanner in(text);
  Event event;
  const auto rejected = shaping.reader().read(in, event);
  if (rejected) {
    event.text = text;  // the query's bytes are not how an event is read
    shaping.reject(*rejected, event, request.query);
  } else {
    shaping.accept(event, request.query);
  }
  out.kind = AnswerKind::gif;
  out.answer = kGif;
}

// All but POST /collect.
EDGEHOSE_RARE void collect_other(const Request& request, const Configuration& configuration,
                                 Shaping& shaping, Shaped& out) {
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  if (request.method == "OPTIONS") {
    out.status = 204;
    out.kind = AnswerKind::empty;
  } else if (request.path == "/collect") {
    shaping.refuse(405, "method_not_allowed", "use POST /collect");
  } else if (request.path == "/collect.gif") {
    if (request.method != "GET")
      return shaping.refuse(405, "method_not_allowed", "use GET /collect.gif");
    collect_gif(request, configuration, shaping, out);
  } else if (request.path == "/health") {
    if (!is_get) return shaping.refuse(405, "method_not_allowed", "use GET /health");
    out.answer = "{\"status\":\"ok\",\"collector\":\"";
    out.answer += kCollector;
    out.answer += "\"}";
  } else {
    shaping.refuse(404, "unknown_path", "the collector answers /collect, /collect.gif and /health");
  }
}

}  // namespace

void Shaped::clear() {
  status = 200;
  kind = AnswerKind::json;
  answer.clear();
  lines.clear();
  accepted = 0;
  failed = 0;
  duplicates = 0;
  dropped = 0;
}

std::string_view plan_problem(const Configuration& configuration, const Plan& plan) {
  if (plan.hashes_pii() && configuration.privacy.secret.empty()) {
    return "/privacy/secret: needed: the plan hashes personal places";
  }
  for (uint32_t i = 0; i < plan.size(); ++i) {
    if (plan[i].stream() != configuration.failed_stream) continue;
    return "/failed_stream: a content type of the plan has it as its stream: expected another";
  }
  for (uint32_t i = 0; configuration.shard.gzip_members && i < plan.size(); ++i) {
    if (plan[i].partition() == PartitionPolicy::none) continue;
    return "/pack/gzip_members: not with a plan's partition: Firehose would look for keys in "
           "compressed bytes";
  }
  return {};
}

EDGEHOSE_RARE Collector::Collector(Configuration configuration, std::optional<Plan> plan)
    : configuration_(std::move(configuration)),
      rules_{configuration_.limits, plan, configuration_.unplanned_events, configuration_.event_id,
             configuration_.privacy.secret},
      reader_(rules_),
      lines_(configuration_.internal_domains, configuration_.privacy.redact_query,
             configuration_.user_agent_cache),
      ip_hasher_(configuration_.privacy.secret, configuration_.privacy.ip_salt_days) {}

EDGEHOSE_RARE Collector::~Collector() = default;

void Collector::collect(const Request& request, Shaped& out) {
  out.clear();
  Shaping shaping(request, *this, out);
  if (request.path == "/collect" && request.method == "POST") {
    collect_body(request, configuration_, shaping);
  } else {
    collect_other(request, configuration_, shaping, out);
  }
}

}  // namespace edgehose
