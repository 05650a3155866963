#include "shared/collect/duplicates.h"

#include <algorithm>
#include <cstring>

#include "shared/base/rare.h"

namespace edgehose {
namespace {

constexpr size_t kSlotsMin = 128;

constexpr uint64_t mix(uint64_t value) {
  value *= 0x9e3779b97f4a7c15U;
  return value ^ value >> 32;
}

}  // namespace

void Duplicates::begin(uint64_t seed) {
  seed_ = seed;
  // After a request of few events only their slots are looked for.
  for (const uint32_t at : taken_) slots_[at] = {};
  taken_.clear();
}

bool Duplicates::add(std::string_view id) {
  if ((taken_.size() + 1) * 2 > slots_.size()) grow();
  const uint64_t hash = hash_of(id);
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.id.data() == nullptr) {
      slot = {hash, id};
      taken_.push_back(static_cast<uint32_t>(at));
      return false;
    }
    if (slot.hash == hash && slot.id == id) return true;
  }
}

EDGEHOSE_RARE void Duplicates::grow() {
  std::vector<Slot> old(std::max(kSlotsMin, slots_.size() * 2));
  old.swap(slots_);
  taken_.clear();
  for (const Slot& slot : old) {
    if (slot.id.data() != nullptr) place(slot);
  }
}

EDGEHOSE_RARE void Duplicates::place(const Slot& slot) {
  const size_t mask = slots_.size() - 1;
  size_t at = slot.hash & mask;
  while (slots_[at].id.data() != nullptr) at = (at + 1) & mask;
  slots_[at] = slot;
  taken_.push_back(static_cast<uint32_t>(at));
}

uint64_t Duplicates::hash_of(std::string_view id) const {
  uint64_t hash = mix(seed_ ^ id.size());
  const auto word_at = [id](size_t at) {
    uint64_t word = 0;
    std::memcpy(&word, id.data() + at, 8);
    return word;
  };
  if (id.size() < 8) {
    for (char c : id) hash = mix(hash ^ static_cast<uint8_t>(c));
    return mix(hash ^ seed_);
  }
  for (size_t at = 0; at + 8 < id.size(); at += 8) hash = mix(hash ^ word_at(at));
  // The last eight bytes, some of them again.
  return mix(mix(hash ^ word_at(id.size() - 8)) ^ seed_);
}

}  // namespace edgehose
