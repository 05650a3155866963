#include "simulator/services/aws_error.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("aws error: an outcome is its value or its error") {
  const Outcome<int> good = 7;
  REQUIRE(good);
  REQUIRE(good.value() == 7);
  const Outcome<int> bad = AwsError{"Code", "text", 503};
  REQUIRE_FALSE(bad);
  REQUIRE(bad.error().code == "Code");
  REQUIRE(bad.error().http_status == 503);
}
