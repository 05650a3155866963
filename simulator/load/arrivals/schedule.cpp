#include "simulator/load/arrivals/schedule.h"

#include <bit>

#include "simulator/load/arrivals/mix.h"

namespace edgehose {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kLn2Q32 = 2'977'044'472;  // round(ln 2 * 2^32)
constexpr uint64_t kStreamGaps = 0x67617073;

// log2 of x / 2^63, x in [2^63, 2^64), in units of 2^-32: squaring doubles a logarithm, and each
// time the square passes 2 the next binary digit is one.
uint64_t log2_fraction_q32(uint64_t x) {
  uint64_t digits = 0;
  for (int i = 0; i < 32; ++i) {
    const Wide square = static_cast<Wide>(x) * x;  // in units of 2^-126, within [1, 4)
    const bool passed_two = (square >> 127) != 0;
    x = static_cast<uint64_t>(square >> (passed_two ? 64 : 63));
    digits = (digits << 1) | (passed_two ? 1 : 0);
  }
  return digits;
}

}  // namespace

uint64_t minus_ln_q32(uint64_t bits) {
  if (bits == 0) bits = 1;
  const int zeros = std::countl_zero(bits);
  const uint64_t whole = (static_cast<uint64_t>(zeros) + 1) << 32;
  const uint64_t log2_q32 = whole - log2_fraction_q32(bits << zeros);
  return static_cast<uint64_t>((static_cast<Wide>(log2_q32) * kLn2Q32) >> 32);
}

uint64_t Schedule::next_ns() {
  const Wide request_ns = static_cast<Wide>(options_.events_per_request) * kSecondNs;
  if (options_.process == ArrivalProcess::uniform) {
    return static_cast<uint64_t>(request_ns * index_++ / options_.events_per_s);
  }
  const uint64_t gap = minus_ln_q32(draw(options_.seed, kStreamGaps, index_++));
  const Wide gap_ns_q32 = request_ns * gap / options_.events_per_s + fraction_q32_;
  now_ns_ += static_cast<uint64_t>(gap_ns_q32 >> 32);
  fraction_q32_ = static_cast<uint64_t>(gap_ns_q32) & 0xffffffffULL;
  return now_ns_;
}

}  // namespace edgehose
