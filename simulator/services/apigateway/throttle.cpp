#include "simulator/services/apigateway/throttle.h"

#include <algorithm>

namespace edgehose {

BurstBucket::BurstBucket(const ThrottleRate& throttle, int64_t now_ms)
    : rate_s_(std::min(throttle.rate_s, kRateMax)),
      capacity_milli_(std::min(throttle.burst, kRateMax) * 1'000),
      level_milli_(capacity_milli_),
      refilled_ms_(now_ms) {}

void BurstBucket::refill(int64_t now_ms) {
  if (now_ms <= refilled_ms_) return;
  const auto elapsed_ms = static_cast<uint64_t>(now_ms - refilled_ms_);
  refilled_ms_ = now_ms;
  if (rate_s_ == 0) return;
  // A long pause could pass 64 bits, but fills the bucket.
  const uint64_t room = capacity_milli_ - level_milli_;
  const bool fills = elapsed_ms >= room / rate_s_ + 1;
  level_milli_ =
      fills ? capacity_milli_ : std::min(capacity_milli_, level_milli_ + elapsed_ms * rate_s_);
}

}  // namespace edgehose
