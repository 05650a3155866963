// CloudWatch's requests, from the document that any of its protocols becomes. What AWS would take
// and this simulator does not model is refused by name; nothing is ignored.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "simulator/services/cloudwatch/alarm.h"
#include "simulator/services/cloudwatch/metric_math.h"

namespace edgehose {

// The query protocol knows only texts: numbers, instants and flags are read from them there.
enum class ScalarForm : uint8_t { typed, text };

struct MetricDatum {
  MetricId metric;
  uint8_t unit = 0;
  std::optional<int64_t> at_ms;  // none: now
  MetricCell cell;
};
[[nodiscard]] Outcome<std::vector<MetricDatum>> read_put_metric_data(const nlohmann::json& body,
                                                                     ScalarForm form);

struct StatisticsRequest {
  MetricId metric;
  std::string unit;  // empty: any
  MetricRange range;
  std::vector<MetricStatistic> statistics;
};
// `now_ms` decides how the start is rounded.
[[nodiscard]] Outcome<StatisticsRequest> read_get_metric_statistics(const nlohmann::json& body,
                                                                    ScalarForm form,
                                                                    int64_t now_ms);
[[nodiscard]] Outcome<MetricDataRequest> read_get_metric_data(const nlohmann::json& body,
                                                              ScalarForm form);
[[nodiscard]] Outcome<ListMetricsQuery> read_list_metrics(const nlohmann::json& body,
                                                          ScalarForm form);
[[nodiscard]] Outcome<AlarmConfig> read_put_metric_alarm(const nlohmann::json& body,
                                                         ScalarForm form);
[[nodiscard]] Outcome<DescribeAlarmsQuery> read_describe_alarms(const nlohmann::json& body,
                                                                ScalarForm form);
[[nodiscard]] Outcome<std::vector<std::string>> read_delete_alarms(const nlohmann::json& body,
                                                                   ScalarForm form);
struct SetStateRequest {
  std::string name;
  AlarmState state = AlarmState::ok;
  std::string reason;
};
[[nodiscard]] Outcome<SetStateRequest> read_set_alarm_state(const nlohmann::json& body,
                                                            ScalarForm form);

// An alarm as DescribeAlarms shows it. Timestamps are seconds.
[[nodiscard]] nlohmann::json alarm_json(const Alarm& alarm, const std::string& arn_prefix);
// [{"Name", "Value"}]
[[nodiscard]] nlohmann::json dimensions_json(const Dimensions& dimensions);
// Seconds since 1970, whole where they are.
[[nodiscard]] nlohmann::json seconds_json(int64_t unix_ms);

}  // namespace edgehose
