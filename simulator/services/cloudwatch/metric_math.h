// GetMetricData: several series at once, and arithmetic over them.
//
//   sum     = product (('+' | '-') product)*
//   product = term (('*' | '/') term)*
//   term    = '-' term | number | id | '(' sum ')' | '[' sum (',' sum)* ']'
//           | SUM|AVG|MIN|MAX '(' sum ')' | FILL '(' sum ',' (number | REPEAT | LINEAR) ')'
//
// Other functions of AWS are refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/cloudwatch/metric_query.h"

namespace edgehose {

inline constexpr size_t kMetricQueriesMax = 500;
inline constexpr uint64_t kMetricDatapointsMax = 100'800;

struct MetricQuery {
  std::string id;
  std::string expression = {};  // or, when empty, the members below
  MetricId metric = {};
  MetricStatistic statistic = {};
  std::string unit = {};  // empty: any
  int64_t period_ms = kMinuteMs;
  std::string label = {};
  bool is_returned = true;
};

struct MetricDataRequest {
  std::vector<MetricQuery> queries;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  bool is_ascending = false;
  uint64_t datapoints_max = kMetricDatapointsMax;
  std::string token = {};
};

struct MetricDataResult {
  std::string id;
  std::string label;
  std::vector<int64_t> times_ms = {};
  std::vector<double> values = {};
  bool is_complete = true;  // false: the rest follows with the token
};
struct MetricDataPage {
  std::vector<MetricDataResult> results;
  std::string token;  // empty: the last page
};

// The results of the queries that are returned, in the order of the request. A token says how many
// datapoints went before.
[[nodiscard]] Outcome<MetricDataPage> get_metric_data(const MetricStore& store, int64_t now_ms,
                                                      const MetricDataRequest& request);

// A series by time, or a number that holds at any time.
struct MathSeries {
  std::map<int64_t, double> points;
  // The times at which the series could have a point: FILL looks at them.
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t period_ms = kMinuteMs;
};
// Works out one expression. `known` are the series that it may name.
[[nodiscard]] Outcome<MathSeries> evaluate_math(const std::string& expression,
                                                const std::map<std::string, MathSeries>& known);

}  // namespace edgehose
