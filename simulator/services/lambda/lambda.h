// The Lambda service: functions that are given at the start, invoked by callers, asynchronously, or
// by mappings that poll SQS. A state machine: an invocation is an effect, whose end is reported.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/engine/random.h"
#include "simulator/engine/record_log.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/processing_world.h"
#include "simulator/services/sqs/sqs.h"

namespace edgehose {

inline constexpr size_t kSyncPayloadBytesMax = size_t{6} << 20;
inline constexpr size_t kAsyncPayloadBytesMax = size_t{1} << 20;

struct LambdaOptions {
  std::string region = "ap-northeast-1";
  std::string account = "000000000000";
  uint32_t concurrency = 1'000;      // of all functions of the account
  uint32_t scaling_per_10s = 1'000;  // more environments of one function
  // Of a mapping: at the start, more a minute while its queue is not empty, and at most. (An older
  // text has 60 and 1,000.)
  uint32_t mapping_start = 5;
  uint32_t mapping_per_minute = 300;
  uint32_t mapping_max = 1'250;
  uint32_t async_retries = 2;
  int64_t async_age_ms = 6LL * 3'600 * 1'000;
  size_t async_events_max = 100'000;
  size_t mappings_max = 1'000;
};

struct FunctionInfo {
  std::string name = {};
  std::string runtime = {};  // as it is told: nodejs22.x, python3.11, edgehose
  std::string handler = {};
  uint32_t timeout_s = 60;
  uint32_t memory_mib = 512;
  std::optional<uint32_t> reserved_concurrency = std::nullopt;
};

struct FunctionCounters {
  uint64_t invocations = 0;
  uint64_t errors = 0;  // the function's own, and its time-outs
  uint64_t throttles = 0;
  uint64_t async_dropped = 0;  // given up after their retries or their age
  uint64_t duration_ms = 0;
  uint64_t billed_mib_ms = 0;  // memory times time, as billed by the millisecond
  uint32_t running = 0;
  uint32_t running_peak = 0;
};

struct EventSourceMapping {
  std::string uuid = {};
  std::string function = {};  // name
  std::string queue = {};     // name
  uint32_t batch_size = 10;
  int64_t window_s = 0;
  std::optional<uint32_t> max_concurrency = std::nullopt;
  bool reports_failures = false;
  bool is_enabled = true;
  int64_t modified_ms = 0;
};

struct InvokeEffect {
  uint64_t op = 0;
  std::string function_arn;
  std::shared_ptr<const std::string> payload;
};

// Whether a call of SQS goes through now: what a mapping asks before each, so that an outage of SQS
// is one for it too.
using QueueIsUp = std::function<bool(std::string_view operation, const std::string& queue)>;

class Lambda {
 public:
  // All outlive the service. Mappings poll `sqs`.
  Lambda(LambdaOptions options, const std::vector<FunctionInfo>& functions, Sqs& sqs,
         Random& random, QueueIsUp is_up = {});

  size_t restore(const std::vector<LogRecord>& records);
  [[nodiscard]] std::string snapshot() const;
  [[nodiscard]] std::string take_log();

  // Answered through take_answers().
  void invoke(int64_t now_ms, uint64_t request_id, const std::string& function,
              std::string payload);
  // Accepted when it is durable; then tried until it is done or given up.
  [[nodiscard]] std::optional<AwsError> invoke_async(int64_t now_ms, const std::string& function,
                                                     std::string payload);

  // The service fills in the id.
  [[nodiscard]] Outcome<EventSourceMapping> create_mapping(int64_t now_ms,
                                                           EventSourceMapping mapping);
  [[nodiscard]] Outcome<EventSourceMapping> update_mapping(int64_t now_ms,
                                                           EventSourceMapping mapping);
  [[nodiscard]] Outcome<EventSourceMapping> erase_mapping(const std::string& uuid);
  [[nodiscard]] const EventSourceMapping* mapping(const std::string& uuid) const;
  [[nodiscard]] std::vector<EventSourceMapping> mappings() const;
  [[nodiscard]] std::optional<AwsError> reserve(const std::string& function,
                                                std::optional<uint32_t> concurrency);

