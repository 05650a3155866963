#include "simulator/http/cloudwatch_requests.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;

json datum(const json& more) {
  json item = {{"MetricName", "m"}};
  item.update(more);
  return {{"Namespace", "N"}, {"MetricData", {item}}};
}

std::string put_fault(const json& body, ScalarForm form = ScalarForm::typed) {
  const auto read = read_put_metric_data(body, form);
  INFO(body.dump());
  REQUIRE_FALSE(read);
  return read.error().code;
}

json query(const json& more = json::object()) {
  json stat = {
      {"Metric", {{"Namespace", "N"}, {"MetricName", "m"}}}, {"Period", 60}, {"Stat", "Sum"}};
  json item = {{"Id", "m1"}, {"MetricStat", stat}};
  item.update(more);
  return {{"StartTime", 1}, {"EndTime", 2}, {"MetricDataQueries", {item}}};
}

json alarm(const json& more = json::object()) {
  json body = {{"AlarmName", "a"},  {"Namespace", "N"},
               {"MetricName", "m"}, {"Statistic", "Sum"},
               {"Period", 60},      {"EvaluationPeriods", 3},
               {"Threshold", 1},    {"ComparisonOperator", "GreaterThanThreshold"}};
  body.update(more);
  return body;
}

}  // namespace

TEST_CASE("cloudwatch requests: a datum is a value, values with counts, or a statistic set") {
  const auto one = read_put_metric_data(
      datum({{"Value", 3},
             {"Unit", "Bytes"},
             {"Timestamp", 5.5},
             {"Dimensions", {{{"Name", "b"}, {"Value", "2"}}, {{"Name", "a"}, {"Value", "1"}}}}}),
      ScalarForm::typed);
  REQUIRE(one);
  const MetricDatum& read = one.value().front();
  REQUIRE(read.cell.sum == 3);
  REQUIRE(read.at_ms == 5'500);
  REQUIRE(kMetricUnits[read.unit] == "Bytes");
  // The order of dimensions says nothing.
  REQUIRE(read.metric.dimensions == Dimensions{{"a", "1"}, {"b", "2"}});

  const auto values =
      read_put_metric_data(datum({{"Values", {1, 2}}, {"Counts", {3, 0.5}}}), ScalarForm::typed);
  REQUIRE(values.value().front().cell.sum == 4);
  REQUIRE(values.value().front().cell.count == 3.5);
  REQUIRE(kMetricUnits[values.value().front().unit] == "None");

  const json set = {{"SampleCount", 4}, {"Sum", 10}, {"Minimum", 1}, {"Maximum", 5}};
  const auto sets = read_put_metric_data(datum({{"StatisticValues", set}}), ScalarForm::typed);
  REQUIRE(sets.value().front().cell.sum == 10);
  REQUIRE_FALSE(sets.value().front().cell.has_values);
}

TEST_CASE("cloudwatch requests: a statistic set of one value keeps its percentiles") {
  const json set = {{"SampleCount", 4}, {"Sum", 8}, {"Minimum", 2}, {"Maximum", 2}};
  const auto read = read_put_metric_data(datum({{"StatisticValues", set}}), ScalarForm::typed);
  REQUIRE(read.value().front().cell.has_values);
}

TEST_CASE("cloudwatch requests: what is wrong with a datum is said by AWS's error") {
  REQUIRE(put_fault(json::array()) == "SerializationException");
  REQUIRE(put_fault(json::object()) == "MissingParameter");
  REQUIRE(put_fault({{"Namespace", "N"}}) == "MissingParameter");
  REQUIRE(put_fault({{"Namespace", ":N"}, {"MetricData", json::array()}}) ==
          "InvalidParameterValue");
  REQUIRE(put_fault(datum(json::object())) == "MissingParameter");
  REQUIRE(put_fault(datum({{"Value", 1}, {"Values", {1}}})) == "InvalidParameterCombination");
  REQUIRE(put_fault(datum({{"Values", {1, 2}}, {"Counts", {1}}})) == "InvalidParameterCombination");
  REQUIRE(put_fault(datum({{"Values", {1}}, {"Counts", {-1}}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Values", std::vector<int>(151, 1)}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", "NaN"}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", 1e109}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", 1}, {"Unit", "Miles"}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", 1}, {"StorageResolution", 1}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", "1"}})) == "SerializationException");
  REQUIRE(put_fault(datum({{"Value", 1}, {"Entity", 1}})) == "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", 1}, {"MetricName", std::string(256, 'x')}})) ==
          "InvalidParameterValue");
  REQUIRE(put_fault(datum({{"Value", 1}, {"MetricName", "a\x01"}})) == "InvalidParameterValue");
  const json twice = {{{"Name", "a"}, {"Value", "1"}}, {{"Name", "a"}, {"Value", "2"}}};
  REQUIRE(put_fault(datum({{"Value", 1}, {"Dimensions", twice}})) == "InvalidParameterValue");
  json many = datum({{"Value", 1}});
  many["MetricData"] = std::vector<json>(1'001, many["MetricData"][0]);
  REQUIRE(put_fault(many) == "InvalidParameterValue");
}

