// Loops over bytes that the event path spends its time in: 16 at a time where the target has
// 128-bit vectors (SSE2, WASM SIMD), 8 at a time elsewhere. Every build gives the same answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

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
#endif

// The same for 8 bytes, whatever the target.
inline size_t plain_run_of_8(const char* at) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  constexpr uint64_t kHighs = 0x8080808080808080U;
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);  // little endian, as every target is
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  // A borrow can only mark bytes above one that is truly special, and the lowest mark is taken.
  const uint64_t special =
      (word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHighs;
  return special == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(special)) / 8;
}

#if !defined(__wasm_simd128__) && !defined(__SSE2__)
inline constexpr size_t kStride = 8;
inline size_t plain_run(const char* at) { return plain_run_of_8(at); }
#endif

// Fewer than kStride bytes. Two strides of 8 may overlap: what both see is plain.
inline const char* skip_plain_tail(const char* at, const char* end) {
  if (end - at >= 8) {
    const size_t run = plain_run_of_8(at);
    if (run < 8) return at + run;
    return end - 8 + plain_run_of_8(end - 8);
  }
  while (at < end && is_plain_byte(*at)) ++at;
  return at;
}

}  // namespace detail

// The first byte of [at, end) that is not plain; `end` when all are.
inline const char* skip_plain_bytes(const char* at, const char* end) {
  if (static_cast<size_t>(end - at) < detail::kStride) return detail::skip_plain_tail(at, end);
  do {
    const size_t run = detail::plain_run(at);
    at += run;
    if (run < detail::kStride) return at;
  } while (static_cast<size_t>(end - at) >= detail::kStride);
  if (at == end) return end;
  // The last stride looks at some bytes again.
  const char* const last = end - detail::kStride;
  return last + detail::plain_run(last);
}

namespace detail {

// The offset of the first of 8 bytes that is `a` or `b`; 8 when none is.
inline size_t either_in_8(const char* at, char a, char b) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  constexpr uint64_t kHighs = 0x8080808080808080U;
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const uint64_t first = word ^ (kOnes * static_cast<uint8_t>(a));
  const uint64_t second = word ^ (kOnes * static_cast<uint8_t>(b));
  // The lowest mark is true, as in plain_run_of_8().
  const uint64_t found = (((first - kOnes) & ~first) | ((second - kOnes) & ~second)) & kHighs;
  return found == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(found)) / 8;
}

// The same of kStride bytes.
#if defined(__wasm_simd128__)
inline size_t either_in_stride(const char* at, char a, char b) {
  const v128_t bytes = wasm_v128_load(at);
  const uint32_t found = wasm_i8x16_bitmask(wasm_v128_or(
      wasm_i8x16_eq(bytes, wasm_i8x16_splat(a)), wasm_i8x16_eq(bytes, wasm_i8x16_splat(b))));
  return static_cast<size_t>(__builtin_ctz(found | 0x10000U));
}
#elif defined(__SSE2__)
inline size_t either_in_stride(const char* at, char a, char b) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto found = static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(
      _mm_cmpeq_epi8(bytes, _mm_set1_epi8(a)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b)))));
  return static_cast<size_t>(__builtin_ctz(found | 0x10000U));
}
#else
inline size_t either_in_stride(const char* at, char a, char b) { return either_in_8(at, a, b); }
#endif

}  // namespace detail

// The offset of the first byte of `text` that is `a` or `b`; its size when none is.
inline size_t find_either_byte(std::string_view text, char a, char b) {
  const char* const begin = text.data();
  const size_t size = text.size();
  if (size >= detail::kStride) {
    size_t at = 0;
    for (; size - at >= detail::kStride; at += detail::kStride) {
      const size_t found = detail::either_in_stride(begin + at, a, b);
      if (found < detail::kStride) return at + found;
    }
    if (at == size) return size;
    // The last stride looks at some bytes again.
    at = size - detail::kStride;
    return at + detail::either_in_stride(begin + at, a, b);
  }
  if (size >= 8) {
    const size_t found = detail::either_in_8(begin, a, b);
    return found < 8 ? found : size - 8 + detail::either_in_8(begin + size - 8, a, b);
  }
  size_t at = 0;
  while (at < size && begin[at] != a && begin[at] != b) ++at;
  return at;
}

// The same for one byte. The standard library's search is a call, and byte by byte in WASM.
inline size_t find_byte(std::string_view text, char c) { return find_either_byte(text, c, c); }

// Whether a text holds one of A to Z.
inline bool has_upper_byte(std::string_view text) {
  const auto has_upper = [](uint64_t word) {
    constexpr uint64_t kOnes = 0x0101010101010101U;
    // Seven bits a byte, so that no sum carries: its high bit says that the byte is A or above,
    // or above Z.
    const uint64_t low = word & (kOnes * 0x7f);
    return (((low + kOnes * (0x80 - 'A')) & ~(low + kOnes * (0x7f - 'Z')) & ~word) &
            (kOnes * 0x80)) != 0;
  };
  const char* at = text.data();
  const char* const end = at + text.size();
  if (text.size() < 8) {
    while (at < end && (*at < 'A' || *at > 'Z')) ++at;
    return at < end;
  }
  bool found = false;
  uint64_t word = 0;
  for (; end - at > 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    found |= has_upper(word);
  }
  std::memcpy(&word, end - 8, sizeof word);
  return found || has_upper(word);
}

namespace detail {

template <typename Word>
inline void copy_word(char* to, const char* from) {
  Word word;
  __builtin_memcpy(&word, from, sizeof word);
  __builtin_memcpy(to, &word, sizeof word);
}

struct Word16 {
  uint64_t low;
  uint64_t high;
};

#if defined(__wasm_simd128__)
inline void copy_16(char* to, const char* from) { wasm_v128_store(to, wasm_v128_load(from)); }
#else
inline void copy_16(char* to, const char* from) { copy_word<Word16>(to, from); }
#endif

// kStride bytes.
inline void copy_stride(char* to, const char* from) {
  if constexpr (kStride == sizeof(Word16)) {
    copy_16(to, from);
  } else {
    copy_word<uint64_t>(to, from);
  }
}

}  // namespace detail

// Copies `count` bytes that do not overlap; gives one past the last written. The spans of an event
// are short: a call of memcpy would cost more than the copy.
inline char* copy_bytes(char* to, const char* from, size_t count) {
  char* const end = to + count;
  const char* const from_end = from + count;
  if (count >= 16) {
#if !defined(__wasm__)
    if (count > 256) {
      std::memcpy(to, from, count);
      return end;
    }
#endif
    for (; count > 16; count -= 16, to += 16, from += 16) {
      detail::copy_16(to, from);
      asm volatile("");  // else compilers see a memcpy in the loop, and call it
    }
    detail::copy_16(end - 16, from_end - 16);
  } else if (count >= 8) {
    detail::copy_word<uint64_t>(to, from);
    detail::copy_word<uint64_t>(end - 8, from_end - 8);
  } else if (count >= 4) {
    detail::copy_word<uint32_t>(to, from);
    detail::copy_word<uint32_t>(end - 4, from_end - 4);
  } else if (count > 0) {
    // First, middle and last: some of them the same byte.
    const char middle = from[count / 2];
    const char last = from[count - 1];
    to[0] = from[0];
    to[count / 2] = middle;
    to[count - 1] = last;
  }
  return end;
}

}  // namespace edgehose
