#include "shared/base/json_escape.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("json escape: a unit is read where its escape stands whole") {
  CHECK(json_unit_at("\\u0041", 0) == 0x41);
  CHECK(json_unit_at("a\\uD83d", 1) == 0xd83d);
  CHECK(json_unit_at("\\uffff", 0) == 0xffff);
}

TEST_CASE("json escape: anything else is no unit") {
  CHECK(json_unit_at("", 0) == -1);
  CHECK(json_unit_at("\\u004", 0) == -1);
  CHECK(json_unit_at("\\u00g1", 0) == -1);
  CHECK(json_unit_at("\\n0041", 0) == -1);
  CHECK(json_unit_at("u00412", 0) == -1);
  CHECK(json_unit_at("\\u0041", 1) == -1);
  CHECK(json_unit_at("\\u0041", 6) == -1);
}

TEST_CASE("json escape: which units are halves of a pair") {
  CHECK_FALSE(is_high_surrogate(0xd7ff));
  CHECK(is_high_surrogate(0xd800));
  CHECK(is_high_surrogate(0xdbff));
  CHECK_FALSE(is_high_surrogate(0xdc00));
  CHECK(is_low_surrogate(0xdc00));
  CHECK(is_low_surrogate(0xdfff));
  CHECK_FALSE(is_low_surrogate(0xe000));
  CHECK_FALSE(is_low_surrogate(-1));
}
