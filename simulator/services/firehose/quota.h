// Direct PUT quotas of a delivery stream: three token buckets, linked because one call draws on
// all. Each holds one second of its rate. Figures: facts of 2026-11 on Firehose limits; how AWS
// fills its own buckets inside a second is not published.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace edgehose {

// What becomes of the rows after one that did not fit.
enum class RowPolicy : uint8_t {
  each_alone,     // every row is judged on what is left: a small one may fit after a large one
  rest_is_failed  // once one row has failed, so do those after it
};

// What a raised stream does to its objects. AWS says that a quota raised above the traffic makes
// small delivery batches, since hints apply to each shard of the stream; not how many shards.
enum class SmallObjects : uint8_t {
  // [mem] A stream raised k times has k shards, each with a k-th of the traffic: in one interval
  // there are k objects, each a k-th in size. One buffer that closes after a k-th of the interval,
  // or when it is full, gives the same objects (only sooner).
  by_raise,
  never
};

// A dated set of rates a stream. A rate of 0 means unlimited.
struct QuotaProfile {
  std::string_view name;
  uint64_t records_s = 0;
  uint64_t requests_s = 0;
  uint64_t bytes_s = 0;
  uint32_t bucket_seconds = 1;
  RowPolicy row_policy = RowPolicy::each_alone;
  // A stream throttled for this long without a pause is raised by doubling, and again, until the
  // throttling is contained; 0: never. AWS raises by itself too; after how long it does not
  // publish.
  uint32_t auto_raise_s = 0;
  SmallObjects small_objects = SmallObjects::by_raise;
};

// tokyo-2020, tokyo-2026, virginia-2026, unlimited.
[[nodiscard]] std::span<const QuotaProfile> quota_profiles();
// nullptr when no profile has that name.
[[nodiscard]] const QuotaProfile* find_quota_profile(std::string_view name);

// The most that a stream's quota is raised, as a multiple of its profile. [mem]
inline constexpr uint64_t kRaiseFactorMax = 1'000;

// The profile raised to `bytes_s`: the three figures keep their proportion. Anything below the
// profile, and anything for the unlimited one, leaves it as it is.
[[nodiscard]] QuotaProfile raised_profile(QuotaProfile profile, uint64_t bytes_s);
// The interval after which a buffer of a stream raised to `bytes_s` closes.
[[nodiscard]] int64_t raised_interval_ms(const QuotaProfile& profile, uint64_t bytes_s,
                                         int64_t interval_ms);

// AWS's quota of delivery streams an account in a region, as of 2026-11.
[[nodiscard]] size_t streams_per_region(std::string_view region);

// Tells when a stream has been throttled for so long without a pause that it is due for a raise.
class ThrottleWatch {
 public:
  static constexpr int64_t kPauseMs = 5'000;

  // A call was throttled. True: the raise is due, and the time counts anew.
  [[nodiscard]] bool on_throttled(int64_t now_ms, uint32_t auto_raise_s);

 private:
  int64_t since_ms_ = INT64_MIN;
  int64_t last_ms_ = INT64_MIN;
};

// Tokens in thousandths, so that a millisecond's refill is a whole number.
class TokenBucket {
 public:
  // Starts full. `rate_s` 0: never short.
  TokenBucket(uint64_t rate_s, uint32_t bucket_seconds, int64_t now_ms);

  void refill(int64_t now_ms);
  // What is in it stays in it.
  void set_rate(uint64_t rate_s, uint32_t bucket_seconds);
  [[nodiscard]] bool has(uint64_t tokens) const;
  void take(uint64_t tokens);

 private:
  uint64_t rate_s_;
  uint64_t capacity_milli_;
  uint64_t level_milli_;
  int64_t refilled_ms_;
};

// The buckets of one stream.
class StreamQuota {
 public:
  StreamQuota(const QuotaProfile& profile, int64_t now_ms);

  // Other figures from now on.
  void set_profile(const QuotaProfile& profile, int64_t now_ms);
  // PutRecord: one request, one record and its bytes, or nothing at all.
  [[nodiscard]] bool try_take_single(int64_t now_ms, uint64_t bytes);
  // PutRecordBatch: the request's token. False throttles the whole call and takes nothing.
  [[nodiscard]] bool try_begin_batch(int64_t now_ms);
  // The next row of the batch begun last: a record's token and its bytes, or neither.
  [[nodiscard]] bool try_take_row(uint64_t bytes);

 private:
  TokenBucket records_;
  TokenBucket requests_;
  TokenBucket bytes_;
  RowPolicy row_policy_;
  bool row_failed_ = false;  // a row of the current batch did not fit
};

}  // namespace edgehose
