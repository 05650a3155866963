#include "simulator/engine/random.h"

#include <random>
#include <string_view>

namespace edgehose {
namespace {

uint64_t rotate_left(uint64_t x, int n) { return x << n | x >> (64 - n); }

uint64_t splitmix64(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

}  // namespace

Random::Random(uint64_t seed) : state_{} {
  for (uint64_t& word : state_) word = splitmix64(seed);
}

uint64_t Random::next() {
  const uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

uint64_t Random::below(uint64_t bound) {
  if (bound == 0) return 0;
  // The tail of the range that would favour small results is drawn again.
  const uint64_t tail = (0 - bound) % bound;
  uint64_t value = next();
  while (value < tail) value = next();
  return value % bound;
}

void append_uuid(std::string& out, Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const uint64_t high = (random.next() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (random.next() & ~(uint64_t{3} << 62)) | uint64_t{2} << 62;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out.push_back('-');
    const uint64_t word = i < 16 ? high : low;
    out.push_back(kDigits[word >> (60 - 4 * (i % 16)) & 15]);
  }
}

uint64_t real_random_seed() {
  std::random_device device;
  const uint64_t high = device();
  return high << 32 | device();
}

}  // namespace edgehose
