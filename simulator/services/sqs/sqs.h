// The SQS service: standard queues. A state machine: calls come with their time; what must be
// durable before they are answered is handed out as records of a log; a receive that waits is
// answered by a later call or tick. FIFO queues and encryption by own keys are not modelled.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/engine/random.h"
#include "simulator/engine/record_log.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/sqs/message_queue.h"

namespace edgehose {

inline constexpr size_t kQueueNameBytesMax = 80;
inline constexpr size_t kSqsBatchMax = 10;
inline constexpr uint32_t kSqsMessageBytesMax = 1'048'576;
inline constexpr uint32_t kSqsInFlightMax = 120'000;

struct SqsOptions {
  std::string region = "ap-northeast-1";
  std::string account = "000000000000";
  uint32_t in_flight_max = kSqsInFlightMax;
  // At least once: so many deletions in a million leave a copy that comes back.
  uint32_t duplicate_ppm = 0;
  // Best-effort order: so many receives in a million pass over up to `reorder_window` messages.
  uint32_t reorder_ppm = 0;
  uint32_t reorder_window = 10;
  int64_t name_hold_ms = 60'000;       // a deleted queue's name is not given again so soon
  int64_t purge_interval_ms = 60'000;  // between two PurgeQueue
  size_t queues_max = 10'000;
  uint64_t bytes_max = uint64_t{1} << 30;  // of all messages; above it sending is refused
};

struct RedrivePolicy {
  std::string dead_letter_arn;
  uint32_t max_receive_count = 10;
  friend bool operator==(const RedrivePolicy&, const RedrivePolicy&) = default;
};

struct QueueSettings {
  int64_t visibility_s = 30;      // 0 to 43,200
  int64_t delay_s = 0;            // 0 to 900
  int64_t retention_s = 345'600;  // 60 to 1,209,600
  int64_t wait_s = 0;             // 0 to 20
  int64_t bytes_max = 1'048'576;  // 1,024 to 1,048,576
  std::optional<RedrivePolicy> redrive = std::nullopt;
  std::string policy = {};         // kept and given back, not enforced
  std::string redrive_allow = {};  // as above
  bool has_managed_encryption = true;
  friend bool operator==(const QueueSettings&, const QueueSettings&) = default;
};

struct QueueCounters {
  uint64_t sent = 0;
  uint64_t sent_bytes = 0;
  uint64_t received = 0;
  uint64_t empty_receives = 0;
  uint64_t deleted = 0;
  uint64_t expired = 0;
  uint64_t dead_lettered = 0;  // moved to the dead-letter queue
  uint64_t copies = 0;         // deletions that left a copy
  uint64_t requests = 0;       // as billed: one for each begun 64 KB of a call
};

struct SqsQueue {
  std::string name;
  QueueSettings settings;
  std::map<std::string, std::string> tags;
  int64_t created_ms = 0;
  int64_t modified_ms = 0;
  int64_t purged_ms = INT64_MIN / 2;
  MessageQueue messages = {};
  QueueCounters counters = {};
};

struct SendRequest {
  std::string body;
  std::optional<int64_t> delay_s = std::nullopt;
  std::vector<MessageAttribute> attributes = {};
  std::string trace_header = {};
  // MD5s in hexadecimal, worked out by the caller.
  std::string body_md5 = {};
  std::string attributes_md5 = {};
};

struct ReceiveRequest {
  uint32_t max = 1;
  std::optional<int64_t> visibility_s = std::nullopt;
  std::optional<int64_t> wait_s = std::nullopt;
};

struct ReceivedMessage {
  std::string receipt_handle;
  QueuedMessage message;
};
using ReceiveReply = std::variant<std::vector<ReceivedMessage>, AwsError>;

struct MoveTask {
  enum class Status : uint8_t { running, completed, cancelled };
  std::string handle;
  std::string source;       // queue names
  std::string destination;  // empty: where each message came from
  uint32_t per_second = 0;  // 0: as fast as it goes
  uint64_t to_move = 0;
  uint64_t moved = 0;
  int64_t started_ms = 0;
  Status status = Status::running;
};

class Sqs {
 public:
  // `random` draws message ids, copies and order; it outlives the service.
  Sqs(SqsOptions options, Random& random);

  // The records of a log, in its order. What does not read is passed over and counted.
  size_t restore(const std::vector<LogRecord>& records);
  // The records that would make the present state: a log in short.
  [[nodiscard]] std::string snapshot() const;
  // What the calls since the last look must have made durable before they are answered.
  [[nodiscard]] std::string take_log();

