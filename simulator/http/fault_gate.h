// Holds the fault plan at wall clock: decides for every thread, and lets answers wait without a
// thread of the server waiting with them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "simulator/engine/clock.h"
#include "simulator/engine/fault_plan.h"
#include "simulator/http/http_server.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/delivery.h"

namespace edgehose {

// Answers that wait at the same time; above it they go at once.
inline constexpr size_t kDelayedAnswersMax = 12'000;

class FaultGate {
 public:
  // `clock` says which faults are in force; delays are real milliseconds, which is what a client's
  // time-out counts. Both outlive the gate.
  FaultGate(uint64_t seed, const Clock& clock, const Clock& wall_clock);
  ~FaultGate();
  FaultGate(const FaultGate&) = delete;
  FaultGate& operator=(const FaultGate&) = delete;

  // Ends the waiting; answers that still waited are dropped.
  void stop();

  // Cheap when the service has no fault in force.
  [[nodiscard]] FaultDecision decide(const FaultCall& call);
  [[nodiscard]] bool is_active(FaultService service);
  // Looks at the plan, or changes it, while nobody else does.
  void with_plan(const std::function<void(FaultPlan& plan, int64_t now_ms)>& look);

  // The answer as the decision wants it: late, and with an error in place of what it is given.
  // `to_response` words the error.
  [[nodiscard]] HttpRespond shape(const FaultDecision& decision,
                                  const std::function<HttpResponse(const AwsError&)>& to_response,
                                  HttpRespond respond);
  // Waits here, unless stop() was or is called.
  void wait(uint32_t ms);

 private:
  void delay(uint32_t ms, std::function<void()> work);
  void run();

  const Clock& clock_;
  const Clock& wall_clock_;
  std::mutex plan_guard_;
  FaultPlan plan_;
  std::atomic<bool> has_faults_{false};

  std::mutex mutex_;  // guards what follows
  std::condition_variable wanted_;
  std::multimap<int64_t, std::function<void()>> waiting_;  // by when it is due
  bool stopping_ = false;
  std::thread thread_;
};

// Firehose's writes to S3, in the way of which faults of the service `delivery` stand.
class FaultySink final : public ObjectSink {
 public:
  FaultySink(ObjectSink& sink, FaultGate& gate) : sink_(sink), gate_(gate) {}
  Error put_delivered(const std::string& bucket, const std::string& key,
                      std::span<const std::string_view> parts) override;

 private:
  ObjectSink& sink_;
  FaultGate& gate_;
};

// Functions, in the way of which faults of the service `lambda` stand.
class FaultyFunctions final : public FunctionInvoker {
 public:
  FaultyFunctions(FunctionInvoker& functions, FaultGate& gate)
      : functions_(functions), gate_(gate) {}
  [[nodiscard]] bool has(std::string_view arn) const override { return functions_.has(arn); }
  [[nodiscard]] InvokeResult invoke(std::string_view arn, std::string_view payload) override;

 private:
  FunctionInvoker& functions_;
  FaultGate& gate_;
};

}  // namespace edgehose
