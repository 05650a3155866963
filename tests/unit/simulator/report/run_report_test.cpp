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
  // 2 PUT and 4 LIST, 3 GET and 5 HEAD; two alarms are two in any run.
  const Usage packed{563'200 * kTimes, 6 * kTimes,     8 * kTimes,
                     500'000 * kTimes, 1'500 * kTimes, 33 * kTimes,
                     7 * kTimes,       3'584 * kTimes, 2};
  CHECK(report.packed->usage == packed);
  Usage single = packed;
  single[0] = 7'680'000 * kTimes;
  CHECK(report.single->usage == single);
  // Firehose: 563,200 x 25,920 / 2^30 = 13.5956 GB x 0.036 = 0.48944
  // PUT: 155,520 / 1,000 x 0.0047 = 0.730944; GET: 207,360 / 1,000 x 0.00037 = 0.0767232
  // storage: 12.0699 GB x 0.025 = 0.30175; API: 38.88 million x 4.25 = 165.24
  // What SQS, Lambda and alarms cost in Tokyo nobody here knows.
  const auto usd = [](const MonthlyBill& month) {
    return static_cast<double>(month.bill.total_nano_usd) / 1e9;
  };
  CHECK(usd(*report.packed) ==
        Approx(0.48944 + 0.730944 + 0.0767232 + 0.30175 + 165.24).margin(1e-3));
  CHECK(report.packed->bill.is_lower_bound);
  // 7,680,000 x 25,920 / 2^30 = 185.39 GB x 0.036 = 6.67419
  CHECK(usd(*report.single) ==
        Approx(6.67419 + 0.730944 + 0.0767232 + 0.30175 + 165.24).margin(1e-3));
  CHECK(static_cast<double>(*report.packed->nano_usd_per_million_events) / 1e9 ==
        Approx(usd(*report.packed) * 1e6 / (1'500.0 * kTimes)).margin(1e-6));
}

TEST_CASE("fill_from_status: an edge worker's bill has what its plan includes, and its fee") {
  RunReport report;
  report.status = SimulatorStatus{};
  report.edge = EdgeUse{.requests = 1'000, .shards = 2, .cpu_ms = 2'000};
  fill_from_status(report, tokyo(), 1);
  // A month has 2,592,000 times as many. 2,592 million requests: 2,582 above those included x 0.30
  // = 774.60; 5,184 million ms: 5,154 x 0.02 = 103.08; the objects' requests 2,591 x 0.15 = 388.65;
  // two objects awake: 2 x 2,592,000 s / 8 = 648,000 GB-s, 248,000 above those included
  // = 248 x 0.0125 = 3.10; the plan 5.00.
  const double usd = static_cast<double>(report.packed->bill.total_nano_usd) / 1e9;
  CHECK(usd == Approx(774.60 + 103.08 + 388.65 + 3.10 + 5.00).margin(1e-6));
  CHECK_FALSE(report.packed->bill.is_lower_bound);
  CHECK(bill_notes(report).at(1) == "workers_cpu: as --worker-cpu-ms gives it");
  report.edge->cpu_ms.reset();
  CHECK(bill_notes(report).at(1).find("not counted") != std::string::npos);
  fill_from_status(report, tokyo(), 1);
  CHECK(report.packed->bill.is_lower_bound);
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
