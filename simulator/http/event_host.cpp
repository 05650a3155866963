#include "simulator/http/event_host.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "simulator/http/firehose_protocol.h"
#include "simulator/lake/object_store.h"

namespace edgehose {
namespace {

// A log is written anew when it is four times what it stands for, and worth the trouble.
constexpr uint64_t kLogBytesLeast = 16U << 20;
constexpr uint64_t kLogFactor = 4;

// Functions that run at the same time on this machine; more wait, and count as running.
constexpr int kFunctionThreads = 4;

HttpResponse not_durable() {
  return json_error({"InternalFailure", "The simulator could not write its log.", 500});
}

}  // namespace

EventHost::EventHost(const World& world) : world_(world) {
  threads_.emplace_back([this] { run_timer(); });
  for (int i = 0; i < kFunctionThreads; ++i) threads_.emplace_back([this] { run_functions(); });
  const std::lock_guard lock(mutex_);
  pump({});
}

EventHost::~EventHost() { stop(); }

void EventHost::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  timer_wanted_.notify_all();
  functions_wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  world_.log.stop();
  receives_.clear();
  // Those who wait for a function in a thread of their own must not wait for ever.
  for (auto& [id, ended] : invocations_) ended({InvokeResult::Kind::service_error, {}, 0});
  invocations_.clear();
}

void EventHost::call(const Step& step, const HttpRespond& respond) {
  const std::lock_guard lock(mutex_);
  HttpResponse response = step(world_.clock.now_ms());
  std::vector<Answer> answers;
  answers.emplace_back([respond, response = std::move(response)](Error error) {
    respond(error == Error::none ? response : not_durable());
  });
  pump(std::move(answers));
}

void EventHost::receive(const std::string& queue, const ReceiveRequest& request, const Word& word,
                        const HttpRespond& respond) {
  const std::lock_guard lock(mutex_);
  const uint64_t id = next_request_++;
  receives_.emplace(id, Waiting{word, respond});
  world_.sqs.receive(world_.clock.now_ms(), id, queue, request);
  pump({});
}

void EventHost::invoke(const std::string& function, std::string payload, Ended ended) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      const uint64_t id = next_request_++;
      invocations_.emplace(id, std::move(ended));
      world_.lambda.invoke(world_.clock.now_ms(), id, function, std::move(payload));
      return pump({});
    }
  }
  ended({InvokeResult::Kind::service_error, {}, 0});
}

Error EventHost::notify(const ObjectEvent& event) {
  auto promise = std::make_shared<std::promise<Error>>();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Error::io;
    world_.notifications.notify(world_.clock.now_ms(), event);
    std::vector<Answer> answers;
    answers.emplace_back([promise](Error error) { promise->set_value(error); });
    pump(std::move(answers));
  }
  return promise->get_future().get();
}

std::optional<AwsError> EventHost::set_notifications(const std::string& bucket,
                                                     std::vector<NotificationRule> rules) {
  auto promise = std::make_shared<std::promise<Error>>();
  {
    const std::lock_guard lock(mutex_);
    auto error = world_.notifications.set_rules(world_.clock.now_ms(), bucket, std::move(rules));
    if (error) return error;
    std::vector<Answer> answers;
    answers.emplace_back([promise](Error written) { promise->set_value(written); });
    pump(std::move(answers));
  }
  if (promise->get_future().get() == Error::none) return std::nullopt;
  return AwsError{"InternalError", "The simulator could not write its log.", 500};
}

bool EventHost::has_notifications(std::string_view bucket) {
  const std::lock_guard lock(mutex_);
  return world_.notifications.has_rules(bucket);
}

void EventHost::inspect(const std::function<void()>& look) {
  const std::lock_guard lock(mutex_);
  look();
}

