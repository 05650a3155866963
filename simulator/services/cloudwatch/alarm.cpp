#include "simulator/services/cloudwatch/alarm.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace edgehose {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"OK", "ALARM", "INSUFFICIENT_DATA"};
constexpr std::array<std::string_view, 4> kComparisons = {
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
    "LessThanOrEqualToThreshold"};
constexpr std::array<std::string_view, 4> kMissing = {"missing", "breaching", "notBreaching",
                                                      "ignore"};

template <typename T, size_t N>
std::optional<T> find_in(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<T>(found - names.begin());
}

bool breaches(const AlarmConfig& config, double value) {
  switch (config.comparison) {
    case AlarmComparison::at_least:
      return value >= config.threshold;
    case AlarmComparison::above:
      return value > config.threshold;
    case AlarmComparison::below:
      return value < config.threshold;
    case AlarmComparison::at_most:
      return value <= config.threshold;
  }
  return false;
}

// A figure as people write it: 5.0, 0.25, 1e+30.
std::string figure(double value) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.10g", value);
  std::string shown = text.data();
  if (shown.find_first_not_of("-0123456789") == std::string::npos) shown += ".0";
  return shown;
}

std::string_view comparison_words(AlarmComparison comparison, bool holds) {
  switch (comparison) {
    case AlarmComparison::at_least:
      return holds ? "greater than or equal to" : "not greater than or equal to";
    case AlarmComparison::above:
      return holds ? "greater than" : "not greater than";
    case AlarmComparison::below:
      return holds ? "less than" : "not less than";
    case AlarmComparison::at_most:
      return holds ? "less than or equal to" : "not less than or equal to";
  }
  return "";
}

// As AWS words it: "Threshold Crossed: 2 out of the last 3 datapoints [5.0, 7.0] were greater than
// the threshold (1.0)."
std::string reason_of(const AlarmConfig& config, const AlarmVerdict& verdict,
                      const std::vector<std::optional<double>>& periods) {
  if (verdict.state == AlarmState::insufficient_data) {
    return "Insufficient Data: " + std::to_string(config.evaluation_periods) +
           " datapoints were unknown.";
  }
  const bool is_alarm = verdict.state == AlarmState::alarm;
  std::string values;
  uint32_t fitting = 0;
  uint32_t seen = 0;
  for (auto period = periods.rbegin(); period != periods.rend() && seen < config.evaluation_periods;
       ++period) {
    if (!*period) continue;
    ++seen;
    if (breaches(config, **period) != is_alarm) continue;
    ++fitting;
    if (fitting > 5) continue;
    values += (values.empty() ? "" : ", ") + figure(**period);
  }
  std::string reason = "Threshold Crossed: ";
  if (fitting == 0) {
    return reason + "no datapoints were received for " + std::to_string(config.evaluation_periods) +
           " periods and missing datapoints were treated as [" +
           (is_alarm ? "Breaching" : "NonBreaching") + "].";
  }
  reason += std::to_string(fitting) + " out of the last " +
            std::to_string(config.evaluation_periods) + " datapoints [" + values + "] " +
            (fitting == 1 ? "was " : "were ");
  reason.append(comparison_words(config.comparison, is_alarm));
  return reason + " the threshold (" + figure(config.threshold) + ").";
}

// The periods that ended by now, oldest first.
std::vector<std::optional<double>> recent_periods(const AlarmConfig& config, int64_t now_ms,
                                                  const MetricStore& store) {
  const uint32_t count = config.evaluation_periods + kExtraPeriods;
  std::vector<std::optional<double>> periods(count);
  const int64_t end_ms = minute_of(now_ms);
  const int64_t start_ms = end_ms - config.period_ms * count;
  const MetricByUnit* metric = store.find(config.metric);
  if (metric == nullptr) return periods;
  for (const MetricPeriod& period :
       periods_of(*metric, config.unit, {start_ms, end_ms, config.period_ms})) {
    const auto place = static_cast<size_t>((period.start_ms - start_ms) / config.period_ms);
    periods[place] = value_of(period.cell, config.statistic);
  }
  return periods;
}

// Of the existing ones, all breach and the oldest is at least as old as the datapoints to alarm:
// AWS goes to ALARM then, though fewer than those are there.
bool all_breach_and_one_is_old(const AlarmConfig& config,
                               const std::vector<std::optional<double>>& periods) {
  size_t oldest = periods.size();
  for (size_t i = 0; i < periods.size(); ++i) {
    if (!periods[i]) continue;
    if (!breaches(config, *periods[i])) return false;
    oldest = std::min(oldest, i);
  }
  return oldest < periods.size() && periods.size() - oldest >= config.datapoints_to_alarm;
}

bool has_prefix(const std::vector<std::string>& actions, const std::string& prefix) {
  return std::any_of(actions.begin(), actions.end(),
                     [&prefix](const std::string& action) { return action.starts_with(prefix); });
}

bool fits(const Alarm& alarm, const DescribeAlarmsQuery& query) {
  const AlarmConfig& config = alarm.config;
  if (!config.name.starts_with(query.prefix)) return false;
  if (query.state && alarm.state != *query.state) return false;
  if (!query.names.empty() &&
      std::find(query.names.begin(), query.names.end(), config.name) == query.names.end()) {
    return false;
  }
  return query.action_prefix.empty() || has_prefix(config.ok_actions, query.action_prefix) ||
         has_prefix(config.alarm_actions, query.action_prefix) ||
         has_prefix(config.insufficient_data_actions, query.action_prefix);
}

}  // namespace

