#include "simulator/report/run_report.h"

#include <catch2/catch.hpp>

#include "simulator/cost/price_book.h"
#include "tests/unit/simulator/report/sample_status.h"

namespace edgehose {
namespace {

PriceBook tokyo() {
  auto read = read_price_book(shipped_prices(), "ap-northeast-1");
  REQUIRE(std::holds_alternative<PriceBook>(read));
  return std::get<PriceBook>(read);
}

}  // namespace

TEST_CASE("lake_rows: counts objects, bytes and hours of each type, failed events apart") {
  std::vector<LakeObject> objects;
  const auto add = [&](const char* key, uint64_t bytes) {
    objects.push_back(describe_key(key));
    objects.back().bytes = bytes;
  };
  add("content_type=b/year=2026/month=11/day=22/hour=08/x", 1);
  add("content_type=b/year=2026/month=11/day=22/hour=08/y", 2);
  add("content_type=b/year=2026/month=11/day=22/hour=09/z", 4);
  add("content_type=a/odd", 8);
  add("failed_events/year=2026/month=11/day=22/hour=09/z", 16);
  add("elsewhere/x", 32);
  const auto rows = lake_rows(objects);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "content_type=a");
  CHECK(rows[0].partitions == 0);
  CHECK(rows[1].name == "content_type=b");
  CHECK(rows[1].objects == 3);
  CHECK(rows[1].bytes == 7);
  CHECK(rows[1].partitions == 2);
  CHECK(rows[2].name == "failed_events");
  CHECK(rows[2].bytes == 16);
}

TEST_CASE("headroom_of: holds the busiest second against each quota") {
  const auto rows = headroom_of(*parse_simulator_status(kSampleStatus));
  REQUIRE(rows.size() == 6);
  CHECK(rows[0].quota == "records/s");
  CHECK(rows[0].used_permille == 250);
  CHECK(rows[1].used_permille == 20);
  CHECK(rows[2].used_permille == 500);
  CHECK(rows[3].limit == 0);
  CHECK(rows[3].used_permille == 0);
}

TEST_CASE("fill_from_status: the bill of a month, computed by hand") {
  RunReport report;
  report.status = parse_simulator_status(kSampleStatus);
  fill_from_status(report, tokyo(), 100);
  // 100 s go 25,920 times into 30 days.
  constexpr uint64_t kTimes = 25'920;
  CHECK(report.events == 1'500);
  CHECK(report.events_monthly == 1'500 * kTimes);
  REQUIRE(report.packed);
  REQUIRE(report.single);
  CHECK(report.packed->usage == Usage{563'200 * kTimes, 12 * kTimes, 8 * kTimes, 500'000 * kTimes});
  CHECK(report.single->usage ==
        Usage{7'680'000 * kTimes, 12 * kTimes, 8 * kTimes, 500'000 * kTimes});
  // Firehose: 563,200 x 25,920 / 2^30 = 13.5956 GB x 0.036 = 0.48944
  // PUT: 311,040 / 1,000 x 0.0047 = 1.461888; GET: 207,360 / 1,000 x 0.00037 = 0.0767232
  // storage: 12.0699 GB x 0.025 = 0.30175
  const auto usd = [](const MonthlyBill& month) {
    return static_cast<double>(month.bill.total_nano_usd) / 1e9;
  };
  CHECK(usd(*report.packed) == Approx(0.48944 + 1.461888 + 0.0767232 + 0.30175).margin(1e-4));
  // 7,680,000 x 25,920 / 2^30 = 185.39 GB x 0.036 = 6.67419
  CHECK(usd(*report.single) == Approx(6.67419 + 1.461888 + 0.0767232 + 0.30175).margin(1e-3));
  CHECK(static_cast<double>(*report.packed->nano_usd_per_million_events) / 1e9 ==
        Approx(usd(*report.packed) * 1e6 / (1'500.0 * kTimes)).margin(1e-6));
}

TEST_CASE("fill_from_status: a run without events has no price per event") {
  RunReport report;
  report.status = SimulatorStatus{};
  fill_from_status(report, tokyo(), 1);
  REQUIRE(report.packed);
  CHECK_FALSE(report.packed->nano_usd_per_million_events);
  CHECK(report.packed->bill.total_nano_usd == 0);
}

}  // namespace edgehose
