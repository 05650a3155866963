// Pacing: holds back what Firehose's quota would throttle. Three linked token buckets a stream, as
// Firehose's own quota counts records, requests and bytes a second together.
#pragma once

#include <cstdint>

namespace edgehose {

// A delivery stream's quota, each a second.
struct Quota {
  uint64_t records_s = 100'000;
  uint64_t requests_s = 1'000;
  uint64_t bytes_s = 1'048'576;
};

// Tokens that refill at `rate` a second up to `capacity`. Integer arithmetic, thousandths of a
// token.
class PaceBucket {
 public:
  PaceBucket(uint64_t rate, uint64_t capacity)
      : rate_(static_cast<int64_t>(rate)),
        capacity_(static_cast<int64_t>(capacity)),
        level_(static_cast<int64_t>(capacity) * 1000) {}

  uint64_t capacity() const { return static_cast<uint64_t>(capacity_); }
  void refill(int64_t now_ms);
  // What one token count above the capacity may still take: a full bucket serves it and goes into
  // debt.
  bool can_take(uint64_t count) const;
  bool has(uint64_t count) const { return level_ >= static_cast<int64_t>(count) * 1000; }
  void take(uint64_t count) { level_ -= static_cast<int64_t>(count) * 1000; }
  void drain() {
    if (level_ > 0) level_ = 0;
  }
  // Milliseconds from the last refill until can_take(count).
  int64_t wait_ms(uint64_t count) const;

 private:
  int64_t needed(uint64_t count) const;

  int64_t rate_;
  int64_t capacity_;
  int64_t level_;
  int64_t now_ms_ = 0;
  bool started_ = false;
};

// The pace of one stream. It aims below the quota: 97 % of its rates, and bursts of half a second,
// so that answers and requests that bunch up on the way (up to half a second of jitter) still meet
// a bucket of one second.
class Pace {
 public:
  // `share_permille`: this shard's part of the stream's quota, 1 to 1000.
  Pace(const Quota& quota, uint32_t share_permille);

  void refill(int64_t now_ms);
  bool can_send(uint64_t records, uint64_t bytes) const;
  // The same for a record that others in the call go before: what is larger than a bucket goes
  // alone.
  bool can_send_more(uint64_t records, uint64_t bytes) const;
  void sent(uint64_t records, uint64_t bytes);
  // Firehose throttled all the same: others use the quota too. Wait a while.
  void throttled();
  // What a life before sent is not known: begin as if it had sent all it could.
  void start_empty();
  int64_t wait_ms(uint64_t records, uint64_t bytes) const;
  uint64_t burst_bytes() const { return bytes_.capacity(); }

 private:
  PaceBucket records_;
  PaceBucket requests_;
  PaceBucket bytes_;
};

}  // namespace edgehose
