#include "shared/plan/pattern_compile.h"

#include <catch2/catch.hpp>

using namespace edgehose;
using namespace edgehose::plan_binary;

TEST_CASE("pattern compile: picks the cheapest form that holds the pattern") {
  CHECK(compile_pattern("^[a-z0-9_]{1,64}$").kind == kPatternLine);
  CHECK(compile_pattern("^\\d{3}-\\d{4}$").kind == kPatternLine);
  CHECK(compile_pattern("^[A-Z][a-z]*$").kind == kPatternLine);
  CHECK(compile_pattern("^a*b*$").kind == kPatternDfa);
  CHECK(compile_pattern("^[^/]+$").kind == kPatternDfa);
  CHECK(compile_pattern("abc").kind == kPatternDfa);
  // A table would need a state for each of the last 20 bytes.
  CHECK(compile_pattern("a.{20}$").kind == kPatternNfa);
}

TEST_CASE("pattern compile: bounds what repeats unfold to") {
  CHECK(compile_pattern("(a{100}){99}").problem.empty());
  CHECK(compile_pattern("((a{100}){100}){100}").problem.find("too large") != std::string::npos);
  CHECK(compile_pattern("(").kind == kPatternNfa);
  CHECK_FALSE(compile_pattern("(").problem.empty());
}
