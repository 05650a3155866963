#include "shared/collect/agent_cache.h"

#include <cstring>

namespace edgehose {
namespace {

size_t power_of_two_from(size_t count) {
  size_t power = 1;
  while (power < count) power *= 2;
  return power;
}

}  // namespace

AgentCache::AgentCache(size_t entries) : entries_(entries == 0 ? 0 : power_of_two_from(entries)) {}

std::string_view AgentCache::find(std::string_view key) const {
  if (entries_.empty() || key.empty() || key.size() > kKeyBytesMax) return {};
  const Entry& entry = entries_[slot_of(key)];
  return entry.key == key ? std::string_view(entry.fragment) : std::string_view{};
}

void AgentCache::store(std::string_view key, std::string_view fragment) {
  if (entries_.empty() || key.size() > kKeyBytesMax || fragment.size() > kFragmentBytesMax) return;
  Entry& entry = entries_[slot_of(key)];
  entry.key = key;
  entry.fragment = fragment;
}

size_t AgentCache::slot_of(std::string_view key) const {
  uint64_t hash = key.size();
  while (!key.empty()) {
    uint64_t word = 0;
    const size_t bytes = key.size() < sizeof word ? key.size() : sizeof word;
    std::memcpy(&word, key.data(), bytes);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 29;
    key.remove_prefix(bytes);
  }
  return static_cast<size_t>(hash) & (entries_.size() - 1);
}

}  // namespace edgehose
