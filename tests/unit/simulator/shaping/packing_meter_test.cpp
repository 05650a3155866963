#include "simulator/shaping/packing_meter.h"

#include <catch2/catch.hpp>
#include <string>

#include "shared/pack/lines.h"
#include "shared/wire/put_record_batch.h"

using namespace edgehose;

namespace {

std::string lines_of(size_t count, size_t bytes) {
  std::string frame;
  for (size_t i = 0; i < count; ++i) append_line(frame, {"s", std::string(bytes, 'x'), 1});
  return frame;
}

}  // namespace

TEST_CASE("packing_meter: lines that come together share records") {
  PackingMeter meter(ShardOptions{});
  meter.submit(1'000, lines_of(100, 511));
  meter.finish();
  CHECK(meter.counters().delivered_lines == 100);
  CHECK(meter.counters().sent_bytes == 51'200);
  CHECK(meter.counters().billed_bytes == 51'200);
  CHECK(meter.counters().held_lines == 0);
}

TEST_CASE("packing_meter: requests further apart than the linger do not wait for each other") {
  PackingMeter meter(ShardOptions{});
  for (int i = 0; i < 10; ++i) meter.submit(i * 10'000, lines_of(1, 400));
  meter.finish();
  CHECK(meter.counters().delivered_lines == 10);
  CHECK(meter.counters().delivered_records == 10);
  CHECK(meter.counters().billed_bytes == 10 * kBillingStepBytes);
}

TEST_CASE(
    "packing_meter: requests are packed in the order of their times, whatever order they have") {
  PackingMeter meter(ShardOptions{});
  for (int i = 10; i-- > 0;) meter.submit(i * 10'000, lines_of(1, 400));
  meter.finish();
  CHECK(meter.counters().delivered_lines == 10);
  CHECK(meter.counters().delivered_records == 10);
  CHECK(meter.late_requests() == 0);
}

TEST_CASE("packing_meter: every time is taken, those before 1970 and those of no calendar too") {
  PackingMeter meter(ShardOptions{});
  for (int64_t now : {INT64_MIN, int64_t{-1}, int64_t{1'000'000}, INT64_MAX}) {
    meter.submit(now, lines_of(1, 100));
  }
  meter.finish();
  CHECK(meter.counters().delivered_lines == 4);
  CHECK(meter.counters().delivered_records == 4);
}

TEST_CASE("packing_meter: what comes too late to be sorted counts as the latest, and is counted") {
  PackingMeter meter(ShardOptions{}, 0);
  for (int64_t now : {5'000, 1'000, 9'000, 0}) meter.submit(now, lines_of(3, 100));
  meter.finish();
  CHECK(meter.counters().delivered_lines == 12);
  CHECK(meter.late_requests() == 2);
}

TEST_CASE("packing_meter: a time beyond the calendar is its end") {
  PackingMeter meter(ShardOptions{});
  for (int64_t now : {INT64_MIN, -1'000'000'000'000'000'000, int64_t{0}, INT64_MAX}) {
    meter.submit(now, lines_of(3, 100));
  }
  meter.finish();
  CHECK(meter.counters().delivered_lines == 12);
}

TEST_CASE("packing_meter: without lines there is nothing to wait for") {
  PackingMeter meter(ShardOptions{});
  meter.finish();
  CHECK(meter.counters().sent_batches == 0);
}

TEST_CASE("packing_meter: gzip members are compressed in earnest, and billed by their size") {
  ShardOptions options;
  options.gzip_members = true;
  PackingMeter meter(options);
  meter.submit(1'000, lines_of(500, 500));
  meter.finish();
  CHECK(meter.counters().delivered_lines == 500);
  CHECK(meter.counters().delivered_line_bytes == 250'500);
  CHECK(meter.counters().billed_bytes == kBillingStepBytes);
}
