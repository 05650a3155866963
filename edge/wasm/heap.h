// The module's memory allocator. The C library's is 10.7 KB of the code that is checked at each
// start, this one 1.8 KB, for the same job: blocks in a row, free ones in lists by size, neighbours
// joined when they are freed. Its places are offsets, so that tests run it anywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace edgehose {

// All in constant time, but for an allocation that only the list of its own size may hold: that
// looks at kFitsTried blocks at most.
class Heap {
 public:
  static constexpr uint32_t kAlign = 16;
  // More can't be allocated at once.
  static constexpr size_t kBytesMax = 0x7000'0000;

  // Gives more memory right behind that of the last call, or at a place of its choice the first
  // time; `bytes` of it or more, `bytes` is then what it gave. The place is aligned to kAlign, what
  // it gives a multiple of kAlign and below 2 GiB in all. nullptr: there is no more.
  using Grow = char* (*)(size_t& bytes);
  explicit constexpr Heap(Grow grow) : grow_(grow) {}
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Aligned to kAlign; nullptr when memory is out. Zero bytes are a place of their own too.
  [[nodiscard]] void* allocate(size_t bytes);
  void free(void* memory);  // nullptr is nothing to free
  // Stretches in place where it can; on nullptr, which is for want of memory, `memory` stays.
  [[nodiscard]] void* resize(void* memory, size_t bytes);

  // What stands free between blocks and behind them, with their heads.
  size_t free_bytes() const;
  size_t bytes() const { return end_; }

 private:
  // A block begins with its head. Links of a free one lie where an allocation's bytes, of whatever
  // type, would.
  struct [[gnu::may_alias]] Block {
    uint32_t before;  // bytes of the block in front
    uint32_t size;    // with the head; a multiple of kAlign, plus 1 while it is taken
    uint32_t next;    // free blocks of its list, as offsets; kNone ends it
    uint32_t last;
  };
  static constexpr uint32_t kHead = 8;
  static constexpr uint32_t kNone = 0;
  static constexpr uint32_t kTaken = 1;
  static constexpr size_t kLists = size_t{16} * 26;
  static constexpr int kFitsTried = 16;

  Block& at(uint32_t offset) const { return *reinterpret_cast<Block*>(base_ + offset); }
  Block& block_of(void* memory) const {
    return *reinterpret_cast<Block*>(static_cast<char*>(memory) - kHead);
  }
  static char* payload(Block& block) { return reinterpret_cast<char*>(&block) + kHead; }
  uint32_t offset_of(const Block& block) const {
    return static_cast<uint32_t>(reinterpret_cast<const char*>(&block) - base_);
  }
  Block& behind(const Block& block) const { return at(offset_of(block) + (block.size & ~kTaken)); }
  static bool is_free(const Block& block) { return (block.size & kTaken) == 0; }

  static uint32_t list_of(uint32_t size);
  uint32_t find(uint32_t size) const;
  bool extend(uint32_t bytes);
  uint32_t free_at_end() const;
  void set_size(Block& block, uint32_t size, uint32_t taken);
  void insert(Block& block);
  void remove(const Block& block);
  void give_back(Block& block);
  void join_next(Block& block);
  void cut(Block& block, uint32_t size);

  Grow grow_;
  char* base_ = nullptr;
  uint32_t end_ = 0;  // behind the sentinel, a taken head that ends the row
  std::array<uint32_t, kLists> lists_{};
  std::array<uint64_t, (kLists + 63) / 64> filled_{};  // a bit for each list that has a block
};

}  // namespace edgehose
