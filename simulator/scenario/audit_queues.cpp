#include "simulator/scenario/audit_queues.h"

#include <map>
#include <set>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/lake/object_lines.h"
#include "simulator/lake/object_store.h"
#include "simulator/scenario/lake_line.h"
#include "simulator/services/s3/notifications.h"

namespace edgehose {
namespace {

// Kinds of records by the service that wrote them (http/event_services.cpp).
constexpr uint32_t kOfNotifications = 16;
constexpr uint32_t kOfLambda = 32;

using Rule = AuditBook::Rule;

struct Holder {
  Rule rule = Rule::left_raw;
  std::string place;
};

// The first text behind `"name":"` from `at` on: notifications are written by this program, in one
// order.
std::string text_behind(std::string_view body, std::string_view name, size_t at) {
  const std::string head = "\"" + std::string(name) + "\":";
  at = body.find(head, at);
  if (at == std::string_view::npos) return "";
  JsonScanner scanner(body, 16, at + head.size());
  std::string text;
  const std::string_view value = scanner.take_value();
  if (json_kind(value) == JsonKind::string) json_append_decoded(text, value);
  return text;
}

class QueueWalker {
 public:
  QueueWalker(const std::string& data, AuditBook& book)
      : data_(data),
        store_(disk_, data),
        random_(1),
        sqs_({}, random_),
        notifications_({}, sqs_, random_, [](std::string_view) { return std::string(); }),
        book_(book) {}

  Error read() {
    const auto file = disk_.read(data_ + "/events/log");
    if (!file) return file.error() == Error::not_found ? Error::none : file.error();
    std::vector<LogRecord> sqs;
    std::vector<LogRecord> notifications;
    for (LogRecord& record : read_log(file.value()).records) {
      if (record.kind < kOfNotifications) {
        sqs.push_back(std::move(record));
      } else if (record.kind < kOfLambda) {
        notifications.push_back(std::move(record));
      }
    }
    const bool is_whole = sqs_.restore(sqs) + notifications_.restore(notifications) == 0;
    return is_whole ? Error::none : Error::malformed;
  }

  Error walk(const std::string& lake) {
    for (const std::string& body : notifications_.waiting_bodies()) {
      hold(body, Rule::queued, "a notification of S3, not yet sent");
    }
    for (const auto& [name, queue] : sqs_.queues()) {
      const bool is_dead = !sqs_.sources_of(name).empty();
      for (const auto& [number, message] : queue.messages.messages()) {
        hold(message.content->body, is_dead ? Rule::dead_letter : Rule::queued, "queue " + name);
      }
    }
    const auto buckets = store_.buckets();
    if (!buckets) return buckets.error() == Error::not_found ? Error::none : buckets.error();
    for (const BucketInfo& bucket : buckets.value()) {
      if (bucket.name == lake || !notifications_.has_rules(bucket.name)) continue;
      const Error error = walk_bucket(bucket.name);
      if (error != Error::none) return error;
    }
    return Error::none;
  }

 private:
  // A message may come twice: the one that is still on its way counts.
  void hold(const std::string& body, Rule rule, const std::string& place) {
    const size_t at = body.find("\"s3\":{");
    if (at == std::string::npos) return;
    std::string key;
    append_url_decoded(key, text_behind(body, "key", at));
    const std::string object = text_behind(body, "name", at) + "/" + key;
    Holder& holder = holders_[object];
    if (holder.rule == Rule::queued) return;
    holder = {rule, place};
    holder.place.append(": ").append(object);
  }

  Error walk_bucket(const std::string& bucket) {
    const auto keys = store_.keys(bucket, "");
    if (!keys) return keys.error();
    for (const std::string& key : keys.value()) {
      const auto bytes = disk_.read(store_.object_path(bucket, key));
      if (!bytes && bytes.error() != Error::not_found) return bytes.error();
      if (!bytes) continue;
      std::string object = bucket;
      object.append("/").append(key);
      const auto found = holders_.find(object);
      const Holder holder =
          found == holders_.end() ? Holder{Rule::left_raw, object} : found->second;
      book_.enter_place(holder.place);
      for_each_line(bytes.value(), [&](std::string_view line) {
        for (const std::string& id : raw_event_ids(line)) book_.see_by_rule(holder.rule, id);
      });
    }
    return Error::none;
  }

  std::string data_;
  PosixDisk disk_;
  ObjectStore store_;
  Random random_;
  Sqs sqs_;
  Notifications notifications_;
  AuditBook& book_;
  std::map<std::string, Holder> holders_;
};

}  // namespace

Error walk_queues(const std::string& data, const std::string& bucket, AuditBook& book) {
  QueueWalker walker(data, book);
  const Error error = walker.read();
  return error == Error::none ? walker.walk(bucket) : error;
}

}  // namespace edgehose
