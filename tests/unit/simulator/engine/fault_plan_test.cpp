#include "simulator/engine/fault_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

FaultRule slow_down(uint32_t rate_ppm = kPerMillion) {
  return {.service = FaultService::s3,
          .operation = "PutObject",
          .rate_ppm = rate_ppm,
          .error = FaultError{"SlowDown", "", 503}};
}

constexpr FaultCall kPut{FaultService::s3, "PutObject", "lake"};

// Everything a plan decides in a run, as text.
std::string run(uint64_t seed) {
  FaultPlan plan(seed);
  (void)plan.add(0, slow_down(300'000));
  FaultRule latency{.rate_ppm = 500'000, .latency_min_ms = 200, .latency_max_ms = 2'000};
  latency.partial_ppm = 250'000;
  (void)plan.add(0, latency);
  std::string digest;
  for (int64_t now = 0; now < 500; ++now) {
    const auto put = plan.decide(now, kPut);
    const auto batch = plan.decide(now, {FaultService::firehose, "PutRecordBatch", "a"});
    digest += put.error ? 'E' : '.';
    digest += std::to_string(batch.latency_ms) + ":";
    for (const uint8_t flag : batch.rows.refused(8)) digest += flag != 0 ? '1' : '0';
  }
  return digest;
}

}  // namespace

TEST_CASE("fault plan: the same seed and calls give the same decisions, another seed others") {
  CHECK(run(7) == run(7));
  CHECK(run(7) != run(8));
}

TEST_CASE("fault plan: a fault meets its service, operation and target, in its time, and counts") {
  FaultPlan plan(1);
  FaultRule fault = slow_down();
  fault.target = "lake";
  fault.from_ms = 100;
  fault.until_ms = 200;
  REQUIRE(plan.add(0, fault) == 1);
  CHECK_FALSE(plan.decide(99, kPut).error);
  CHECK(plan.decide(100, kPut).error->code == "SlowDown");
  CHECK(plan.decide(199, kPut).error);
  CHECK_FALSE(plan.decide(200, kPut).error);
  CHECK_FALSE(plan.decide(150, {FaultService::s3, "PutObject", "other"}).error);
  CHECK_FALSE(plan.decide(150, {FaultService::s3, "GetObject", "lake"}).error);
  CHECK_FALSE(plan.decide(150, {FaultService::delivery, "PutObject", "lake"}).error);
  CHECK(plan.entries().at(0).hits == 2);
  CHECK(plan.is_active(150, FaultService::s3));
  CHECK_FALSE(plan.is_active(200, FaultService::s3));
  CHECK_FALSE(plan.is_active(150, FaultService::firehose));
}

TEST_CASE("fault plan: a rate is the share of the calls it meets, exactly at both ends") {
  FaultPlan plan(3);
  (void)plan.add(0, slow_down(250'000));
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += plan.decide(0, kPut).error ? 1 : 0;
  // Five standard deviations around 25,000.
  CHECK(hits > 24'315);
  CHECK(hits < 25'685);
  (void)plan.clear();
  (void)plan.add(0, slow_down(kPerMillion));
  for (int i = 0; i < 1'000; ++i) REQUIRE(plan.decide(0, kPut).error);
}

TEST_CASE("fault plan: of several faults the first error and the longest latency count") {
  FaultPlan plan(1);
  (void)plan.add(0, {.service = FaultService::s3, .latency_min_ms = 300, .latency_max_ms = 300});
  (void)plan.add(0, slow_down());
  FaultRule second = slow_down();
  second.error->code = "InternalError";
  second.duplicate = true;
  second.latency_min_ms = second.latency_max_ms = 100;
  (void)plan.add(0, second);
  const auto decision = plan.decide(0, kPut);
  CHECK(decision.error->code == "SlowDown");
  CHECK_FALSE(decision.duplicate);
  CHECK(decision.latency_ms == 300);
}

TEST_CASE("fault plan: a latency lies between its ends, and reaches both") {
  FaultPlan plan(1);
  (void)plan.add(0, {.service = FaultService::s3, .latency_min_ms = 2, .latency_max_ms = 4});
  std::vector<int> seen(5);
  for (int i = 0; i < 1'000; ++i) ++seen.at(plan.decide(0, kPut).latency_ms);
  CHECK((seen[0] == 0 && seen[1] == 0 && seen[2] > 0 && seen[3] > 0 && seen[4] > 0));
}

TEST_CASE("fault plan: it holds 64 faults, and one that is over makes room") {
  FaultPlan plan(1);
  for (size_t i = 0; i < kFaultsMax - 1; ++i) REQUIRE(plan.add(0, slow_down()));
  FaultRule short_one = slow_down();
  short_one.until_ms = 10;
  REQUIRE(plan.add(0, short_one) == 64);
  CHECK_FALSE(plan.add(9, slow_down()));
  CHECK(plan.add(10, slow_down()) == 65);
  CHECK(plan.entries().size() == kFaultsMax);
  CHECK(plan.remove(65));
  CHECK_FALSE(plan.remove(65));
  CHECK_FALSE(plan.remove(64));
  CHECK(plan.clear() == kFaultsMax - 1);
}

TEST_CASE("fault plan: refused rows are the share asked for, and the same for the same seed") {
  const RowFault fault{.ppm = 200'000, .seed = 5};
  const auto flags = fault.refused(10'000);
  CHECK(flags == fault.refused(10'000));
  const auto refused = std::count(flags.begin(), flags.end(), 1);
  CHECK(refused > 1'800);
  CHECK(refused < 2'200);
  const auto all = RowFault{.ppm = kPerMillion, .seed = 5}.refused(3);
  CHECK(all == std::vector<uint8_t>{1, 1, 1});
}

TEST_CASE("fault plan: services have names and errors of their own") {
  for (const auto service : {FaultService::firehose, FaultService::s3, FaultService::delivery,
                             FaultService::sqs, FaultService::lambda, FaultService::apigateway}) {
    CHECK(find_fault_service(fault_service_name(service)) == service);
  }
  CHECK_FALSE(find_fault_service("athena"));
  CHECK(default_fault_error(FaultService::firehose).http_status == 500);
  CHECK(default_fault_error(FaultService::s3).code == "SlowDown");
  CHECK(default_fault_error(FaultService::sqs).code == "InternalFailure");
  CHECK(default_fault_error(FaultService::lambda).code == "ServiceException");
  CHECK(default_fault_error(FaultService::apigateway).code == "InternalServerError");
}
