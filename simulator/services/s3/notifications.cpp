#include "simulator/services/s3/notifications.h"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

enum Kind : uint32_t { kRules = 16, kWaiting = 17, kGone = 18 };

constexpr std::array<std::string_view, 6> kEvents = {
    "s3:ObjectCreated:*",    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",    "s3:ObjectRemoved:Delete"};

// 1 s, 2 s ... 60 s between two tries. [mem] AWS states nothing.
int64_t back_off_ms(uint32_t tries) {
  return std::min<int64_t>(60'000, int64_t{1'000} << std::min<uint32_t>(tries, 6));
}

bool names(const NotificationRule& rule, std::string_view event) {
  return std::any_of(rule.events.begin(), rule.events.end(), [&](std::string_view of_rule) {
    of_rule.remove_prefix(3);
    if (of_rule == event) return true;
    return of_rule.ends_with('*') && event.starts_with(of_rule.substr(0, of_rule.size() - 1));
  });
}

bool matches(const NotificationRule& rule, const ObjectEvent& event) {
  return names(rule, event.name) && event.key.starts_with(rule.prefix) &&
         event.key.ends_with(rule.suffix);
}

// Two rules may not both tell of one event: S3 refuses overlapping ones.
bool overlap(const NotificationRule& a, const NotificationRule& b) {
  const bool shares_event =
      std::any_of(kEvents.begin(), kEvents.end(), [&](std::string_view event) {
        event.remove_prefix(3);
        return !event.ends_with('*') && names(a, event) && names(b, event);
      });
  const bool shares_prefix = a.prefix.starts_with(b.prefix) || b.prefix.starts_with(a.prefix);
  const bool shares_suffix = a.suffix.ends_with(b.suffix) || b.suffix.ends_with(a.suffix);
  return shares_event && shares_prefix && shares_suffix;
}

// As a form writes a key: a blank is +, and '/' stays.
std::string form_encoded(std::string_view key) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-_.*/";
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<uint8_t>(c);
    if (is_alnum(c) || kPlain.find(c) != std::string_view::npos) {
      text.push_back(c);
    } else if (c == ' ') {
      text.push_back('+');
    } else {
      text.push_back('%');
      text.push_back(kDigits[byte >> 4]);
      text.push_back(kDigits[byte & 15]);
    }
  }
  return text;
}

std::string hexadecimal(uint64_t value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text(18, '0');
  for (size_t at = text.size(); at > 0 && value != 0; value >>= 4) text[--at] = kDigits[value & 15];
  return text;
}

class ObjectText {
 public:
  explicit ObjectText(std::string& out) : out_(out) { out_.push_back('{'); }
  ObjectText& text(std::string_view name, std::string_view value) {
    json_append_string(member(name), value);
    return *this;
  }
  ObjectText& number(std::string_view name, uint64_t value) {
    append_number(member(name), static_cast<int64_t>(value));
    return *this;
  }
  std::string& member(std::string_view name) {
    if (out_.back() != '{') out_.push_back(',');
    json_append_string(out_, name);
    out_.push_back(':');
    return out_;
  }
  void end() { out_.push_back('}'); }

 private:
  std::string& out_;
};

}  // namespace

bool is_notified_event(std::string_view event) {
  return std::find(kEvents.begin(), kEvents.end(), event) != kEvents.end();
}

Notifications::Notifications(NotificationOptions options, Sqs& sqs, Random& random, Digest digest,
                             IsUp is_up)
    : options_(std::move(options)),
      sqs_(sqs),
      random_(random),
      digest_(digest),
      is_up_(std::move(is_up)) {}

bool Notifications::has_rules(std::string_view bucket) const { return rules_.contains(bucket); }

std::vector<NotificationRule> Notifications::rules(const std::string& bucket) const {
  const auto found = rules_.find(bucket);
  return found == rules_.end() ? std::vector<NotificationRule>() : found->second;
}

