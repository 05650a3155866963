// Small helpers over bytes that are text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace edgehose {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Without ASCII blanks at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Case folded for ASCII only, as HTTP header names compare.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

// Bytes of the UTF-8 sequence (RFC 3629: shortest form, no surrogates) at `at`, 1 to 4; 0 when it
// is not one.
[[nodiscard]] size_t utf8_sequence_bytes(std::string_view text, size_t at);
[[nodiscard]] bool is_utf8(std::string_view text);

// The start of `text`, at most `bytes_max` bytes of it, cut between characters.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, size_t bytes_max);

// Appends the UTF-8 form of a Unicode scalar value.
void append_utf8(std::string& out, uint32_t code_point);

// Appends a number in decimal.
void append_number(std::string& out, int64_t value);

// Appends `text` with %XX undone and, as forms write it, `+` read as a blank. A `%` without two
// digits stays.
void append_url_decoded(std::string& out, std::string_view text);

}  // namespace edgehose
