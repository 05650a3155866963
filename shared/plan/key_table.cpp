#include "shared/plan/key_table.h"

#include <algorithm>
#include <utility>

namespace edgehose {
namespace {

constexpr int kSeedsTried = 512;

// How far look-ups of known keys walk in all; the slots are filled on the way.
uint64_t fill(const std::vector<uint64_t>& hashes, KeySlots& table) {
  const auto mask = static_cast<uint32_t>(table.slots.size() - 1);
  std::fill(table.slots.begin(), table.slots.end(), 0);
  uint64_t steps = 0;
  for (size_t i = 0; i < hashes.size(); ++i) {
    auto slot = static_cast<uint32_t>((hashes[i] * table.seed) >> table.shift);
    for (; table.slots[slot] != 0; slot = (slot + 1) & mask) ++steps;
    table.slots[slot] = static_cast<uint32_t>(i + 1);
  }
  return steps;
}

}  // namespace

KeySlots make_key_slots(const std::vector<std::string>& keys) {
  std::vector<uint64_t> hashes;
  hashes.reserve(keys.size());
  for (const std::string& key : keys) {
    hashes.push_back(key_hash(key, key_words(key, key.data() + key.size())));
  }
  uint32_t bits = 1;
  while ((size_t{1} << bits) < keys.size() * 2) ++bits;

  KeySlots best;
  uint64_t best_steps = ~uint64_t{0};
  uint64_t seed = 0x9e3779b97f4a7c15U;
  for (int i = 0; i < kSeedsTried && best_steps > 0; ++i) {
    KeySlots table;
    table.shift = 64 - bits;
    table.seed = seed | 1;
    table.slots.resize(size_t{1} << bits);
    const uint64_t steps = fill(hashes, table);
    if (steps < best_steps) {
      best_steps = steps;
      best = std::move(table);
    }
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    // Large tables would take long, and meet their keys after a step or two anyway.
    if (keys.size() > 256 && i > 8) break;
  }
  return best;
}

}  // namespace edgehose
