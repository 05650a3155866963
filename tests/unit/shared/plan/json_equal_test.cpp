#include "shared/plan/json_equal.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

bool equal(std::string_view a, std::string_view b) {
  JsonEquality equality(1'000'000);
  const bool same = equality.equal(a, b);
  CHECK(equality.equal(b, a) == same);
  if (same) CHECK(equality.hash(a) == equality.hash(b));
  return same;
}

}  // namespace

TEST_CASE("json equality: values mean the same however they are written") {
  CHECK(equal("1", "1.0"));
  CHECK(equal("\"a\"", "\"\\u0061\""));
  CHECK(equal("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""));
  CHECK(equal("\"\\n\\t\\/\"", "\"\\u000a\\u0009/\""));
  CHECK(equal("{\"a\":1,\"b\":[true,null]}", "{ \"b\" : [ true , null ] , \"\\u0061\" : 1.0 }"));
  CHECK(equal("[]", "[ ]"));
  CHECK(equal("{}", "{ }"));
}

TEST_CASE("json equality: tells apart what differs") {
  const std::vector<std::string> apart = {"0",
                                          "false",
                                          "\"\"",
                                          "null",
                                          "[]",
                                          "{}",
                                          "[0]",
                                          "[0,0]",
                                          "{\"a\":0}",
                                          "{\"a\":1}",
                                          "{\"b\":0}",
                                          "{\"a\":0,\"b\":0}",
                                          "\"a\"",
                                          "\"A\"",
                                          "1",
                                          "true",
                                          "[[]]",
                                          "\"0\"",
                                          "{\"a\":{\"b\":1}}",
                                          "{\"a\":{\"b\":2}}",
                                          "[1,2]",
                                          "[2,1]"};
  for (size_t i = 0; i < apart.size(); ++i) {
    for (size_t j = 0; j < apart.size(); ++j) {
      INFO(apart[i] << " and " << apart[j]);
      CHECK(equal(apart[i], apart[j]) == (i == j));
    }
  }
}

TEST_CASE("json equality: orders raw strings by what they stand for") {
  CHECK(compare_raw_strings("a", "b") < 0);
  CHECK(compare_raw_strings("\\u0062", "a") > 0);
  CHECK(compare_raw_strings("ab", "a") > 0);
  CHECK(compare_raw_strings("\\ud800", "\\ufffd") == 0);
  CHECK(equal_raw_strings("a\\\"", "\\u0061\\u0022"));
  CHECK_FALSE(equal_raw_strings("a", "b"));
}

TEST_CASE("json equality: gives up at its bound") {
  std::string large = "{\"k0\":0";
  for (int i = 1; i < 200; ++i) large += ",\"k" + std::to_string(i) + "\":0";
  large += "}";
  JsonEquality equality(5'000);
  CHECK_FALSE(equality.equal(large, large));
  CHECK(equality.gave_up());
}
