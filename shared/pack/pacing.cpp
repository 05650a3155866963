#include "shared/pack/pacing.h"

#include <algorithm>

namespace edgehose {
namespace {

constexpr uint64_t kRatePermille = 970;
constexpr uint64_t kBurstPermille = 500;

// `value` times both parts of a thousand, at least one.
uint64_t part(uint64_t value, uint64_t permille, uint64_t share_permille) {
  return std::max<uint64_t>(1, value * permille / 1000 * share_permille / 1000);
}

PaceBucket make_bucket(uint64_t per_second, uint32_t share_permille) {
  return {part(per_second, kRatePermille, share_permille),
          part(per_second, kBurstPermille, share_permille)};
}

}  // namespace

void PaceBucket::refill(int64_t now_ms) {
  if (started_ && now_ms > now_ms_) {
    // A second's refill fills any bucket of ours; the bound also keeps the product small.
    const int64_t elapsed_ms = std::min<int64_t>(now_ms - now_ms_, 1'000'000);
    level_ = std::min(capacity_ * 1000, level_ + elapsed_ms * rate_);
  }
  if (!started_ || now_ms > now_ms_) now_ms_ = now_ms;
  started_ = true;
}

int64_t PaceBucket::needed(uint64_t count) const {
  return std::min(static_cast<int64_t>(count), capacity_) * 1000;
}

bool PaceBucket::can_take(uint64_t count) const { return level_ >= needed(count); }

int64_t PaceBucket::wait_ms(uint64_t count) const {
  const int64_t missing = needed(count) - level_;
  return missing <= 0 ? 0 : (missing + rate_ - 1) / rate_;
}

Pace::Pace(const Quota& quota, uint32_t share_permille)
    : records_(make_bucket(quota.records_s, share_permille)),
      requests_(make_bucket(quota.requests_s, share_permille)),
      bytes_(make_bucket(quota.bytes_s, share_permille)) {}

void Pace::refill(int64_t now_ms) {
  records_.refill(now_ms);
  requests_.refill(now_ms);
  bytes_.refill(now_ms);
}

bool Pace::can_send(uint64_t records, uint64_t bytes) const {
  return records_.can_take(records) && requests_.can_take(1) && bytes_.can_take(bytes);
}

bool Pace::can_send_more(uint64_t records, uint64_t bytes) const {
  return records_.has(records) && requests_.can_take(1) && bytes_.has(bytes);
}

void Pace::sent(uint64_t records, uint64_t bytes) {
  records_.take(records);
  requests_.take(1);
  bytes_.take(bytes);
}

void Pace::throttled() {
  records_.drain();
  bytes_.drain();
}

void Pace::start_empty() {
  records_.drain();
  requests_.drain();
  bytes_.drain();
}

int64_t Pace::wait_ms(uint64_t records, uint64_t bytes) const {
  return std::max({records_.wait_ms(records), requests_.wait_ms(1), bytes_.wait_ms(bytes)});
}

}  // namespace edgehose
