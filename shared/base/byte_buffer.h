// Bytes that grow at their end and are written through a cursor: reserve once for a whole event,
// write without further checks, commit. Memory is kept when cleared, so a buffer used again and
// again allocates no more.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "shared/base/byte_kernels.h"
#include "shared/base/rare.h"

namespace edgehose {

class ByteBuffer {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t capacity() const { return capacity_; }
  const char* data() const { return bytes_.get(); }
  char* data() { return bytes_.get(); }
  std::string_view view() const { return {bytes_.get(), size_}; }
  operator std::string_view() const { return view(); }

  void clear() { size_ = 0; }
  // Forgets what was written past `size`.
  void truncate(size_t size) { size_ = size; }

  // A cursor with room for at least `bytes` more. It holds until the next reserve or append.
  char* reserve(size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return bytes_.get() + size_;
  }
  // Takes over what was written since reserve(), up to `end`.
  void commit(const char* end) { size_ = static_cast<size_t>(end - bytes_.get()); }

  void append(std::string_view text) {
    commit(copy_bytes(reserve(text.size()), text.data(), text.size()));
  }

 private:
  // Doubles while small, so that growing costs a constant for each byte; grows by a quarter when
  // large, and by realloc, which mostly stretches the memory where it lies: a request at its limits
  // must not hold its lines three times over.
  EDGEHOSE_RARE void grow(size_t bytes) {
    const size_t stretched = capacity_ + (capacity_ < kLargeBytes ? capacity_ : capacity_ / 4);
    const size_t needed = size_ + bytes;
    const size_t capacity = stretched > needed ? stretched : needed;
    // Nothing to keep: the old memory may serve for the new.
    if (size_ == 0) bytes_.reset();
    char* const larger = static_cast<char*>(std::realloc(bytes_.get(), capacity));
    if (larger == nullptr) std::abort();
    (void)bytes_.release();
    bytes_.reset(larger);
    capacity_ = capacity;
  }

  static constexpr size_t kLargeBytes = 1'048'576;
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<char[], Free> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace edgehose
