// Runs SQS, Lambda and S3's notifications at wall clock: one lock around the state machines, one
// log behind them, a thread that wakes them when something is due, and some in which functions run.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulator/engine/clock.h"
#include "simulator/http/fault_gate.h"
#include "simulator/http/http_server.h"
#include "simulator/http/log_writer.h"
#include "simulator/services/firehose/delivery.h"
#include "simulator/services/lambda/lambda.h"
#include "simulator/services/s3/notifications.h"
#include "simulator/services/sqs/sqs.h"

namespace edgehose {

class EventHost {
 public:
  // All outlive the host; the state machines are its own from here on.
  struct World {
    Sqs& sqs;
    Lambda& lambda;
    Notifications& notifications;
    const Clock& clock;
    LogWriter& log;
    FunctionInvoker& functions;
  };
  explicit EventHost(const World& world);
  ~EventHost();
  EventHost(const EventHost&) = delete;
  EventHost& operator=(const EventHost&) = delete;

  // Ends the threads, after the functions that run, and forgets the answers that still wait. The
  // log is written to its end.
  void stop();

  // One step of the state machines, whose answer is given when all that it changed is durable.
  using Step = std::function<HttpResponse(int64_t now_ms)>;
  void call(const Step& step, const HttpRespond& respond);
  // The same for a receive, which may wait.
  using Word = std::function<HttpResponse(const ReceiveReply& reply)>;
  void receive(const std::string& queue, const ReceiveRequest& request, const Word& word,
               const HttpRespond& respond);
  // Invokes a function and tells its end.
  using Ended = std::function<void(const InvokeResult& result)>;
  void invoke(const std::string& function, std::string payload, Ended ended);
  // Tells queues of an object, and waits until that is durable. Not for the threads of the log.
  [[nodiscard]] Error notify(const ObjectEvent& event);
  [[nodiscard]] std::optional<AwsError> set_notifications(const std::string& bucket,
                                                          std::vector<NotificationRule> rules);
  [[nodiscard]] bool has_notifications(std::string_view bucket);
  // Looks at the state machines while nothing else does.
  void inspect(const std::function<void()>& look);
  [[nodiscard]] Sqs& sqs() { return world_.sqs; }
  [[nodiscard]] Lambda& lambda() { return world_.lambda; }
  [[nodiscard]] Notifications& notifications() { return world_.notifications; }

 private:
  struct Waiting {
    Word word;
    HttpRespond respond;
  };
  // Called when what the answer tells of is durable, or is not going to be.
  using Answer = std::function<void(Error error)>;
  // Hands what the steps have made to the log, with the answers that wait for it. Under the lock.
  void pump(std::vector<Answer> answers);
  void shorten_log();
  void run_timer();
  void run_functions();

  World world_;
  std::mutex mutex_;
  std::condition_variable timer_wanted_;
  std::condition_variable functions_wanted_;
  std::deque<InvokeEffect> invokes_;
  std::map<uint64_t, Ended> invocations_;
  std::map<uint64_t, Waiting> receives_;
  uint64_t next_request_ = 1;
  uint64_t log_bytes_kept_ = 0;  // of the last snapshot
  int64_t timer_due_ms_ = INT64_MAX;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Firehose's writes, of which S3 tells queues too.
class NotifyingSink final : public ObjectSink {
 public:
  NotifyingSink(ObjectSink& sink, EventHost& host) : sink_(sink), host_(host) {}
  [[nodiscard]] Error put_delivered(const std::string& bucket, const std::string& key,
                                    std::span<const std::string_view> parts) override;

 private:
  ObjectSink& sink_;
  EventHost& host_;
};

// For those who wait for a function's end, as Firehose does: through the host, so that it counts.
class HostedFunctions final : public FunctionInvoker {
 public:
  explicit HostedFunctions(EventHost& host) : host_(host) {}
  [[nodiscard]] bool has(std::string_view arn) const override;
  [[nodiscard]] InvokeResult invoke(std::string_view arn, std::string_view payload) override;

 private:
  EventHost& host_;
};

}  // namespace edgehose
