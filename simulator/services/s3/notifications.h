// S3's event notifications to queues: which events of a bucket go where, and those that could not
// be sent yet. At least once: what SQS refuses is sent again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/engine/random.h"
#include "simulator/engine/record_log.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/sqs/sqs.h"

namespace edgehose {

struct NotificationOptions {
  std::string region = "ap-northeast-1";
  // For how long an event that its queue does not take is sent again; AWS states no figure.
  int64_t retry_ms = 24LL * 3'600 * 1'000;
  size_t waiting_max = 1'000'000;
};

struct NotificationRule {
  std::string id;
  std::string queue_arn;
  std::vector<std::string> events;  // s3:ObjectCreated:*, s3:ObjectCreated:Put, ...
  std::string prefix = {};
  std::string suffix = {};
  friend bool operator==(const NotificationRule&, const NotificationRule&) = default;
};

// What happened to an object.
struct ObjectEvent {
  std::string name;  // ObjectCreated:Put, without s3:
  std::string bucket;
  std::string key;
  uint64_t bytes = 0;
  std::string etag;
};

class Notifications {
 public:
  // Whether SQS takes a message now; without it, it does.
  using IsUp = std::function<bool(std::string_view operation, const std::string& queue)>;
  // MD5 in hexadecimal, as SQS tells it of a message.
  using Digest = std::string (*)(std::string_view bytes);

  // All outlive the service.
  Notifications(NotificationOptions options, Sqs& sqs, Random& random, Digest digest,
                IsUp is_up = {});

  size_t restore(const std::vector<LogRecord>& records);
  [[nodiscard]] std::string snapshot() const;
  [[nodiscard]] std::string take_log();

  // Replaces the rules of a bucket, and sends each queue a test message. An error where a queue is
  // not there, or two rules would tell of one event.
  [[nodiscard]] std::optional<AwsError> set_rules(int64_t now_ms, const std::string& bucket,
                                                  std::vector<NotificationRule> rules);
  [[nodiscard]] std::vector<NotificationRule> rules(const std::string& bucket) const;
  [[nodiscard]] bool has_rules(std::string_view bucket) const;

  void notify(int64_t now_ms, const ObjectEvent& event);
  void tick(int64_t now_ms);
  [[nodiscard]] int64_t next_due_ms() const;

  [[nodiscard]] uint64_t sent() const { return sent_; }
  [[nodiscard]] size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] uint64_t lost() const { return lost_; }
  // Bodies of those that wait: an audit's holders.
  [[nodiscard]] std::vector<std::string> waiting_bodies() const;

 private:
  struct Waiting {
    std::string queue;
    std::string body;
    int64_t since_ms = 0;
    int64_t due_ms = 0;
    uint32_t tries = 0;
  };
  bool send(int64_t now_ms, const std::string& queue, const std::string& body);
  [[nodiscard]] std::string event_text(int64_t now_ms, const ObjectEvent& event,
                                       const std::string& rule_id);
  void log_rules(const std::string& bucket);
  void log_waiting(uint64_t number, const Waiting& waiting);
  bool apply(const LogRecord& record);

  NotificationOptions options_;
  Sqs& sqs_;
  Random& random_;
  Digest digest_;
  IsUp is_up_;
  std::map<std::string, std::vector<NotificationRule>, std::less<>> rules_;
  std::map<uint64_t, Waiting> waiting_;
  uint64_t next_number_ = 1;
  uint64_t sequence_ = 0;
  uint64_t sent_ = 0;
  uint64_t lost_ = 0;
  std::string log_;
};

// Events that a rule may name.
[[nodiscard]] bool is_notified_event(std::string_view event);

}  // namespace edgehose
