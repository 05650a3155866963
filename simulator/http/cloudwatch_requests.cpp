#include "simulator/http/cloudwatch_requests.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "shared/base/calendar.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr size_t kDatumsMax = 1'000;
constexpr size_t kValuesMax = 150;
constexpr size_t kDimensionsMax = 30;
constexpr size_t kNameBytesMax = 255;
constexpr size_t kDimensionValueBytesMax = 1'024;
constexpr size_t kExpressionBytesMax = 2'048;
constexpr size_t kActionsMax = 5;
constexpr size_t kActionBytesMax = 1'024;
constexpr size_t kTextBytesMax = 1'024;
constexpr int64_t kAlarmPeriodsMsMax = 7 * kMetricDayMs;

// Thrown by the readers below and caught in `reading`, nowhere else.
struct Refusal {
  AwsError error;
};

[[noreturn]] void invalid(const std::string& message) {
  throw Refusal{{"InvalidParameterValue", message}};
}
[[noreturn]] void invalid_combination(const std::string& message) {
  throw Refusal{{"InvalidParameterCombination", message}};
}
[[noreturn]] void missing(const std::string& name) {
  throw Refusal{{"MissingParameter", "The parameter " + name + " is required."}};
}
[[noreturn]] void malformed(const std::string& name) {
  throw Refusal{{"SerializationException", name + " is not of the expected form."}};
}

bool is_plain(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r';
         });
}

std::optional<double> read_double(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end) return std::nullopt;
  return value;
}

// The members of an object, each asked for once by its name; the rest is refused at the end.
class Members {
 public:
  Members(const json& object, ScalarForm form, std::string path)
      : object_(object), form_(form), path_(std::move(path)) {
    if (!object.is_object()) malformed(path_.empty() ? "The request" : path_);
  }

  // nullptr when the member is absent or null.
  const json* take(const char* name) {
    taken_.insert(name);
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + name; }
  [[nodiscard]] ScalarForm form() const { return form_; }

  std::string text(const char* name, size_t bytes_max) {
    const json* value = take(name);
    return value == nullptr ? "" : text_of(*value, name, bytes_max);
  }
  std::string required_text(const char* name, size_t bytes_max) {
    std::string value = text(name, bytes_max);
    if (value.empty()) missing(path_of(name));
    return value;
  }
  std::string text_of(const json& value, const std::string& name, size_t bytes_max) const {
    if (!value.is_string()) malformed(path_of(name));
    const auto& found = value.get_ref<const std::string&>();
    if (!is_plain(found)) {
      invalid("The value for parameter " + path_of(name) + " holds characters that no name has.");
    }
    if (found.size() > bytes_max) {
      invalid("The value for parameter " + path_of(name) + " is longer than " +
              std::to_string(bytes_max) + " characters.");
    }
    return found;
  }

