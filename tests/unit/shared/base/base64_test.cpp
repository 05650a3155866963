#include "shared/base/base64.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

// The slow reference: six bits at a time, straight from RFC 4648.
std::string reference_encode(const std::string& bytes) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (char c : bytes) {
    for (int bit = 7; bit >= 0; --bit)
      bits += (static_cast<unsigned char>(c) >> bit & 1) ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  std::string text;
  for (size_t i = 0; i < bits.size(); i += 6)
    text += alphabet[std::stoul(bits.substr(i, 6), nullptr, 2)];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string encode(const std::string& bytes) {
  std::string out = "kept";
  base64_append(out, bytes);
  REQUIRE(out.substr(0, 4) == "kept");
  return out.substr(4);
}

std::string random_bytes(std::mt19937_64& random, size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("base64: the vectors of RFC 4648 section 10 hold in both directions") {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(encode(bytes) == text);
    CHECK(base64_bytes(bytes.size()) == text.size());
    std::string decoded;
    REQUIRE(base64_decode(text, decoded));
    CHECK(decoded == bytes);
  }
}

TEST_CASE("base64: random bytes of every length to 300 agree with the slow reference") {
  std::mt19937_64 random(1);
  for (size_t count = 0; count <= 300; ++count) {
    const std::string bytes = random_bytes(random, count);
    const std::string text = encode(bytes);
    REQUIRE(text == reference_encode(bytes));
    std::string decoded = "before";
    REQUIRE(base64_decode(text, decoded));
    REQUIRE(decoded == "before" + bytes);
  }
}

TEST_CASE("base64: text that is not strict base64 is refused and leaves the output as it was") {
  const std::vector<std::string> bad = {
      "Z",      "Zg",       "Zg=",  "Zg===",    "=",
      "====",   "Zg==Zg==", "Zh==", "Zm9=",     "Zm8=\n",
      "Zm9v\n", " Zm9v",    "Zm-v", "Zm_v",     "Zm9\xff",
      "Z===",   "Zm=v",     "=m9v", "Zm9vZ=m9", std::string("Zm\0v", 4),
      "Zg=v",   "Zm9vZg=v"};
  for (const std::string& text : bad) {
    CAPTURE(text);
    std::string out = "kept";
    CHECK_FALSE(base64_decode(text, out));
    CHECK(out == "kept");
  }
}

// Long texts are decoded in wide steps: one place of each step, and each byte.
TEST_CASE("base64: a byte that is no digit is found wherever it stands in a long text") {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random(3);
  std::string text = encode(random_bytes(random, 150));
  for (size_t at = 0; at < text.size(); ++at) {
    const char before = text[at];
    for (int byte = 0; byte < 256; ++byte) {
      text[at] = static_cast<char>(byte);
      const bool is_digit = byte != 0 && alphabet.find(text[at]) != std::string::npos;
      std::string decoded = "kept";
      const bool is_taken = base64_decode(text, decoded);
      if (is_taken != is_digit) FAIL("byte " << byte << " at " << at);
      if (is_taken && encode(decoded.substr(4)) != text) FAIL("other bytes, at " << at);
      if (!is_taken && decoded != "kept") FAIL("the output changed, at " << at);
    }
    text[at] = before;
  }
}

// There is one text for each run of bytes: what decodes must encode to the same text again.
TEST_CASE("base64: whatever is accepted is canonical") {
  std::mt19937_64 random(2);
  const std::string letters = "AZaz09+/=Qg-\n";
  size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(4 * (1 + random() % 3), '\0');
    for (char& c : text) c = letters[random() % letters.size()];
    std::string bytes;
    if (!base64_decode(text, bytes)) continue;
    ++accepted;
    REQUIRE(reference_encode(bytes) == text);
  }
  CHECK(accepted > 1'000);
}