TEST_CASE("cloudwatch requests: a form's texts are read as what they stand for") {
  const auto read = read_put_metric_data(
      datum({{"Value", "1.5e3"}, {"Timestamp", "2026-11-22T13:20:00Z"}, {"Dimensions", ""}}),
      ScalarForm::text);
  REQUIRE(read);
  REQUIRE(read.value().front().cell.sum == 1'500);
  REQUIRE(read.value().front().at_ms == kNow);
  REQUIRE(put_fault(datum({{"Value", "x"}}), ScalarForm::text) == "SerializationException");
  REQUIRE(put_fault(datum({{"Value", "1"}, {"Timestamp", "noon"}}), ScalarForm::text) ==
          "InvalidParameterValue");
}

TEST_CASE("cloudwatch requests: statistics are asked for over a range of periods") {
  json body = {{"Namespace", "N"},
               {"MetricName", "m"},
               {"StartTime", kNow / 1'000 - 3'634},
               {"EndTime", kNow / 1'000},
               {"Period", 300},
               {"Statistics", {"Sum", "Maximum"}},
               {"ExtendedStatistics", {"p99.9"}}};
  const auto read = read_get_metric_statistics(body, ScalarForm::typed, kNow);
  REQUIRE(read);
  REQUIRE(read.value().range.start_ms == kNow - 3'660'000);
  REQUIRE(read.value().statistics.size() == 3);

  const auto fault = [&body](const char* name, const json& value) {
    json wrong = body;
    if (value.is_null()) {
      wrong.erase(name);
    } else {
      wrong[name] = value;
    }
    const auto result = read_get_metric_statistics(wrong, ScalarForm::typed, kNow);
    INFO(wrong.dump());
    REQUIRE_FALSE(result);
    return result.error().code;
  };
  REQUIRE(fault("Period", 10) == "InvalidParameterValue");
  REQUIRE(fault("Period", nullptr) == "MissingParameter");
  REQUIRE(fault("Statistics", {"p50"}) == "InvalidParameterValue");
  REQUIRE(fault("ExtendedStatistics", {"tm90"}) == "InvalidParameterValue");
  REQUIRE(fault("EndTime", 1) == "InvalidParameterValue");
  REQUIRE(fault("StartTime", 1) == "InvalidParameterCombination");
  body.erase("Statistics");
  REQUIRE(fault("ExtendedStatistics", nullptr) == "MissingParameter");
}

TEST_CASE("cloudwatch requests: metric data is asked for by queries with ids of their own") {
  const auto read = read_get_metric_data(query({{"ReturnData", false}}), ScalarForm::typed);
  REQUIRE(read);
  REQUIRE(read.value().datapoints_max == 100'800);
  REQUIRE_FALSE(read.value().queries.front().is_returned);
  const auto fault = [](const json& body) {
    const auto result = read_get_metric_data(body, ScalarForm::typed);
    INFO(body.dump());
    REQUIRE_FALSE(result);
    return result.error().code;
  };
  REQUIRE(fault(query({{"Id", "M1"}})) == "ValidationError");
  REQUIRE(fault(query({{"Id", "m-1"}})) == "ValidationError");
  REQUIRE(fault(query({{"Expression", "m1"}})) == "ValidationError");
  json twice = query();
  twice["MetricDataQueries"].push_back(twice["MetricDataQueries"][0]);
  REQUIRE(fault(twice) == "ValidationError");
  REQUIRE(fault(query({{"AccountId", "1"}})) == "InvalidParameterValue");
  json order = query();
  order["ScanBy"] = "Sideways";
  REQUIRE(fault(order) == "InvalidParameterValue");
}

TEST_CASE("cloudwatch requests: an alarm has its defaults and its bounds") {
  const auto read = read_put_metric_alarm(alarm(), ScalarForm::typed);
  REQUIRE(read);
  REQUIRE(read.value().datapoints_to_alarm == 3);
  REQUIRE(read.value().missing == MissingData::missing);
  REQUIRE(read.value().actions_enabled);
  const auto fault = [](const json& more) {
    const auto result = read_put_metric_alarm(alarm(more), ScalarForm::typed);
    INFO(more.dump());
    REQUIRE_FALSE(result);
    return result.error().code;
  };
  REQUIRE(fault({{"DatapointsToAlarm", 4}}) == "InvalidParameterValue");
  REQUIRE(fault({{"EvaluationPeriods", 1'441}}) == "InvalidParameterValue");
  REQUIRE(fault({{"ComparisonOperator", "GreaterThanUpperThreshold"}}) == "InvalidParameterValue");
  REQUIRE(fault({{"ExtendedStatistic", "p99"}}) == "InvalidParameterCombination");
  REQUIRE(fault({{"TreatMissingData", "maybe"}}) == "InvalidParameterValue");
  REQUIRE(fault({{"Metrics", {{{"Id", "a"}}}}}) == "InvalidParameterValue");
  REQUIRE(fault({{"ThresholdMetricId", "a"}}) == "InvalidParameterValue");
  REQUIRE(fault({{"EvaluateLowSampleCountPercentile", "ignore"}}) == "InvalidParameterValue");
  REQUIRE(fault({{"Threshold", nullptr}}) == "MissingParameter");
}

TEST_CASE("cloudwatch requests: lists, descriptions, deletions and states") {
  const auto listed = read_list_metrics(
      {{"Namespace", "N"}, {"Dimensions", {{{"Name", "a"}}}}, {"RecentlyActive", "PT3H"}},
      ScalarForm::typed);
  REQUIRE(listed);
  REQUIRE_FALSE(listed.value().dimensions.front().value);
  REQUIRE_FALSE(read_list_metrics({{"IncludeLinkedAccounts", true}}, ScalarForm::typed));

  const auto described =
      read_describe_alarms({{"StateValue", "ALARM"}, {"MaxRecords", "5"}}, ScalarForm::text);
  REQUIRE(described.value().state == AlarmState::alarm);
  REQUIRE(described.value().limit == 5);
  REQUIRE(
      read_describe_alarms({{"AlarmTypes", {"CompositeAlarm"}}}, ScalarForm::typed).value().limit ==
      0);

  REQUIRE(read_delete_alarms({{"AlarmNames", {"a"}}}, ScalarForm::typed).value().size() == 1);
  REQUIRE_FALSE(read_delete_alarms(json::object(), ScalarForm::typed));

  json state = {{"AlarmName", "a"}, {"StateValue", "OK"}, {"StateReason", "r"}};
  REQUIRE(read_set_alarm_state(state, ScalarForm::typed));
  state["StateReasonData"] = "{";
  REQUIRE(read_set_alarm_state(state, ScalarForm::typed).error().code == "InvalidFormat");
}

TEST_CASE("cloudwatch requests: an alarm is shown as it was asked for") {
  const Alarm made{
      .config =
          read_put_metric_alarm(alarm({{"AlarmDescription", "d"}}), ScalarForm::typed).value(),
      .configured_ms = kNow,
      .reason = "r",
      .state_ms = kNow + 1,
      .value = std::nullopt};
  const json shown = alarm_json(made, "arn:");
  REQUIRE(shown["AlarmArn"] == "arn:a");
  REQUIRE(shown["StateUpdatedTimestamp"] == 1'795'353'600.001);
  const json asked = alarm({{"AlarmDescription", "d"}});
  for (const auto& [name, value] : asked.items()) {
    REQUIRE(shown[name] == value);
  }
}
