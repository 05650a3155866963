#include "simulator/services/firehose/quota.h"

#include <algorithm>
#include <array>

namespace edgehose {
namespace {

constexpr uint64_t kMiB = 1'048'576;

constexpr std::array<QuotaProfile, 4> kProfiles = {{
    {.name = "tokyo-2020", .records_s = 1'000, .requests_s = 1'000, .bytes_s = kMiB},
    {.name = "tokyo-2026", .records_s = 100'000, .requests_s = 1'000, .bytes_s = kMiB},
    {.name = "virginia-2026", .records_s = 500'000, .requests_s = 2'000, .bytes_s = 5 * kMiB},
    {.name = "unlimited"},
}};

}  // namespace

std::span<const QuotaProfile> quota_profiles() { return kProfiles; }

const QuotaProfile* find_quota_profile(std::string_view name) {
  const auto* found = std::find_if(kProfiles.begin(), kProfiles.end(),
                                   [&](const QuotaProfile& p) { return p.name == name; });
  return found == kProfiles.end() ? nullptr : found;
}

TokenBucket::TokenBucket(uint64_t rate_s, uint32_t bucket_seconds, int64_t now_ms)
    : rate_s_(rate_s),
      capacity_milli_(rate_s * bucket_seconds * 1'000),
      level_milli_(capacity_milli_),
      refilled_ms_(now_ms) {}

void TokenBucket::refill(int64_t now_ms) {
  if (now_ms <= refilled_ms_) return;
  const auto elapsed_ms = static_cast<uint64_t>(now_ms - refilled_ms_);
  refilled_ms_ = now_ms;
  // A second of rate fits 64 bits with room; a long pause could pass them, but fills the bucket.
  const uint64_t room = capacity_milli_ - level_milli_;
  const bool fills = rate_s_ == 0 || elapsed_ms >= room / rate_s_ + 1;
  level_milli_ =
      fills ? capacity_milli_ : std::min(capacity_milli_, level_milli_ + elapsed_ms * rate_s_);
}

bool TokenBucket::has(uint64_t tokens) const {
  return rate_s_ == 0 || level_milli_ >= tokens * 1'000;
}

void TokenBucket::take(uint64_t tokens) {
  if (rate_s_ != 0) level_milli_ -= tokens * 1'000;
}

StreamQuota::StreamQuota(const QuotaProfile& profile, int64_t now_ms)
    : records_(profile.records_s, profile.bucket_seconds, now_ms),
      requests_(profile.requests_s, profile.bucket_seconds, now_ms),
      bytes_(profile.bytes_s, profile.bucket_seconds, now_ms),
      row_policy_(profile.row_policy) {}

bool StreamQuota::try_take_single(int64_t now_ms, uint64_t bytes) {
  for (TokenBucket* bucket : {&records_, &requests_, &bytes_}) bucket->refill(now_ms);
  if (!records_.has(1) || !requests_.has(1) || !bytes_.has(bytes)) return false;
  records_.take(1);
  requests_.take(1);
  bytes_.take(bytes);
  return true;
}

bool StreamQuota::try_begin_batch(int64_t now_ms) {
  for (TokenBucket* bucket : {&records_, &requests_, &bytes_}) bucket->refill(now_ms);
  row_failed_ = false;
  if (!requests_.has(1)) return false;
  requests_.take(1);
  return true;
}

bool StreamQuota::try_take_row(uint64_t bytes) {
  const bool refused = row_failed_ && row_policy_ == RowPolicy::rest_is_failed;
  if (refused || !records_.has(1) || !bytes_.has(bytes)) {
    row_failed_ = true;
    return false;
  }
  records_.take(1);
  bytes_.take(bytes);
  return true;
}

}  // namespace edgehose
