// The messages of one standard queue: who may receive which message when. Times are the caller's
// and never go back. Messages are handed out in the order they were sent unless a receive is told
// to look further.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace edgehose {

// A user's attribute of a message.
struct MessageAttribute {
  std::string name;
  std::string type;   // String, Number or Binary, with what the user added: "Number.int"
  std::string value;  // the bytes themselves, of a Binary too
  bool is_binary = false;
};

// What is said once, when a message is sent.
struct MessageContent {
  std::string id = {};  // a UUID
  std::string body = {};
  std::string body_md5 = {};
  std::vector<MessageAttribute> attributes = {};  // by name
  std::string attributes_md5 = {};                // empty without attributes
  std::string trace_header = {};
  std::string dead_letter_source = {};  // ARN of the queue it came from, in a dead-letter queue

  [[nodiscard]] size_t bytes() const;
};
using MessagePtr = std::shared_ptr<const MessageContent>;

struct QueuedMessage {
  MessagePtr content;
  int64_t sent_ms = 0;
  int64_t first_receive_ms = 0;
  uint32_t receive_count = 0;
  int64_t due_ms = 0;      // hidden until then; 0: visible
  bool in_flight = false;  // hidden by a receive, not by a delay
};

// Names one receive of one message: an older receive's receipt no longer acts on the message.
struct Receipt {
  uint64_t number = 0;
  uint32_t receive_count = 0;
};

struct NumberedMessage {
  uint64_t number = 0;
  QueuedMessage message;
};

class MessageQueue {
 public:
  // Adds a message as it is; numbers rise, and none is given twice.
  uint64_t add(QueuedMessage message);
  [[nodiscard]] uint64_t next_number() const { return next_number_; }
  void skip_to_number(uint64_t number) { next_number_ = std::max(next_number_, number); }
  // The same under a number of before: a restart.
  void restore(uint64_t number, QueuedMessage message);
  uint64_t send(int64_t now_ms, MessagePtr content, int64_t delay_ms);

  struct Take {
    int64_t visibility_ms = 0;
    uint32_t max_receive_count = 0;  // 0: no dead-letter queue
    size_t in_flight_max = SIZE_MAX;
    size_t skip = 0;  // visible messages to pass over, while there are more
  };
  struct Taken {
    std::optional<NumberedMessage> message;
    std::vector<NumberedMessage> dead;  // received max_receive_count times before; taken out
    bool over_limit = false;            // too many in flight
  };
  // The next message, one at most.
  [[nodiscard]] Taken take(int64_t now_ms, const Take& how);

  enum class Found : uint8_t { yes, gone, stale, not_in_flight };
  // Removes the message, or with `copy_until_ms` lets it come back then: as when one of SQS's
  // servers did not hear of the deletion.
  Found erase(Receipt receipt, int64_t copy_until_ms = 0);
  Found change_visibility(int64_t now_ms, Receipt receipt, int64_t visibility_ms);

  // Lets due messages appear; what is older than `retention_ms` goes, and its numbers are given.
  std::vector<uint64_t> advance(int64_t now_ms, int64_t retention_ms);
  // The visible message that was sent first, taken out: a redrive.
  [[nodiscard]] std::optional<NumberedMessage> pop();
  void remove(uint64_t number);
  void clear();

  // When the next hidden message appears, or the next expires; INT64_MAX: never.
  [[nodiscard]] int64_t next_due_ms(int64_t retention_ms) const;
  [[nodiscard]] const QueuedMessage* find(uint64_t number) const;
  [[nodiscard]] const std::map<uint64_t, QueuedMessage>& messages() const { return messages_; }

  [[nodiscard]] size_t visible() const { return visible_.size(); }
  [[nodiscard]] size_t in_flight() const { return in_flight_; }
  [[nodiscard]] size_t delayed() const { return hidden_.size() - in_flight_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  // When the oldest message was sent; nothing in an empty queue.
  [[nodiscard]] std::optional<int64_t> oldest_ms() const;

 private:
  using At = std::map<uint64_t, QueuedMessage>::iterator;
  void hide(At at, int64_t due_ms, bool in_flight);
  void show(At at);
  QueuedMessage forget(At at);

  std::map<uint64_t, QueuedMessage> messages_;
  std::set<uint64_t> visible_;
  std::set<std::pair<int64_t, uint64_t>> hidden_;  // due time, number
  std::set<std::pair<int64_t, uint64_t>> sent_;    // time of sending, number
  size_t in_flight_ = 0;
  uint64_t bytes_ = 0;
  uint64_t next_number_ = 1;
};

}  // namespace edgehose
