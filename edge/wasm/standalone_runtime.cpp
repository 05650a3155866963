// What the C++ library would ask of a host when it gives up (printing a message, ending the
// process). The module has no host functions: it traps, and the host sees a RuntimeError. Memory
// that runs out is such a case.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

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
