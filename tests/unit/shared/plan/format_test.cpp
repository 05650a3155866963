#include "shared/plan/format.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

// The cases of each format stand in schema_cases.json; here is what a table of JSON cannot say
// well.

TEST_CASE("format: names lead to formats and back") {
  for (uint32_t i = 1; i < kFormats; ++i) {
    const auto format = static_cast<Format>(i);
    CHECK(find_format(to_text(format)) == format);
  }
  CHECK_FALSE(find_format("regex"));
  CHECK_FALSE(find_format(""));
  CHECK(has_format(Format::none, "anything"));
}

TEST_CASE("format: every cut of a good text ends in an answer") {
  const std::pair<Format, std::string> good[] = {
      {Format::date_time, "2026-11-22T13:00:00.123+09:00"},
      {Format::uri, "https://u@[2001:db8::1]:80/a%41?b#c"},
      {Format::email, "\"a\\\" b\"@[IPv6:::1]"},
      {Format::ipv6, "1:2:3:4:5:6:1.2.3.4"},
      {Format::hostname, "a-b.example"},
      {Format::uuid, "018f3c2a-7b1e-7c3d-9a4b-2f6e8d0c1b3a"}};
  for (const auto& [format, text] : good) {
    INFO(text);
    CHECK(has_format(format, text));
    for (size_t i = 0; i < text.size(); ++i) {
      (void)has_format(format, std::string(text, 0, i));
      (void)has_format(format, std::string(text, i));
    }
    CHECK_FALSE(has_format(format, text + "\n"));
    CHECK_FALSE(has_format(format, ""));
  }
}

TEST_CASE("format: bounds of names") {
  CHECK(has_format(Format::hostname, std::string(63, 'a')));
  CHECK_FALSE(has_format(Format::hostname, std::string(64, 'a')));
  CHECK(has_format(Format::email, std::string(64, 'a') + "@b.c"));
  CHECK_FALSE(has_format(Format::email, std::string(65, 'a') + "@b.c"));
  CHECK_FALSE(has_format(Format::email, "\"a\\\\\"b\"@c.d"));
}
