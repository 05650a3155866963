#include "simulator/engine/duration.h"

#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("parse_duration_ms: takes seconds and named units, and nothing else") {
  CHECK(parse_duration_ms("30") == 30'000);
  CHECK(parse_duration_ms("30s") == 30'000);
  CHECK(parse_duration_ms("500ms") == 500);
  CHECK(parse_duration_ms("2m") == 120'000);
  CHECK(parse_duration_ms("1h") == 3'600'000);
  CHECK(parse_duration_ms("0") == 0);
  for (const char* bad : {"", "s", "-1", "1.5", "1d", "1 s", "99999999h", "9223372036854775808"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration_ms(bad));
  }
}

}  // namespace edgehose
