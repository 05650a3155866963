// When requests start: an open loop, decided before any answer is seen. Integer arithmetic only, so
// that every machine gives the same times.
#pragma once

#include <cstdint>

namespace edgehose {

enum class ArrivalProcess : uint8_t {
  uniform,  // evenly spaced
  poisson,  // independent exponential gaps
};

struct ScheduleOptions {
  ArrivalProcess process = ArrivalProcess::uniform;
  uint64_t events_per_s = 1;
  uint32_t events_per_request = 1;
  uint64_t seed = 1;
};

// -ln(u) in units of 2^-32, for u = bits / 2^64; zero bits count as one. At most 44.4.
[[nodiscard]] uint64_t minus_ln_q32(uint64_t bits);

// Gives the starts of the requests of a run in order, in nanoseconds since its begin.
class Schedule {
 public:
  // events_per_s and events_per_request are at least 1 and at most 10^9.
  explicit Schedule(const ScheduleOptions& options) : options_(options) {}

  // The start of the next request. Uniform starts carry no rounding forward: request n starts at
  // floor(n * events_per_request * 10^9 / events_per_s).
  [[nodiscard]] uint64_t next_ns();

 private:
  ScheduleOptions options_;
  uint64_t index_ = 0;
  uint64_t now_ns_ = 0;
  uint64_t fraction_q32_ = 0;  // the part of a nanosecond that now_ns_ leaves out
};

}  // namespace edgehose
