#include "simulator/load/http/driver.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>
#include <vector>

#include "tests/unit/simulator/load/http/tiny_server.h"

namespace edgehose {
namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// A request every `gap_ms`, and everything that is heard of them.
class Recorder final : public Traffic {
 public:
  Recorder(uint64_t requests, uint64_t gap_ms) : requests_(requests), gap_ms_(gap_ms) {}

  std::optional<uint64_t> next_start_ns() override {
    if (next_ >= requests_) return std::nullopt;
    return next_++ * gap_ms_ * 1'000'000;
  }
  std::string make_body(uint64_t index, uint64_t /*start_ns*/) override {
    made.push_back(index);
    return std::to_string(index);
  }
  void on_final(uint64_t index, const FinalAnswer& answer) override {
    REQUIRE(finals.count(index) == 0);
    finals[index] = answer;
    bodies[index] = answer.body;
    if (on_answer) on_answer();
  }
  void on_second() override { ++seconds; }

  std::vector<uint64_t> made;
  std::map<uint64_t, FinalAnswer> finals;
  std::map<uint64_t, std::string> bodies;
  std::function<void()> on_answer;
  int seconds = 0;

 private:
  uint64_t requests_;
  uint64_t gap_ms_;
  uint64_t next_ = 0;
};

DriverOptions options_for(const TinyServer& server) {
  DriverOptions options;
  options.url = {.host = "127.0.0.1", .port = server.port(), .target = "/collect"};
  return options;
}

}  // namespace

TEST_CASE("driver: every request is made in order and has one final answer") {
  TinyServer server([](int, const std::string& body) { return TinyServer::ok(body); });
  Recorder traffic(200, 1);
  const DriverSummary summary = drive(options_for(server), traffic);
  CHECK(summary.started == 200);
  CHECK(summary.attempts == 200);
  CHECK_FALSE(summary.interrupted);
  REQUIRE(traffic.finals.size() == 200);
  for (uint64_t i = 0; i < 200; ++i) {
    CHECK(traffic.made[i] == i);
    CHECK(traffic.finals[i].status == 200);
    CHECK(traffic.bodies[i] == std::to_string(i));
  }
  CHECK(traffic.seconds >= 1);
}

TEST_CASE("driver: a slow answer does not hold up the next start") {
  TinyServer server([](int number, const std::string&) {
    if (number == 0) sleep_ms(400);
    return TinyServer::ok("");
  });
  Recorder traffic(20, 10);
  drive(options_for(server), traffic);
  CHECK(traffic.finals[0].latency_ns > 390'000'000);
  // The others start while the first still waits: none of them takes on its delay.
  for (uint64_t i = 1; i < 20; ++i) CHECK(traffic.finals[i].start_lag_ns < 200'000'000);
}

TEST_CASE("driver: latency counts from the intended start when connections are short") {
  TinyServer server([](int number, const std::string&) {
    if (number == 0) sleep_ms(300);
    return TinyServer::ok("");
  });
  DriverOptions options = options_for(server);
  options.connections_max = 1;
  Recorder traffic(10, 10);
  const DriverSummary summary = drive(options, traffic);
  CHECK(summary.waiting_max >= 5);
  // Request 1 was meant to start at 10 ms and had to wait for the answer at 300 ms.
  CHECK(traffic.finals[1].latency_ns > 250'000'000);
  CHECK(traffic.finals[1].service_ns < 150'000'000);
  CHECK(traffic.finals[1].start_lag_ns > 250'000'000);
}

TEST_CASE("driver: resends what was refused until its attempts are used up") {
  TinyServer server([](int, const std::string& body) -> std::string {
    static std::map<std::string, int> tries;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const int tried = ++tries[body];
    if (body == "0" && tried < 3) {
      return "HTTP/1.1 503 X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    }
    if (body == "1") return "HTTP/1.1 429 X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    if (body == "2" && tried == 1) return "";
    if (body == "3") return "HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n";
    return TinyServer::ok("");
  });
  DriverOptions options = options_for(server);
  options.attempts_max = 4;
  Recorder traffic(5, 5);
  const DriverSummary summary = drive(options, traffic);
  CHECK(summary.started == 5);
  CHECK(traffic.finals[0].status == 200);
  CHECK(traffic.finals[0].attempts == 3);
  CHECK(traffic.finals[1].status == 429);
  CHECK(traffic.finals[1].attempts == 4);
  CHECK(traffic.finals[2].status == 200);
  CHECK(traffic.finals[2].attempts == 2);
  CHECK(traffic.finals[3].status == 400);  // a refusal for good is not repeated
  CHECK(traffic.finals[3].attempts == 1);
  CHECK(traffic.finals[4].attempts == 1);
  CHECK(summary.attempts == 3 + 4 + 2 + 1 + 1);
}

TEST_CASE("driver: Retry-After is honoured, up to its cap") {
  TinyServer server([](int number, const std::string&) -> std::string {
    if (number == 0) return "HTTP/1.1 503 X\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
    return TinyServer::ok("");
  });
  DriverOptions options = options_for(server);
  options.attempts_max = 2;
  options.retry_after_ms_max = 200;
  Recorder traffic(1, 1);
  drive(options, traffic);
  CHECK(traffic.finals[0].status == 200);
  CHECK(traffic.finals[0].latency_ns >= 200'000'000);
  CHECK(traffic.finals[0].latency_ns < 2'000'000'000);
}

TEST_CASE("driver: requests waiting for another attempt are bounded") {
  TinyServer server([](int, const std::string&) {
    return "HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
  });
  DriverOptions options = options_for(server);
  options.attempts_max = 2;
  options.retries_waiting_max = 3;
  Recorder traffic(10, 1);
  drive(options, traffic);
  const auto resent = std::count_if(traffic.finals.begin(), traffic.finals.end(),
                                    [](const auto& final) { return final.second.attempts == 2; });
  CHECK(resent == 3);
}

TEST_CASE("driver: no answer within the time-out is status 0") {
  TinyServer server([](int, const std::string&) {
    sleep_ms(300);
    return TinyServer::ok("");
  });
  DriverOptions options = options_for(server);
  options.timeout_ms = 50;
  Recorder traffic(2, 1);
  drive(options, traffic);
  CHECK(traffic.finals[0].status == 0);
  CHECK(traffic.finals[1].status == 0);
}

TEST_CASE("driver: a signal ends the run with a final answer for all that was started") {
  TinyServer server([](int number, const std::string&) {
    if (number % 10 == 9) sleep_ms(600);
    return TinyServer::ok("");
  });
  DriverOptions options = options_for(server);
  options.grace_ms = 100;
  Recorder traffic(100'000, 5);
  traffic.on_answer = [&] {
    if (traffic.finals.size() == 30) std::raise(SIGTERM);
  };
  const DriverSummary summary = drive(options, traffic);
  CHECK(summary.interrupted);
  CHECK(summary.started < 1'000);
  CHECK(traffic.finals.size() == summary.started);
  const bool unanswered = std::any_of(traffic.finals.begin(), traffic.finals.end(),
                                      [](const auto& final) { return final.second.status == 0; });
  CHECK(unanswered);  // the slow ones had their grace
}

TEST_CASE("driver: a host without an address is a fault, nothing is sent") {
  DriverOptions options;
  options.url = {.host = "no-such-host.invalid", .port = 1, .target = "/"};
  Recorder traffic(3, 1);
  const DriverSummary summary = drive(options, traffic);
  CHECK_FALSE(summary.fault.empty());
  CHECK(summary.started == 0);
  CHECK(traffic.finals.empty());
}

}  // namespace edgehose
