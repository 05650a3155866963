// Reads metrics: statistics over periods (GetMetricStatistics, one query of GetMetricData), and the
// list of metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/cloudwatch/metric_store.h"

namespace edgehose {

inline constexpr size_t kStatisticsDatapointsMax = 1'440;
inline constexpr size_t kListedMetricsMax = 500;

// Sum, Average, Minimum, Maximum, SampleCount, or a percentile: p0 to p100 with at most ten digits
// behind the point, as in p99.9.
struct MetricStatistic {
  enum class Kind : uint8_t { sum, average, minimum, maximum, sample_count, percentile };
  Kind kind = Kind::sum;
  double percent = 0;
  std::string text;  // as it was asked for
};
// Nothing for a text that is none of them.
[[nodiscard]] std::optional<MetricStatistic> read_statistic(std::string_view text);

// Nothing where the cell cannot tell: percentiles of statistic sets and of negative values.
[[nodiscard]] std::optional<double> value_of(const MetricCell& cell,
                                             const MetricStatistic& statistic);

// [start, end) in steps of a period that is a multiple of a minute.
struct MetricRange {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t period_ms = kMinuteMs;

  [[nodiscard]] uint64_t datapoints() const;
};
// AWS's rounding of a start: to the minute, and for old ones to five minutes or the hour.
[[nodiscard]] int64_t rounded_start_ms(int64_t now_ms, int64_t start_ms);

struct MetricPeriod {
  int64_t start_ms = 0;
  MetricCell cell;
};
// The periods that hold data, oldest first. Periods are counted from the start of the range.
[[nodiscard]] std::vector<MetricPeriod> periods_of(const MetricSeries& series,
                                                   const MetricRange& range);
// The same of all units together, or of `unit` alone when it is not empty.
[[nodiscard]] std::vector<MetricPeriod> periods_of(const MetricByUnit& metric,
                                                   std::string_view unit, const MetricRange& range);

struct DimensionFilter {
  std::string name;
  std::optional<std::string> value;
};
struct ListMetricsQuery {
  std::string space = {};
  std::string name = {};
  std::vector<DimensionFilter> dimensions = {};
  bool is_recent = false;  // RecentlyActive PT3H
  std::string token = {};
};
struct MetricPage {
  std::vector<MetricId> metrics;
  std::string token;  // empty: the last page
};
// Metrics with data in the last two weeks, in order. A token is the place of the next metric.
[[nodiscard]] Outcome<MetricPage> list_metrics(const MetricStore& store, int64_t now_ms,
                                               const ListMetricsQuery& query);

// A whole number in decimal without sign; nothing for another text.
[[nodiscard]] std::optional<size_t> read_token(std::string_view text);

}  // namespace edgehose
