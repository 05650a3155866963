#include "simulator/services/apigateway/status_pattern.h"

#include <catch2/catch.hpp>
#include <regex>

using namespace edgehose;

TEST_CASE("status pattern: matches the whole status, as the standard library's engine does") {
  for (const char* text : {"200",  "4\\d{2}",         "5\\d\\d",       "(400|404)", "4[0-24]\\d",
                           "4..",  "[45]\\d{2}",      "2\\d*",         "(4|5)\\d+", "5[^0]\\d",
                           "40?0", "(50)?[0-9]{1,3}", "(?:2|3)\\d{2}", "4\\d{1}",   "",
                           ".*",   "((4|5)0)+3?",     "^4\\d\\d$",     "20{2}",     "Malformed",
                           "5{3}", "4\\d{2}|5\\d{2}"}) {
    std::string fault;
    const auto pattern = StatusPattern::read(text, fault);
    CAPTURE(text, fault);
    REQUIRE(pattern);
    const std::regex oracle(text);
    for (uint32_t status = 100; status < 600; ++status) {
      CAPTURE(status);
      REQUIRE(pattern->matches(status) == std::regex_match(std::to_string(status), oracle));
    }
  }
}

TEST_CASE("status pattern: the rest is refused by name") {
  for (const char* text :
       {"(", ")", "[4", "4{", "\\w", "4\\", "(((((4)))))", "(?=4)", "*", "4{x}"}) {
    std::string fault;
    CAPTURE(text);
    CHECK_FALSE(StatusPattern::read(text, fault));
    CHECK(fault.find(text) != std::string::npos);
  }
  std::string fault;
  CHECK_FALSE(StatusPattern::read(std::string(200, '4'), fault));
}
