// What the C++ library would ask of a host when it gives up (printing a message, ending the
// process). The module has no host functions: it traps, and the host sees a RuntimeError. Memory
// that runs out is such a case.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "edge/wasm/heap.h"

#if defined(__wasi__)

_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char* /*format*/, ...) noexcept { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD

extern "C" void abort(void) { __builtin_trap(); }

// The library's compares byte by byte, and every comparison of texts comes here.
extern "C" int memcmp(const void* left, const void* right, size_t bytes) {
  const auto* a = static_cast<const uint8_t*>(left);
  const auto* b = static_cast<const uint8_t*>(right);
  for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t)) {
    uint64_t a_word = 0;
    uint64_t b_word = 0;
    __builtin_memcpy(&a_word, a, sizeof a_word);
    __builtin_memcpy(&b_word, b, sizeof b_word);
    if (a_word != b_word) break;
    a += sizeof(uint64_t);
    b += sizeof(uint64_t);
  }
  for (; bytes > 0; --bytes, ++a, ++b) {
    if (*a != *b) return *a < *b ? -1 : 1;
  }
  return 0;
}

extern "C" char __heap_base;  // where the linker's data and stack end

namespace {

constexpr size_t kPageBytes = 65'536;
// Below 2 GiB.
constexpr size_t kPagesMax = 0x7fff;

char* more_memory(size_t& bytes) {
  static char* given = nullptr;
  const auto base = reinterpret_cast<uintptr_t>(&__heap_base);
  const uintptr_t first =
      (base + edgehose::Heap::kAlign - 1) & ~uintptr_t{edgehose::Heap::kAlign - 1};
  char* const place = given == nullptr ? reinterpret_cast<char*>(first) : given;
  size_t pages = __builtin_wasm_memory_size(0);
  const auto there = pages * kPageBytes - reinterpret_cast<uintptr_t>(place);
  if (there < bytes) {
    const size_t more = (bytes - there + kPageBytes - 1) / kPageBytes;
    if (more > kPagesMax - pages) return nullptr;
    if (__builtin_wasm_memory_grow(0, more) == SIZE_MAX) return nullptr;
    pages += more;
  }
  given = reinterpret_cast<char*>(pages * kPageBytes);
  bytes = static_cast<size_t>(given - place);
  return place;
}

constinit edgehose::Heap heap(more_memory);

}  // namespace

// Never inlined: the compiler knows what these names mean, and nothing of the heap's blocks.
extern "C" {
[[gnu::noinline]] void* malloc(size_t bytes) { return heap.allocate(bytes); }
[[gnu::noinline]] void free(void* memory) { heap.free(memory); }
[[gnu::noinline]] void* realloc(void* memory, size_t bytes) { return heap.resize(memory, bytes); }
[[gnu::noinline]] void* calloc(size_t count, size_t bytes) {
  if (bytes != 0 && count > edgehose::Heap::kBytesMax / bytes) return nullptr;
  void* const memory = heap.allocate(count * bytes);
  if (memory != nullptr) std::memset(memory, 0, count * bytes);
  return memory;
}
}

void* operator new(size_t bytes) {
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) __builtin_trap();
  return memory;
}
void* operator new[](size_t bytes) { return operator new(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t /*bytes*/) noexcept { std::free(memory); }

#endif
