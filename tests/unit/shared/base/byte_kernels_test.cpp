#include "shared/base/byte_kernels.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace edgehose;

TEST_CASE("byte_kernels: the first byte that is not plain is the one a byte-wise search finds") {
  std::mt19937 random(20261123);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 70, 'x');
    for (char& c : text) c = static_cast<char>(0x20 + random() % 0x5f);
    for (auto i = random() % 4; i > 0 && !text.empty(); --i) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const auto plain = [](char c) { return c >= 0x20 && c != '"' && c != '\\'; };
    const auto expected = std::find_if_not(text.begin(), text.end(), plain) - text.begin();
    const char* found = skip_plain_bytes(text.data(), text.data() + text.size());
    INFO(text);
    REQUIRE(found - text.data() == expected);
  }
}

TEST_CASE("byte_kernels: each of the 256 bytes is plain or not at each place of a stride") {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t place = 0; place < 40; ++place) {
      std::string text(40, 'a');
      text[place] = static_cast<char>(byte);
      const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
      REQUIRE(is_plain_byte(text[place]) == plain);
      const char* found = skip_plain_bytes(text.data(), text.data() + text.size());
      REQUIRE(static_cast<size_t>(found - text.data()) == (plain ? text.size() : place));
    }
  }
}

TEST_CASE("byte_kernels: the first of two bytes is the one the standard library finds") {
  std::mt19937 random(20261124);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 70, 'x');
    // Neighbours in value, and bytes that differ in the highest bit only.
    for (char& c : text) c = "xy>?@#$\xbf\xa3"[random() % 9];
    for (size_t i = 0; i < text.size(); ++i) {
      if (random() % 20 != 0) text[i] = 'x';
    }
    const std::string_view view(text);
    INFO(text);
    REQUIRE(find_either_byte(view, '?', '#') == std::min(view.find_first_of("?#"), view.size()));
    REQUIRE(find_byte(view, '@') == std::min(view.find('@'), view.size()));
  }
}

TEST_CASE("byte_kernels: capitals are those of ASCII, at every place and length") {
  for (size_t size = 0; size < 40; ++size) {
    REQUIRE_FALSE(has_upper_byte(std::string(size, 'x')));
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        // Neighbours above, from which nothing may be borrowed.
        std::string text(size, at % 2 == 0 ? '\xff' : '\0');
        text[at] = static_cast<char>(byte);
        CAPTURE(size, at, byte);
        REQUIRE(has_upper_byte(text) == (byte >= 'A' && byte <= 'Z'));
      }
    }
  }
}

TEST_CASE("byte_kernels: a copy writes what it should and nothing beside it") {
  const std::string from = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (size_t count = 0; count <= from.size(); ++count) {
    std::string to(80, '#');
    const char* end = copy_bytes(to.data() + 3, from.data(), count);
    REQUIRE(end == to.data() + 3 + count);
    REQUIRE(to == "###" + from.substr(0, count) + std::string(77 - count, '#'));
  }
}
