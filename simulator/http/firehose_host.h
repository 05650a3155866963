// Runs the Firehose state machine at wall clock: a thread writes its journal (one fsync for all
// that waits), threads write its objects, a thread wakes it. Answers come when their effects are
// done.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "simulator/engine/clock.h"
#include "simulator/services/firehose/delivery.h"
#include "simulator/services/firehose/firehose.h"

namespace edgehose {

class FirehoseHost {
 public:
  // Called once, from any thread but never before the call that asked returns control to the host.
  using Callback = std::function<void(FirehoseReply)>;

  // All outlive the host. `journal` belongs to the host's thread from here on.
  FirehoseHost(Firehose& firehose, const Clock& clock, JournalWriter& journal,
               DeliveryWorld delivery);
  ~FirehoseHost();
  FirehoseHost(const FirehoseHost&) = delete;
  FirehoseHost& operator=(const FirehoseHost&) = delete;

  // Ends the threads after the effects they are at and forgets the callbacks that still wait. What
  // is not delivered stays in the journal.
  void stop();

  // One step of the state machine, which answers the request by its number.
  using Step = std::function<void(Firehose& firehose, int64_t now_ms, uint64_t request_id)>;
  void request(const Step& step, Callback done);
  void put(const std::string& name, PutKind kind, FrameBuilder rows, Callback done);
  void flush(Callback done);
  // Looks at the state machine while nothing else does.
  void inspect(const std::function<void(const Firehose&)>& look);
  // Takes a token of the control plane; the error of a caller that is too fast.
  [[nodiscard]] std::optional<AwsError> admit(ControlCall call);
  [[nodiscard]] int64_t now_ms() const { return clock_.now_ms(); }

 private:
  struct Completion {
    uint64_t op = 0;
    Error error = Error::none;
    DeliveryReport report = {};
  };

  void complete(const std::vector<Completion>& completions);
  // Moves effects to the threads and gives the answers that are ready; unlocks before calling back.
  void pump(std::unique_lock<std::mutex> lock);
  void run_journal();
  void run_delivery();
  void run_timer();

  Firehose& firehose_;
  const Clock& clock_;
  JournalWriter& journal_;
  DeliveryWorld delivery_;

  std::mutex mutex_;  // guards all below and the state machine
  std::condition_variable journal_wanted_;
  std::condition_variable delivery_wanted_;
  std::condition_variable timer_wanted_;
  std::vector<JournalEffect> journal_queue_;
  std::deque<DeliveryEffect> delivery_queue_;
  std::map<uint64_t, Callback> callbacks_;
  uint64_t next_request_ = 1;
  int64_t timer_due_ms_ = INT64_MAX;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace edgehose
