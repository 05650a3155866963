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

QuotaProfile raised_profile(QuotaProfile profile, uint64_t bytes_s) {
  if (bytes_s <= profile.bytes_s || profile.bytes_s == 0) return profile;
  // Below 2^53: a rate is below 2^20 (records, requests) or replaced, a raise below 2^33.
  profile.records_s = profile.records_s * bytes_s / profile.bytes_s;
  profile.requests_s = profile.requests_s * bytes_s / profile.bytes_s;
  profile.bytes_s = bytes_s;
  return profile;
}

int64_t raised_interval_ms(const QuotaProfile& profile, uint64_t bytes_s, int64_t interval_ms) {
  const bool is_raised = profile.bytes_s != 0 && bytes_s > profile.bytes_s;
  if (!is_raised || profile.small_objects == SmallObjects::never) return interval_ms;
  const auto whole = static_cast<uint64_t>(interval_ms);
  // A buffer with an interval keeps one: only zero buffering is zero.
  const uint64_t part = whole * profile.bytes_s / bytes_s;
  return static_cast<int64_t>(std::max<uint64_t>(part, interval_ms > 0 ? 1 : 0));
}

size_t streams_per_region(std::string_view region) {
  struct Count {
    std::string_view region;
    size_t streams;
  };
  // A name that ends in '-' stands for every region of that beginning.
  constexpr std::array<Count, 23> kCounts = {{
      {"us-east-1", 5'000},
      {"us-east-2", 5'000},
      {"us-west-2", 5'000},
      {"eu-west-1", 5'000},
      {"ap-northeast-1", 5'000},
      {"eu-central-1", 2'000},
      {"eu-west-2", 2'000},
      {"ap-southeast-1", 2'000},
      {"ap-southeast-2", 2'000},
      {"ap-northeast-2", 2'000},
      {"ap-south-1", 2'000},
      {"us-gov-west-1", 2'000},
      {"ca-", 2'000},
      {"eu-west-3", 500},
      {"eu-south-1", 500},
      {"eu-north-1", 500},
      {"ap-east-1", 500},
      {"ap-northeast-3", 500},
      {"sa-east-1", 500},
      {"cn-", 500},
      {"me-south-1", 500},
      {"us-gov-east-1", 500},
      {"af-south-1", 500},
  }};
  constexpr size_t kNewerRegions = 100;
  for (const Count& count : kCounts) {
    const bool fits =
        count.region.back() == '-' ? region.starts_with(count.region) : region == count.region;
    if (fits) return count.streams;
  }
  return kNewerRegions;
}

bool ThrottleWatch::on_throttled(int64_t now_ms, uint32_t auto_raise_s) {
  if (auto_raise_s == 0) return false;
  if (last_ms_ == INT64_MIN || now_ms - last_ms_ > kPauseMs) since_ms_ = now_ms;
  last_ms_ = now_ms;
  if (now_ms - since_ms_ < int64_t{auto_raise_s} * 1'000) return false;
  since_ms_ = now_ms;
  return true;
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

void TokenBucket::set_rate(uint64_t rate_s, uint32_t bucket_seconds) {
  rate_s_ = rate_s;
  capacity_milli_ = rate_s * bucket_seconds * 1'000;
  level_milli_ = std::min(level_milli_, capacity_milli_);
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

void StreamQuota::set_profile(const QuotaProfile& profile, int64_t now_ms) {
  for (TokenBucket* bucket : {&records_, &requests_, &bytes_}) bucket->refill(now_ms);
  records_.set_rate(profile.records_s, profile.bucket_seconds);
  requests_.set_rate(profile.requests_s, profile.bucket_seconds);
  bytes_.set_rate(profile.bytes_s, profile.bucket_seconds);
}

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
