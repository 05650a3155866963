#include "shared/base/base64.h"

#include <array>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace edgehose {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kBad = 0xff;

constexpr std::array<uint8_t, 256> make_values() {
  std::array<uint8_t, 256> values{};
  for (auto& value : values) value = kBad;
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}
constexpr std::array<uint8_t, 256> kValues = make_values();

uint32_t byte_at(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

#if defined(__x86_64__)
// What a step of 32 digits writes: 24 bytes that count and 8 that the next step writes again.
constexpr size_t kWideDigits = 32;
constexpr size_t kWideWritten = 32;

// Tables of sixteen bytes, for each half of a wide step.
using Table = std::array<int8_t, 16>;
constexpr Table kLowHalves = {0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                              0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a};
constexpr Table kHighHalves = {0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
                               0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};
constexpr Table kOffsets = {0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0};
constexpr Table kOrder = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1};

__attribute__((target("avx2"))) inline __m256i load_twice(const Table& table) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

// Decodes 32 digits at a time from the start of `text` and gives how many it did; it stops before
// bytes that are no digits. Writes nowhere beyond the bytes that all of `text` stands for.
// Wojciech Mula and Daniel Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions"
// (ACM TWEB 2018): two table look-ups by the halves of a byte tell digits from other bytes, a third
// gives what to add to a digit for its value.
__attribute__((target("avx2"))) size_t decode_wide(std::string_view text, char* to) {
  const __m256i low_table = load_twice(kLowHalves);
  const __m256i high_table = load_twice(kHighHalves);
  const __m256i offset_table = load_twice(kOffsets);
  const __m256i order = load_twice(kOrder);
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
  const __m256i slash = _mm256_set1_epi8(0x2f);
  const size_t bytes = text.size() / 4 * 3;
  size_t at = 0;
  for (; at / 4 * 3 + kWideWritten <= bytes; at += kWideDigits) {
    const __m256i digits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + at));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(digits, 4), slash);
    const __m256i low = _mm256_and_si256(digits, slash);
    if (_mm256_testz_si256(_mm256_shuffle_epi8(low_table, low),
                           _mm256_shuffle_epi8(high_table, high)) == 0) {
      break;
    }
    const __m256i is_slash = _mm256_cmpeq_epi8(digits, slash);
    const __m256i offset = _mm256_shuffle_epi8(offset_table, _mm256_add_epi8(is_slash, high));
    const __m256i values = _mm256_add_epi8(digits, offset);
    // Six bits a byte, then twelve a half word, then twenty-four a word.
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i words = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(words, order), lanes);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at / 4 * 3), packed);
  }
  return at;
}
#endif

// How many digits at the start of `text`, a multiple of four, were decoded in wide steps.
size_t decode_start([[maybe_unused]] std::string_view text, [[maybe_unused]] char* to) {
#if defined(__x86_64__)
  if (text.size() >= 2 * kWideDigits && __builtin_cpu_supports("avx2")) {
    return decode_wide(text, to);
  }
#endif
  return 0;
}

// The last two or three digits and their padding. False when they are not well formed.
bool decode_tail(std::string_view quad, std::string& out) {
  const uint32_t a = kValues[byte_at(quad, 0)];
  const uint32_t b = kValues[byte_at(quad, 1)];
  if (((a | b) & 0x80) != 0 || quad[3] != '=') return false;
  if (quad[2] == '=') {
    if ((b & 0x0f) != 0) return false;
    out.push_back(static_cast<char>(a << 2 | b >> 4));
    return true;
  }
  const uint32_t c = kValues[byte_at(quad, 2)];
  if ((c & 0x80) != 0 || (c & 0x03) != 0) return false;
  out.push_back(static_cast<char>(a << 2 | b >> 4));
  out.push_back(static_cast<char>(b << 4 | c >> 2));
  return true;
}

}  // namespace

void base64_append(std::string& out, std::string_view bytes) {
  const size_t start = out.size();
  out.resize(start + base64_bytes(bytes.size()));
  char* to = out.data() + start;
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t bits =
        byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    *to++ = kAlphabet[bits >> 18];
    *to++ = kAlphabet[bits >> 12 & 63];
    *to++ = kAlphabet[bits >> 6 & 63];
    *to++ = kAlphabet[bits & 63];
  }
  const size_t left = bytes.size() - i;
  if (left == 0) return;
  const uint32_t bits = byte_at(bytes, i) << 16 | (left == 2 ? byte_at(bytes, i + 1) << 8 : 0);
  *to++ = kAlphabet[bits >> 18];
  *to++ = kAlphabet[bits >> 12 & 63];
  *to++ = left == 2 ? kAlphabet[bits >> 6 & 63] : '=';
  *to++ = '=';
}

bool base64_decode(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  if (text.empty()) return true;
  const size_t start = out.size();
  const bool padded = text.back() == '=';
  const size_t whole = padded ? text.size() - 4 : text.size();
  out.resize(start + whole / 4 * 3);
  size_t i = decode_start(text.substr(0, whole), out.data() + start);
  char* to = out.data() + start + i / 4 * 3;
  uint32_t bad = 0;
  for (; i < whole; i += 4) {
    const uint32_t a = kValues[byte_at(text, i)];
    const uint32_t b = kValues[byte_at(text, i + 1)];
    const uint32_t c = kValues[byte_at(text, i + 2)];
    const uint32_t d = kValues[byte_at(text, i + 3)];
    bad |= a | b | c | d;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    *to++ = static_cast<char>(b << 4 | c >> 2);
    *to++ = static_cast<char>(c << 6 | d);
  }
  // Only kBad has the top bit: one test after the loop stands for one a digit.
  if ((bad & 0x80) == 0 && (!padded || decode_tail(text.substr(whole), out))) return true;
  out.resize(start);
  return false;
}

}  // namespace edgehose
