#include "simulator/load/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "simulator/load/arrivals/mix.h"

namespace edgehose {

TEST_CASE("histogram: an empty one gives zeros") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.percentile_us(99) == 0);
  CHECK(histogram.max_us() == 0);
}

TEST_CASE("histogram: agrees with sorting to three digits") {
  Histogram histogram;
  std::vector<int64_t> values;
  for (uint64_t i = 0; i < 20'000; ++i) {
    const auto us = static_cast<int64_t>(below(draw(1, 0, i), 1ULL << (4 + i % 26)));
    values.push_back(us);
    histogram.record_ns(us * 1'000);
  }
  std::sort(values.begin(), values.end());
  CHECK(histogram.count() == 20'000);
  for (const double percent : {50.0, 90.0, 99.0, 99.9}) {
    const auto rank = static_cast<size_t>(percent / 100.0 * 20'000.0) - 1;
    const auto exact = static_cast<double>(values[rank]);
    CHECK(static_cast<double>(histogram.percentile_us(percent)) == Approx(exact).epsilon(0.002));
  }
  CHECK(static_cast<double>(histogram.max_us()) ==
        Approx(static_cast<double>(values.back())).epsilon(0.001));
}

TEST_CASE("histogram: what lies outside its range counts at the nearest end") {
  Histogram histogram;
  histogram.record_ns(-5);
  histogram.record_ns(int64_t{86'400} * 1'000'000'000);
  CHECK(histogram.count() == 2);
  CHECK(static_cast<double>(histogram.max_us()) == Approx(3.6e9).epsilon(0.001));
}

}  // namespace edgehose
