#include "simulator/services/cloudwatch/metric_math.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;
const uint8_t kCount = *find_metric_unit("Count");

MathSeries series(std::map<int64_t, double> points) {
  return {std::move(points), 0, 4 * kMinuteMs, kMinuteMs};
}

const std::map<std::string, MathSeries> kKnown = {
    {"m1", series({{0, 1}, {kMinuteMs, 4}, {2 * kMinuteMs, 9}})},
    {"m2", series({{0, 2}, {kMinuteMs, 0}, {3 * kMinuteMs, 5}})},
};

std::map<int64_t, double> points(const std::string& expression) {
  const auto result = evaluate_math(expression, kKnown);
  INFO(expression);
  REQUIRE(result);
  return result.value().points;
}

std::string fault(const std::string& expression) {
  const auto result = evaluate_math(expression, kKnown);
  INFO(expression);
  REQUIRE_FALSE(result);
  REQUIRE(result.error().code == "ValidationError");
  return result.error().message;
}

}  // namespace

TEST_CASE("metric math: arithmetic meets where both series have a point") {
  using Points = std::map<int64_t, double>;
  REQUIRE(points("m1+m2") == Points{{0, 3}, {kMinuteMs, 4}});
  // Division by zero gives no point.
  REQUIRE(points("m1/m2*100") == Points{{0, 50}});
  REQUIRE(points("m1 - 2 * (m1 + 1)") == Points{{0, -3}, {kMinuteMs, -6}, {2 * kMinuteMs, -11}});
  REQUIRE(points("-m1 * .5") == Points{{0, -0.5}, {kMinuteMs, -2}, {2 * kMinuteMs, -4.5}});
  REQUIRE(points("10 - m2 - 1") == Points{{0, 7}, {kMinuteMs, 9}, {3 * kMinuteMs, 4}});
}

TEST_CASE("metric math: functions fold a list by time and a series to a number") {
  using Points = std::map<int64_t, double>;
  REQUIRE(points("SUM([m1, m2])") ==
          Points{{0, 3}, {kMinuteMs, 4}, {2 * kMinuteMs, 9}, {3 * kMinuteMs, 5}});
  REQUIRE(points("MAX([m1,m2])").at(0) == 2);
  REQUIRE(points("MIN([m1,m2])").at(kMinuteMs) == 0);
  REQUIRE(points("AVG([m1,m2])").at(0) == 1.5);
  REQUIRE(points("m1 / SUM(m1) * 14").at(kMinuteMs) == 4);
}

TEST_CASE("metric math: FILL gives every period a point") {
  using Points = std::map<int64_t, double>;
  REQUIRE(points("FILL(m1, 0)") ==
          Points{{0, 1}, {kMinuteMs, 4}, {2 * kMinuteMs, 9}, {3 * kMinuteMs, 0}});
  REQUIRE(points("FILL(m2, REPEAT)").at(2 * kMinuteMs) == 0);
}

TEST_CASE("metric math: what is wrong or not modelled is named") {
  REQUIRE(fault("m1 +") == "Invalid syntax");
  REQUIRE(fault("m1 m2") == "Invalid syntax");
  REQUIRE(fault("(m1") == "Invalid syntax");
  REQUIRE(fault("1..2 * m1") == "Invalid syntax");
  REQUIRE(fault("m3") == "There is no metric or expression with the id m3");
  REQUIRE(fault("1+1") == "The expression gives no time series");
  REQUIRE(fault("[m1,m2]") == "The expression gives no time series");
  REQUIRE(fault("[m1,m2]+1").starts_with("A list stands only"));
  REQUIRE(fault("ANOMALY_DETECTION_BAND(m1)").starts_with("The function ANOMALY_DETECTION_BAND"));
  REQUIRE(fault("FILL(m1, LINEAR)") == "FILL with LINEAR is not modelled");
  REQUIRE(fault("m1*(1/0)") == "It divides by zero");
  REQUIRE(fault(std::string(2'000, '(')) == "It is nested too deeply");
}

TEST_CASE("metric math: queries and expressions of one request, in its order") {
  MetricStore store;
  for (int minute = 0; minute < 3; ++minute) {
    const int64_t at_ms = kNow + minute * kMinuteMs;
    REQUIRE(store.put(at_ms, {"N", "a", {}}, kCount, 10 + minute) == PutOutcome::stored);
    REQUIRE(store.put(at_ms, {"N", "b", {}}, kCount, 2) == PutOutcome::stored);
  }
  const int64_t end_ms = kNow + 3 * kMinuteMs;
  const MetricStatistic sum = *read_statistic("Sum");
  MetricDataRequest request{
      .queries = {{.id = "twice", .expression = "half * 4", .label = "Twice"},
                  {.id = "a", .metric = {"N", "a", {}}, .statistic = sum},
                  {.id = "b", .metric = {"N", "b", {}}, .statistic = sum, .is_returned = false},
                  {.id = "half", .expression = "a / b"},
                  {.id = "none", .metric = {"N", "c", {}}, .statistic = sum}},
      .start_ms = kNow,
      .end_ms = end_ms};
  const auto whole = get_metric_data(store, end_ms, request);
  REQUIRE(whole);
  const auto& results = whole.value().results;
  REQUIRE(results.size() == 4);
  REQUIRE(results[0].label == "Twice");
  REQUIRE(results[0].values == std::vector<double>{24, 22, 20});
  REQUIRE(results[1].id == "a");
  REQUIRE(results[1].label == "a");
  REQUIRE(results[1].times_ms.front() == kNow + 2 * kMinuteMs);
  REQUIRE(results[3].values.empty());
  REQUIRE(whole.value().token.empty());

  // The same in pages of four points says the same.
  request.datapoints_max = 4;
  request.is_ascending = true;
  std::vector<double> paged;
  size_t pages = 0;
  do {
    const auto page = get_metric_data(store, end_ms, request);
    for (const auto& result : page.value().results) {
      paged.insert(paged.end(), result.values.begin(), result.values.end());
    }
    request.token = page.value().token;
    ++pages;
  } while (!request.token.empty());
  REQUIRE(pages == 3);
  REQUIRE(paged == std::vector<double>{20, 22, 24, 10, 11, 12, 5, 5.5, 6});

  request.token = "x";
  REQUIRE(get_metric_data(store, end_ms, request).error().code == "InvalidNextToken");
}

TEST_CASE("metric math: an expression that refers to itself, or touches too much, is refused") {
  MetricDataRequest request{
      .queries = {{.id = "a", .expression = "b+1"}, {.id = "b", .expression = "a+1"}},
      .start_ms = kNow,
      .end_ms = kNow + 1};
  const MetricStore store;
  REQUIRE(get_metric_data(store, kNow, request).error().message ==
          "Error in expression 'a': it refers to itself");
  request = {.queries = {{.id = "m", .metric = {"N", "a", {}}, .statistic = *read_statistic("Sum")},
                         {.id = "f", .expression = "FILL(m, 0)"}},
             .start_ms = 0,
             .end_ms = int64_t{4'000'000'000'000}};
  REQUIRE(get_metric_data(store, kNow, request).error().message.find("more datapoints") !=
          std::string::npos);
}
