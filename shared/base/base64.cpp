#include "shared/base/base64.h"

#include <array>
#include <cstdint>

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
  char* to = out.data() + start;
  uint32_t bad = 0;
  for (size_t i = 0; i < whole; i += 4) {
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
