#include "simulator/load/http/driver.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "simulator/load/arrivals/mix.h"
#include "simulator/load/http/connection.h"

namespace edgehose {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr uint64_t kStreamBackoff = 0x6261636b;

// A request between its intended start and its final answer.
struct Job {
  uint64_t index = 0;
  uint64_t start_ns = 0;
  std::string body;
  uint32_t attempts = 0;
  int64_t start_lag_ns = 0;
  SteadyTime sent_at;
  AttemptAnswer last;
};

// What may pass: no answer, time-outs, throttling, and faults of the server.
bool is_worth_another_attempt(uint32_t status) {
  switch (status) {
    case 0:
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

// More sockets than the shell's usual 1,024 files; as many as the machine lets us.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Driver {
 public:
  Driver(const DriverOptions& options, Traffic& traffic) : options_(options), traffic_(traffic) {}

  DriverSummary run();

 private:
  bool resolve();
  void arm_start_timer();
  void on_start_timer();
  void arm_second_timer();
  void dispatch();
  Connection* take_connection();
  void start(Connection& connection, Job job);
  void on_answer(Connection& connection, AttemptAnswer answer);
  bool try_again_later(Job& job);
  milliseconds delay_of(const Job& job) const;
  void arm_retry_timer();
  void finish(const Job& job);
  void stop_early();
  void end_if_done();
  int64_t since_begin_ns(SteadyTime at) const {
    return std::chrono::duration_cast<nanoseconds>(at - begin_).count();
  }

  DriverOptions options_;
  Traffic& traffic_;
  DriverSummary summary_;

  asio::io_context io_{1};
  asio::steady_timer start_timer_{io_};
  asio::steady_timer retry_timer_{io_};
  asio::steady_timer second_timer_{io_};
  asio::steady_timer end_timer_{io_};
  asio::signal_set signals_{io_};
  Connection::Endpoint endpoint_;
  SteadyTime begin_;

  std::optional<uint64_t> next_start_ns_;
  uint64_t next_index_ = 0;
  // Intended and not yet sent: 16 bytes a request, bounded by the length of the run.
  std::deque<std::pair<uint64_t, uint64_t>> waiting_;
  std::multimap<SteadyTime, Job> retries_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;  // the last used first, so that spare ones grow old and close
  std::unordered_map<Connection*, Job> in_flight_;  // looked up only, never walked for effects
  bool stopping_ = false;
};

DriverSummary Driver::run() {
  raise_file_limit();
  if (!resolve()) return summary_;
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](beast::error_code error, int) {
    if (error) return;
    summary_.interrupted = true;
    stop_early();
  });
  begin_ = std::chrono::steady_clock::now();
  next_start_ns_ = traffic_.next_start_ns();
  arm_start_timer();
  arm_second_timer();
  end_if_done();
  io_.run();
  traffic_.on_second();
  return summary_;
}

// Once, before the first request: a name is not looked up while the clock runs.
bool Driver::resolve() {
  asio::ip::tcp::resolver resolver(io_);
  beast::error_code error;
  const auto found = resolver.resolve(options_.url.host, std::to_string(options_.url.port), error);
  if (error || found.empty()) {
    summary_.fault = options_.url.host + ": " + error.message();
    return false;
  }
  endpoint_ = found.begin()->endpoint();
  return true;
}

void Driver::arm_start_timer() {
  if (stopping_) return;
  if (!next_start_ns_) {
    end_timer_.expires_after(milliseconds(options_.drain_ms_max));
    end_timer_.async_wait([this](beast::error_code error) {
      if (!error) stop_early();
    });
    return;
  }
  start_timer_.expires_at(begin_ + nanoseconds(*next_start_ns_));
  start_timer_.async_wait([this](beast::error_code error) {
    if (!error) on_start_timer();
  });
}

void Driver::on_start_timer() {
  if (stopping_) return;
  const int64_t now_ns = since_begin_ns(std::chrono::steady_clock::now());
  while (next_start_ns_ && static_cast<int64_t>(*next_start_ns_) <= now_ns) {
    waiting_.emplace_back(next_index_++, *next_start_ns_);
    next_start_ns_ = traffic_.next_start_ns();
  }
  dispatch();
  summary_.waiting_max = std::max<uint64_t>(summary_.waiting_max, waiting_.size());
  arm_start_timer();
  end_if_done();
}

void Driver::arm_second_timer() {
  second_timer_.expires_after(std::chrono::seconds(1));
  second_timer_.async_wait([this](beast::error_code error) {
    if (error) return;
    traffic_.on_second();
    arm_second_timer();
  });
}

// Resends that are due go before new requests: they are older.
void Driver::dispatch() {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!stopping_) {
    const bool retry_due = !retries_.empty() && retries_.begin()->first <= now;
    if (!retry_due && waiting_.empty()) return;
    Connection* connection = take_connection();
    if (connection == nullptr) return;
    if (retry_due) {
      start(*connection, std::move(retries_.extract(retries_.begin()).mapped()));
      continue;
    }
    Job job;
    std::tie(job.index, job.start_ns) = waiting_.front();
    waiting_.pop_front();
    job.body = traffic_.make_body(job.index, job.start_ns);
    job.start_lag_ns =
        since_begin_ns(std::chrono::steady_clock::now()) - static_cast<int64_t>(job.start_ns);
    ++summary_.started;
    start(*connection, std::move(job));
  }
}

