#include "simulator/services/apigateway/vtl_pattern.h"

#include <catch2/catch.hpp>
#include <regex>

using namespace edgehose;

namespace {

// Where a pattern matches in a text: "0+2 5+1".
std::string matches(std::string_view pattern_text, std::string_view text) {
  std::string fault;
  const auto pattern = VtlPattern::read(pattern_text, fault);
  if (!pattern) return fault;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = pattern->match(text, at);
    if (bytes > 0) out += std::to_string(at) + "+" + std::to_string(bytes) + " ";
    at += bytes == 0 ? 1 : bytes;
  }
  return out;
}

// The oracle for what ECMAScript and Java read alike.
std::string standard_matches(const std::string& pattern, const std::string& text) {
  const std::regex regex(pattern);
  std::string out;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), regex);
       at != std::sregex_iterator(); ++at) {
    out += std::to_string(at->position()) + "+" + std::to_string(at->length()) + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("vtl pattern: matches what the standard library's engine matches") {
  const std::string text = "ab, a.b\\'c  d\te_9\n-[x]";
  for (const char* pattern :
       {"a",      "ab",   ",",   "\\.", ".",        "\\\\'",  "\\s+", "\\d", "\\w+", "[a-c]+",
        "[^a-c]", "[,.]", "\\[", "\\]", "[\\n\\t]", "[_\\d]", "a.b",  "\\W", "[a-]", "b, "}) {
    CAPTURE(pattern);
    CHECK(matches(pattern, text) == standard_matches(pattern, text));
  }
}

TEST_CASE("vtl pattern: characters are whole") {
  CHECK(matches(".", "\xc3\xa9x") == "0+2 2+1 ");
  CHECK(matches("[^x]+", "\xe3\x81\x82\xc3\xa9x") == "0+5 ");
  CHECK(matches("\xc3\xa9", "a\xc3\xa9") == "1+2 ");
}

TEST_CASE("vtl pattern: the rest is refused by name") {
  for (const char* pattern : {"a|b", "(a)", "a*", "ab+", "a{2}", "^a", "a$", "\\b", "[a-z&&[b]]",
                              "[a", "\\", "", "[\xc3\xa9]", "a?"}) {
    CAPTURE(pattern);
    CHECK(matches(pattern, "a").find("is not modelled") != std::string::npos);
  }
}