void EventHost::pump(std::vector<Answer> answers) {
  // What the step changed in the queues may be for a mapping.
  world_.notifications.tick(world_.clock.now_ms());
  world_.lambda.tick(world_.clock.now_ms());
  for (Lambda::Answer& answer : world_.lambda.take_answers()) {
    auto node = invocations_.extract(answer.request_id);
    if (node.empty()) continue;
    answers.emplace_back([ended = std::move(node.mapped()),
                          result = std::move(answer.result)](Error /*error*/) { ended(result); });
  }
  for (InvokeEffect& effect : world_.lambda.take_invokes()) {
    invokes_.push_back(std::move(effect));
    functions_wanted_.notify_one();
  }
  for (Sqs::Received& received : world_.sqs.take_received()) {
    auto node = receives_.extract(received.request_id);
    if (node.empty()) continue;
    auto reply = std::make_shared<const ReceiveReply>(std::move(received.reply));
    answers.emplace_back([waiting = std::move(node.mapped()), reply](Error error) {
      waiting.respond(error == Error::none ? waiting.word(*reply) : not_durable());
    });
  }
  std::string log = world_.sqs.take_log();
  log.append(world_.lambda.take_log()).append(world_.notifications.take_log());
  if (!log.empty() || !answers.empty()) {
    // Under the lock: the log has the order of the steps.
    // What a log that fails has not taken stands in memory all the same: at least once.
    world_.log.append(std::move(log), [answers = std::move(answers)](Error error) {
      for (const Answer& answer : answers) answer(error);
    });
    shorten_log();
  }
  const int64_t due_ms = std::min(
      {world_.sqs.next_due_ms(), world_.lambda.next_due_ms(), world_.notifications.next_due_ms()});
  if (due_ms < timer_due_ms_) timer_wanted_.notify_one();
  timer_due_ms_ = due_ms;
}

void EventHost::shorten_log() {
  const uint64_t most = std::max(kLogBytesLeast, kLogFactor * log_bytes_kept_);
  if (world_.log.bytes() < most) return;
  std::string snapshot = world_.sqs.snapshot();
  snapshot.append(world_.lambda.snapshot()).append(world_.notifications.snapshot());
  log_bytes_kept_ = snapshot.size();
  world_.log.replace(std::move(snapshot));
}

void EventHost::run_timer() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const int64_t wait_ms =
        timer_due_ms_ == INT64_MAX ? 60'000 : timer_due_ms_ - world_.clock.now_ms();
    if (wait_ms > 0) {
      const int64_t real_ms = std::clamp<int64_t>(world_.clock.real_ms(wait_ms), 1, 60'000);
      timer_wanted_.wait_for(lock, std::chrono::milliseconds(real_ms));
      continue;
    }
    world_.sqs.tick(world_.clock.now_ms());
    timer_due_ms_ = INT64_MAX;
    pump({});
  }
}

void EventHost::run_functions() {
  std::unique_lock lock(mutex_);
  while (true) {
    functions_wanted_.wait(lock, [this] { return stopping_ || !invokes_.empty(); });
    if (stopping_) return;
    const InvokeEffect effect = std::move(invokes_.front());
    invokes_.pop_front();
    lock.unlock();
    const InvokeResult result = world_.functions.invoke(effect.function_arn, *effect.payload);
    lock.lock();
    world_.lambda.on_done(world_.clock.now_ms(), effect.op, result);
    pump({});
  }
}

Error NotifyingSink::put_delivered(const std::string& bucket, const std::string& key,
                                   std::span<const std::string_view> parts) {
  const Error error = sink_.put_delivered(bucket, key, parts);
  if (error != Error::none || !host_.has_notifications(bucket)) return error;
  uint64_t bytes = 0;
  for (const std::string_view part : parts) bytes += part.size();
  // Without it the object counts as not delivered: it is written again, and told of again.
  return host_.notify({"ObjectCreated:Put", bucket, key, bytes, md5_hex(parts)});
}

bool HostedFunctions::has(std::string_view arn) const {
  bool found = false;
  host_.inspect([&] {
    const FunctionInfo* function = host_.lambda().find(arn);
    const std::string own = function == nullptr ? "" : host_.lambda().arn_of(function->name);
    found = function != nullptr && (arn == own || arn.starts_with(own + ":"));
  });
  return found;
}

InvokeResult HostedFunctions::invoke(std::string_view arn, std::string_view payload) {
  auto promise = std::make_shared<std::promise<InvokeResult>>();
  host_.invoke(std::string(arn), std::string(payload),
               [promise](const InvokeResult& result) { promise->set_value(result); });
  return promise->get_future().get();
}

}  // namespace edgehose
