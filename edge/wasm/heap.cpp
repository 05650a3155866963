#include "edge/wasm/heap.h"

#include <cstring>

namespace edgehose {
namespace {

// Such blocks are cut from the other end of free ones.
constexpr uint32_t kLargeBytes = 32'768;

constexpr uint32_t rounded(size_t bytes) {
  return static_cast<uint32_t>((bytes + Heap::kAlign - 1) / Heap::kAlign * Heap::kAlign);
}

}  // namespace

// Sixteen lists for one size each, then as many for each doubling.
uint32_t Heap::list_of(uint32_t size) {
  const uint32_t units = size / kAlign;
  if (units < 16) return units;
  const auto doubling = static_cast<uint32_t>(31 - __builtin_clz(units));
  return (doubling - 3) * 16 + ((units >> (doubling - 4)) & 15);
}

// A free block of at least `size` bytes, or kNone.
uint32_t Heap::find(uint32_t size) const {
  const uint32_t list = list_of(size);
  // Blocks of this list may be too small, those of the next ones can't.
  uint32_t offset = lists_[list];
  for (int i = 0; offset != kNone && i < kFitsTried; ++i, offset = at(offset).next) {
    if (at(offset).size >= size) return offset;
  }
  for (uint32_t word = (list + 1) / 64; word < filled_.size(); ++word) {
    uint64_t filled = filled_[word];
    if (word == (list + 1) / 64) filled &= ~uint64_t{0} << ((list + 1) % 64);
    if (filled != 0) return lists_[word * 64 + static_cast<uint32_t>(__builtin_ctzll(filled))];
  }
  return kNone;
}

void* Heap::allocate(size_t bytes) {
  if (bytes > kBytesMax) return nullptr;
  const uint32_t size = rounded((bytes == 0 ? 1 : bytes) + kHead);
  uint32_t offset = find(size);
  if (offset == kNone) {
    const uint32_t at_end = free_at_end();
    if (!extend(at_end < size ? size - at_end : size)) return nullptr;
    // What was added is the first of its list.
    offset = find(size);
  }
  Block& block = at(offset);
  remove(block);
  const uint32_t had = block.size;
  if (size < kLargeBytes || had == size) {
    block.size |= kTaken;
    cut(block, size);
    return payload(block);
  }
  // So that what is small does not come to lie between large ones, and stays there.
  set_size(block, had - size, 0);
  insert(block);
  Block& large = behind(block);
  set_size(large, size, kTaken);
  return payload(large);
}

void Heap::free(void* memory) {
  if (memory != nullptr) give_back(block_of(memory));
}

void* Heap::resize(void* memory, size_t bytes) {
  if (memory == nullptr) return allocate(bytes);
  if (bytes > kBytesMax) return nullptr;
  Block& block = block_of(memory);
  const uint32_t size = rounded((bytes == 0 ? 1 : bytes) + kHead);
  const uint32_t had = block.size & ~kTaken;
  if (had < size) {
    join_next(block);
    // Sliding down spares the room for a second copy.
    Block& before = at(offset_of(block) - block.before);
    const uint32_t joined = block.size & ~kTaken;
    if (joined < size && block.before != 0 && is_free(before) && before.size + joined >= size) {
      remove(before);
      set_size(before, before.size + joined, kTaken);
      std::memmove(payload(before), memory, had - kHead);
      cut(before, size);
      return payload(before);
    }
    const bool is_last = offset_of(block) + joined == end_ - kAlign;
    if (joined < size && is_last && extend(size - joined)) join_next(block);
  }
  if ((block.size & ~kTaken) >= size) {
    cut(block, size);
    return memory;
  }
  void* const larger = allocate(bytes);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, memory, had - kHead);
  free(memory);
  return larger;
}

uint32_t Heap::free_at_end() const {
  if (base_ == nullptr) return 0;
  const uint32_t sentinel = end_ - kAlign;
  const uint32_t before = at(sentinel).before;
  return is_free(at(sentinel - before)) ? before : 0;
}

// Adds `bytes` or more. The sentinel becomes the head of what was added, with a new one at its end.
bool Heap::extend(uint32_t bytes) {
  // The first time there is room for a head at either end too, and a step to where payloads are
  // aligned.
  const bool is_first = base_ == nullptr;
  size_t added = bytes + (is_first ? size_t{3} * kAlign : 0);
  char* const more = grow_(added);
  if (more == nullptr) return false;
  if (is_first) {
    // A payload is aligned, its head is not. Offset 0 is kNone.
    base_ = more + kAlign - kHead;
    end_ = 2 * kAlign;
    added -= size_t{3} * kAlign;
    at(kAlign).before = 0;
  }
  Block& block = at(end_ - kAlign);
  end_ += static_cast<uint32_t>(added);
  set_size(block, static_cast<uint32_t>(added), kTaken);
  at(end_ - kAlign).size = kAlign | kTaken;
  give_back(block);
  return true;
}

void Heap::set_size(Block& block, uint32_t size, uint32_t taken) {
  block.size = size | taken;
  behind(block).before = size;
}

void Heap::insert(Block& block) {
  const uint32_t list = list_of(block.size);
  const uint32_t offset = offset_of(block);
  block.last = kNone;
  block.next = lists_[list];
  if (block.next != kNone) at(block.next).last = offset;
  lists_[list] = offset;
  filled_[list / 64] |= uint64_t{1} << (list % 64);
}

void Heap::remove(const Block& block) {
  const uint32_t list = list_of(block.size);
  if (block.next != kNone) at(block.next).last = block.last;
  if (block.last != kNone) {
    at(block.last).next = block.next;
    return;
  }
  lists_[list] = block.next;
  if (block.next == kNone) filled_[list / 64] &= ~(uint64_t{1} << (list % 64));
}

// Frees a block that is taken, with free ones beside it.
void Heap::give_back(Block& block) {
  Block* all = &block;
  uint32_t size = block.size & ~kTaken;
  const Block& next = behind(block);
  if (is_free(next)) {
    remove(next);
    size += next.size;
  }
  Block& before = at(offset_of(block) - block.before);
  if (block.before != 0 && is_free(before)) {
    remove(before);
    size += before.size;
    all = &before;
  }
  set_size(*all, size, 0);
  insert(*all);
}

// Takes the free block behind a taken one to it.
void Heap::join_next(Block& block) {
  const Block& next = behind(block);
  if (!is_free(next)) return;
  remove(next);
  set_size(block, (block.size & ~kTaken) + next.size, kTaken);
}

// Frees what a block has beyond `size`.
void Heap::cut(Block& block, uint32_t size) {
  const uint32_t had = block.size & ~kTaken;
  if (had == size) return;
  set_size(block, size, kTaken);
  Block& rest = behind(block);
  set_size(rest, had - size, kTaken);
  give_back(rest);
}

size_t Heap::free_bytes() const {
  size_t bytes = 0;
  for (uint32_t offset : lists_) {
    for (; offset != kNone; offset = at(offset).next) bytes += at(offset).size;
  }
  return bytes;
}

}  // namespace edgehose