std::optional<AwsError> Notifications::set_rules(int64_t now_ms, const std::string& bucket,
                                                 std::vector<NotificationRule> rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    if (sqs_.find(sqs_.name_in(rules[i].queue_arn)) == nullptr) {
      return AwsError{"InvalidArgument",
                      "Unable to validate the following destination "
                      "configurations: there is no queue " +
                          rules[i].queue_arn};
    }
    for (size_t j = 0; j < i; ++j) {
      if (!overlap(rules[i], rules[j])) continue;
      return AwsError{"InvalidArgument",
                      "Configuration is ambiguously defined. Cannot have overlapping suffixes in "
                      "two rules if the prefixes are overlapping for the same event type."};
    }
    if (rules[i].id.empty()) append_uuid(rules[i].id, random_);
  }
  for (const NotificationRule& rule : rules) {
    std::string request_id;
    append_uuid(request_id, random_);
    std::string body;
    ObjectText(body)
        .text("Service", "Amazon S3")
        .text("Event", "s3:TestEvent")
        .text("Time", iso_ms(now_ms))
        .text("Bucket", bucket)
        .text("RequestId", request_id)
        .text("HostId", "edgehose")
        .end();
    (void)send(now_ms, sqs_.name_in(rule.queue_arn), body);
  }
  if (rules.empty()) {
    rules_.erase(bucket);
  } else {
    rules_[bucket] = std::move(rules);
  }
  log_rules(bucket);
  return std::nullopt;
}

std::string Notifications::event_text(int64_t now_ms, const ObjectEvent& event,
                                      const std::string& rule_id) {
  std::string request_id;
  append_uuid(request_id, random_);
  std::string body = "{\"Records\":[";
  ObjectText record(body);
  record.text("eventVersion", "2.1").text("eventSource", "aws:s3");
  record.text("awsRegion", options_.region).text("eventTime", iso_ms(now_ms));
  record.text("eventName", event.name);
  ObjectText(record.member("userIdentity")).text("principalId", "EDGEHOSE").end();
  ObjectText(record.member("requestParameters")).text("sourceIPAddress", "127.0.0.1").end();
  ObjectText(record.member("responseElements"))
      .text("x-amz-request-id", request_id)
      .text("x-amz-id-2", "edgehose")
      .end();
  ObjectText s3(record.member("s3"));
  s3.text("s3SchemaVersion", "1.0").text("configurationId", rule_id);
  ObjectText bucket(s3.member("bucket"));
  bucket.text("name", event.bucket);
  ObjectText(bucket.member("ownerIdentity")).text("principalId", "EDGEHOSE").end();
  bucket.text("arn", "arn:aws:s3:::" + event.bucket).end();
  ObjectText object(s3.member("object"));
  object.text("key", form_encoded(event.key));
  if (event.name.starts_with("ObjectCreated")) {
    object.number("size", event.bytes).text("eTag", event.etag);
  }
  // Rises within a key; the time keeps it rising over a restart.
  const uint64_t sequencer = static_cast<uint64_t>(now_ms) << 20 | (sequence_++ & 0xfffff);
  object.text("sequencer", hexadecimal(sequencer)).end();
  s3.end();
  record.end();
  return body.append("]}");
}

bool Notifications::send(int64_t now_ms, const std::string& queue, const std::string& body) {
  if (is_up_ && !is_up_("SendMessage", queue)) return false;
  SendRequest message;
  message.body = body;
  message.body_md5 = digest_(body);
  if (!sqs_.send(now_ms, queue, std::move(message))) return false;
  ++sent_;
  return true;
}

void Notifications::notify(int64_t now_ms, const ObjectEvent& event) {
  const auto found = rules_.find(event.bucket);
  if (found == rules_.end()) return;
  for (const NotificationRule& rule : found->second) {
    if (!matches(rule, event)) continue;
    const std::string queue = sqs_.name_in(rule.queue_arn);
    std::string body = event_text(now_ms, event, rule.id);
    if (send(now_ms, queue, body)) continue;
    if (waiting_.size() >= options_.waiting_max) {
      ++lost_;
      continue;
    }
    Waiting waiting{queue, std::move(body), now_ms, now_ms + back_off_ms(0), 1};
    log_waiting(next_number_, waiting);
    waiting_.emplace(next_number_++, std::move(waiting));
  }
}

