#include "simulator/engine/clock.h"

#include <chrono>

namespace edgehose {
namespace {

int64_t steady_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

int64_t unix_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace

RealClock::RealClock(uint32_t speed)
    : speed_(speed == 0 ? 1 : speed),
      started_unix_ms_(unix_ms()),
      started_steady_ns_(steady_ns()) {}

// Anchored once and advanced by the steady clock, so that a stepped system clock moves no deadline.
int64_t RealClock::now_ms() const {
  return started_unix_ms_ + (steady_ns() - started_steady_ns_) / 1'000 * speed_ / 1'000;
}

int64_t RealClock::real_ms(int64_t ms) const { return (ms + speed_ - 1) / speed_; }

}  // namespace edgehose
