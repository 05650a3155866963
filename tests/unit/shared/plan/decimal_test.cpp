#include "shared/plan/decimal.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

bool multiple(std::string_view number, std::string_view of) {
  DecimalDivisor divisor;
  REQUIRE(read_divisor(of, divisor));
  return is_multiple(number, divisor);
}

}  // namespace

TEST_CASE("decimal: compares every pair of an ordered table") {
  const std::vector<std::string> ordered = {"-1e308",
                                            "-12345678901234567890",
                                            "-100",
                                            "-99.999",
                                            "-1.5",
                                            "-1",
                                            "-0.1",
                                            "-1e-400",
                                            "0",
                                            "1e-400",
                                            "0.1",
                                            "0.10000000000000000000000001",
                                            "0.25",
                                            "1",
                                            "1.0000000000000000001",
                                            "9007199254740992",
                                            "9007199254740993",
                                            "12345678901234567890",
                                            "1e20",
                                            "1.7e308"};
  for (size_t i = 0; i < ordered.size(); ++i) {
    for (size_t j = 0; j < ordered.size(); ++j) {
      INFO(ordered[i] << " and " << ordered[j]);
      const int expected = i < j ? -1 : i > j ? 1 : 0;
      CHECK(compare_decimals(ordered[i], ordered[j]) == expected);
      CHECK(compare_small_decimals(read_small_decimal(ordered[i]), read_small_decimal(ordered[j]),
                                   ordered[i], ordered[j]) == expected);
    }
  }
}

TEST_CASE("decimal: the ways to write one number are equal and hash the same") {
  const std::vector<std::vector<std::string>> same = {
      {"1", "1.0", "10e-1", "0.1E1", "1e0", "1e+0", "1.000000000000000000000000"},
      {"0", "-0", "0.0", "0e10", "-0.0e-5"},
      {"120", "1.2e2", "12e1", "120.00"},
      {"-0.05", "-5e-2", "-0.50e-1"}};
  for (const auto& forms : same) {
    for (const auto& form : forms) {
      INFO(form);
      CHECK(compare_decimals(form, forms.front()) == 0);
      CHECK(hash_decimal(form) == hash_decimal(forms.front()));
    }
  }
  CHECK(hash_decimal("1") != hash_decimal("10"));
  CHECK(hash_decimal("1") != hash_decimal("-1"));
}

TEST_CASE("decimal: knows an integer however it is written") {
  for (const char* text :
       {"0", "-0.0", "1", "1.0", "1e2", "1.5e1", "12345678901234567890123", "0.0001e4", "100e-2"}) {
    INFO(text);
    CHECK(is_integral(text));
  }
  for (const char* text : {"0.5", "1.5", "1e-1", "15e-2", "-0.1", "12345678901234567890.5"}) {
    INFO(text);
    CHECK_FALSE(is_integral(text));
  }
}

TEST_CASE("decimal: divides exactly") {
  CHECK(multiple("0.3", "0.1"));
  CHECK(multiple("0", "7"));
  CHECK(multiple("1e308", "7e300") == false);
  CHECK(multiple("7e308", "7e300"));
  CHECK(multiple("4.02", "0.01"));
  CHECK_FALSE(multiple("4.021", "0.01"));
  CHECK(multiple("-21", "7"));
  CHECK(multiple("123456789012345678901234567890", "10"));
  CHECK_FALSE(multiple("1e-400", "1"));
  CHECK(multiple("35", "2.5"));
  CHECK_FALSE(multiple("36", "2.5"));
  DecimalDivisor divisor;
  for (const char* text : {"0", "-1", "1234567890123456789", "1e401"}) {
    INFO(text);
    CHECK_FALSE(read_divisor(text, divisor));
  }
}

TEST_CASE("decimal: agrees with integers on random small numbers") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto a = static_cast<int64_t>(random() % 20'001) - 10'000;
    const auto b = static_cast<int64_t>(random() % 20'001) - 10'000;
    const int expected = a < b ? -1 : a > b ? 1 : 0;
    // The same numbers a thousand times smaller.
    const auto thousandth = [](int64_t n) {
      std::string digits = std::to_string(n < 0 ? -n : n);
      while (digits.size() < 4) digits.insert(digits.begin(), '0');
      return (n < 0 ? "-" : "") + digits.substr(0, digits.size() - 3) + "." +
             digits.substr(digits.size() - 3);
    };
    REQUIRE(compare_decimals(std::to_string(a), std::to_string(b)) == expected);
    REQUIRE(compare_decimals(thousandth(a), thousandth(b)) == expected);
    const int64_t by = static_cast<int64_t>(random() % 50) + 1;
    REQUIRE(multiple(thousandth(a), "0." + std::string(by < 10 ? "00" : "0") +
                                        std::to_string(by)) == (a % by == 0));
  }
}