  std::optional<double> number(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return std::nullopt;
    return number_of(*value, name);
  }
  [[nodiscard]] double number_of(const json& value, const std::string& name) const {
    std::optional<double> read;
    if (value.is_number()) read = value.get<double>();
    // Smithy's JSON writes what no JSON number is as a text.
    if (value.is_string() && form_ == ScalarForm::text)
      read = read_double(value.get<std::string>());
    if (value == "NaN" || value == "Infinity" || value == "-Infinity") {
      invalid("The value " + value.get<std::string>() + " for parameter " + path_of(name) +
              " is invalid.");
    }
    if (!read) malformed(path_of(name));
    // -2^360 to 2^360.
    if (!std::isfinite(*read) || std::abs(*read) > std::ldexp(1, 360)) {
      invalid("The value for parameter " + path_of(name) + " must lie between -2^360 and 2^360.");
    }
    return *read;
  }
  std::optional<int64_t> whole(const char* name, int64_t least, int64_t most) {
    const auto value = number(name);
    if (!value) return std::nullopt;
    if (*value != std::floor(*value) || *value < static_cast<double>(least) ||
        *value > static_cast<double>(most)) {
      invalid("The value for parameter " + path_of(name) + " must be a whole number from " +
              std::to_string(least) + " to " + std::to_string(most) + ".");
    }
    return static_cast<int64_t>(*value);
  }
  std::optional<bool> flag(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    if (form_ == ScalarForm::typed || (*value != "true" && *value != "false")) {
      malformed(path_of(name));
    }
    return *value == "true";
  }
  std::optional<int64_t> instant(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return std::nullopt;
    std::optional<int64_t> at_ms;
    if (value->is_string()) {
      at_ms = parse_iso_ms(value->get<std::string>());
    } else if (value->is_number()) {
      const double seconds = value->get<double>();
      const double ms = std::round(seconds * 1'000);
      if (ms >= static_cast<double>(kInstantMsMin) && ms <= static_cast<double>(kInstantMsMax)) {
        at_ms = static_cast<int64_t>(ms);
      }
    }
    if (!at_ms) invalid("The value for parameter " + path_of(name) + " is not a time.");
    return at_ms;
  }
  int64_t required_instant(const char* name) {
    const auto at_ms = instant(name);
    if (!at_ms) missing(path_of(name));
    return *at_ms;
  }
  // Empty when the member is absent. An empty list of the query protocol is an empty text.
  const json& list(const char* name, size_t items_max) {
    static const json kNone = json::array();
    const json* value = take(name);
    if (value == nullptr || (form_ == ScalarForm::text && *value == "")) return kNone;
    if (!value->is_array()) malformed(path_of(name));
    if (value->size() > items_max) {
      invalid("The collection " + path_of(name) + " must not have a size greater than " +
              std::to_string(items_max) + ".");
    }
    return *value;
  }
  std::vector<std::string> texts(const char* name, size_t items_max, size_t bytes_max) {
    std::vector<std::string> all;
    for (const json& item : list(name, items_max)) all.push_back(text_of(item, name, bytes_max));
    return all;
  }
  [[noreturn]] void refuse(const std::string& name) const {
    invalid(path_of(name) + " is not modelled by this simulator.");
  }
  void finish() const {
    for (const auto& [name, value] : object_.items()) {
      if (!value.is_null() && !taken_.contains(name)) refuse(is_plain(name) ? name : "A member");
    }
  }

 private:
  const json& object_;
  ScalarForm form_;
  std::string path_;
  std::set<std::string> taken_;
};

template <typename T, typename Read>
Outcome<T> reading(const Read& read) {
  try {
    return read();
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

std::string read_namespace(Members& members) {
  std::string space = members.required_text("Namespace", kNameBytesMax);
  if (space[0] == ':') invalid("The value " + space + " for parameter Namespace is invalid.");
  return space;
}

Dimensions read_dimensions(Members& members) {
  Dimensions dimensions;
  const json& list = members.list("Dimensions", kDimensionsMax);
  for (size_t i = 0; i < list.size(); ++i) {
    Members dimension(list[i], members.form(),
                      members.path_of("Dimensions.member." + std::to_string(i + 1) + "."));
    std::string name = dimension.required_text("Name", kNameBytesMax);
    dimensions.emplace_back(std::move(name),
                            dimension.required_text("Value", kDimensionValueBytesMax));
    dimension.finish();
  }
  std::sort(dimensions.begin(), dimensions.end());
  const auto twice =
      std::adjacent_find(dimensions.begin(), dimensions.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != dimensions.end()) invalid("The dimension " + twice->first + " stands twice.");
  return dimensions;
}

std::string read_unit(Members& members) {
  std::string unit = members.text("Unit", kNameBytesMax);
  if (!unit.empty() && !find_metric_unit(unit)) {
    invalid("The value " + unit + " for parameter " + members.path_of("Unit") + " is invalid.");
  }
  return unit;
}

int64_t read_period_ms(Members& members, const char* name = "Period") {
  const auto seconds = members.whole(name, 1, int64_t{86'400} * 366);
  if (!seconds) missing(members.path_of(name));
  if (*seconds % 60 != 0) {
    invalid("The value " + std::to_string(*seconds) + " for parameter " + members.path_of(name) +
            " must be a multiple of 60; high resolution is not modelled.");
  }
  return *seconds * 1'000;
}

MetricStatistic read_one_statistic(const Members& members, const std::string& name,
                                   const std::string& text) {
  const auto statistic = read_statistic(text);
  if (!statistic) {
    invalid("The value " + text + " for parameter " + members.path_of(name) +
            " is not one of Sum, Average, Minimum, Maximum, SampleCount and p0 to p100; others "
            "are not modelled.");
  }
  return *statistic;
}

// A statistic set tells no values, unless there can be but one.
void read_statistic_set(const json& set, const Members& datum, MetricCell& cell) {
  Members members(set, datum.form(), datum.path_of("StatisticValues."));
  const auto required = [&members](const char* name) {
    const auto value = members.number(name);
    if (!value) missing(members.path_of(name));
    return *value;
  };
  const double count = required("SampleCount");
  const double sum = required("Sum");
  const double minimum = required("Minimum");
  const double maximum = required("Maximum");
  members.finish();
  if (count <= 0 || minimum > maximum) {
    invalid("The statistics of " + members.path_of("StatisticValues") + " do not fit together.");
  }
  if (minimum == maximum) return cell.add(minimum, count);
  cell.sum = sum;
  cell.count = count;
  cell.minimum = minimum;
  cell.maximum = maximum;
  cell.has_values = false;
}

void read_values(Members& members, const json& values, MetricCell& cell) {
  const json& counts = members.list("Counts", kValuesMax);
  if (!counts.empty() && counts.size() != values.size()) {
    invalid_combination("The parameters " + members.path_of("Values") + " and " +
                        members.path_of("Counts") + " must have the same size.");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = members.number_of(values[i], "Values");
    const double count = counts.empty() ? 1 : members.number_of(counts[i], "Counts");
    if (count < 0) invalid("A count of " + members.path_of("Counts") + " is below 0.");
    if (count > 0) cell.add(value, count);
  }
}

MetricDatum read_datum(const json& item, ScalarForm form, const std::string& path,
                       const std::string& space) {
  Members members(item, form, path);
  MetricDatum datum;
  datum.metric.space = space;
  datum.metric.name = members.required_text("MetricName", kNameBytesMax);
  datum.metric.dimensions = read_dimensions(members);
  datum.at_ms = members.instant("Timestamp");
  const std::string unit = read_unit(members);
  datum.unit = *find_metric_unit(unit.empty() ? kNoUnit : std::string_view(unit));
  const auto resolution = members.whole("StorageResolution", 1, 60);
  if (resolution && *resolution != 60) members.refuse("StorageResolution below 60");
  const auto value = members.number("Value");
  const json* set = members.take("StatisticValues");
  const json& values = members.list("Values", kValuesMax);
  const int kinds = (value ? 1 : 0) + (set != nullptr ? 1 : 0) + (values.empty() ? 0 : 1);
  if (kinds == 0) missing(members.path_of("Value"));
  if (kinds > 1) {
    invalid_combination("The parameters " + members.path_of("Value") + ", " +
                        members.path_of("Values") + " and " + members.path_of("StatisticValues") +
                        " are mutually exclusive and you have specified more than one.");
  }
  if (value) datum.cell.add(*value, 1);
  if (set != nullptr) read_statistic_set(*set, members, datum.cell);
  read_values(members, values, datum.cell);
  members.finish();
  return datum;
}

MetricQuery read_query(const json& item, ScalarForm form, const std::string& path) {
  Members members(item, form, path);
  MetricQuery query;
  query.id = members.required_text("Id", kNameBytesMax);
  const bool is_good =
      is_lower(query.id[0]) &&
      std::all_of(query.id.begin(), query.id.end(), [](char c) { return is_alnum(c) || c == '_'; });
  if (!is_good) {
    throw Refusal{
        {"ValidationError", "The value for parameter " + members.path_of("Id") +
                                " must start with a lower-case letter and hold letters, digits and "
                                "underscores."}};
  }
  query.expression = members.text("Expression", kExpressionBytesMax);
  query.label = members.text("Label", kTextBytesMax);
  query.is_returned = members.flag("ReturnData").value_or(true);
  const json* stat = members.take("MetricStat");
  if (query.expression.empty() == (stat == nullptr)) {
    throw Refusal{{"ValidationError", "Each query has either MetricStat or Expression."}};
  }
  if (stat == nullptr) {
    // Of an expression: that of its metrics is meant, and nothing else is modelled.
    if (members.take("Period") != nullptr) read_period_ms(members);
    members.finish();
    return query;
  }
  Members of(*stat, form, members.path_of("MetricStat."));
  const json* metric = of.take("Metric");
  if (metric == nullptr) missing(of.path_of("Metric"));
  Members named(*metric, form, of.path_of("Metric."));
  query.metric.space = read_namespace(named);
  query.metric.name = named.required_text("MetricName", kNameBytesMax);
  query.metric.dimensions = read_dimensions(named);
  named.finish();
  query.period_ms = read_period_ms(of);
  query.statistic = read_one_statistic(of, "Stat", of.required_text("Stat", kNameBytesMax));
  query.unit = read_unit(of);
  of.finish();
  members.finish();
  return query;
}

void check_times(int64_t start_ms, int64_t end_ms) {
  if (start_ms < end_ms) return;
  invalid("The parameter StartTime must be less than the parameter EndTime.");
}

MetricDataRequest read_metric_data(const json& body, ScalarForm form) {
  Members members(body, form, "");
  MetricDataRequest request;
  request.start_ms = members.required_instant("StartTime");
  request.end_ms = members.required_instant("EndTime");
  check_times(request.start_ms, request.end_ms);
  const std::string order = members.text("ScanBy", kNameBytesMax);
  if (!order.empty() && order != "TimestampAscending" && order != "TimestampDescending") {
    invalid("The value " + order + " for parameter ScanBy is invalid.");
  }
  request.is_ascending = order == "TimestampAscending";
  request.datapoints_max = static_cast<uint64_t>(
      members.whole("MaxDatapoints", 1, kMetricDatapointsMax).value_or(kMetricDatapointsMax));
  request.token = members.text("NextToken", kTextBytesMax);
  const json& list = members.list("MetricDataQueries", kMetricQueriesMax);
  if (list.empty()) missing("MetricDataQueries");
  std::set<std::string> ids;
  for (size_t i = 0; i < list.size(); ++i) {
    request.queries.push_back(
        read_query(list[i], form, "MetricDataQueries.member." + std::to_string(i + 1) + "."));
    if (!ids.insert(request.queries.back().id).second) {
      throw Refusal{
          {"ValidationError", "The values for parameter id in MetricDataQueries must be unique."}};
    }
  }
  members.finish();
  return request;
}

StatisticsRequest read_statistics(const json& body, ScalarForm form, int64_t now_ms) {
  Members members(body, form, "");
  StatisticsRequest request;
  request.metric.space = read_namespace(members);
  request.metric.name = members.required_text("MetricName", kNameBytesMax);
  request.metric.dimensions = read_dimensions(members);
  request.unit = read_unit(members);
  const int64_t start_ms = members.required_instant("StartTime");
  const int64_t end_ms = members.required_instant("EndTime");
  check_times(start_ms, end_ms);
  request.range = {rounded_start_ms(now_ms, start_ms), end_ms, read_period_ms(members)};
  const auto plain = members.texts("Statistics", 5, kNameBytesMax);
  const auto extended = members.texts("ExtendedStatistics", 10, kNameBytesMax);
  members.finish();
  if (plain.empty() && extended.empty()) {
    throw Refusal{{"MissingParameter", "Must specify either Statistics or ExtendedStatistics."}};
  }
  for (const auto* names : {&plain, &extended}) {
    const bool wants_percentile = names == &extended;
    for (const std::string& name : *names) {
      const char* parameter = wants_percentile ? "ExtendedStatistics" : "Statistics";
      auto statistic = read_one_statistic(members, parameter, name);
      if ((statistic.kind == MetricStatistic::Kind::percentile) != wants_percentile) {
        invalid("The value " + name + " for parameter " + parameter + " is invalid.");
      }
      request.statistics.push_back(std::move(statistic));
    }
  }
  if (request.range.datapoints() > kStatisticsDatapointsMax) {
    invalid_combination("You have requested up to " + std::to_string(request.range.datapoints()) +
                        " datapoints, which exceeds the limit of 1,440. You may reduce the "
                        "datapoints requested by increasing Period, or decreasing the time range.");
  }
  return request;
}

MetricStatistic read_alarm_statistic(Members& members) {
  const std::string plain = members.text("Statistic", kNameBytesMax);
  const std::string extended = members.text("ExtendedStatistic", kNameBytesMax);
  if (plain.empty() == extended.empty()) {
    invalid_combination("Exactly one of Statistic and ExtendedStatistic must be given.");
  }
  auto statistic = read_one_statistic(members, plain.empty() ? "ExtendedStatistic" : "Statistic",
                                      plain.empty() ? extended : plain);
  if ((statistic.kind == MetricStatistic::Kind::percentile) != plain.empty()) {
    invalid("A percentile is an ExtendedStatistic, and nothing else is one.");
  }
  return statistic;
}

void read_alarm_periods(Members& members, AlarmConfig& config) {
  config.period_ms = read_period_ms(members);
  const auto evaluated = members.whole("EvaluationPeriods", 1, 10'080);
  if (!evaluated) missing("EvaluationPeriods");
  const auto to_alarm = members.whole("DatapointsToAlarm", 1, *evaluated).value_or(*evaluated);
  config.evaluation_periods = static_cast<uint32_t>(*evaluated);
  config.datapoints_to_alarm = static_cast<uint32_t>(to_alarm);
  const int64_t whole_ms = config.period_ms * *evaluated;
  const int64_t most_ms = config.period_ms < 60 * kMinuteMs ? kMetricDayMs : kAlarmPeriodsMsMax;
  if (whole_ms > most_ms) {
    invalid("Metrics cannot be checked across more than " + std::to_string(most_ms / kMetricDayMs) +
            " days (EvaluationPeriods * Period).");
  }
}

AlarmConfig read_alarm(const json& body, ScalarForm form) {
  Members members(body, form, "");
  AlarmConfig config;
  config.name = members.required_text("AlarmName", kNameBytesMax);
  config.description = members.text("AlarmDescription", kTextBytesMax);
  config.metric.space = read_namespace(members);
  config.metric.name = members.required_text("MetricName", kNameBytesMax);
  config.metric.dimensions = read_dimensions(members);
  config.statistic = read_alarm_statistic(members);
  config.unit = read_unit(members);
  read_alarm_periods(members, config);
  const auto threshold = members.number("Threshold");
  if (!threshold) missing("Threshold");
  config.threshold = *threshold;
  const std::string operation = members.required_text("ComparisonOperator", kNameBytesMax);
  const auto comparison = find_alarm_comparison(operation);
  if (!comparison) invalid("ComparisonOperator " + operation + " is not modelled.");
  config.comparison = *comparison;
  const std::string missing_data = members.text("TreatMissingData", kNameBytesMax);
  const auto treated = find_missing_data(missing_data.empty() ? "missing" : missing_data);
  if (!treated) invalid("The value " + missing_data + " for TreatMissingData is invalid.");
  config.missing = *treated;
  const std::string few = members.text("EvaluateLowSampleCountPercentile", kNameBytesMax);
  if (!few.empty() && few != "evaluate") members.refuse("EvaluateLowSampleCountPercentile " + few);
  config.actions_enabled = members.flag("ActionsEnabled").value_or(true);
  config.ok_actions = members.texts("OKActions", kActionsMax, kActionBytesMax);
  config.alarm_actions = members.texts("AlarmActions", kActionsMax, kActionBytesMax);
  config.insufficient_data_actions =
      members.texts("InsufficientDataActions", kActionsMax, kActionBytesMax);
  // Empty lists are what a client writes for nothing.
  if (!members.list("Metrics", 0).empty()) members.refuse("Metrics");
  if (!members.list("Tags", 0).empty()) members.refuse("Tags");
  members.finish();
  return config;
}

}  // namespace

Outcome<std::vector<MetricDatum>> read_put_metric_data(const json& body, ScalarForm form) {
  return reading<std::vector<MetricDatum>>([&] {
    Members members(body, form, "");
    const std::string space = read_namespace(members);
    const json& list = members.list("MetricData", kDatumsMax);
    if (list.empty()) missing("MetricData");
    std::vector<MetricDatum> datums;
    datums.reserve(list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string path = "MetricData.member." + std::to_string(i + 1) + ".";
      datums.push_back(read_datum(list[i], form, path, space));
    }
    members.flag("StrictEntityValidation");
    members.finish();
    return datums;
  });
}

Outcome<StatisticsRequest> read_get_metric_statistics(const json& body, ScalarForm form,
                                                      int64_t now_ms) {
  return reading<StatisticsRequest>([&] { return read_statistics(body, form, now_ms); });
}

Outcome<MetricDataRequest> read_get_metric_data(const json& body, ScalarForm form) {
  return reading<MetricDataRequest>([&] { return read_metric_data(body, form); });
}

Outcome<ListMetricsQuery> read_list_metrics(const json& body, ScalarForm form) {
  return reading<ListMetricsQuery>([&] {
    Members members(body, form, "");
    ListMetricsQuery query;
    query.space = members.text("Namespace", kNameBytesMax);
    query.name = members.text("MetricName", kNameBytesMax);
    for (const json& item : members.list("Dimensions", 10)) {
      Members filter(item, form, "Dimensions.");
      DimensionFilter& made = query.dimensions.emplace_back();
      made.name = filter.required_text("Name", kNameBytesMax);
      std::string value = filter.text("Value", kDimensionValueBytesMax);
      if (!value.empty()) made.value = std::move(value);
      filter.finish();
    }
    const std::string recent = members.text("RecentlyActive", kNameBytesMax);
    if (!recent.empty() && recent != "PT3H") members.refuse("RecentlyActive " + recent);
    query.is_recent = !recent.empty();
    if (members.flag("IncludeLinkedAccounts").value_or(false)) {
      members.refuse("IncludeLinkedAccounts");
    }
    query.token = members.text("NextToken", kTextBytesMax);
    members.finish();
    return query;
  });
}

Outcome<AlarmConfig> read_put_metric_alarm(const json& body, ScalarForm form) {
  return reading<AlarmConfig>([&] { return read_alarm(body, form); });
}

Outcome<DescribeAlarmsQuery> read_describe_alarms(const json& body, ScalarForm form) {
  return reading<DescribeAlarmsQuery>([&] {
    Members members(body, form, "");
    DescribeAlarmsQuery query;
    query.names = members.texts("AlarmNames", kDescribedAlarmsMax, kNameBytesMax);
    query.prefix = members.text("AlarmNamePrefix", kNameBytesMax);
    query.action_prefix = members.text("ActionPrefix", kActionBytesMax);
    query.after = members.text("NextToken", kNameBytesMax);
    const auto limit = members.whole("MaxRecords", 1, kDescribedAlarmsMax);
    query.limit = limit ? static_cast<size_t>(*limit) : kDescribedAlarmsMax;
    const std::string state = members.text("StateValue", kNameBytesMax);
    query.state = find_alarm_state(state);
    if (!state.empty() && !query.state)
      invalid("The value " + state + " for StateValue is invalid.");
    // There are no alarms of other types: asking for metric alarms among them changes nothing.
    const auto types = members.texts("AlarmTypes", 3, kNameBytesMax);
    if (!types.empty() && std::find(types.begin(), types.end(), "MetricAlarm") == types.end()) {
      query.limit = 0;
    }
    members.finish();
    return query;
  });
}

Outcome<std::vector<std::string>> read_delete_alarms(const json& body, ScalarForm form) {
  return reading<std::vector<std::string>>([&] {
    Members members(body, form, "");
    auto names = members.texts("AlarmNames", kDescribedAlarmsMax, kNameBytesMax);
    if (names.empty()) missing("AlarmNames");
    members.finish();
    return names;
  });
}

Outcome<SetStateRequest> read_set_alarm_state(const json& body, ScalarForm form) {
  return reading<SetStateRequest>([&] {
    Members members(body, form, "");
    SetStateRequest request;
    request.name = members.required_text("AlarmName", kNameBytesMax);
    const std::string state = members.required_text("StateValue", kNameBytesMax);
    const auto found = find_alarm_state(state);
    if (!found) invalid("The value " + state + " for StateValue is invalid.");
    request.state = *found;
    request.reason = members.text("StateReason", kTextBytesMax - 1);
    if (members.take("StateReason") == nullptr) missing("StateReason");
    const std::string data = members.text("StateReasonData", 4'000);
    if (!data.empty() && !json::accept(data)) {
      throw Refusal{{"InvalidFormat", "StateReasonData is not JSON."}};
    }
    members.finish();
    return request;
  });
}

json seconds_json(int64_t unix_ms) {
  if (unix_ms % 1'000 == 0) return unix_ms / 1'000;
  return static_cast<double>(unix_ms) / 1'000;
}

json dimensions_json(const Dimensions& dimensions) {
  json list = json::array();
  for (const auto& [name, value] : dimensions) list.push_back({{"Name", name}, {"Value", value}});
  return list;
}

json alarm_json(const Alarm& alarm, const std::string& arn_prefix) {
  const AlarmConfig& config = alarm.config;
  json shown = {{"AlarmName", config.name},
                {"AlarmArn", arn_prefix + config.name},
                {"AlarmConfigurationUpdatedTimestamp", seconds_json(alarm.configured_ms)},
                {"ActionsEnabled", config.actions_enabled},
                {"OKActions", config.ok_actions},
                {"AlarmActions", config.alarm_actions},
                {"InsufficientDataActions", config.insufficient_data_actions},
                {"StateValue", to_text(alarm.state)},
                {"StateReason", alarm.reason},
                {"StateUpdatedTimestamp", seconds_json(alarm.state_ms)},
                {"StateTransitionedTimestamp", seconds_json(alarm.state_ms)},
                {"MetricName", config.metric.name},
                {"Namespace", config.metric.space},
                {"Dimensions", dimensions_json(config.metric.dimensions)},
                {"Period", config.period_ms / 1'000},
                {"EvaluationPeriods", config.evaluation_periods},
                {"DatapointsToAlarm", config.datapoints_to_alarm},
                {"Threshold", config.threshold},
                {"ComparisonOperator", to_text(config.comparison)},
                {"TreatMissingData", to_text(config.missing)}};
  const bool is_percentile = config.statistic.kind == MetricStatistic::Kind::percentile;
  shown[is_percentile ? "ExtendedStatistic" : "Statistic"] = config.statistic.text;
  if (!config.unit.empty()) shown["Unit"] = config.unit;
  if (!config.description.empty()) shown["AlarmDescription"] = config.description;
  return shown;
}

}  // namespace edgehose
