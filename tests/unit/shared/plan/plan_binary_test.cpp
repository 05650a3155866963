#include "shared/plan/plan_binary.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose::plan_binary;

TEST_CASE("plan binary: a view reads cells wherever the bytes lie") {
  const std::string bytes("?\x01\x02\x00\x00\x03\x00\x00\x80text", 13);
  const std::string_view shifted = std::string_view(bytes).substr(1);
  const View view(shifted);
  CHECK(view[0] == 0x201);
  CHECK(view[1] == 0x80000003);
  CHECK(view.wide(0) == 0x8000000300000201);
  CHECK(view.text(8, 4) == "text");
}
