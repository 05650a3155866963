#include "simulator/services/apigateway/throttle.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "simulator/engine/random.h"

using namespace edgehose;

// A slow reference: the level is followed millisecond by millisecond.
TEST_CASE("throttle: a bucket holds its burst and fills by its rate") {
  for (const auto& [rate, burst] :
       {std::pair<uint64_t, uint64_t>{1, 1}, {10, 3}, {1'000, 2}, {7, 50}, {10'000, 5'000}}) {
    Random random(rate + burst);
    BurstBucket bucket({rate, burst}, 0);
    uint64_t level = burst * 1'000;
    for (int64_t ms = 0; ms < 5'000; ++ms) {
      if (ms > 0) level = std::min(burst * 1'000, level + rate);
      // Some milliseconds pass without a look.
      if (random.below(3) == 0) continue;
      bucket.refill(ms);
      for (uint64_t calls = random.below(4); calls > 0; --calls) {
        REQUIRE(bucket.has_one() == (level >= 1'000));
        if (level < 1'000) break;
        bucket.take_one();
        level -= 1'000;
      }
    }
  }
}

TEST_CASE("throttle: no rate is no bound, and a long pause fills a bucket") {
  BurstBucket open({}, 0);
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(open.has_one());
    open.take_one();
  }
  BurstBucket bucket({1'000'000'000'000, 1'000'000'000'000}, 0);
  bucket.take_one();
  bucket.refill(std::numeric_limits<int64_t>::max());
  CHECK(bucket.has_one());
}
