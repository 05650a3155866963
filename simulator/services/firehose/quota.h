// Direct PUT quotas of a delivery stream: three token buckets, linked because one call draws on
// all. Each holds one second of its rate. Figures: facts of 2026-11 on Firehose limits; how AWS
// fills its own buckets inside a second is not published.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace edgehose {

// What becomes of the rows after one that did not fit.
enum class RowPolicy : uint8_t {
  each_alone,     // every row is judged on what is left: a small one may fit after a large one
  rest_is_failed  // once one row has failed, so do those after it
};

// A dated set of rates a stream. A rate of 0 means unlimited.
struct QuotaProfile {
  std::string_view name;
  uint64_t records_s = 0;
  uint64_t requests_s = 0;
  uint64_t bytes_s = 0;
  uint32_t bucket_seconds = 1;
  RowPolicy row_policy = RowPolicy::each_alone;
};

// tokyo-2020, tokyo-2026, virginia-2026, unlimited.
[[nodiscard]] std::span<const QuotaProfile> quota_profiles();
// nullptr when no profile has that name.
[[nodiscard]] const QuotaProfile* find_quota_profile(std::string_view name);

// Tokens in thousandths, so that a millisecond's refill is a whole number.
class TokenBucket {
 public:
  // Starts full. `rate_s` 0: never short.
  TokenBucket(uint64_t rate_s, uint32_t bucket_seconds, int64_t now_ms);

  void refill(int64_t now_ms);
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