std::string_view to_text(AlarmState state) { return kStates[static_cast<size_t>(state)]; }
std::string_view to_text(AlarmComparison comparison) {
  return kComparisons[static_cast<size_t>(comparison)];
}
std::string_view to_text(MissingData missing) { return kMissing[static_cast<size_t>(missing)]; }
std::optional<AlarmState> find_alarm_state(std::string_view text) {
  return find_in<AlarmState>(kStates, text);
}
std::optional<AlarmComparison> find_alarm_comparison(std::string_view text) {
  return find_in<AlarmComparison>(kComparisons, text);
}
std::optional<MissingData> find_missing_data(std::string_view text) {
  return find_in<MissingData>(kMissing, text);
}

AlarmVerdict judge_alarm(const AlarmConfig& config, AlarmState current,
                         const std::vector<std::optional<double>>& periods) {
  AlarmVerdict verdict{current, 0, 0};
  for (auto period = periods.rbegin();
       period != periods.rend() && verdict.seen < config.evaluation_periods; ++period) {
    if (!*period) continue;
    ++verdict.seen;
    if (breaches(config, **period)) ++verdict.breaching;
  }
  const uint32_t wanted = config.datapoints_to_alarm;
  const uint32_t filled = config.evaluation_periods - verdict.seen;
  const auto decided = [&verdict](bool is_alarm) {
    verdict.state = is_alarm ? AlarmState::alarm : AlarmState::ok;
    return verdict;
  };
  if (filled == 0 || verdict.breaching >= wanted) return decided(verdict.breaching >= wanted);
  switch (config.missing) {
    case MissingData::breaching:
      return decided(verdict.breaching + filled >= wanted);
    case MissingData::not_breaching:
      return decided(false);
    case MissingData::ignore:
      // So few are missing that none of them could make the alarm go off.
      if (verdict.breaching + filled < wanted) return decided(false);
      return verdict;
    case MissingData::missing:
      break;
  }
  if (verdict.seen == 0) {
    verdict.state = AlarmState::insufficient_data;
    return verdict;
  }
  return decided(all_breach_and_one_is_old(config, periods));
}

std::optional<AwsError> AlarmSet::put(int64_t now_ms, AlarmConfig config) {
  const auto found = alarms_.find(config.name);
  if (found != alarms_.end()) {
    found->second.config = std::move(config);
    found->second.configured_ms = now_ms;
    return std::nullopt;
  }
  if (alarms_.size() >= kAlarmsMax) {
    return AwsError{"LimitExceeded", "The maximum limit of " + std::to_string(kAlarmsMax) +
                                         " alarms has been exceeded."};
  }
  Alarm alarm{.config = std::move(config),
              .configured_ms = now_ms,
              .reason = "Unchecked: Initial alarm creation",
              .state_ms = now_ms,
              .value = std::nullopt};
  std::string name = alarm.config.name;
  alarms_.emplace(std::move(name), std::move(alarm));
  return std::nullopt;
}

std::optional<AwsError> AlarmSet::erase(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!alarms_.contains(name)) {
      return AwsError{"ResourceNotFound", "The alarm " + name + " does not exist.", 404};
    }
  }
  for (const std::string& name : names) alarms_.erase(name);
  return std::nullopt;
}

Outcome<std::vector<AlarmChange>> AlarmSet::set_state(int64_t now_ms, const std::string& name,
                                                      AlarmState state, std::string reason) {
  const auto found = alarms_.find(name);
  if (found == alarms_.end()) {
    return AwsError{"ResourceNotFound", "The alarm " + name + " does not exist.", 404};
  }
  Alarm& alarm = found->second;
  const AlarmState from = alarm.state;
  alarm.reason = std::move(reason);
  if (from == state) return std::vector<AlarmChange>{};
  alarm.state = state;
  alarm.state_ms = now_ms;
  return std::vector<AlarmChange>{{alarm, from, now_ms}};
}

std::vector<AlarmChange> AlarmSet::evaluate(int64_t now_ms, const MetricStore& store) {
  std::vector<AlarmChange> changes;
  for (auto& [name, alarm] : alarms_) {
    if (now_ms < alarm.configured_ms) continue;
    const auto periods = recent_periods(alarm.config, now_ms, store);
    const AlarmVerdict verdict = judge_alarm(alarm.config, alarm.state, periods);
    for (const auto& period : periods) {
      if (period) alarm.value = period;
    }
    if (verdict.state == alarm.state) continue;
    const AlarmState from = alarm.state;
    alarm.state = verdict.state;
    alarm.state_ms = now_ms;
    alarm.reason = reason_of(alarm.config, verdict, periods);
    changes.push_back({alarm, from, now_ms});
  }
  return changes;
}

std::vector<const Alarm*> AlarmSet::describe(const DescribeAlarmsQuery& query,
                                             std::string& next) const {
  std::vector<const Alarm*> page;
  next.clear();
  if (query.limit == 0) return page;
  for (auto at = query.after.empty() ? alarms_.begin() : alarms_.upper_bound(query.after);
       at != alarms_.end(); ++at) {
    if (!fits(at->second, query)) continue;
    if (page.size() == query.limit) {
      next = page.back()->config.name;
      break;
    }
    page.push_back(&at->second);
  }
  return page;
}

}  // namespace edgehose
