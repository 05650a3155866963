#include "simulator/services/cloudwatch/metric_query.h"

#include <algorithm>
#include <map>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kPercentTextMax = 14;
constexpr int64_t kRecentMs = 180 * kMinuteMs;

int64_t floored(int64_t value, int64_t step) {
  const int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

// `p99.9` is 99.9; digits by hand, since reading doubles from text needs a locale.
std::optional<double> read_percent(std::string_view text) {
  if (text.size() < 2 || text.size() > kPercentTextMax || text[0] != 'p') return std::nullopt;
  double value = 0;
  double scale = 0;
  for (const char c : text.substr(1)) {
    if (c == '.' && scale == 0) {
      scale = 1;
      continue;
    }
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
    if (scale > 0) scale *= 10;
  }
  if (scale == 1 || !is_digit(text[1])) return std::nullopt;
  if (scale > 0) value /= scale;
  if (value > 100) return std::nullopt;
  return value;
}

bool fits(const MetricId& metric, const ListMetricsQuery& query) {
  if (!query.space.empty() && metric.space != query.space) return false;
  if (!query.name.empty() && metric.name != query.name) return false;
  return std::all_of(
      query.dimensions.begin(), query.dimensions.end(), [&metric](const DimensionFilter& filter) {
        return std::any_of(metric.dimensions.begin(), metric.dimensions.end(),
                           [&filter](const auto& dimension) {
                             return dimension.first == filter.name &&
                                    (!filter.value || dimension.second == *filter.value);
                           });
      });
}

void gather(const MetricSeries& series, const MetricRange& range,
            std::map<int64_t, MetricCell>& periods) {
  for (auto at = series.lower_bound(range.start_ms); at != series.end() && at->first < range.end_ms;
       ++at) {
    const int64_t period = (at->first - range.start_ms) / range.period_ms;
    periods[range.start_ms + period * range.period_ms].add(at->second);
  }
}

std::vector<MetricPeriod> listed(std::map<int64_t, MetricCell> periods) {
  std::vector<MetricPeriod> list;
  list.reserve(periods.size());
  for (auto& [start_ms, cell] : periods) list.push_back({start_ms, std::move(cell)});
  return list;
}

}  // namespace

std::optional<MetricStatistic> read_statistic(std::string_view text) {
  using Kind = MetricStatistic::Kind;
  constexpr std::pair<std::string_view, Kind> kNames[] = {{"Sum", Kind::sum},
                                                          {"Average", Kind::average},
                                                          {"Minimum", Kind::minimum},
                                                          {"Maximum", Kind::maximum},
                                                          {"SampleCount", Kind::sample_count}};
  for (const auto& [name, kind] : kNames) {
    if (text == name) return MetricStatistic{kind, 0, std::string(text)};
  }
  const auto percent = read_percent(text);
  if (!percent) return std::nullopt;
  return MetricStatistic{Kind::percentile, *percent, std::string(text)};
}

std::optional<double> value_of(const MetricCell& cell, const MetricStatistic& statistic) {
  switch (statistic.kind) {
    case MetricStatistic::Kind::sum:
      return cell.sum;
    case MetricStatistic::Kind::average:
      return cell.sum / cell.count;
    case MetricStatistic::Kind::minimum:
      return cell.minimum;
    case MetricStatistic::Kind::maximum:
      return cell.maximum;
    case MetricStatistic::Kind::sample_count:
      return cell.count;
    case MetricStatistic::Kind::percentile:
      break;
  }
  if (!cell.has_values) return std::nullopt;
  // The ends are known exactly.
  return std::clamp(cell.histogram.percentile(statistic.percent), cell.minimum, cell.maximum);
}

uint64_t MetricRange::datapoints() const {
  if (end_ms <= start_ms) return 0;
  return (static_cast<uint64_t>(end_ms - start_ms) + static_cast<uint64_t>(period_ms) - 1) /
         static_cast<uint64_t>(period_ms);
}

int64_t rounded_start_ms(int64_t now_ms, int64_t start_ms) {
  const int64_t age_ms = now_ms - start_ms;
  const int64_t step = age_ms < 15 * kMetricDayMs   ? kMinuteMs
                       : age_ms < 63 * kMetricDayMs ? 5 * kMinuteMs
                                                    : 60 * kMinuteMs;
  return floored(start_ms, step);
}

std::vector<MetricPeriod> periods_of(const MetricSeries& series, const MetricRange& range) {
  std::map<int64_t, MetricCell> periods;
  gather(series, range, periods);
  return listed(std::move(periods));
}

std::vector<MetricPeriod> periods_of(const MetricByUnit& metric, std::string_view unit,
                                     const MetricRange& range) {
  std::map<int64_t, MetricCell> periods;
  for (const auto& [name, series] : metric) {
    if (unit.empty() || unit == name) gather(series, range, periods);
  }
  return listed(std::move(periods));
}

std::optional<size_t> read_token(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  size_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<size_t>(c - '0');
  }
  return value;
}

Outcome<MetricPage> list_metrics(const MetricStore& store, int64_t now_ms,
                                 const ListMetricsQuery& query) {
  const auto skip = query.token.empty() ? 0 : read_token(query.token);
  if (!skip) {
    return AwsError{"InvalidParameterValue", "The value of NextToken is not one that was given."};
  }
  const int64_t since_ms = now_ms - (query.is_recent ? kRecentMs : kDatumAgeMsMax);
  MetricPage page;
  size_t place = 0;
  for (const auto& [metric, units] : store.metrics()) {
    if (!fits(metric, query) || MetricStore::newest_ms(units) < since_ms) continue;
    if (place++ < *skip) continue;
    if (page.metrics.size() == kListedMetricsMax) {
      page.token = std::to_string(*skip + kListedMetricsMax);
      break;
    }
    page.metrics.push_back(metric);
  }
  return page;
}

}  // namespace edgehose
