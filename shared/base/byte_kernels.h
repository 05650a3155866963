// Loops over bytes that the event path spends its time in: 16 at a time where the target has
// 128-bit vectors (SSE2, WASM SIMD), 8 at a time elsewhere. Every build gives the same answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace edgehose {

// Whether a byte stands for itself inside a JSON string and is ASCII: no quote, no backslash, no
// control byte.
constexpr bool is_plain_byte(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

namespace detail {

// The offset of the first byte that is not plain among `kStride` at `at`; kStride when all are.
#if defined(__wasm_simd128__)
inline constexpr size_t kStride = 16;
inline size_t plain_run(const char* at) {
  const v128_t bytes = wasm_v128_load(at);
  // Signed: bytes above 0x7f are negative and so below 0x20 too.
  const v128_t special = wasm_v128_or(wasm_i8x16_lt(bytes, wasm_i8x16_splat(0x20)),
                                      wasm_v128_or(wasm_i8x16_eq(bytes, wasm_i8x16_splat('"')),
                                                   wasm_i8x16_eq(bytes, wasm_i8x16_splat('\\'))));
  const uint32_t mask = wasm_i8x16_bitmask(special);
  return static_cast<size_t>(__builtin_ctz(mask | 0x10000U));
}
#elif defined(__SSE2__)
inline constexpr size_t kStride = 16;
inline size_t plain_run(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  // Signed: bytes above 0x7f are negative and so below 0x20 too.
  const __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
  const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(special));
  return static_cast<size_t>(__builtin_ctz(mask | 0x10000U));
}
#else
inline constexpr size_t kStride = 8;
inline size_t plain_run(const char* at) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  constexpr uint64_t kHighs = 0x8080808080808080U;
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);  // little endian, as every target is
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  // A borrow can only mark bytes above one that is truly special, and the lowest mark is taken.
  const uint64_t special =
      (word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHighs;
  return special == 0 ? kStride : static_cast<size_t>(__builtin_ctzll(special)) / 8;
}
#endif

}  // namespace detail

// The first byte of [at, end) that is not plain; `end` when all are.
inline const char* skip_plain_bytes(const char* at, const char* end) {
  while (static_cast<size_t>(end - at) >= detail::kStride) {
    const size_t run = detail::plain_run(at);
    at += run;
    if (run < detail::kStride) return at;
  }
  while (at < end && is_plain_byte(*at)) ++at;
  return at;
}

// Copies `count` bytes that do not overlap; gives one past the last written. In WASM a call of
// memcpy costs more than the short spans of an event are worth.
inline char* copy_bytes(char* to, const char* from, size_t count) {
#if defined(__wasm__)
  char* const end = to + count;
#if defined(__wasm_simd128__)
  if (count >= 16) {
    for (; count > 16; count -= 16, to += 16, from += 16) wasm_v128_store(to, wasm_v128_load(from));
    wasm_v128_store(end - 16, wasm_v128_load(from + count - 16));
    return end;
  }
#endif
  if (count >= 8) {
    for (; count > 8; count -= 8, to += 8, from += 8) __builtin_memcpy(to, from, 8);
    __builtin_memcpy(end - 8, from + count - 8, 8);
    return end;
  }
  if (count >= 4) {
    uint32_t first = 0;
    uint32_t last = 0;
    __builtin_memcpy(&first, from, 4);
    __builtin_memcpy(&last, from + count - 4, 4);
    __builtin_memcpy(to, &first, 4);
    __builtin_memcpy(end - 4, &last, 4);
    return end;
  }
  for (; count > 0; --count) *to++ = *from++;
  return end;
#else
  if (count > 0) std::memcpy(to, from, count);
  return to + count;
#endif
}

}  // namespace edgehose
