#include "simulator/http/firehose_host.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace edgehose {
namespace {

// A function that takes its time holds up no more than one of them.
constexpr int kDeliveryThreads = 3;

}  // namespace

FirehoseHost::FirehoseHost(Firehose& firehose, const Clock& clock, JournalWriter& journal,
                           DeliveryWorld delivery)
    : firehose_(firehose), clock_(clock), journal_(journal), delivery_(std::move(delivery)) {
  threads_.emplace_back([this] { run_journal(); });
  for (int i = 0; i < kDeliveryThreads; ++i) threads_.emplace_back([this] { run_delivery(); });
  threads_.emplace_back([this] { run_timer(); });
  // Effects of a restore wait already.
  pump(std::unique_lock(mutex_));
}

FirehoseHost::~FirehoseHost() { stop(); }

void FirehoseHost::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  journal_wanted_.notify_all();
  delivery_wanted_.notify_all();
  timer_wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  callbacks_.clear();
}

void FirehoseHost::request(const Step& step, Callback done) {
  std::unique_lock lock(mutex_);
  const uint64_t request_id = next_request_++;
  callbacks_.emplace(request_id, std::move(done));
  step(firehose_, clock_.now_ms(), request_id);
  pump(std::move(lock));
}

void FirehoseHost::put(const std::string& name, PutKind kind, FrameBuilder rows, Callback done) {
  request(
      [&](Firehose& firehose, int64_t now_ms, uint64_t request_id) {
        firehose.put(now_ms, request_id, name, kind, std::move(rows));
      },
      std::move(done));
}

void FirehoseHost::flush(Callback done) {
  request([](Firehose& firehose, int64_t now_ms,
             uint64_t request_id) { firehose.flush(now_ms, request_id); },
          std::move(done));
}

std::optional<AwsError> FirehoseHost::admit(ControlCall call) {
  const std::lock_guard lock(mutex_);
  return firehose_.admit(clock_.now_ms(), call);
}

void FirehoseHost::inspect(const std::function<void(const Firehose&)>& look) {
  const std::lock_guard lock(mutex_);
  look(firehose_);
}

void FirehoseHost::pump(std::unique_lock<std::mutex> lock) {
  auto journal = firehose_.take_journal_effects();
  auto deliveries = firehose_.take_delivery_effects();
  auto answers = firehose_.take_answers();
  if (!journal.empty()) {
    std::move(journal.begin(), journal.end(), std::back_inserter(journal_queue_));
    journal_wanted_.notify_one();
  }
  if (!deliveries.empty()) {
    std::move(deliveries.begin(), deliveries.end(), std::back_inserter(delivery_queue_));
    delivery_wanted_.notify_all();
  }
  const int64_t due_ms = firehose_.next_due_ms();
  if (due_ms < timer_due_ms_) timer_wanted_.notify_one();
  timer_due_ms_ = due_ms;
  std::vector<std::pair<Callback, FirehoseReply>> ready;
  for (FirehoseAnswer& answer : answers) {
    auto node = callbacks_.extract(answer.request_id);
    if (!node.empty()) ready.emplace_back(std::move(node.mapped()), std::move(answer.reply));
  }
  lock.unlock();
  for (auto& [callback, reply] : ready) callback(std::move(reply));
}

void FirehoseHost::complete(const std::vector<Completion>& completions) {
  std::unique_lock lock(mutex_);
  const int64_t now_ms = clock_.now_ms();
  for (const Completion& done : completions) {
    firehose_.on_done(now_ms, done.op, done.error, done.report);
  }
  pump(std::move(lock));
}

void FirehoseHost::run_journal() {
  while (true) {
    std::vector<JournalEffect> group;
    {
      std::unique_lock lock(mutex_);
      journal_wanted_.wait(lock, [this] { return stopping_ || !journal_queue_.empty(); });
      if (journal_queue_.empty()) return;
      group.swap(journal_queue_);
    }
    const std::vector<Error> results = journal_.perform(group);
    std::vector<Completion> completions;
    completions.reserve(group.size());
    for (size_t i = 0; i < group.size(); ++i) completions.push_back({group[i].op, results[i], {}});
    complete(completions);
  }
}

void FirehoseHost::run_delivery() {
  while (true) {
    DeliveryEffect effect;
    {
      std::unique_lock lock(mutex_);
      delivery_wanted_.wait(lock, [this] { return stopping_ || !delivery_queue_.empty(); });
      if (stopping_) return;
      effect = std::move(delivery_queue_.front());
      delivery_queue_.pop_front();
    }
    DeliveryReport report;
    const Error error = deliver(effect, delivery_, report);
    complete({{effect.op, error, report}});
  }
}

void FirehoseHost::run_timer() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const int64_t wait_ms = timer_due_ms_ == INT64_MAX ? 60'000 : timer_due_ms_ - clock_.now_ms();
    if (wait_ms > 0) {
      const int64_t real_ms = std::clamp<int64_t>(clock_.real_ms(wait_ms), 1, 60'000);
      timer_wanted_.wait_for(lock, std::chrono::milliseconds(real_ms));
      continue;
    }
    firehose_.tick(clock_.now_ms());
    timer_due_ms_ = INT64_MAX;
    pump(std::move(lock));
    lock = std::unique_lock(mutex_);
  }
}

}  // namespace edgehose
