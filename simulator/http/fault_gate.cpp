#include "simulator/http/fault_gate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "simulator/services/lambda/lambda.h"

namespace edgehose {

FaultGate::FaultGate(uint64_t seed, const Clock& clock, const Clock& wall_clock)
    : clock_(clock), wall_clock_(wall_clock), plan_(seed), thread_([this] { run(); }) {}

FaultGate::~FaultGate() { stop(); }

void FaultGate::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  if (thread_.joinable()) thread_.join();
  // They hold sessions of the server.
  waiting_.clear();
}

bool FaultGate::is_active(FaultService service) {
  if (!has_faults_) return false;
  const std::lock_guard lock(plan_guard_);
  return plan_.is_active(clock_.now_ms(), service);
}

FaultDecision FaultGate::decide(const FaultCall& call) {
  if (!has_faults_) return {};
  const std::lock_guard lock(plan_guard_);
  return plan_.decide(clock_.now_ms(), call);
}

void FaultGate::with_plan(const std::function<void(FaultPlan& plan, int64_t now_ms)>& look) {
  const std::lock_guard lock(plan_guard_);
  look(plan_, clock_.now_ms());
  has_faults_ = !plan_.entries().empty();
}

HttpRespond FaultGate::shape(const FaultDecision& decision,
                             const std::function<HttpResponse(const AwsError&)>& to_response,
                             HttpRespond respond) {
  if (decision.latency_ms > 0) {
    respond = [this, ms = decision.latency_ms,
               respond = std::move(respond)](HttpResponse response) mutable {
      delay(ms, [respond = std::move(respond), response = std::move(response)]() mutable {
        respond(std::move(response));
      });
    };
  }
  if (!decision.error) return respond;
  HttpResponse error =
      to_response({decision.error->code, decision.error->message, decision.error->http_status});
  return [respond = std::move(respond), error = std::move(error)](const HttpResponse& /*done*/) {
    respond(error);
  };
}

void FaultGate::delay(uint32_t ms, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (waiting_.size() < kDelayedAnswersMax) {
      waiting_.emplace(wall_clock_.now_ms() + ms, std::move(work));
      wanted_.notify_all();
      return;
    }
  }
  work();
}

void FaultGate::wait(uint32_t ms) {
  std::unique_lock lock(mutex_);
  const int64_t until_ms = wall_clock_.now_ms() + ms;
  while (!stopping_ && wall_clock_.now_ms() < until_ms) {
    wanted_.wait_for(lock, std::chrono::milliseconds(until_ms - wall_clock_.now_ms()));
  }
}

void FaultGate::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      wanted_.wait(lock);
      continue;
    }
    const int64_t wait_ms = waiting_.begin()->first - wall_clock_.now_ms();
    if (wait_ms > 0) {
      wanted_.wait_for(lock, std::chrono::milliseconds(wait_ms));
      continue;
    }
    auto due = waiting_.extract(waiting_.begin());
    lock.unlock();
    due.mapped()();
    lock.lock();
  }
}

Error FaultySink::put_delivered(const std::string& bucket, const std::string& key,
                                std::span<const std::string_view> parts) {
  const FaultDecision fault = gate_.decide({FaultService::delivery, "PutObject", bucket});
  if (fault.latency_ms > 0) gate_.wait(fault.latency_ms);
  if (fault.error) return Error::io;
  return sink_.put_delivered(bucket, key, parts);
}

InvokeResult FaultyFunctions::invoke(std::string_view arn, std::string_view payload) {
  const std::string name = function_named(arn);
  const FaultDecision fault = gate_.decide({FaultService::lambda, "Invoke", name});
  if (fault.latency_ms > 0) gate_.wait(fault.latency_ms);
  if (!fault.error || fault.duplicate) {
    InvokeResult result = functions_.invoke(arn, payload);
    if (!fault.error) return result;
  }
  InvokeResult failed;
  if (fault.error->code == "FunctionError") {
    failed.kind = InvokeResult::Kind::function_error;
    failed.payload = R"({"errorType":"Fault","errorMessage":"a fault on purpose"})";
  } else {
    failed.kind = fault.error->http_status == 429 ? InvokeResult::Kind::throttled
                                                  : InvokeResult::Kind::service_error;
  }
  return failed;
}

}  // namespace edgehose