// nullptr when all are busy and no more may be opened.
Connection* Driver::take_connection() {
  if (!idle_.empty()) {
    Connection* connection = idle_.back();
    idle_.pop_back();
    return connection;
  }
  if (connections_.size() >= options_.connections_max) return nullptr;
  connections_.push_back(std::make_unique<Connection>(
      io_, endpoint_,
      [this](Connection& c, AttemptAnswer answer) { on_answer(c, std::move(answer)); }));
  return connections_.back().get();
}

void Driver::start(Connection& connection, Job job) {
  Connection::Request request{http::verb::post, options_.url.target, 11};
  request.set(http::field::host, options_.url.authority());
  request.set(http::field::user_agent, "edgehose-load");
  request.set(http::field::content_type, "application/json");
  request.body() = job.body;
  request.prepare_payload();
  ++job.attempts;
  ++summary_.attempts;
  job.sent_at = std::chrono::steady_clock::now();
  in_flight_.insert_or_assign(&connection, std::move(job));
  connection.send(std::move(request), milliseconds(options_.timeout_ms));
}

void Driver::on_answer(Connection& connection, AttemptAnswer answer) {
  const auto found = in_flight_.find(&connection);
  Job job = std::move(found->second);
  in_flight_.erase(found);
  idle_.push_back(&connection);
  if (answer.connected) ++summary_.connects;
  job.last = std::move(answer);
  if (!try_again_later(job)) finish(job);
  dispatch();
  arm_retry_timer();
  end_if_done();
}

// False, leaving the job as it is, when this answer is the last.
bool Driver::try_again_later(Job& job) {
  if (stopping_ || job.attempts >= options_.attempts_max) return false;
  if (!is_worth_another_attempt(job.last.status)) return false;
  if (retries_.size() >= options_.retries_waiting_max) return false;
  const SteadyTime at = std::chrono::steady_clock::now() + delay_of(job);
  retries_.emplace(at, std::move(job));
  return true;
}

// The server's Retry-After within its cap, or 100 ms doubled by each attempt up to 5 s; a random
// half is added so that refused requests do not come back as one wave.
milliseconds Driver::delay_of(const Job& job) const {
  uint64_t ms = std::min<uint64_t>(5'000, 100ULL << std::min<uint32_t>(job.attempts - 1, 10));
  if (job.last.retry_after_s) {
    ms = std::min<uint64_t>(*job.last.retry_after_s * 1'000ULL, options_.retry_after_ms_max);
  }
  const uint64_t bits = draw(options_.seed, kStreamBackoff, job.index * 1'000 + job.attempts);
  return milliseconds(ms + below(bits, ms / 2 + 1));
}

// What is due already waits for a connection, and the answer that frees one dispatches it.
void Driver::arm_retry_timer() {
  if (retries_.empty() || retries_.begin()->first <= std::chrono::steady_clock::now()) return;
  retry_timer_.expires_at(retries_.begin()->first);
  retry_timer_.async_wait([this](beast::error_code error) {
    if (error) return;
    dispatch();
    arm_retry_timer();
  });
}

void Driver::finish(const Job& job) {
  const SteadyTime now = std::chrono::steady_clock::now();
  summary_.elapsed_ns = since_begin_ns(now);
  FinalAnswer answer;
  answer.status = job.last.status;
  answer.body = job.last.body;
  answer.attempts = job.attempts;
  answer.latency_ns = summary_.elapsed_ns - static_cast<int64_t>(job.start_ns);
  answer.service_ns = std::chrono::duration_cast<nanoseconds>(now - job.sent_at).count();
  answer.start_lag_ns = job.start_lag_ns;
  traffic_.on_final(job.index, answer);
}

// Starts nothing more. Requests waiting for another attempt end with the answer they had; those
// under way get `grace_ms`, then count as unanswered.
void Driver::stop_early() {
  if (stopping_) return;
  stopping_ = true;
  start_timer_.cancel();
  retry_timer_.cancel();
  summary_.not_started = waiting_.size();
  waiting_.clear();
  next_start_ns_.reset();
  while (!retries_.empty()) finish(retries_.extract(retries_.begin()).mapped());
  end_timer_.expires_after(milliseconds(options_.grace_ms));
  end_timer_.async_wait([this](beast::error_code error) {
    if (error) return;
    for (const auto& connection : connections_) {
      if (in_flight_.count(connection.get()) > 0) connection->cancel();
    }
  });
  end_if_done();
}

// The loop ends when nothing is left that could give a final answer.
void Driver::end_if_done() {
  if (next_start_ns_ || !waiting_.empty() || !retries_.empty() || !in_flight_.empty()) return;
  second_timer_.cancel();
  end_timer_.cancel();
  signals_.cancel();
  io_.stop();
}

}  // namespace

DriverSummary drive(const DriverOptions& options, Traffic& traffic) {
  return Driver(options, traffic).run();
}

}  // namespace edgehose