void Notifications::tick(int64_t now_ms) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    Waiting& waiting = at->second;
    if (waiting.due_ms > now_ms) {
      ++at;
      continue;
    }
    const bool is_sent = send(now_ms, waiting.queue, waiting.body);
    const bool is_late = now_ms >= waiting.since_ms + options_.retry_ms;
    if (!is_sent && !is_late) {
      waiting.due_ms = now_ms + back_off_ms(waiting.tries++);
      ++at;
      continue;
    }
    if (!is_sent) ++lost_;
    append_log_record(log_, kGone, FieldWriter().number(at->first).take());
    at = waiting_.erase(at);
  }
}

int64_t Notifications::next_due_ms() const {
  int64_t due_ms = INT64_MAX;
  for (const auto& [number, waiting] : waiting_) due_ms = std::min(due_ms, waiting.due_ms);
  return due_ms;
}

std::vector<std::string> Notifications::waiting_bodies() const {
  std::vector<std::string> bodies;
  bodies.reserve(waiting_.size());
  for (const auto& [number, waiting] : waiting_) bodies.push_back(waiting.body);
  return bodies;
}

std::string Notifications::take_log() { return std::exchange(log_, {}); }

void Notifications::log_rules(const std::string& bucket) {
  const auto found = rules_.find(bucket);
  FieldWriter out;
  out.text(bucket).number(found == rules_.end() ? 0 : found->second.size());
  if (found != rules_.end()) {
    for (const NotificationRule& rule : found->second) {
      out.text(rule.id).text(rule.queue_arn).text(rule.prefix).text(rule.suffix);
      out.number(rule.events.size());
      for (const std::string& event : rule.events) out.text(event);
    }
  }
  append_log_record(log_, kRules, out.take());
}

void Notifications::log_waiting(uint64_t number, const Waiting& waiting) {
  FieldWriter out;
  out.number(number).text(waiting.queue).text(waiting.body).time(waiting.since_ms);
  append_log_record(log_, kWaiting, out.take());
}

std::string Notifications::snapshot() const {
  Notifications copy(options_, sqs_, random_, digest_);
  copy.rules_ = rules_;
  for (const auto& [bucket, rules] : rules_) copy.log_rules(bucket);
  for (const auto& [number, waiting] : waiting_) copy.log_waiting(number, waiting);
  return std::move(copy.log_);
}

bool Notifications::apply(const LogRecord& record) {
  FieldReader in(record.payload);
  if (record.kind == kRules) {
    const std::string bucket = in.text();
    std::vector<NotificationRule> rules;
    for (size_t left = in.count(); left > 0 && in.ok(); --left) {
      NotificationRule rule{.id = in.text(), .queue_arn = in.text(), .events = {}};
      rule.prefix = in.text();
      rule.suffix = in.text();
      for (size_t events = in.count(); events > 0 && in.ok(); --events) {
        rule.events.push_back(in.text());
      }
      rules.push_back(std::move(rule));
    }
    if (!in.at_end()) return false;
    if (rules.empty()) {
      rules_.erase(bucket);
    } else {
      rules_[bucket] = std::move(rules);
    }
    return true;
  }
  const uint64_t number = in.number();
  if (record.kind == kGone) {
    waiting_.erase(number);
    return in.at_end();
  }
  if (record.kind != kWaiting) return false;
  Waiting waiting{.queue = in.text(), .body = in.text()};
  waiting.since_ms = waiting.due_ms = in.time();
  if (!in.at_end()) return false;
  next_number_ = std::max(next_number_, number + 1);
  waiting_.insert_or_assign(number, std::move(waiting));
  return true;
}

size_t Notifications::restore(const std::vector<LogRecord>& records) {
  size_t unread = 0;
  for (const LogRecord& record : records) unread += apply(record) ? 0 : 1;
  return unread;
}

}  // namespace edgehose