  [[nodiscard]] std::vector<InvokeEffect> take_invokes();
  void on_done(int64_t now_ms, uint64_t op, const InvokeResult& result);
  struct Answer {
    uint64_t request_id = 0;
    InvokeResult result;
  };
  [[nodiscard]] std::vector<Answer> take_answers();
  // Polls queues, sends again what waits. To be called after every change of the queues too.
  void tick(int64_t now_ms);
  [[nodiscard]] int64_t next_due_ms() const;

  // By name, by ARN, or by a part of one, as callers name functions; nullptr: there is none.
  [[nodiscard]] const FunctionInfo* find(std::string_view name) const;
  [[nodiscard]] std::string arn_of(std::string_view name) const;
  [[nodiscard]] std::vector<std::pair<FunctionInfo, FunctionCounters>> functions() const;
  [[nodiscard]] uint32_t running() const { return running_; }
  // Messages that mappings hold: received, not yet told to be done or to come back.
  [[nodiscard]] size_t held_messages() const;
  [[nodiscard]] size_t waiting_events() const { return events_.size(); }
  [[nodiscard]] const LambdaOptions& options() const { return options_; }

 private:
  struct Function {
    FunctionInfo info;
    FunctionCounters counters;
    // Environments that may run: grows by scaling_per_10s.
    uint32_t environments = 0;
    int64_t grown_ms = INT64_MIN / 2;
  };
  struct Mapping {
    EventSourceMapping config;
    std::vector<ReceivedMessage> batch;  // gathered, not yet handed over
    size_t batch_bytes = 0;
    int64_t opened_ms = 0;
    uint32_t running = 0;
    uint32_t limit_milli = 0;           // of batches at once, in thousandths
    std::optional<int64_t> counted_ms;  // up to when its growth and its idle polls are counted
    int64_t idle_polls_ms = 0;
  };
  struct AsyncEvent {
    uint64_t number = 0;
    std::string function;
    std::string payload;
    int64_t accepted_ms = 0;
    int64_t due_ms = 0;
    uint32_t errors = 0;
    uint32_t throttles = 0;
    bool is_running = false;
  };
  struct Call {
    std::string function;
    std::optional<uint64_t> request_id;
    std::optional<uint64_t> event;  // asynchronous
    std::string mapping;            // of a batch
    std::vector<ReceivedMessage> batch;
  };

  Function* look(std::string_view name);
  bool has_room(int64_t now_ms, Function& function) const;
  void start(Function& function, std::string payload, Call call);
  void poll(int64_t now_ms, Mapping& mapping);
  bool gather(int64_t now_ms, Mapping& mapping);
  bool hand_over(int64_t now_ms, Mapping& mapping);
  void grow(int64_t now_ms, Mapping& mapping);
  void finish_batch(int64_t now_ms, const Call& call, const InvokeResult& result);
  void finish_event(int64_t now_ms, uint64_t number, const InvokeResult& result);
  void run_events(int64_t now_ms);
  void log_mapping(const EventSourceMapping& mapping);
  bool apply(const LogRecord& record);
  std::optional<AwsError> check_mapping(const EventSourceMapping& mapping) const;

  LambdaOptions options_;
  Sqs& sqs_;
  Random& random_;
  QueueIsUp is_up_;
  std::map<std::string, Function, std::less<>> functions_;
  std::map<std::string, Mapping, std::less<>> mappings_;
  std::map<uint64_t, AsyncEvent> events_;
  std::map<uint64_t, Call> calls_;
  std::vector<InvokeEffect> invokes_;
  std::vector<Answer> answers_;
  std::string log_;
  uint32_t running_ = 0;
  uint64_t next_op_ = 1;
  uint64_t next_event_ = 1;
};

// The function that a name, a partial ARN or an ARN ends in; a version behind it is cut off.
[[nodiscard]] std::string function_named(std::string_view text);
[[nodiscard]] AwsError no_such_function(const std::string& arn);

}  // namespace edgehose
