// Finds a key in a table of a compiled plan: open addressing, seeded so that look-ups of known keys
// meet them at once. Keys are compared as the bytes they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "shared/plan/plan_binary.h"

namespace edgehose {

// A key's first and last eight bytes: all of a key of at most 16.
struct KeyWords {
  uint64_t head = 0;
  uint64_t tail = 0;
};

// `limit` is the end of readable memory behind the key.
inline KeyWords key_words(std::string_view key, const char* limit) {
  KeyWords words;
  const size_t n = key.size();
  if (n >= 8) {
    std::memcpy(&words.head, key.data(), 8);
    std::memcpy(&words.tail, key.data() + n - 8, 8);
    return words;
  }
  if (limit - key.data() >= 8) {
    std::memcpy(&words.head, key.data(), 8);
    words.head &= (uint64_t{1} << (8 * n)) - 1;
  } else {
    for (size_t i = 0; i < n; ++i) {
      words.head |= uint64_t{static_cast<uint8_t>(key[i])} << (8 * i);
    }
  }
  words.tail = words.head;
  return words;
}

inline uint64_t key_hash(std::string_view key, const KeyWords& words) {
  uint64_t hash = words.head + words.tail * 0x9e3779b97f4a7c16U + key.size();
  for (size_t i = 8; i + 16 < key.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, key.data() + i, 8);
    hash = (hash ^ word) * 0xff51afd7ed558ccdU;
  }
  // A longer key's bytes between the last whole word and its tail.
  if (key.size() > 16) {
    uint64_t word = 0;
    std::memcpy(&word, key.data() + key.size() - 16, 8);
    hash = (hash ^ word) * 0xff51afd7ed558ccdU;
  }
  return hash;
}

// The entry's index, or kNone.
inline uint32_t find_key(const plan_binary::View& view, uint32_t table, std::string_view key,
                         const char* limit) {
  using namespace plan_binary;
  const KeyWords words = key_words(key, limit);
  const uint32_t shift = view[table + kTableShift];
  const uint32_t slots = view[table + kTableSlots];
  const uint32_t entries = view[table + kTableEntries];
  const uint32_t mask = (1U << (64 - shift)) - 1;
  auto slot =
      static_cast<uint32_t>((key_hash(key, words) * view.wide(table + kTableSeedLow)) >> shift);
  while (true) {
    const uint32_t entry = view[slots + slot];
    if (entry == 0) return kNone;
    const uint32_t at = entries + (entry - 1) * kEntryCells;
    if (view.wide(at + kEntryHeadLow) == words.head &&
        view.wide(at + kEntryTailLow) == words.tail && view[at + kEntryBytes] == key.size() &&
        (key.size() <= 16 || view.text_at(at + kEntryText) == key)) {
      return entry - 1;
    }
    slot = (slot + 1) & mask;
  }
}

inline constexpr uint32_t kTableBitsMax = 20;

// The slots of a table for `keys`, which are distinct: at most half of them full.
struct KeySlots {
  uint32_t shift = 63;
  uint64_t seed = 1;
  std::vector<uint32_t> slots;
};
[[nodiscard]] KeySlots make_key_slots(const std::vector<std::string>& keys);

}  // namespace edgehose
