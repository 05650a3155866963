#include "simulator/services/firehose/quota.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "simulator/engine/random.h"

using namespace edgehose;

namespace {

// A slow reference: a bucket is the list of what was taken from it and when; its level is found by
// replaying every millisecond from the start.
class SlowBucket {
 public:
  SlowBucket(uint64_t rate_s, uint32_t seconds)
      : rate_(rate_s), capacity_(rate_s * seconds * 1'000) {}

  bool has(int64_t now_ms, uint64_t tokens) const {
    return rate_ == 0 || level_at(now_ms) >= tokens * 1'000;
  }
  void take(int64_t now_ms, uint64_t tokens) { taken_.emplace_back(now_ms, tokens * 1'000); }

 private:
  uint64_t level_at(int64_t now_ms) const {
    uint64_t level = capacity_;
    size_t next = 0;
    for (int64_t ms = 0; ms <= now_ms; ++ms) {
      if (ms > 0) level = std::min(capacity_, level + rate_);
      for (; next < taken_.size() && taken_[next].first == ms; ++next) level -= taken_[next].second;
    }
    return level;
  }

  uint64_t rate_;
  uint64_t capacity_;
  std::vector<std::pair<int64_t, uint64_t>> taken_;
};

struct SlowQuota {
  explicit SlowQuota(const QuotaProfile& profile)
      : records(profile.records_s, profile.bucket_seconds),
        requests(profile.requests_s, profile.bucket_seconds),
        bytes(profile.bytes_s, profile.bucket_seconds),
        policy(profile.row_policy) {}

  bool single(int64_t now, uint64_t size) {
    if (!records.has(now, 1) || !requests.has(now, 1) || !bytes.has(now, size)) return false;
    records.take(now, 1);
    requests.take(now, 1);
    bytes.take(now, size);
    return true;
  }
  // One flag a row; empty when the whole call is throttled.
  std::vector<bool> batch(int64_t now, const std::vector<uint64_t>& sizes) {
    std::vector<bool> accepted;
    if (!requests.has(now, 1)) return accepted;
    requests.take(now, 1);
    bool failed = false;
    for (uint64_t size : sizes) {
      const bool fits = records.has(now, 1) && bytes.has(now, size) &&
                        !(failed && policy == RowPolicy::rest_is_failed);
      if (fits) records.take(now, 1);
      if (fits) bytes.take(now, size);
      failed = failed || !fits;
      accepted.push_back(fits);
    }
    return accepted;
  }

  SlowBucket records, requests, bytes;
  RowPolicy policy;
};

std::vector<bool> batch(StreamQuota& quota, int64_t now, const std::vector<uint64_t>& sizes) {
  std::vector<bool> accepted;
  if (!quota.try_begin_batch(now)) return accepted;
  for (uint64_t size : sizes) accepted.push_back(quota.try_take_row(size));
  return accepted;
}

}  // namespace

TEST_CASE("quota: agrees with a slow reference on random traffic") {
  const uint64_t seed = GENERATE(range<uint64_t>(1, 25));
  CAPTURE(seed);
  Random random(seed);
  const QuotaProfile profile{
      .name = "test",
      .records_s = random.below(40),
      .requests_s = 1 + random.below(20),
      .bytes_s = random.below(3) == 0 ? 0 : 500 + random.below(3'000),
      .bucket_seconds = static_cast<uint32_t>(1 + random.below(2)),
      .row_policy = random.below(2) == 0 ? RowPolicy::each_alone : RowPolicy::rest_is_failed};
  StreamQuota quota(profile, 0);
  SlowQuota slow(profile);
  int64_t now = 0;
  for (int call = 0; call < 150; ++call) {
    now += static_cast<int64_t>(random.below(60));
    if (random.below(2) == 0) {
      const uint64_t size = random.below(400);
      REQUIRE(quota.try_take_single(now, size) == slow.single(now, size));
      continue;
    }
    std::vector<uint64_t> sizes(1 + random.below(8));
    for (uint64_t& size : sizes) size = random.below(600);
    REQUIRE(batch(quota, now, sizes) == slow.batch(now, sizes));
  }
}

TEST_CASE("quota: the profiles are the dated figures of AWS") {
  const auto* tokyo_2020 = find_quota_profile("tokyo-2020");
  REQUIRE(tokyo_2020 != nullptr);
  REQUIRE((tokyo_2020->records_s == 1'000 && tokyo_2020->requests_s == 1'000));
  REQUIRE(tokyo_2020->bytes_s == 1'048'576);
  const auto* tokyo_2026 = find_quota_profile("tokyo-2026");
  REQUIRE((tokyo_2026->records_s == 100'000 && tokyo_2026->requests_s == 1'000));
  REQUIRE(tokyo_2026->bytes_s == 1'048'576);
  const auto* virginia = find_quota_profile("virginia-2026");
  REQUIRE((virginia->records_s == 500'000 && virginia->requests_s == 2'000));
  REQUIRE(virginia->bytes_s == 5'242'880);
  REQUIRE(find_quota_profile("unlimited")->requests_s == 0);
  REQUIRE(find_quota_profile("") == nullptr);
  REQUIRE(quota_profiles().size() == 4);
}

TEST_CASE("quota: a small row fits after a large one that did not") {
  QuotaProfile profile{.name = "test", .records_s = 10, .requests_s = 10, .bytes_s = 1'000};
  StreamQuota quota(profile, 0);
  REQUIRE(batch(quota, 0, {900, 200, 100, 1}) == std::vector<bool>{true, false, true, false});
  profile.row_policy = RowPolicy::rest_is_failed;
  StreamQuota strict(profile, 0);
  REQUIRE(batch(strict, 0, {900, 200, 100, 1}) == std::vector<bool>{true, false, false, false});
}

TEST_CASE("quota: a throttled single put takes from no bucket") {
  const QuotaProfile profile{.name = "test", .records_s = 10, .requests_s = 10, .bytes_s = 100};
  StreamQuota quota(profile, 0);
  for (int i = 0; i < 50; ++i) REQUIRE_FALSE(quota.try_take_single(0, 101));
  for (int i = 0; i < 10; ++i) REQUIRE(quota.try_take_single(0, 10));
  REQUIRE_FALSE(quota.try_take_single(0, 0));
}

TEST_CASE(
    "quota: a bucket holds a second of its rate however long it rests, and time never runs back") {
  TokenBucket bucket(1'000, 1, 0);
  bucket.refill(INT64_C(4'000'000'000'000));
  REQUIRE(bucket.has(1'000));
  REQUIRE_FALSE(bucket.has(1'001));
  bucket.take(1'000);
  bucket.refill(0);
  REQUIRE_FALSE(bucket.has(1));
  bucket.refill(INT64_C(4'000'000'000'001));
  REQUIRE(bucket.has(1));
}

TEST_CASE("quota: a raise keeps the proportion of the three figures") {
  const QuotaProfile virginia = *find_quota_profile("virginia-2026");
  // The documentation's own example: 10 MiB/s with 4,000 requests and 1,000,000 records.
  const QuotaProfile raised = raised_profile(virginia, 10'485'760);
  CHECK(raised.bytes_s == 10'485'760);
  CHECK(raised.requests_s == 4'000);
  CHECK(raised.records_s == 1'000'000);
  CHECK(raised_profile(virginia, 0).bytes_s == virginia.bytes_s);
  CHECK(raised_profile(virginia, 1).bytes_s == virginia.bytes_s);
  CHECK(raised_profile(*find_quota_profile("unlimited"), 1).bytes_s == 0);
}

TEST_CASE("quota: a raise widens the buckets and leaves what is in them") {
  const QuotaProfile profile{.name = "test", .records_s = 10, .requests_s = 10, .bytes_s = 100};
  StreamQuota quota(profile, 0);
  REQUIRE(quota.try_take_single(0, 100));
  quota.set_profile(raised_profile(profile, 200), 0);
  CHECK_FALSE(quota.try_take_single(0, 1));
  CHECK(quota.try_take_single(1'000, 200));
}

TEST_CASE("quota: a buffer of a raised stream closes after a part of its interval") {
  QuotaProfile profile{.name = "test", .records_s = 10, .requests_s = 10, .bytes_s = 100};
  CHECK(raised_interval_ms(profile, 0, 60'000) == 60'000);
  CHECK(raised_interval_ms(profile, 100, 60'000) == 60'000);
  CHECK(raised_interval_ms(profile, 400, 60'000) == 15'000);
  CHECK(raised_interval_ms(profile, 100'000, 1) == 1);
  CHECK(raised_interval_ms(profile, 400, 0) == 0);
  profile.small_objects = SmallObjects::never;
  CHECK(raised_interval_ms(profile, 400, 60'000) == 60'000);
}

TEST_CASE("quota: a raise is due when throttling went on for so long without a pause") {
  ThrottleWatch watch;
  for (int64_t now = 0; now < 10'000; now += 1'000) REQUIRE_FALSE(watch.on_throttled(now, 10));
  CHECK(watch.on_throttled(10'000, 10));
  CHECK_FALSE(watch.on_throttled(11'000, 10));
  // A pause begins the count anew.
  CHECK_FALSE(watch.on_throttled(19'000, 10));
  CHECK_FALSE(watch.on_throttled(20'000, 10));
  ThrottleWatch off;
  for (int64_t now = 0; now < 100'000; now += 1'000) REQUIRE_FALSE(off.on_throttled(now, 0));
}

TEST_CASE("quota: a region has its own count of streams") {
  CHECK(streams_per_region("us-east-1") == 5'000);
  CHECK(streams_per_region("ap-northeast-1") == 5'000);
  CHECK(streams_per_region("eu-central-1") == 2'000);
  CHECK(streams_per_region("ca-central-1") == 2'000);
  CHECK(streams_per_region("cn-north-1") == 500);
  CHECK(streams_per_region("sa-east-1") == 500);
  CHECK(streams_per_region("ap-southeast-7") == 100);
}
