#include "shared/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace edgehose {
namespace {

constexpr uint8_t byte_of(char c) { return static_cast<uint8_t>(c); }

// What may follow a lead byte: how many bytes, and the range of the first of them, which is where
// overlong forms, surrogates and values above U+10FFFF show.
struct Utf8Rule {
  uint8_t bytes;
  uint8_t second_min;
  uint8_t second_max;
};

constexpr Utf8Rule rule_of(uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xc2) return {0, 0, 0};
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead < 0xf4) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

size_t utf8_sequence_bytes(std::string_view text, size_t at) {
  const Utf8Rule rule = rule_of(byte_of(text[at]));
  if (rule.bytes <= 1) return rule.bytes;
  if (text.size() - at < rule.bytes) return 0;
  const uint8_t second = byte_of(text[at + 1]);
  if (second < rule.second_min || second > rule.second_max) return 0;
  for (size_t i = 2; i < rule.bytes; ++i) {
    if ((byte_of(text[at + i]) & 0xc0) != 0x80) return 0;
  }
  return rule.bytes;
}

bool is_utf8(std::string_view text) {
  constexpr uint64_t kHighs = 0x8080808080808080U;
  for (size_t at = 0; at < text.size();) {
    // Most text is ASCII.
    uint64_t word = kHighs;
    if (text.size() - at >= sizeof word) std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighs) == 0) {
      at += sizeof word;
      continue;
    }
    const size_t bytes = utf8_sequence_bytes(text, at);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (byte_of(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

void append_utf8(std::string& out, uint32_t code_point) {
  const auto add = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0 | code_point >> 6);
    add(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    add(0xe0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  } else {
    add(0xf0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3f));
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  }
}

void append_number(std::string& out, int64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

void append_url_decoded(std::string& out, std::string_view text) {
  const size_t start = out.size();
  out.resize(start + text.size());
  char* to = out.data() + start;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
               hex_value(text[i + 2]) >= 0) {
      c = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    }
    *to++ = c;
  }
  out.resize(static_cast<size_t>(to - out.data()));
}

}  // namespace edgehose
