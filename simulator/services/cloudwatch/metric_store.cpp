#include "simulator/services/cloudwatch/metric_store.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace edgehose {
namespace {

// A minute's node of a map, with a small histogram's own block.
constexpr size_t kCellBytes = 160;
constexpr size_t kBucketBytes = sizeof(std::pair<int32_t, double>);
constexpr int64_t kHourMs = 60 * kMinuteMs;

constexpr int32_t kBucketsADoubling = 64;
constexpr int32_t kZeroBucket = std::numeric_limits<int32_t>::min();

size_t bytes_of(const MetricCell& cell) {
  return kCellBytes + cell.histogram.buckets() * kBucketBytes;
}

// frexp is exact, unlike a logarithm: every machine finds the same bucket.
int32_t bucket_of(double value) {
  if (value <= 0) return kZeroBucket;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // 0.5 to 1
  return exponent * kBucketsADoubling +
         static_cast<int32_t>((fraction - 0.5) * 2 * kBucketsADoubling);
}

double middle_of(int32_t bucket) {
  if (bucket == kZeroBucket) return 0;
  int32_t exponent = bucket / kBucketsADoubling;
  int32_t slot = bucket % kBucketsADoubling;
  if (slot < 0) {
    slot += kBucketsADoubling;
    --exponent;
  }
  return std::ldexp(0.5 + (slot + 0.5) / (2.0 * kBucketsADoubling), exponent);
}

}  // namespace

std::optional<uint8_t> find_metric_unit(std::string_view name) {
  const auto* const found = std::find(kMetricUnits.begin(), kMetricUnits.end(), name);
  if (found == kMetricUnits.end()) return std::nullopt;
  return static_cast<uint8_t>(found - kMetricUnits.begin());
}

void MetricHistogram::add(double value, double weight) { add_to(bucket_of(value), weight); }

void MetricHistogram::add(const MetricHistogram& other) {
  for (const auto& [bucket, weight] : other.buckets_) add_to(bucket, weight);
}

void MetricHistogram::add_to(int32_t bucket, double weight) {
  const auto at =
      std::lower_bound(buckets_.begin(), buckets_.end(), bucket,
                       [](const auto& known, int32_t wanted) { return known.first < wanted; });
  if (at != buckets_.end() && at->first == bucket) {
    at->second += weight;
    return;
  }
  buckets_.insert(at, {bucket, weight});
  if (buckets_.size() <= kBucketsMax) return;
  buckets_[1].second += buckets_[0].second;
  buckets_.erase(buckets_.begin());
}

double MetricHistogram::percentile(double percent) const {
  double total = 0;
  for (const auto& [bucket, weight] : buckets_) total += weight;
  const double wanted = total * percent / 100;
  double below = 0;
  for (const auto& [bucket, weight] : buckets_) {
    below += weight;
    if (below >= wanted) return middle_of(bucket);
  }
  return buckets_.empty() ? 0 : middle_of(buckets_.back().first);
}

void MetricCell::add(double value, double weight) {
  minimum = count == 0 ? value : std::min(minimum, value);
  maximum = count == 0 ? value : std::max(maximum, value);
  sum += value * weight;
  count += weight;
  if (value < 0) has_values = false;
  if (has_values) histogram.add(value, weight);
}

void MetricCell::add(const MetricCell& other) {
  if (other.count == 0) return;
  minimum = count == 0 ? other.minimum : std::min(minimum, other.minimum);
  maximum = count == 0 ? other.maximum : std::max(maximum, other.maximum);
  sum += other.sum;
  count += other.count;
  has_values = has_values && other.has_values;
  if (has_values) histogram.add(other.histogram);
}

PutOutcome MetricStore::put(int64_t now_ms, const MetricId& metric, uint8_t unit, int64_t at_ms,
                            const MetricCell& cell) {
  return store(now_ms, metric, unit, at_ms, cell, Mode::add);
}

PutOutcome MetricStore::put(int64_t now_ms, const MetricId& metric, uint8_t unit, double value,
                            double weight) {
  MetricCell cell;
  cell.add(value, weight);
  return store(now_ms, metric, unit, now_ms, cell, Mode::add);
}

