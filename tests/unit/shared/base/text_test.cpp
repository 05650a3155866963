#include "shared/base/text.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

// The slow reference: decode by bits, then check the value against RFC 3629's three rules.
size_t reference_sequence_bytes(const std::string& text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const uint32_t lead = byte(at);
  if (lead < 0x80) return 1;
  size_t count = 0;
  uint32_t value = 0;
  if (lead >> 5 == 6) {
    count = 2, value = lead & 0x1f;
  } else if (lead >> 4 == 14) {
    count = 3, value = lead & 0x0f;
  } else if (lead >> 3 == 30) {
    count = 4, value = lead & 0x07;
  } else {
    return 0;
  }
  if (at + count > text.size()) return 0;
  for (size_t i = 1; i < count; ++i) {
    if (byte(at + i) >> 6 != 2) return 0;
    value = value << 6 | (byte(at + i) & 0x3f);
  }
  const uint32_t least = count == 2 ? 0x80 : count == 3 ? 0x800 : 0x10000;
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 0;
  return count;
}

}  // namespace

TEST_CASE("text: UTF-8 sequences of all lead and second bytes agree with the slow reference") {
  for (unsigned lead = 0; lead < 256; ++lead) {
    for (unsigned second = 0; second < 256; ++second) {
      for (const std::string& tail : {std::string("\x80\xbf"), std::string("\x80"), std::string(),
                                      std::string("\xbf\x7f"), std::string("\xc0\x80")}) {
        std::string text{static_cast<char>(lead), static_cast<char>(second)};
        text += tail;
        REQUIRE(utf8_sequence_bytes(text, 0) == reference_sequence_bytes(text, 0));
      }
    }
  }
}

TEST_CASE("text: every Unicode scalar value is written as UTF-8 that is read as one sequence") {
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;
    std::string text;
    append_utf8(text, code);
    const size_t expected = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (text.size() != expected || reference_sequence_bytes(text, 0) != expected) FAIL(code);
  }
}

TEST_CASE("text: a whole text is UTF-8 only when each of its sequences is") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"));
  for (const std::string bad : {"\x80", "a\xff", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "ok\xe2\x82"}) {
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("text: trim takes blanks from both ends only") {
  CHECK(trim("").empty());
  CHECK(trim(" \t\r\n").empty());
  CHECK(trim(" a b\t") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim("\va\v") == "\va\v");
}

TEST_CASE("text: header names compare without case, for ASCII only") {
  CHECK(equals_ignoring_case("User-Agent", "uSER-aGENT"));
  CHECK_FALSE(equals_ignoring_case("user-agent", "user-agen"));
  CHECK_FALSE(equals_ignoring_case("[", "{"));
  CHECK_FALSE(equals_ignoring_case("\xc3\x89", "\xc3\xa9"));
}

TEST_CASE("text: hexadecimal digits have their value and nothing else has one") {
  for (int c = 0; c < 256; ++c) {
    const std::string digits = "0123456789abcdef";
    const size_t at = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
    CHECK(hex_value(static_cast<char>(c)) == (at == std::string::npos ? -1 : static_cast<int>(at)));
  }
}

TEST_CASE("text: numbers are written in decimal to both ends of their range") {
  for (int64_t value : {int64_t{0}, int64_t{-1}, int64_t{42}, std::numeric_limits<int64_t>::max(),
                        std::numeric_limits<int64_t>::min()}) {
    std::string out = "n=";
    append_number(out, value);
    CHECK(out == "n=" + std::to_string(value));
  }
}

TEST_CASE("text: URL escapes are undone and what is no escape stays") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},     {"a+b", "a b"}, {"a%20b", "a b"},   {"%", "%"},
      {"%4", "%4"}, {"%41", "A"},   {"%zz", "%zz"},     {"%e3%81%82", "\xe3\x81\x82"},
      {"%2B", "+"}, {"%%41", "%A"}, {"100%25", "100%"}, {"%00", std::string(1, '\0')}};
  for (const auto& [text, decoded] : cases) {
    std::string out;
    append_url_decoded(out, text);
    CHECK(out == decoded);
  }
}

TEST_CASE("text: a start is cut between characters") {
  const std::string text = "a\xe3\x81\x82z";
  CHECK(utf8_prefix(text, 0).empty());
  for (size_t bytes = 1; bytes < 4; ++bytes) CHECK(utf8_prefix(text, bytes) == "a");
  CHECK(utf8_prefix(text, 4) == "a\xe3\x81\x82");
  CHECK(utf8_prefix(text, 5) == text);
  CHECK(utf8_prefix(text, 100) == text);
  // Bytes that are no UTF-8 end it at the latest at its beginning.
  CHECK(utf8_prefix("\x80\x80\x80", 2).empty());
}
