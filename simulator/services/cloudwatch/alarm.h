// CloudWatch's metric alarms: what PutMetricAlarm asks for, the three states, and the evaluation of
// missing data. Pure: whoever owns it says the time and carries the effects out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/cloudwatch/metric_query.h"

namespace edgehose {

// AWS: 5,000 a region; a page of DescribeAlarms has at most 100.
inline constexpr size_t kAlarmsMax = 5'000;
inline constexpr size_t kDescribedAlarmsMax = 100;

enum class AlarmState : uint8_t { ok, alarm, insufficient_data };
enum class AlarmComparison : uint8_t { at_least, above, below, at_most };
enum class MissingData : uint8_t { missing, breaching, not_breaching, ignore };

// AWS's words for them; nothing for another text.
[[nodiscard]] std::string_view to_text(AlarmState state);
[[nodiscard]] std::string_view to_text(AlarmComparison comparison);
[[nodiscard]] std::string_view to_text(MissingData missing);
[[nodiscard]] std::optional<AlarmState> find_alarm_state(std::string_view text);
[[nodiscard]] std::optional<AlarmComparison> find_alarm_comparison(std::string_view text);
[[nodiscard]] std::optional<MissingData> find_missing_data(std::string_view text);

struct AlarmConfig {
  std::string name;
  std::string description = {};
  MetricId metric = {};
  MetricStatistic statistic = {};
  std::string unit = {};  // empty: any
  int64_t period_ms = kMinuteMs;
  uint32_t evaluation_periods = 1;
  uint32_t datapoints_to_alarm = 1;
  double threshold = 0;
  AlarmComparison comparison = AlarmComparison::above;
  MissingData missing = MissingData::missing;
  bool actions_enabled = true;
  // Kept and described; what follows a change of state is the owner's affair.
  std::vector<std::string> ok_actions = {};
  std::vector<std::string> alarm_actions = {};
  std::vector<std::string> insufficient_data_actions = {};
};

struct Alarm {
  AlarmConfig config;
  int64_t configured_ms = 0;
  AlarmState state = AlarmState::insufficient_data;
  std::string reason;
  int64_t state_ms = 0;
  std::optional<double> value;  // of the newest datapoint that was looked at
};

// A change of state.
struct AlarmChange {
  Alarm alarm;  // as it is now
  AlarmState from = AlarmState::insufficient_data;
  int64_t at_ms = 0;
};

struct DescribeAlarmsQuery {
  std::vector<std::string> names = {};
  std::string prefix = {};
  std::optional<AlarmState> state = std::nullopt;
  std::string action_prefix = {};
  size_t limit = kDescribedAlarmsMax;
  std::string after = {};  // the last name of the page before
};

class AlarmSet {
 public:
  // A new alarm has INSUFFICIENT_DATA; a changed one keeps its state.
  [[nodiscard]] std::optional<AwsError> put(int64_t now_ms, AlarmConfig config);
  // All of them or, when one is not there, none.
  [[nodiscard]] std::optional<AwsError> erase(const std::vector<std::string>& names);
  // Until the next evaluation says otherwise. Nothing changes when it is that state already.
  [[nodiscard]] Outcome<std::vector<AlarmChange>> set_state(int64_t now_ms, const std::string& name,
                                                            AlarmState state, std::string reason);
  // Once a minute: looks at the periods that ended by `now_ms`, for alarms that were there then.
  [[nodiscard]] std::vector<AlarmChange> evaluate(int64_t now_ms, const MetricStore& store);

  // In order of names. `next` is the `after` of the next page; empty: the last.
  [[nodiscard]] std::vector<const Alarm*> describe(const DescribeAlarmsQuery& query,
                                                   std::string& next) const;
  [[nodiscard]] const std::map<std::string, Alarm>& alarms() const { return alarms_; }

 private:
  std::map<std::string, Alarm> alarms_;
};

// What a row of periods, oldest first, makes of an alarm; a period without data has no value.
struct AlarmVerdict {
  AlarmState state = AlarmState::insufficient_data;
  uint32_t breaching = 0;
  uint32_t seen = 0;
};
// More periods are looked at than are evaluated, so that late and missing data matter less.
inline constexpr uint32_t kExtraPeriods = 2;
[[nodiscard]] AlarmVerdict judge_alarm(const AlarmConfig& config, AlarmState current,
                                       const std::vector<std::optional<double>>& periods);

}  // namespace edgehose
