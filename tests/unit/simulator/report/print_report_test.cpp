#include "simulator/report/print_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "simulator/cost/price_book.h"
#include "tests/unit/simulator/report/sample_status.h"

namespace edgehose {
namespace {

RunReport sample(uint64_t duration_s = 100) {
  auto read = read_price_book(shipped_prices(), "ap-northeast-1");
  REQUIRE(std::holds_alternative<PriceBook>(read));
  RunReport report;
  report.region = "ap-northeast-1";
  report.status = parse_simulator_status(kSampleStatus);
  // What these cost in Tokyo nobody here knows.
  report.status->sqs_requests = report.status->lambda_requests = 0;
  report.status->lambda_mib_ms = report.status->alarms = 0;
  report.lake = std::vector<LakeRow>{{"content_type=page_view", 4, 450'000, 2}};
  fill_from_status(report, std::get<PriceBook>(read), duration_s);
  return report;
}

std::string text_of(const RunReport& report) {
  std::ostringstream out;
  print_report(report, out);
  return out.str();
}

}  // namespace

TEST_CASE("print report: numbers are for reading") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(price_text(36'000'000) == "0.036");
  CHECK(price_text(370'000) == "0.00037");
  CHECK(price_text(4'250'000'000) == "4.25");
  CHECK(price_text(5'000'000'000) == "5.00");
  CHECK(usd_text(0) == "0.0000");
  CHECK(usd_text(1) == "<0.0001");
  CHECK(usd_text(123'456'789) == "0.1235");
  CHECK(usd_text(999'999'999) == "1.0000");
  CHECK(usd_text(1'234'567'890'000) == "1,234.57");
}

TEST_CASE("print report: the text has streams, lake, headroom and both bills with their sources") {
  const std::string text = text_of(sample());
  for (const char* part :
       {"quota profile tokyo-2020", "content_type=page_view", "524,288", "50.0 %", "unlimited",
        "1,500 events in 100 s", "as this run was", "one event a record", "firehose_ingest",
        "13.596 GB", "x     0.036", "[A, 2025-05, two published breakdowns", "per 1,000,000 events",
        "times as much"}) {
    INFO(text);
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("print report: an unknown price is printed as such and bounds the total from below") {
  RunReport report = sample();
  PriceBook empty;
  fill_from_status(report, empty, 100);
  const std::string text = text_of(report);
  INFO(text);
  CHECK(text.find("unknown") != std::string::npos);
  CHECK(text.find("total at least USD 0.0000") != std::string::npos);
  CHECK(text.find("times as much") == std::string::npos);
  std::ostringstream out;
  print_report_json(report, out);
  const auto bill = nlohmann::json::parse(out.str()).at("bill").at("packed");
  CHECK(bill.at("is_lower_bound") == true);
  CHECK(bill.at("lines").at(0).at("usd") == "unknown");
  CHECK(bill.at("lines").at(0).at("count") == report.packed->usage[0]);
}

TEST_CASE("print report: the JSON carries the same figures") {
  std::ostringstream out;
  print_report_json(sample(), out);
  const auto json = nlohmann::json::parse(out.str());
  CHECK(json.at("streams").at(0).at("lines") == 1'200);
  CHECK(json.at("headroom").at(2).at("used_permille") == 500);
  CHECK(json.at("lake").at(0).at("partitions") == 2);
  const auto& bill = json.at("bill");
  CHECK(bill.at("events") == 1'500);
  CHECK(bill.at("packed").at("total_usd").get<double>() == Approx(166.8389).margin(1e-3));
  CHECK(bill.at("single").at("total_usd").get<double>() == Approx(173.0236).margin(1e-3));
  CHECK(bill.at("packed").at("lines").at(0).at("confidence") == "A");
}

}  // namespace edgehose
