// CloudWatch's metrics at one-minute resolution. A metric is a namespace, a name and a set of
// dimensions; each unit of it is a series of minutes with sum, count, least, greatest and a
// histogram for percentiles. Pure: no clock, no disk; iteration is by name.
//
// What a stranger can make grow is bounded twice: by the number of metrics and by the bytes of all
// minutes. At the second bound the oldest hours go first, so that metrics do not go dark; what
// still finds no room is refused and counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgehose {

inline constexpr int64_t kMinuteMs = 60'000;
// The start of the minute that holds it.
[[nodiscard]] constexpr int64_t minute_of(int64_t at_ms) {
  const int64_t since_ms = at_ms % kMinuteMs;
  return at_ms - since_ms - (since_ms < 0 ? kMinuteMs : 0);
}
inline constexpr int64_t kMetricDayMs = 86'400'000;
// AWS: minutes are kept for 15 days, then in coarser steps, which are not modelled.
inline constexpr int64_t kMetricRetentionMs = 15 * kMetricDayMs;
// AWS: a datum is at most two weeks old, and at most two hours ahead.
inline constexpr int64_t kDatumAgeMsMax = 14 * kMetricDayMs;
inline constexpr int64_t kDatumAheadMsMax = 120 * kMinuteMs;

// The units of the model, in its order.
inline constexpr std::array<std::string_view, 27> kMetricUnits = {"Seconds",
                                                                  "Microseconds",
                                                                  "Milliseconds",
                                                                  "Bytes",
                                                                  "Kilobytes",
                                                                  "Megabytes",
                                                                  "Gigabytes",
                                                                  "Terabytes",
                                                                  "Bits",
                                                                  "Kilobits",
                                                                  "Megabits",
                                                                  "Gigabits",
                                                                  "Terabits",
                                                                  "Percent",
                                                                  "Count",
                                                                  "Bytes/Second",
                                                                  "Kilobytes/Second",
                                                                  "Megabytes/Second",
                                                                  "Gigabytes/Second",
                                                                  "Terabytes/Second",
                                                                  "Bits/Second",
                                                                  "Kilobits/Second",
                                                                  "Megabits/Second",
                                                                  "Gigabits/Second",
                                                                  "Terabits/Second",
                                                                  "Count/Second",
                                                                  "None"};
inline constexpr std::string_view kNoUnit = "None";
// A unit's place in kMetricUnits, which names it from here on; nothing for another text.
[[nodiscard]] std::optional<uint8_t> find_metric_unit(std::string_view name);

using Dimensions = std::vector<std::pair<std::string, std::string>>;

struct MetricId {
  std::string space;  // the namespace
  std::string name;
  Dimensions dimensions;  // sorted: the order in which they are given says nothing

  friend auto operator<=>(const MetricId&, const MetricId&) = default;
};

// Values in buckets a 128th of a power of two wide at least and a 64th at most, so that a value is
// told with a relative error below 1 %. Beyond 2,048 buckets (32 doublings) the lowest two become
// one: high percentiles stay exact to that error. Negative values have no place.
class MetricHistogram {
 public:
  static constexpr size_t kBucketsMax = 2'048;

  void add(double value, double weight);
  void add(const MetricHistogram& other);
  // The least value that at least `percent` of the weight does not exceed; 0 when empty.
  [[nodiscard]] double percentile(double percent) const;
  [[nodiscard]] size_t buckets() const { return buckets_.size(); }

 private:
  void add_to(int32_t bucket, double weight);

  std::vector<std::pair<int32_t, double>> buckets_;  // by bucket
};

// One minute of a series, or several put together.
struct MetricCell {
  double sum = 0;
  double count = 0;
  double minimum = 0;
  double maximum = 0;
  // False once a statistic set hid the values: there are no percentiles then, nor with negatives.
  bool has_values = true;
  MetricHistogram histogram;

  void add(double value, double weight);
  void add(const MetricCell& other);
};

using MetricSeries = std::map<int64_t, MetricCell>;             // by the minute's start
using MetricByUnit = std::map<std::string_view, MetricSeries>;  // by a name of kMetricUnits

enum class PutOutcome : uint8_t {
  stored,
  too_old,    // more than two weeks
  too_early,  // more than two hours ahead
  no_room     // of metrics or of bytes
};

struct MetricStoreOptions {
  size_t metrics_max = 20'000;
  size_t bytes_max = size_t{256} << 20;
};

class MetricStore {
 public:
  explicit MetricStore(MetricStoreOptions options = {}) : options_(options) {}

  // Adds to the minute of `at_ms`. `unit` is a place in kMetricUnits.
  PutOutcome put(int64_t now_ms, const MetricId& metric, uint8_t unit, int64_t at_ms,
                 const MetricCell& cell);
  PutOutcome put(int64_t now_ms, const MetricId& metric, uint8_t unit, double value,
                 double weight = 1);
  // The same, but instead of what the minute held: a figure that is known better now.
  PutOutcome replace(int64_t now_ms, const MetricId& metric, uint8_t unit, int64_t at_ms,
                     const MetricCell& cell);

  // What put() would say of a datum's time.
  [[nodiscard]] static PutOutcome judge_time(int64_t now_ms, int64_t at_ms);

  // nullptr when nothing was ever put, or all of it is past the retention.
  [[nodiscard]] const MetricByUnit* find(const MetricId& metric) const;
  [[nodiscard]] const std::map<MetricId, MetricByUnit>& metrics() const { return metrics_; }
  // When a metric last had data; its minute.
  [[nodiscard]] static int64_t newest_ms(const MetricByUnit& metric);

  [[nodiscard]] uint64_t refused() const { return refused_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  enum class Mode : uint8_t { add, replace };
  PutOutcome store(int64_t now_ms, const MetricId& metric, uint8_t unit, int64_t at_ms,
                   const MetricCell& cell, Mode mode);
  void forget_before(int64_t minute_ms);
  bool make_room(int64_t now_ms);

  MetricStoreOptions options_;
  std::map<MetricId, MetricByUnit> metrics_;
  size_t bytes_ = 0;  // of all minutes, as estimated
  int64_t forgotten_before_ms_ = INT64_MIN;
  int64_t full_minute_ms_ = INT64_MIN;  // in which no room could be made
  uint64_t refused_ = 0;
};

}  // namespace edgehose
