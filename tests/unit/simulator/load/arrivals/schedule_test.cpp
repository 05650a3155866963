#include "simulator/load/arrivals/schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "simulator/load/arrivals/mix.h"

namespace edgehose {
namespace {

std::vector<uint64_t> starts(const ScheduleOptions& options, size_t count) {
  Schedule schedule(options);
  std::vector<uint64_t> times;
  for (size_t i = 0; i < count; ++i) times.push_back(schedule.next_ns());
  return times;
}

}  // namespace

TEST_CASE("schedule: uniform starts fall where exact arithmetic puts them") {
  for (const uint64_t rate : {1ULL, 3ULL, 7ULL, 1'500ULL, 4'999ULL}) {
    const auto times = starts({.events_per_s = rate, .events_per_request = 10}, 1'000);
    for (uint64_t i = 0; i < times.size(); ++i) {
      REQUIRE(times[i] == i * 10 * 1'000'000'000ULL / rate);
    }
  }
}

TEST_CASE("schedule: a uniform second holds as many events as the rate says") {
  const auto times = starts({.events_per_s = 5'000, .events_per_request = 10}, 2'000);
  size_t within = 0;
  for (const uint64_t time : times) within += time < 1'000'000'000 ? 1 : 0;
  CHECK(within == 500);
}

TEST_CASE("schedule: a week of uniform starts does not drift") {
  Schedule schedule({.events_per_s = 3, .events_per_request = 1});
  uint64_t last = 0;
  for (uint64_t i = 0; i <= 3 * 604'800; ++i) last = schedule.next_ns();
  CHECK(last == 604'800ULL * 1'000'000'000ULL);
}

TEST_CASE("minus_ln_q32: agrees with libm to a part in 2^28") {
  for (uint64_t i = 0; i < 10'000; ++i) {
    const uint64_t bits = draw(3, 0, i) >> (i % 60);
    if (bits == 0) continue;
    const double expected = -std::log(std::ldexp(static_cast<double>(bits), -64));
    const double got = std::ldexp(static_cast<double>(minus_ln_q32(bits)), -32);
    REQUIRE(got == Approx(expected).margin(std::ldexp(1.0, -28)));
  }
  CHECK(minus_ln_q32(0) == minus_ln_q32(1));
  CHECK(minus_ln_q32(~0ULL) <= 1);
}

TEST_CASE("schedule: Poisson gaps have the mean and the spread of an exponential") {
  const auto times = starts({.process = ArrivalProcess::poisson,
                             .events_per_s = 1'000,
                             .events_per_request = 1,
                             .seed = 9},
                            200'000);
  double sum = 0;
  double squares = 0;
  for (size_t i = 1; i < times.size(); ++i) {
    REQUIRE(times[i] >= times[i - 1]);
    const auto gap_ms = static_cast<double>(times[i] - times[i - 1]) / 1e6;
    sum += gap_ms;
    squares += gap_ms * gap_ms;
  }
  const double count = static_cast<double>(times.size() - 1);
  const double mean = sum / count;
  CHECK(mean == Approx(1.0).epsilon(0.01));
  CHECK(std::sqrt(squares / count - mean * mean) == Approx(1.0).epsilon(0.02));
}

TEST_CASE("schedule: the same seed gives the same starts, another seed others") {
  ScheduleOptions options{.process = ArrivalProcess::poisson, .events_per_s = 100, .seed = 5};
  const auto first = starts(options, 100);
  CHECK(first == starts(options, 100));
  options.seed = 6;
  CHECK(first != starts(options, 100));
}

}  // namespace edgehose
