#include "shared/plan/pattern_match.h"

#include <catch2/catch.hpp>
#include <random>
#include <regex>
#include <string>

#include "shared/plan/binary_writer.h"
#include "shared/plan/pattern_compile.h"

using namespace edgehose;
using namespace edgehose::plan_binary;

namespace {

bool matches(const PatternProgram& program, std::string_view text) {
  BinaryWriter writer;
  const uint32_t at = writer.add_pattern(program, "source");
  const std::string bytes = writer.finish();
  std::vector<uint32_t> states;
  return matches_pattern(View(bytes), at, text, states);
}

std::string random_pattern(std::mt19937& random, int depth) {
  const char* const atoms[] = {"a", "b", "[ab]", "[^a]", "c", ".", "\\w", "\\b", "^", "$"};
  std::string pattern;
  const auto parts = 1 + random() % 3;
  for (uint32_t i = 0; i < parts; ++i) {
    const uint32_t kind = static_cast<uint32_t>(random() % (depth > 0 ? 14 : 10));
    if (kind < 10) {
      pattern += atoms[kind];
    } else {
      pattern +=
          "(?:" + random_pattern(random, depth - 1) + "|" + random_pattern(random, depth - 1) + ")";
    }
    const char* const repeats[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}"};
    const bool assertion = kind >= 7 && kind < 10;
    if (!assertion) pattern += repeats[random() % 8];
  }
  return pattern;
}

}  // namespace

TEST_CASE("pattern match: agrees with std::regex on random patterns and texts") {
  std::mt19937 random(11);
  int matched = 0;
  for (int i = 0; i < 1'500; ++i) {
    const std::string pattern = random_pattern(random, 2);
    const PatternProgram program = compile_pattern(pattern);
    INFO(pattern);
    REQUIRE(program.problem.empty());
    const std::regex expected(pattern);
    for (int j = 0; j < 8; ++j) {
      std::string text;
      for (auto n = random() % 7; n > 0; --n) text.push_back("abc "[random() % 4]);
      INFO("'" << text << "'");
      const bool match = matches(program, text);
      if (match) ++matched;
      REQUIRE(match == std::regex_search(text, expected));
    }
  }
  CHECK(matched > 1'000);
}

TEST_CASE("pattern match: all forms of one pattern judge alike") {
  // The automaton, though the pattern would fit a table.
  const PatternProgram line = compile_pattern("^[ab]{2,4}c$");
  const PatternProgram table = compile_pattern("^(?:[ab]{2,4}c)$|^x$");
  const PatternProgram automaton = compile_pattern("^[ab]{2,4}c$|a.{20}$");
  REQUIRE(line.kind == kPatternLine);
  REQUIRE(table.kind == kPatternDfa);
  REQUIRE(automaton.kind == kPatternNfa);
  for (const char* text : {"abc", "ac", "abababc", "ababc", "abababab", "", "ABC", "abcc"}) {
    INFO(text);
    CHECK(matches(line, text) == matches(table, text));
    CHECK(matches(line, text) == matches(automaton, text));
  }
}
