// Where a record ends. Firehose bills each record rounded up to 5,120 bytes, so of the places where
// a record may end the best is the one that rounds away the smallest part of it.
//
// Cutting there instead of sending all that is open never costs more, even when nothing follows: a
// piece that rounds away less than the whole leaves a rest that rounds away no more than the
// difference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace edgehose {

// Where a line of an open record ends.
struct LineEnd {
  uint32_t bytes;   // of the record through this line
  uint32_t events;  // of the record through this line
  int64_t at_ms;    // when this line came
};

// How many bytes are billed for so many bytes of lines, in millionths: 1,000,000 for lines sent as
// they are, less for what is compressed on the way (then it is the guess from records before).
inline constexpr uint32_t kPlainPpm = 1'000'000;

// How many of the open lines, at least `lines_min`, a record takes that must leave now: all of them
// where that rounds away 1 % or less, else the best of the last places. Steps: at most 64.
[[nodiscard]] size_t lines_when_due(const std::vector<LineEnd>& ends, size_t lines_min,
                                    uint32_t billed_ppm);

// The same for a record that is full: another line would pass a bound. At least half of it goes.
[[nodiscard]] size_t lines_when_full(const std::vector<LineEnd>& ends, uint32_t billed_ppm);

}  // namespace edgehose
