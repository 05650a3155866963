#include "shared/plan/pattern_syntax.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("pattern syntax: refuses what it cannot take, with a mend") {
  const std::pair<const char*, const char*> refused[] = {{"(a)\\1", "back-reference"},
                                                         {"\\k<a>", "back-reference"},
                                                         {"(?=a)", "look-around"},
                                                         {"(?!a)", "look-around"},
                                                         {"(?<=a)", "look-around"},
                                                         {"(?<!a)", "look-around"},
                                                         {"\\p{L}", "Unicode property"},
                                                         {"(", "without its `)`"},
                                                         {")", "without its `(`"},
                                                         {"[a", "without its `]`"},
                                                         {"a{2,1}", "bounds cross"},
                                                         {"a**", "repeats a repeat"},
                                                         {"*", "repeats nothing"},
                                                         {"{", "lone `{`"},
                                                         {"]", "lone `]`"},
                                                         {"\\-", "unknown escape"},
                                                         {"\\u12", "bad \\u escape"},
                                                         {"\\x1", "bad \\x escape"},
                                                         {"[b-a]", "range that is none"},
                                                         {"[\\d-z]", "range that is none"},
                                                         {"^*", "repeats an assertion"},
                                                         {"a{99999}", "more than 10000"},
                                                         {"\\", "unknown escape"},
                                                         {"(?i:a)", "unknown kind"},
                                                         {"\xff", "not UTF-8"},
                                                         {"a{1", "without its `}`"},
                                                         {"\\u{110000}", "bad \\u escape"}};
  for (const auto& [pattern, problem] : refused) {
    INFO(pattern);
    const PatternSyntax syntax = read_pattern(pattern);
    CHECK(syntax.problem.find(problem) != std::string::npos);
  }
  CHECK(read_pattern(std::string(300, '(')).problem.find("nested too deep") != std::string::npos);
}

TEST_CASE("pattern syntax: reads sets") {
  const auto set_of = [](const char* pattern) {
    const PatternSyntax syntax = read_pattern(pattern);
    REQUIRE(syntax.problem.empty());
    return syntax.nodes[syntax.root].set;
  };
  CHECK(set_of("[a-cb-d]") == CodePointRanges{{'a', 'd'}});
  CHECK(set_of("[\\-\\]x]") == CodePointRanges{{'-', '-'}, {']', ']'}, {'x', 'x'}});
  CHECK(set_of("\\u{1f600}") == CodePointRanges{{0x1f600, 0x1f600}});
  CHECK(set_of("\\ud83d\\ude00") == CodePointRanges{{0x1f600, 0x1f600}});
  CHECK(set_of("[^]") == CodePointRanges{{0, 0x10ffff}});
  CHECK(set_of("[]").empty());
  CHECK(set_of("\\cJ") == CodePointRanges{{10, 10}});
  CHECK(set_of("[\\b]") == CodePointRanges{{8, 8}});
  CHECK(set_of("\\0") == CodePointRanges{{0, 0}});
  CHECK(set_of("\xe3\x81\x82") == CodePointRanges{{0x3042, 0x3042}});
}
