#include "simulator/load/load_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace edgehose {
namespace {

LoadReport sample() {
  LoadReport report;
  report.driver.started = 3;
  report.driver.attempts = 4;
  report.events = 30;
  report.acknowledged = 20;
  report.refused = 10;
  report.statuses = {{200, 2}, {503, 1}};
  report.wanted_events_s = 10;
  report.achieved_events_s = 9.5;
  report.behind_schedule = true;
  report.skipped = {.count = 2, .first_numbers = {7, 9}};
  for (int i = 1; i <= 100; ++i) report.latency.record_ns(i * 1'000'000);
  return report;
}

}  // namespace

TEST_CASE("load report: the JSON carries every figure") {
  std::ostringstream out;
  print_load_report_json(sample(), out);
  const auto json = nlohmann::json::parse(out.str());
  CHECK(json.at("requests") == 3);
  CHECK(json.at("attempts") == 4);
  CHECK(json.at("events") == 30);
  CHECK(json.at("acknowledged") == 20);
  CHECK(json.at("refused") == 10);
  CHECK(json.at("statuses") == nlohmann::json({{"200", 2}, {"503", 1}}));
  CHECK(json.at("behind_schedule") == true);
  CHECK(json.at("log_lines_skipped_first") == nlohmann::json({7, 9}));
  CHECK(json.at("latency_ms").at("p50").get<double>() == Approx(50).epsilon(0.002));
  CHECK(json.at("latency_ms").at("p99").get<double>() == Approx(99).epsilon(0.002));
  CHECK(json.at("latency_ms").at("max").get<double>() == Approx(100).epsilon(0.002));
}

TEST_CASE("load report: the text names counts, lines that did not parse, and being late") {
  std::ostringstream out;
  print_load_report(sample(), out);
  const std::string text = out.str();
  for (const char* part :
       {"acknowledged 20, failed 0, refused 10", "200: 2 503: 1", "2 did not parse: lines 7 9",
        "wanted 10.0 events/s, achieved 9.5", "BEHIND SCHEDULE", "p99.9"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

}  // namespace edgehose
