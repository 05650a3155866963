#include "simulator/report/simulator_status.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/report/sample_status.h"

namespace edgehose {

TEST_CASE("parse_simulator_status: takes every figure") {
  const auto status = parse_simulator_status(kSampleStatus);
  REQUIRE(status);
  CHECK(status->quota_profile == "tokyo-2020");
  CHECK(status->now_ms - status->started_ms == 100'000);
  CHECK(status->s3_puts == 2);
  CHECK(status->s3_gets == 3);
  CHECK(status->s3_lists == 4);
  CHECK(status->s3_heads == 5);
  CHECK(status->s3_put_bytes == 500'000);
  CHECK(status->apigateway_requests == 1'500);
  CHECK(status->sqs_requests == 33);
  CHECK(status->lambda_requests == 7);
  CHECK(status->lambda_mib_ms == 3'584);
  CHECK(status->alarms == 2);
  REQUIRE(status->streams.size() == 2);
  const StreamStatus& stream = status->streams[0];
  CHECK(stream.name == "page_view");
  CHECK(stream.requests == 10);
  CHECK(stream.records == 100);
  CHECK(stream.bytes == 500'000);
  CHECK(stream.billed_bytes == 512'000);
  CHECK(stream.lines == 1'200);
  CHECK(stream.billed_bytes_single == 6'144'000);
  CHECK(stream.throttled_requests == 1);
  CHECK(stream.throttled_records == 2);
  CHECK(stream.buffered_records == 7);
  CHECK(stream.delivered_objects == 4);
  CHECK(stream.delivered_bytes == 450'000);
  CHECK(stream.peak.records == 250);
  CHECK(stream.limits.bytes == 1'048'576);
}

TEST_CASE("parse_simulator_status: other text is no status") {
  for (const char* bad : {"", "[]", "{}", R"({"quota_profile":"x","now_ms":1,"started_ms":0})"}) {
    INFO(bad);
    CHECK_FALSE(parse_simulator_status(bad));
  }
}

}  // namespace edgehose
