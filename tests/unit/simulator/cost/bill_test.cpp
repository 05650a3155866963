#include "simulator/cost/bill.h"

#include <catch2/catch.hpp>
#include <limits>

namespace edgehose {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

PriceTier tier(std::optional<uint64_t> width, std::optional<uint64_t> nano_usd) {
  return {
      .width_units = width, .nano_usd = nano_usd, .date = "d", .source = "s", .confidence = "A"};
}

PriceBook sample_book() {
  PriceBook book;
  book.prices[0] = {"GB", {tier(100, 36'000'000), tier(50, 30'000'000), tier(10, std::nullopt)}};
  book.prices[1] = {"1,000 requests", {tier(std::nullopt, 4'700'000)}};
  book.prices[3] = {"GB-month", {tier(std::nullopt, 25'000'000)}};
  return book;
}

}  // namespace

TEST_CASE("scale: rounds to nearest and never wraps") {
  CHECK(scale(10, 1, 3) == 3);
  CHECK(scale(11, 1, 3) == 4);
  CHECK(scale(kMost, 3, 3) == kMost);
  CHECK(scale(kMost, 2, 1) == kMost);
  CHECK(scale(0, 5, 1) == 0);
}

TEST_CASE("make_bill: a bill computed by hand") {
  // 10 GiB x 0.036 = 0.36; 2,500 PUT x 0.0047 / 1,000 = 0.01175; 4 GiB x 0.025 = 0.10.
  const Bill bill = make_bill({10 * kGiB, 2'500, 0, 4 * kGiB}, sample_book());
  REQUIRE(bill.lines.size() == 3);
  CHECK(bill.lines[0].nano_usd == 360'000'000U);
  CHECK(bill.lines[1].nano_usd == 11'750'000U);
  CHECK(bill.lines[2].nano_usd == 100'000'000U);
  CHECK(bill.total_nano_usd == 471'750'000);
  CHECK_FALSE(bill.is_lower_bound);
}

TEST_CASE("make_bill: counts fill one tier after the other") {
  const Bill bill = make_bill({120 * kGiB, 0, 0, 0}, sample_book());
  REQUIRE(bill.lines.size() == 2);
  CHECK(bill.lines[0].count == 100 * kGiB);
  CHECK(bill.lines[1].count == 20 * kGiB);
  CHECK(bill.total_nano_usd == 3'600'000'000 + 600'000'000);
  const Bill edge = make_bill({100 * kGiB, 0, 0, 0}, sample_book());
  CHECK(edge.lines.size() == 1);
}

TEST_CASE("make_bill: an unknown price keeps its count and makes the total a lower bound") {
  // 100 and 50 GiB have prices, 10 a tier without one, 5 lie beyond the last tier.
  const Bill bill = make_bill({165 * kGiB, 0, 7, 0}, sample_book());
  REQUIRE(bill.lines.size() == 5);
  CHECK_FALSE(bill.lines[2].nano_usd);
  CHECK(bill.lines[2].count == 10 * kGiB);
  CHECK_FALSE(bill.lines[3].nano_usd);
  CHECK(bill.lines[3].count == 5 * kGiB);
  CHECK(bill.lines[4].meter == Meter::s3_get);  // a meter that the book does not have
  CHECK_FALSE(bill.lines[4].nano_usd);
  CHECK(bill.total_nano_usd == 3'600'000'000 + 1'500'000'000);
  CHECK(bill.is_lower_bound);
}

}  // namespace edgehose
