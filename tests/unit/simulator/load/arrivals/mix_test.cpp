#include "simulator/load/arrivals/mix.h"

#include <array>
#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("mix: gives SplitMix64's published series") {
  // The series of seed 1234567: each state is the one before plus the constant that mix adds.
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  constexpr std::array<uint64_t, 3> kPublished = {6457827717110365317ULL, 3203168211198807973ULL,
                                                  9817491932198370423ULL};
  for (uint64_t i = 0; i < kPublished.size(); ++i) {
    CHECK(mix(1234567 + i * kStep) == kPublished[i]);
  }
}

TEST_CASE("below: stays below its bound and reaches both ends") {
  CHECK(below(0, 10) == 0);
  CHECK(below(~0ULL, 10) == 9);
  CHECK(below(~0ULL, 1) == 0);
  CHECK(below(1ULL << 63, 10) == 5);
}

TEST_CASE("draw: differs by seed, stream and index, and repeats for the same three") {
  CHECK(draw(1, 2, 3) == draw(1, 2, 3));
  CHECK(draw(1, 2, 3) != draw(2, 2, 3));
  CHECK(draw(1, 2, 3) != draw(1, 3, 3));
  CHECK(draw(1, 2, 3) != draw(1, 2, 4));
}

TEST_CASE("draw: spreads evenly over ten buckets") {
  std::array<int, 10> buckets{};
  for (uint64_t i = 0; i < 100'000; ++i) ++buckets[below(draw(7, 0, i), 10)];
  for (const int count : buckets) {
    CHECK(count > 9'600);
    CHECK(count < 10'400);
  }
}

}  // namespace edgehose
