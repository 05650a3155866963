#include "simulator/engine/clock.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

using namespace edgehose;

TEST_CASE("clock: the simulated one moves only when told to") {
  SimulatedClock clock(1'000);
  REQUIRE(clock.now_ms() == 1'000);
  clock.advance(250);
  REQUIRE(clock.now_ms() == 1'250);
  REQUIRE(clock.real_ms(1'000'000) == 0);
}

TEST_CASE("clock: the real one runs as much faster as asked, and never backwards") {
  const RealClock slow;
  const RealClock fast(100);
  const int64_t slow_before = slow.now_ms();
  const int64_t fast_before = fast.now_ms();
  int64_t last = slow_before;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  while (std::chrono::steady_clock::now() < end) {
    const int64_t now = slow.now_ms();
    REQUIRE(now >= last);
    last = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const int64_t slow_ms = slow.now_ms() - slow_before;
  const int64_t fast_ms = fast.now_ms() - fast_before;
  REQUIRE(slow_ms >= 59);
  REQUIRE(fast_ms >= 5'900);
  REQUIRE(fast_ms <= 101 * (slow_ms + 2));
}

TEST_CASE("clock: a wait is given in real milliseconds, rounded up") {
  REQUIRE(RealClock(1).real_ms(300) == 300);
  REQUIRE(RealClock(100).real_ms(300) == 3);
  REQUIRE(RealClock(100).real_ms(301) == 4);
}
