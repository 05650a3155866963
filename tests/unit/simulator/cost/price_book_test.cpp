#include "simulator/cost/price_book.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

namespace edgehose {

TEST_CASE("parse_nano_usd: reads prices exactly and refuses other text") {
  CHECK(parse_nano_usd("0.0047") == 4'700'000U);
  CHECK(parse_nano_usd("0.00037") == 370'000U);
  CHECK(parse_nano_usd("4.25") == 4'250'000'000U);
  CHECK(parse_nano_usd("5") == 5'000'000'000U);
  CHECK(parse_nano_usd("0.000000001") == 1U);
  for (const char* bad : {"", ".", ".5", "1.", "-1", "1e3", "0.0000000001", "1,5", "$1", "unknown",
                          "999999999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_nano_usd(bad));
  }
}

TEST_CASE("price book: the shipped one is prices.json and has every meter of every region") {
  std::ifstream file(std::string(EDGEHOSE_SOURCE_DIR) + "/simulator/cost/prices.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(shipped_prices() == text);
  for (const char* region : {"ap-northeast-1", "us-east-1"}) {
    auto read = read_price_book(shipped_prices(), region);
    REQUIRE(std::holds_alternative<PriceBook>(read));
    for (const MeterPrice& price : std::get<PriceBook>(read).prices) {
      CHECK_FALSE(price.unit.empty());
      REQUIRE_FALSE(price.tiers.empty());
      for (const PriceTier& tier : price.tiers) {
        if (!tier.nano_usd) continue;
        CHECK_FALSE(tier.date.empty());
        CHECK_FALSE(tier.source.empty());
        CHECK_FALSE(tier.confidence.empty());
      }
    }
  }
}

TEST_CASE("price book: Tokyo's prices are those of the facts") {
  auto read = read_price_book(shipped_prices(), "ap-northeast-1");
  REQUIRE(std::holds_alternative<PriceBook>(read));
  const PriceBook& book = std::get<PriceBook>(read);
  const auto first = [&](Meter meter) { return book.prices[static_cast<size_t>(meter)].tiers[0]; };
  CHECK(first(Meter::firehose_ingest).nano_usd == 36'000'000U);
  CHECK(first(Meter::firehose_ingest).width_units == 512'000U);
  CHECK(first(Meter::s3_put).nano_usd == 4'700'000U);
  CHECK(first(Meter::s3_get).nano_usd == 370'000U);
  CHECK(first(Meter::s3_storage).nano_usd == 25'000'000U);
  CHECK_FALSE(book.prices[0].tiers[1].nano_usd);  // nobody here knows the next tier
}

// The worked example of AWS's rounding: 10^9 events of 400 B, one a record, take 10^9 x 5,120 B,
// about 138 USD in us-east-1; twelve a record about 11.5 USD.
TEST_CASE("price book: a published calculation comes out") {
  auto read = read_price_book(shipped_prices(), "us-east-1");
  REQUIRE(std::holds_alternative<PriceBook>(read));
  const PriceBook& book = std::get<PriceBook>(read);
  const Bill single = make_bill({1'000'000'000ULL * 5'120, 0, 0, 0}, book);
  CHECK(single.total_nano_usd / 1'000'000'000 == 138);
  const Bill packed = make_bill({1'000'000'000ULL / 12 * 5'120, 0, 0, 0}, book);
  CHECK(static_cast<double>(packed.total_nano_usd) / 1e9 == Approx(11.5).margin(0.05));
}

TEST_CASE("price book: what does not read says why") {
  const auto fault = [](std::string_view json, const std::string& region) {
    auto read = read_price_book(json, region);
    REQUIRE(std::holds_alternative<std::string>(read));
    return std::get<std::string>(read);
  };
  CHECK(fault(shipped_prices(), "mars-1").find("ap-northeast-1, us-east-1") != std::string::npos);
  CHECK_FALSE(fault("", "x").empty());
  CHECK_FALSE(fault("{}", "x").empty());
  CHECK(fault(R"({"regions":{"x":{"s3_put":{"unit":"u","tiers":[{"width":null,"usd":"free"}]}}}})",
              "x")
            .find("free") != std::string::npos);
}

}  // namespace edgehose
