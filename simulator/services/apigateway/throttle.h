// API Gateway's throttling: token buckets with a rate and a burst, one over the other: a method's
// own, the stage's, the account's. Facts: 10,000 requests a second and a bucket of 5,000 an account
// and region; "best effort" there, exact here.
#pragma once

#include <cstdint>

namespace edgehose {

// 0 requests a second: without a bound.
struct ThrottleRate {
  uint64_t rate_s = 0;
  uint64_t burst = 0;
};

inline constexpr ThrottleRate kAccountThrottle = {10'000, 5'000};

// Tokens in thousandths, so that a millisecond's refill is a whole number.
class BurstBucket {
 public:
  static constexpr uint64_t kRateMax = 1'000'000'000;

  // Starts full. A rate or a burst above kRateMax counts as kRateMax.
  BurstBucket(const ThrottleRate& throttle, int64_t now_ms);

  void refill(int64_t now_ms);
  [[nodiscard]] bool has_one() const { return rate_s_ == 0 || level_milli_ >= 1'000; }
  void take_one() {
    if (rate_s_ != 0) level_milli_ -= 1'000;
  }

 private:
  uint64_t rate_s_;
  uint64_t capacity_milli_;
  uint64_t level_milli_;
  int64_t refilled_ms_;
};

}  // namespace edgehose
