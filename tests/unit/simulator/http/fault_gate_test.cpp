#include "simulator/http/fault_gate.h"

#include <array>
#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/recorder.h"

using namespace edgehose;

namespace {

HttpResponse as_text(const AwsError& error) {
  return {.status = error.http_status, .headers = {}, .body = error.code};
}

struct CountingSink final : ObjectSink {
  Error put_delivered(const std::string& /*bucket*/, const std::string& /*key*/,
                      std::span<const std::string_view> /*parts*/) override {
    ++puts;
    return Error::none;
  }
  int puts = 0;
};

}  // namespace

TEST_CASE("fault gate: a late answer comes as late as it was asked to, and others do not wait") {
  const RealClock clock;
  FaultGate gate(1, clock, clock);
  Recorder late;
  Recorder prompt;
  const int64_t before = clock.now_ms();
  gate.shape({.latency_ms = 120}, as_text, late.respond())({.status = 200});
  gate.shape({.latency_ms = 1}, as_text, prompt.respond())({.status = 201});
  CHECK(prompt.wait().status == 201);
  CHECK(clock.now_ms() - before < 100);
  CHECK(late.wait().status == 200);
  CHECK(clock.now_ms() - before >= 120);
}

TEST_CASE("fault gate: an error stands in place of the answer") {
  const RealClock clock;
  FaultGate gate(1, clock, clock);
  Recorder recorder;
  FaultDecision decision;
  decision.error = FaultError{"SlowDown", "", 503};
  gate.shape(decision, as_text, recorder.respond())({.status = 200, .headers = {}, .body = "ok"});
  const auto response = recorder.wait();
  CHECK((response.status == 503 && response.body == "SlowDown"));
}

TEST_CASE("fault gate: stop ends every waiting at once, and drops the answers") {
  const RealClock clock;
  FaultGate gate(1, clock, clock);
  bool answered = false;
  gate.shape({.latency_ms = 60'000}, as_text, [&](const HttpResponse&) { answered = true; })({});
  std::thread waits([&] { gate.wait(60'000); });
  const int64_t before = clock.now_ms();
  gate.stop();
  waits.join();
  CHECK(clock.now_ms() - before < 10'000);
  CHECK_FALSE(answered);
}

TEST_CASE("fault gate: a delivery fails by the simulator's clock, and does not reach the store") {
  SimulatedClock clock(0);
  const RealClock wall;
  FaultGate gate(1, clock, wall);
  gate.with_plan([](FaultPlan& plan, int64_t now_ms) {
    (void)plan.add(now_ms, {.service = FaultService::delivery,
                            .error = FaultError{"SlowDown", "", 503},
                            .until_ms = 600'000});
  });
  CHECK(gate.is_active(FaultService::delivery));
  CHECK_FALSE(gate.is_active(FaultService::s3));
  CountingSink store;
  FaultySink sink(store, gate);
  const std::array<std::string_view, 1> parts = {"x"};
  CHECK(sink.put_delivered("lake", "k", parts) == Error::io);
  CHECK(store.puts == 0);
  clock.advance(600'000);
  CHECK(sink.put_delivered("lake", "k", parts) == Error::none);
  CHECK(store.puts == 1);
}
