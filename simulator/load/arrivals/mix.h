// Seeded randomness without state: the n-th draw of a seed is a function of both, so that any
// event of a run can be made again alone. The mixer is SplitMix64's finaliser (Steele et al. 2014).
#pragma once

#include <cstdint>

namespace edgehose {

constexpr uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

// Draw `index` of the series `stream` of `seed`.
constexpr uint64_t draw(uint64_t seed, uint64_t stream, uint64_t index) {
  return mix(mix(mix(seed) ^ stream) ^ index);
}

// A number below `bound` from 64 random bits, by their upper part (bias below bound / 2^64).
constexpr uint64_t below(uint64_t bits, uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(bits) * bound) >> 64);
}

}  // namespace edgehose
