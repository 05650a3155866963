// Seeded random numbers, integer arithmetic only: the same seed gives the same run on any machine.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace edgehose {

// xoshiro256** (Blackman and Vigna), its state filled from the seed by splitmix64. Not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed);

  [[nodiscard]] uint64_t next();
  // Uniform in [0, bound); bound 0 gives 0.
  [[nodiscard]] uint64_t below(uint64_t bound);

 private:
  std::array<uint64_t, 4> state_;
};

// Appends a random UUID (version 4) in its 36-character form.
void append_uuid(std::string& out, Random& random);

// A seed from the operating system: where a run begins that nobody asked to repeat.
[[nodiscard]] uint64_t real_random_seed();

}  // namespace edgehose