  // Errors: InvalidParameterValue, QueueAlreadyExists..., as RULES.md lists them. A queue of the
  // same name and settings is given as it is.
  [[nodiscard]] std::optional<AwsError> create(int64_t now_ms, const std::string& name,
                                               const QueueSettings& settings,
                                               std::map<std::string, std::string> tags);
  [[nodiscard]] std::optional<AwsError> erase_queue(int64_t now_ms, const std::string& name);
  [[nodiscard]] std::optional<AwsError> set_settings(int64_t now_ms, const std::string& name,
                                                     const QueueSettings& settings);
  [[nodiscard]] std::optional<AwsError> purge(int64_t now_ms, const std::string& name);
  [[nodiscard]] std::optional<AwsError> tag(const std::string& name,
                                            const std::map<std::string, std::string>& tags);
  [[nodiscard]] std::optional<AwsError> untag(const std::string& name,
                                              const std::vector<std::string>& keys);

  // The message's id.
  [[nodiscard]] Outcome<std::string> send(int64_t now_ms, const std::string& name,
                                          SendRequest request);
  // Answered through take_received(), now or when a message comes or the wait is over.
  void receive(int64_t now_ms, uint64_t request_id, const std::string& name,
               const ReceiveRequest& request);
  // As receive(), but answered now, and with as many messages as asked for: for whoever polls many
  // times at once.
  [[nodiscard]] std::vector<ReceivedMessage> poll(int64_t now_ms, const std::string& name,
                                                  size_t max, size_t bytes_max);
  // Gives up a receive that waits: its client is gone.
  void cancel(uint64_t request_id);
  [[nodiscard]] std::optional<AwsError> erase(int64_t now_ms, const std::string& name,
                                              std::string_view receipt_handle);
  [[nodiscard]] std::optional<AwsError> change_visibility(int64_t now_ms, const std::string& name,
                                                          std::string_view receipt_handle,
                                                          int64_t visibility_s);

  [[nodiscard]] Outcome<std::string> start_move(int64_t now_ms, const std::string& source_arn,
                                                const std::string& destination_arn,
                                                uint32_t per_second);
  [[nodiscard]] Outcome<uint64_t> cancel_move(std::string_view handle);
  // The newest first, at most ten.
  [[nodiscard]] std::vector<MoveTask> moves(const std::string& source) const;

  struct Received {
    uint64_t request_id = 0;
    ReceiveReply reply;
  };
  [[nodiscard]] std::vector<Received> take_received();
  // Lets time pass: hidden messages appear, waits end, moves go on.
  void tick(int64_t now_ms);
  [[nodiscard]] int64_t next_due_ms() const;

  [[nodiscard]] const SqsQueue* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, SqsQueue, std::less<>>& queues() const {
    return queues_;
  }
  // Names of queues whose dead-letter queue is `name`.
  [[nodiscard]] std::vector<std::string> sources_of(const std::string& name) const;
  [[nodiscard]] std::string arn_of(std::string_view name) const;
  // The name in an ARN of this region and account; empty for another.
  [[nodiscard]] std::string name_in(std::string_view arn) const;
  [[nodiscard]] const SqsOptions& options() const { return options_; }
  [[nodiscard]] uint64_t bytes() const;
  // One call more, that carried so many bytes: what is billed.
  void count_request(std::string_view name, uint64_t bytes);

 private:
  struct Waiter {
    uint64_t request_id = 0;
    std::string queue;
    ReceiveRequest request;
    int64_t until_ms = 0;
  };

  SqsQueue* look(std::string_view name);
  void settle(int64_t now_ms, SqsQueue& queue);
  std::vector<ReceivedMessage> take(int64_t now_ms, SqsQueue& queue, int64_t visibility_ms,
                                    size_t max, size_t bytes_max, bool& over_limit);
  // False: it stays where it is.
  bool bury(SqsQueue& queue, NumberedMessage dead);
  void serve_waiters(int64_t now_ms);
  void move_on(int64_t now_ms, MoveTask& task);
  std::string receipt_handle(const SqsQueue& queue, uint64_t number, uint32_t count) const;
  static std::optional<Receipt> read_receipt(const SqsQueue& queue, std::string_view handle);
  void log_queue(const SqsQueue& queue);
  void log_message(const SqsQueue& queue, uint64_t number);
  void log_state(const SqsQueue& queue, uint64_t number);
  void log_gone(const SqsQueue& queue, uint64_t number);
  bool apply(const LogRecord& record);

  SqsOptions options_;
  Random& random_;
  std::map<std::string, SqsQueue, std::less<>> queues_;
  std::map<std::string, int64_t, std::less<>> deleted_ms_;  // names lately given back
  std::deque<Waiter> waiters_;
  std::vector<Received> received_;
  std::vector<MoveTask> moves_;
  std::string log_;
};

[[nodiscard]] AwsError no_such_queue();
// Letters, digits, '-' and '_', 1 to 80.
[[nodiscard]] bool is_queue_name(std::string_view name);
// Characters that SQS takes in a body: what XML 1.0 takes.
[[nodiscard]] bool is_message_text(std::string_view text);

}  // namespace edgehose
