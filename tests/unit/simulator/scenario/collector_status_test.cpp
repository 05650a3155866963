#include "simulator/scenario/collector_status.h"

#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("parse_collector_status: takes the two counters and asks for both") {
  const auto status =
      parse_collector_status(R"({"held_bytes":9,"held_lines":3,"ambiguous_lines":2})");
  REQUIRE(status);
  CHECK(status->held_lines == 3);
  CHECK(status->ambiguous_lines == 2);
  CHECK(status->shards == 1);
  const auto counted = parse_collector_status(
      R"({"held_lines":0,"ambiguous_lines":0,"shards":3,"answered_requests":9,"refused_requests":2,
          "timed_out_requests":1})");
  REQUIRE(counted);
  CHECK(counted->shards == 3);
  CHECK(counted->requests == 12);
  for (const char* bad : {"", "[]", "{}", R"({"held_lines":3})", R"({"ambiguous_lines":2})",
                          R"({"held_lines":"3","ambiguous_lines":2})"}) {
    INFO(bad);
    CHECK_FALSE(parse_collector_status(bad));
  }
}

}  // namespace edgehose
