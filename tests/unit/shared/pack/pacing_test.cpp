#include "shared/pack/pacing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace edgehose;

TEST_CASE("pacing: a bucket gives its capacity at once and its rate from then on") {
  PaceBucket bucket(100, 50);
  bucket.refill(1'000);
  CHECK(bucket.can_take(50));
  bucket.take(50);
  CHECK_FALSE(bucket.can_take(1));
  CHECK(bucket.wait_ms(1) == 10);
  bucket.refill(1'009);
  CHECK_FALSE(bucket.can_take(1));
  bucket.refill(1'010);
  CHECK(bucket.can_take(1));
  bucket.refill(1'000'000'000);
  CHECK(bucket.can_take(50));
  CHECK(bucket.wait_ms(50) == 0);
}

TEST_CASE("pacing: what is larger than the bucket goes when it is full and leaves a debt") {
  PaceBucket bucket(100, 50);
  bucket.refill(0);
  bucket.take(1);
  CHECK_FALSE(bucket.can_take(200));
  CHECK(bucket.wait_ms(200) == 10);
  bucket.refill(10);
  REQUIRE(bucket.can_take(200));
  bucket.take(200);
  CHECK(bucket.wait_ms(1) == 1'510);
}

TEST_CASE("pacing: a clock that goes back or stands still gives nothing") {
  PaceBucket bucket(100, 50);
  bucket.refill(1'000);
  bucket.take(50);
  bucket.refill(500);
  bucket.refill(1'000);
  CHECK_FALSE(bucket.can_take(1));
  bucket.refill(1'010);
  CHECK(bucket.can_take(1));
}

TEST_CASE("pacing: the wait it names is exact: then it can, a millisecond before it cannot") {
  std::mt19937_64 random(20);
  for (int i = 0; i < 20'000; ++i) {
    // One refill counts a thousand seconds at most: the waits here stay below.
    PaceBucket bucket(10 + random() % 5'000, 1 + random() % 2'000);
    int64_t now = static_cast<int64_t>(random() % 1'000'000);
    bucket.refill(now);
    for (int step = 0; step < 5; ++step) {
      const uint64_t count = random() % 3'000;
      const int64_t wait = bucket.wait_ms(count);
      REQUIRE(wait >= 0);
      if (wait > 1) {
        PaceBucket early = bucket;
        early.refill(now + wait - 1);
        REQUIRE_FALSE(early.can_take(count));
      }
      now += wait;
      bucket.refill(now);
      REQUIRE(bucket.can_take(count));
      bucket.take(count);
    }
  }
}

TEST_CASE("pacing: extreme rates and long silences do not overflow") {
  Pace pace({1'000'000'000'000, 1'000'000'000'000, 1'000'000'000'000}, 1'000);
  pace.refill(0);
  pace.sent(400'000'000'000, 480'000'000'000);
  pace.refill(int64_t{1} << 60);
  CHECK(pace.can_send(400'000'000'000, 480'000'000'000));
  Pace least({1, 1, 1}, 1);
  least.refill(0);
  CHECK(least.can_send(1, 1));
  least.sent(1, 1);
  CHECK(least.wait_ms(1, 1) == 1'000);
}

TEST_CASE("pacing: any of the three buckets holds a batch back") {
  const Quota quota{100, 10, 10'000};
  for (int which = 0; which < 3; ++which) {
    Pace pace(quota, 1'000);
    pace.refill(0);
    if (which == 0) pace.sent(50, 1);
    if (which == 1) {
      for (int i = 0; i < 5; ++i) pace.sent(1, 1);
    }
    if (which == 2) pace.sent(1, 5'000);
    CAPTURE(which);
    CHECK_FALSE(pace.can_send(1, 100));
    const int64_t wait = pace.wait_ms(1, 100);
    CHECK(wait > 0);
    pace.refill(wait);
    CHECK(pace.can_send(1, 100));
  }
}

TEST_CASE("pacing: a throttle empties records and bytes, and a share is a part of the quota") {
  Pace pace({1'000, 1'000, 1'000'000}, 500);
  pace.refill(0);
  CHECK(pace.burst_bytes() == 250'000);
  pace.throttled();
  CHECK_FALSE(pace.can_send(1, 1));
  pace.refill(1'000);
  CHECK(pace.can_send(250, 250'000));
}

// The promise of pacing.h: a bucket of one second's rate at the other end never runs dry, though
// what is sent arrives up to half a second late and out of order.
TEST_CASE("pacing: what it lets go meets a bucket of one second under jitter") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const Quota quota{1'000, 1'000, 1'048'576};
    Pace pace(quota, 1'000);
    struct Arrival {
      int64_t at_ms;
      uint64_t bytes;
    };
    std::vector<Arrival> arrivals;
    for (int64_t now = 0; now < 20'000; ++now) {
      pace.refill(now);
      // Silences now and then let the bucket fill: the bursts after them are the hard part.
      if (now / 700 % 4 == 3) continue;
      const uint64_t bytes = 1'000 + random() % 100'000;
      if (!pace.can_send(1, bytes)) continue;
      pace.sent(1, bytes);
      arrivals.push_back({now + static_cast<int64_t>(random() % 501), bytes});
    }
    std::sort(arrivals.begin(), arrivals.end(),
              [](const Arrival& a, const Arrival& b) { return a.at_ms < b.at_ms; });
    double level = 1'048'576;
    int64_t then = 0;
    for (const Arrival& arrival : arrivals) {
      level = std::min(1'048'576.0, level + static_cast<double>(arrival.at_ms - then) * 1'048.576);
      then = arrival.at_ms;
      level -= static_cast<double>(arrival.bytes);
      CAPTURE(seed, arrival.at_ms);
      REQUIRE(level >= 0);
    }
  }
}

TEST_CASE("pacing: a pace that starts empty earns each of the three before it sends") {
  Pace pace({1'000, 1'000, 1'000'000}, 1'000);
  pace.start_empty();
  pace.refill(5'000);
  CHECK_FALSE(pace.can_send(1, 1));
  CHECK(pace.wait_ms(1, 1) == 2);
  CHECK(pace.wait_ms(1, 97'000) == 100);
  pace.refill(5'100);
  CHECK(pace.can_send(90, 97'000));
}

TEST_CASE("pacing: a full bucket serves one record above its size, and none beside it") {
  Pace pace({1'000, 1'000, 100'000}, 1'000);
  pace.refill(0);
  CHECK(pace.burst_bytes() == 50'000);
  CHECK(pace.can_send(1, 60'000));
  CHECK_FALSE(pace.can_send_more(2, 60'000));
  CHECK(pace.can_send_more(2, 50'000));
  CHECK_FALSE(pace.can_send_more(501, 50'000));
}
