#include "shared/base/limits.h"

#include <catch2/catch.hpp>

#include "shared/base/base64.h"
#include "shared/wire/put_record_batch.h"

using namespace edgehose;

TEST_CASE("limits: a line with its newline is a Firehose record at worst") {
  CHECK(Limits{}.line_bytes_max == kRecordBytesMax);
}

TEST_CASE(
    "limits: the kept part of a failed event is at most 64 KiB as base64, as the design says") {
  CHECK(base64_bytes(Limits{}.raw_bytes_max) == 64 * 1024);
}

TEST_CASE("limits: the lines of one request are bounded by its body's bound") {
  CHECK(lines_bytes_max(Limits{}) == 1'048'576 * 5 / 2 + 1'024'000);
}
