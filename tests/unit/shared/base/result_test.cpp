#include "shared/base/result.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace edgehose;

TEST_CASE("result: a value is true, gives itself and has no error") {
  Result<std::string> result(std::string("held"));
  REQUIRE(result);
  CHECK(result.error() == Error::none);
  CHECK(result.value() == "held");
  result.value() += "!";
  CHECK(std::move(result).value() == "held!");
}

TEST_CASE("result: an error is false and gives its code") {
  const Result<int> result(Error::too_large);
  CHECK_FALSE(result);
  CHECK(result.error() == Error::too_large);
}

TEST_CASE("result: a value that can only be moved is moved out") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 7);
}

// The numbers cross the C boundary: a change is a change of the ABI.
TEST_CASE("result: the codes keep their numbers") {
  CHECK(static_cast<int>(Error::none) == 0);
  CHECK(static_cast<int>(Error::malformed) == 1);
  CHECK(static_cast<int>(Error::too_large) == 2);
  CHECK(static_cast<int>(Error::not_found) == 3);
  CHECK(static_cast<int>(Error::out_of_space) == 4);
  CHECK(static_cast<int>(Error::io) == 5);
  CHECK(static_cast<int>(Error::already_exists) == 6);
}