PutOutcome MetricStore::replace(int64_t now_ms, const MetricId& metric, uint8_t unit, int64_t at_ms,
                                const MetricCell& cell) {
  return store(now_ms, metric, unit, at_ms, cell, Mode::replace);
}

PutOutcome MetricStore::judge_time(int64_t now_ms, int64_t at_ms) {
  if (at_ms < now_ms - kDatumAgeMsMax) return PutOutcome::too_old;
  if (at_ms > now_ms + kDatumAheadMsMax) return PutOutcome::too_early;
  return PutOutcome::stored;
}

PutOutcome MetricStore::store(int64_t now_ms, const MetricId& metric, uint8_t unit, int64_t at_ms,
                              const MetricCell& cell, Mode mode) {
  if (cell.count <= 0) return PutOutcome::stored;
  const PutOutcome timely = judge_time(now_ms, at_ms);
  if (timely != PutOutcome::stored) return timely;
  // Once an hour is often enough: what is asked for is cut to the retention anyway.
  if (minute_of(now_ms - kMetricRetentionMs) >= forgotten_before_ms_ + kHourMs ||
      forgotten_before_ms_ == INT64_MIN) {
    forget_before(minute_of(now_ms - kMetricRetentionMs));
  }
  const bool is_known = metrics_.contains(metric);
  if ((!is_known && metrics_.size() >= options_.metrics_max) ||
      (bytes_ >= options_.bytes_max && !make_room(now_ms))) {
    ++refused_;
    return PutOutcome::no_room;
  }
  MetricCell& minute = metrics_[metric][kMetricUnits[unit]][minute_of(at_ms)];
  if (minute.count > 0) bytes_ -= bytes_of(minute);
  if (mode == Mode::replace) minute = {};
  minute.add(cell);
  bytes_ += bytes_of(minute);
  return PutOutcome::stored;
}

void MetricStore::forget_before(int64_t minute_ms) {
  forgotten_before_ms_ = minute_ms;
  for (auto metric = metrics_.begin(); metric != metrics_.end();) {
    for (auto unit = metric->second.begin(); unit != metric->second.end();) {
      MetricSeries& series = unit->second;
      while (!series.empty() && series.begin()->first < minute_ms) {
        bytes_ -= bytes_of(series.begin()->second);
        series.erase(series.begin());
      }
      unit = series.empty() ? metric->second.erase(unit) : std::next(unit);
    }
    metric = metric->second.empty() ? metrics_.erase(metric) : std::next(metric);
  }
}

// Drops the oldest hour, again and again until an eighth is free; never the last hour.
bool MetricStore::make_room(int64_t now_ms) {
  // What could not be dropped cannot a moment later: the search looks at every series.
  if (full_minute_ms_ == minute_of(now_ms)) return false;
  const size_t aim = options_.bytes_max - options_.bytes_max / 8;
  while (bytes_ > aim) {
    int64_t oldest = INT64_MAX;
    for (const auto& [metric, units] : metrics_) {
      for (const auto& [unit, series] : units) oldest = std::min(oldest, series.begin()->first);
    }
    if (oldest >= minute_of(now_ms) - kHourMs) break;
    forget_before(std::min(oldest + kHourMs, minute_of(now_ms) - kHourMs));
  }
  // What was dropped early says nothing about when the retention is due next.
  forgotten_before_ms_ = minute_of(now_ms - kMetricRetentionMs);
  const bool has_room = bytes_ < options_.bytes_max;
  full_minute_ms_ = has_room ? INT64_MIN : minute_of(now_ms);
  return has_room;
}

const MetricByUnit* MetricStore::find(const MetricId& metric) const {
  const auto found = metrics_.find(metric);
  return found == metrics_.end() ? nullptr : &found->second;
}

int64_t MetricStore::newest_ms(const MetricByUnit& metric) {
  int64_t newest = INT64_MIN;
  for (const auto& [unit, series] : metric) {
    if (!series.empty()) newest = std::max(newest, series.rbegin()->first);
  }
  return newest;
}

}  // namespace edgehose
