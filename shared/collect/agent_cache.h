// What was rendered for the user agents seen last. Real traffic is a few hundred browsers: most
// requests find theirs here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

// A direct-mapped table: a new key takes the place of another with the same slot. An optimisation
// only: what it gives is what was stored under exactly that key.
class AgentCache {
 public:
  // Longer keys and fragments are not kept, so that a stranger cannot make the table grow.
  static constexpr size_t kKeyBytesMax = 1'024;
  static constexpr size_t kFragmentBytesMax = 2'048;

  // `entries` is rounded up to a power of two; 0 keeps nothing.
  explicit AgentCache(size_t entries);

  bool keeps_nothing() const { return entries_.empty(); }

  // The fragment stored under `key`; nothing (a null view) when there is none. It holds until the
  // next store().
  [[nodiscard]] std::string_view find(std::string_view key) const;
  void store(std::string_view key, std::string_view fragment);

 private:
  struct Entry {
    std::string key;
    std::string fragment;
  };
  size_t slot_of(std::string_view key) const;

  std::vector<Entry> entries_;
};

}  // namespace edgehose
