#include "simulator/engine/checksum.h"

#include <cstring>

namespace edgehose {
namespace {

constexpr uint64_t kPrime1 = 0x9e3779b185ebca87;
constexpr uint64_t kPrime2 = 0xc2b2ae3d27d4eb4f;
constexpr uint64_t kPrime3 = 0x165667b19e3779f9;
constexpr uint64_t kPrime4 = 0x85ebca77c2b2ae63;
constexpr uint64_t kPrime5 = 0x27d4eb2f165667c5;

uint64_t rotate_left(uint64_t x, int n) { return x << n | x >> (64 - n); }

uint64_t load64(std::string_view from, size_t at = 0) {
  uint64_t word;
  std::memcpy(&word, &from[at], sizeof word);
  return word;
}

uint64_t load32(std::string_view from) {
  uint32_t word;
  std::memcpy(&word, &from[0], sizeof word);
  return word;
}

uint64_t round(uint64_t lane, uint64_t word) {
  return rotate_left(lane + word * kPrime2, 31) * kPrime1;
}

uint64_t merge(uint64_t hash, uint64_t lane) { return (hash ^ round(0, lane)) * kPrime1 + kPrime4; }

// Whole 32-byte stripes in four lanes; leaves `bytes` at what is left.
uint64_t hash_stripes(std::string_view& bytes, uint64_t seed) {
  uint64_t a = seed + kPrime1 + kPrime2;
  uint64_t b = seed + kPrime2;
  uint64_t c = seed;
  uint64_t d = seed - kPrime1;
  for (; bytes.size() >= 32; bytes.remove_prefix(32)) {
    a = round(a, load64(bytes));
    b = round(b, load64(bytes, 8));
    c = round(c, load64(bytes, 16));
    d = round(d, load64(bytes, 24));
  }
  uint64_t hash = rotate_left(a, 1) + rotate_left(b, 7) + rotate_left(c, 12) + rotate_left(d, 18);
  for (uint64_t lane : {a, b, c, d}) hash = merge(hash, lane);
  return hash;
}

}  // namespace

uint64_t xxh64(std::string_view bytes, uint64_t seed) {
  const uint64_t total = bytes.size();
  uint64_t hash = total >= 32 ? hash_stripes(bytes, seed) : seed + kPrime5;
  hash += total;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    hash = rotate_left(hash ^ round(0, load64(bytes)), 27) * kPrime1 + kPrime4;
  }
  if (bytes.size() >= 4) {
    hash = rotate_left(hash ^ load32(bytes) * kPrime1, 23) * kPrime2 + kPrime3;
    bytes.remove_prefix(4);
  }
  for (char byte : bytes) {
    hash = rotate_left(hash ^ static_cast<uint8_t>(byte) * kPrime5, 11) * kPrime1;
  }
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace edgehose
