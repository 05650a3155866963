// The event ids of one request, so that an event that stands in it twice is delivered once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace edgehose {

// An open-addressed set that keeps its memory from request to request. It holds at most as many ids
// as a request may have events (Limits::events_max).
class Duplicates {
 public:
  // Forgets all ids. `seed` is the request's: a sender who cannot know it cannot make ids collide.
  void begin(uint64_t seed);

  // Whether `id` was added before. The view must live until the next begin().
  [[nodiscard]] bool add(std::string_view id);

 private:
  struct Slot {
    uint64_t hash = 0;
    std::string_view id;  // data() is null where the slot is free
  };

  void grow();
  void place(const Slot& slot);
  uint64_t hash_of(std::string_view id) const;

  uint64_t seed_ = 0;
  std::vector<Slot> slots_;      // a power of two of them, or none
  std::vector<uint32_t> taken_;  // their places, in the order of taking
};

}  // namespace edgehose
