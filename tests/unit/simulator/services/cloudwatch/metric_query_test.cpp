#include "simulator/services/cloudwatch/metric_query.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;
const uint8_t kCount = *find_metric_unit("Count");
const uint8_t kBytes = *find_metric_unit("Bytes");

}  // namespace

TEST_CASE("metric query: statistics are read by their names, percentiles by their form") {
  REQUIRE(read_statistic("Sum")->kind == MetricStatistic::Kind::sum);
  REQUIRE(read_statistic("SampleCount")->kind == MetricStatistic::Kind::sample_count);
  REQUIRE(read_statistic("p99.9")->percent == Approx(99.9));
  REQUIRE(read_statistic("p50")->percent == 50);
  REQUIRE(read_statistic("p100"));
  for (const char* wrong : {"", "p", "p.5", "p5.", "p101", "p1.2.3", "P50", "p-1", "tm90", "sum",
                            "p50.1234567890123"}) {
    INFO(wrong);
    REQUIRE_FALSE(read_statistic(wrong));
  }
}

TEST_CASE("metric query: a statistic of a cell") {
  MetricCell cell;
  cell.add(2, 3);
  cell.add(10, 1);
  const auto of = [&cell](const char* name) { return *value_of(cell, *read_statistic(name)); };
  REQUIRE(of("Sum") == 16);
  REQUIRE(of("Average") == 4);
  REQUIRE(of("Minimum") == 2);
  REQUIRE(of("Maximum") == 10);
  REQUIRE(of("SampleCount") == 4);
  REQUIRE(of("p50") == Approx(2).epsilon(0.01));
  REQUIRE(of("p100") == 10);
  cell.has_values = false;
  REQUIRE_FALSE(value_of(cell, *read_statistic("p50")));
}

TEST_CASE("metric query: periods start where the range does and hold its minutes") {
  MetricStore store;
  const MetricId metric{"N", "m", {}};
  for (int minute = 0; minute < 10; ++minute) {
    const int64_t at_ms = kNow + minute * kMinuteMs;
    REQUIRE(store.put(at_ms, metric, kCount, minute) == PutOutcome::stored);
  }
  const auto periods =
      periods_of(*store.find(metric), "", {kNow + kMinuteMs, kNow + 9 * kMinuteMs, 3 * kMinuteMs});
  REQUIRE(periods.size() == 3);
  REQUIRE(periods[0].start_ms == kNow + kMinuteMs);
  REQUIRE(periods[0].cell.sum == 1 + 2 + 3);
  REQUIRE(periods[1].cell.sum == 4 + 5 + 6);
  // The end is exclusive: the last period has two minutes.
  REQUIRE(periods[2].cell.sum == 7 + 8);
  REQUIRE(periods_of(*store.find(metric), "Bytes", {kNow, kNow + 1, kMinuteMs}).empty());
}

TEST_CASE("metric query: a range counts its datapoints and a start is rounded by its age") {
  REQUIRE(MetricRange{0, 60'000, 60'000}.datapoints() == 1);
  REQUIRE(MetricRange{0, 60'001, 60'000}.datapoints() == 2);
  REQUIRE(MetricRange{5, 5, 60'000}.datapoints() == 0);
  const int64_t odd = kNow + 32 * kMinuteMs + 34'000;
  REQUIRE(rounded_start_ms(odd, odd) == kNow + 32 * kMinuteMs);
  REQUIRE(rounded_start_ms(odd + 20 * kMetricDayMs, odd) == kNow + 30 * kMinuteMs);
  REQUIRE(rounded_start_ms(odd + 70 * kMetricDayMs, odd) == kNow - 20 * kMinuteMs);
}

TEST_CASE("metric query: metrics are listed by namespace, name and dimensions") {
  MetricStore store;
  const auto put = [&store](const MetricId& metric, int64_t at_ms) {
    MetricCell cell;
    cell.add(1, 1);
    REQUIRE(store.put(kNow, metric, kBytes, at_ms, cell) == PutOutcome::stored);
  };
  put({"A", "x", {{"k", "1"}}}, kNow);
  put({"A", "y", {{"k", "1"}, {"l", "2"}}}, kNow);
  put({"B", "x", {}}, kNow - 4 * 60 * kMinuteMs);
  const auto listed = [&store](const ListMetricsQuery& query) {
    return list_metrics(store, kNow, query).value().metrics.size();
  };
  REQUIRE(listed({}) == 3);
  REQUIRE(listed({.space = "A"}) == 2);
  REQUIRE(listed({.name = "x"}) == 2);
  REQUIRE(listed({.dimensions = {{"k", std::nullopt}}}) == 2);
  REQUIRE(listed({.dimensions = {{"k", "1"}, {"l", "2"}}}) == 1);
  REQUIRE(listed({.dimensions = {{"k", "2"}}}) == 0);
  REQUIRE(listed({.is_recent = true}) == 2);
}

TEST_CASE("metric query: a list comes in pages of five hundred") {
  MetricStore store;
  for (int i = 0; i < 1'001; ++i) {
    const MetricId metric{"N", "m" + std::to_string(i), {}};
    REQUIRE(store.put(kNow, metric, kCount, 1) == PutOutcome::stored);
  }
  std::string token;
  std::vector<size_t> pages;
  do {
    const auto page = list_metrics(store, kNow, {.token = token});
    pages.push_back(page.value().metrics.size());
    token = page.value().token;
  } while (!token.empty());
  REQUIRE(pages == std::vector<size_t>{500, 500, 1});
  REQUIRE(list_metrics(store, kNow, {.token = "x"}).error().code == "InvalidParameterValue");
  REQUIRE_FALSE(read_token("-1"));
  REQUIRE_FALSE(read_token("1234567890"));
}
