#include "simulator/load/collect_answer.h"

#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("parse_collect_answer: takes accepted and the failed indexes") {
  const auto answer = parse_collect_answer(
      R"({"accepted":2,"failed":[{"index":3,"reason":"x","pointer":"/a"},{"index":0}],"ack":"durable"})",
      4);
  REQUIRE(answer);
  CHECK(answer->accepted == 2);
  CHECK(answer->failed == std::vector<uint32_t>{0, 3});
  CHECK(parse_collect_answer(R"({"accepted":1})", 1));
}

TEST_CASE("parse_collect_answer: an answer that does not account for every event says nothing") {
  for (const char* bad :
       {"", "[]", "not json", R"({"accepted":"2"})", R"({"accepted":1,"failed":[]})",
        R"({"accepted":3})", R"({"accepted":1,"failed":[{"index":2}]})",
        R"({"accepted":1,"failed":[{"index":-1}]})", R"({"accepted":1,"failed":[{"index":1}]} x)",
        R"({"accepted":0,"failed":[{"index":1},{"index":1}]})"}) {
    INFO(bad);
    CHECK_FALSE(parse_collect_answer(bad, 2));
  }
}

}  // namespace edgehose
