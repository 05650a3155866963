#include "simulator/http/cloudwatch_protocol.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "shared/base/text.h"
#include "simulator/adapters/compressors.h"
#include "simulator/http/cbor.h"
#include "simulator/http/cloudwatch_requests.h"
#include "simulator/http/query_form.h"
#include "simulator/http/s3_xml.h"
#include "simulator/http/url.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kXmlNamespace = "http://monitoring.amazonaws.com/doc/2010-08-01/";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// The query protocol's code of an error, and its shape in the model, which the others send.
struct ErrorName {
  std::string_view code;
  std::string_view shape;
};
constexpr std::array<ErrorName, 7> kErrorNames = {{
    {"InvalidParameterValue", "InvalidParameterValueException"},
    {"MissingParameter", "MissingRequiredParameterException"},
    {"InvalidParameterCombination", "InvalidParameterCombinationException"},
    {"InternalServiceError", "InternalServiceFault"},
    {"LimitExceeded", "LimitExceededFault"},
    {"InvalidFormat", "InvalidFormatFault"},
    {"ValidationError", "ValidationException"},
}};

std::string_view shape_of(std::string_view code) {
  const auto* const found = std::find_if(kErrorNames.begin(), kErrorNames.end(),
                                         [code](const ErrorName& e) { return e.code == code; });
  return found == kErrorNames.end() ? code : found->shape;
}

AwsError unknown_operation(std::string_view operation) {
  const bool is_name =
      operation.size() <= 100 && std::all_of(operation.begin(), operation.end(), is_alnum);
  return {"InvalidAction",
          "CloudWatch here has no operation " + std::string(is_name ? operation : "of this name") +
              ": there are PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics, "
              "PutMetricAlarm, DescribeAlarms, DeleteAlarms and SetAlarmState.",
          400};
}

AwsError malformed() {
  return {"SerializationException", "The request body is not of the protocol's form."};
}

HttpResponse xml_answer(uint32_t status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/xml"}}, .body = std::move(body)};
}

HttpResponse cbor_answer(uint32_t status, const json& document) {
  return {.status = status,
          .headers = {{"Content-Type", "application/cbor"}, {"smithy-protocol", "rpc-v2-cbor"}},
          .body = write_cbor(document)};
}

HttpResponse encoded(CloudWatchWire wire, const std::string& operation, const json& result,
                     std::string_view request_id) {
  switch (wire) {
    case CloudWatchWire::json:
      return {.status = 200,
              .headers = {{"Content-Type", "application/x-amz-json-1.0"}},
              .body = result.dump()};
    case CloudWatchWire::cbor:
      return cbor_answer(200, result);
    case CloudWatchWire::query:
      break;
  }
  std::string xml = "<" + operation + "Response xmlns=\"";
  xml.append(kXmlNamespace).append("\">");
  if (!result.empty()) {
    xml += "<" + operation + "Result>";
    append_query_xml(xml, result);
    xml += "</" + operation + "Result>";
  }
  xml += "<ResponseMetadata>";
  append_element(xml, "RequestId", request_id);
  xml += "</ResponseMetadata></" + operation + "Response>";
  return xml_answer(200, std::move(xml));
}

// --- operations: a document in, a document out ---

struct Call {
  const json& body;
  ScalarForm form;
  CloudWatchHost& host;
  const std::string& alarm_arn_prefix;
};
using Answer = Outcome<json>;

AwsError put_error(PutOutcome outcome) {
  if (outcome == PutOutcome::no_room) {
    return {"LimitExceeded",
            "This simulator holds as many metrics as it can; datapoints are refused.", 400};
  }
  return {"InvalidParameterValue",
          outcome == PutOutcome::too_old
              ? "The value for parameter MetricData.Timestamp must not be older than two weeks."
              : "The value for parameter MetricData.Timestamp must not be more than two hours in "
                "the future."};
}

Answer put_metric_data(const Call& call) {
  const auto datums = read_put_metric_data(call.body, call.form);
  if (!datums) return datums.error();
  std::optional<AwsError> error;
  call.host.with([&](const CloudWatchHost::World& world) {
    // A time that is out of bounds refuses the whole request.
    for (const MetricDatum& datum : datums.value()) {
      const auto outcome =
          MetricStore::judge_time(world.now_ms, datum.at_ms.value_or(world.now_ms));
      if (outcome != PutOutcome::stored) error = put_error(outcome);
    }
    if (error) return;
    for (const MetricDatum& datum : datums.value()) {
      const auto outcome = world.metrics.put(world.now_ms, datum.metric, datum.unit,
                                             datum.at_ms.value_or(world.now_ms), datum.cell);
      if (outcome != PutOutcome::stored) error = put_error(outcome);
    }
  });
  if (error) return *error;
  return json::object();
}

json datapoint_json(const MetricPeriod& period, const StatisticsRequest& request,
                    std::string_view unit) {
  json point = {{"Timestamp", seconds_json(period.start_ms)}, {"Unit", unit}};
  for (const MetricStatistic& statistic : request.statistics) {
    const auto value = value_of(period.cell, statistic);
    if (!value) continue;
    if (statistic.kind == MetricStatistic::Kind::percentile) {
      point["ExtendedStatistics"][statistic.text] = *value;
    } else {
      point[statistic.text] = *value;
    }
  }
  return point;
}

Answer get_metric_statistics(const Call& call) {
  Outcome<json> result = json::object();
  call.host.with([&](const CloudWatchHost::World& world) {
    const auto request = read_get_metric_statistics(call.body, call.form, world.now_ms);
    if (!request) {
      result = request.error();
      return;
    }
    json points = json::array();
    const MetricByUnit* metric = world.metrics.find(request.value().metric);
    if (metric != nullptr) {
      // Each unit has datapoints of its own.
      for (const auto& [unit, series] : *metric) {
        if (!request.value().unit.empty() && unit != request.value().unit) continue;
        for (const MetricPeriod& period : periods_of(series, request.value().range)) {
          points.push_back(datapoint_json(period, request.value(), unit));
        }
      }
    }
    result = json{{"Label", request.value().metric.name}, {"Datapoints", std::move(points)}};
  });
  return result;
}

Answer get_metric_data(const Call& call) {
  const auto request = read_get_metric_data(call.body, call.form);
  if (!request) return request.error();
  Outcome<MetricDataPage> page = MetricDataPage{};
  call.host.with([&](const CloudWatchHost::World& world) {
    page = get_metric_data(world.metrics, world.now_ms, request.value());
  });
  if (!page) return page.error();
  json results = json::array();
  for (const MetricDataResult& found : page.value().results) {
    json times = json::array();
    for (const int64_t at_ms : found.times_ms) times.push_back(seconds_json(at_ms));
    results.push_back({{"Id", found.id},
                       {"Label", found.label},
                       {"Timestamps", std::move(times)},
                       {"Values", found.values},
                       {"StatusCode", found.is_complete ? "Complete" : "PartialData"}});
  }
  json result = {{"MetricDataResults", std::move(results)}, {"Messages", json::array()}};
  if (!page.value().token.empty()) result["NextToken"] = page.value().token;
  return result;
}

Answer list_metrics(const Call& call) {
  const auto query = read_list_metrics(call.body, call.form);
  if (!query) return query.error();
  Outcome<MetricPage> page = MetricPage{};
  call.host.with([&](const CloudWatchHost::World& world) {
    page = list_metrics(world.metrics, world.now_ms, query.value());
  });
  if (!page) return page.error();
  json metrics = json::array();
  for (const MetricId& metric : page.value().metrics) {
    metrics.push_back({{"Namespace", metric.space},
                       {"MetricName", metric.name},
                       {"Dimensions", dimensions_json(metric.dimensions)}});
  }
  json result = {{"Metrics", std::move(metrics)}};
  if (!page.value().token.empty()) result["NextToken"] = page.value().token;
  return result;
}

Answer put_metric_alarm(const Call& call) {
  auto config = read_put_metric_alarm(call.body, call.form);
  if (!config) return config.error();
  std::optional<AwsError> error;
  call.host.with([&](const CloudWatchHost::World& world) {
    error = world.alarms.put(world.now_ms, std::move(config.value()));
  });
  if (error) return *error;
  return json::object();
}

Answer describe_alarms(const Call& call) {
  const auto query = read_describe_alarms(call.body, call.form);
  if (!query) return query.error();
  json result = {{"MetricAlarms", json::array()}, {"CompositeAlarms", json::array()}};
  call.host.with([&](const CloudWatchHost::World& world) {
    std::string next;
    for (const Alarm* alarm : world.alarms.describe(query.value(), next)) {
      result["MetricAlarms"].push_back(alarm_json(*alarm, call.alarm_arn_prefix));
    }
    if (!next.empty()) result["NextToken"] = next;
  });
  return result;
}

Answer delete_alarms(const Call& call) {
  const auto names = read_delete_alarms(call.body, call.form);
  if (!names) return names.error();
  std::optional<AwsError> error;
  call.host.with(
      [&](const CloudWatchHost::World& world) { error = world.alarms.erase(names.value()); });
  if (error) return *error;
  return json::object();
}

Answer set_alarm_state(const Call& call) {
  const auto request = read_set_alarm_state(call.body, call.form);
  if (!request) return request.error();
  std::optional<AwsError> error;
  call.host.with([&](const CloudWatchHost::World& world) {
    auto changes = world.alarms.set_state(world.now_ms, request.value().name, request.value().state,
                                          request.value().reason);
    if (!changes) {
      error = changes.error();
    } else {
      world.changes = std::move(changes.value());
    }
  });
  if (error) return *error;
  return json::object();
}

struct Operation {
  std::string_view name;
  Answer (*run)(const Call& call);
};
constexpr std::array<Operation, 8> kOperations = {{
    {"PutMetricData", put_metric_data},
    {"GetMetricStatistics", get_metric_statistics},
    {"GetMetricData", get_metric_data},
    {"ListMetrics", list_metrics},
    {"PutMetricAlarm", put_metric_alarm},
    {"DescribeAlarms", describe_alarms},
    {"DeleteAlarms", delete_alarms},
    {"SetAlarmState", set_alarm_state},
}};

// The operation's name and document; nothing when the body is not of its protocol.
std::optional<std::pair<std::string, json>> read_call(CloudWatchWire wire,
                                                      const HttpRequest& request,
                                                      const std::string& body) {
  std::string operation;
  std::optional<json> document;
  switch (wire) {
    case CloudWatchWire::json:
      operation = request.header("x-amz-target").substr(kCloudWatchTarget.size());
      document = json::parse(body.empty() ? "{}" : body, nullptr, false);
      break;
    case CloudWatchWire::cbor:
      operation = split_target(request.target).path.substr(kCloudWatchPath.size());
      document = body.empty() ? json::object() : read_cbor(body);
      break;
    case CloudWatchWire::query:
      document = read_query_form(body);
      if (!document || !document->is_object()) return std::nullopt;
      if (!document->contains("Action") || !(*document)["Action"].is_string()) return std::nullopt;
      operation = (*document)["Action"].get<std::string>();
      document->erase("Action");
      document->erase("Version");
      break;
  }
  if (!document || !document->is_object()) return std::nullopt;
  return std::pair{std::move(operation), std::move(*document)};
}

}  // namespace

bool is_for_cloudwatch(const HttpRequest& request) {
  if (request.header("x-amz-target").starts_with(kCloudWatchTarget)) return true;
  if (request.target.starts_with(kCloudWatchPath)) return true;
  if (request.method != "POST" || !request.header("content-type").starts_with(kFormType)) {
    return false;
  }
  const std::string_view authorization = request.header("authorization");
  if (authorization.find("/monitoring/aws4_request") != std::string_view::npos) return true;
  return authorization.empty() && request.body.find("Version=2010-08-01") != std::string::npos;
}

CloudWatchWire cloudwatch_wire_of(const HttpRequest& request) {
  if (request.header("x-amz-target").starts_with(kCloudWatchTarget)) return CloudWatchWire::json;
  return request.target.starts_with(kCloudWatchPath) ? CloudWatchWire::cbor : CloudWatchWire::query;
}

CloudWatchProtocol::CloudWatchProtocol(CloudWatchHost& host, std::string region,
                                       std::string account)
    : host_(host),
      alarm_arn_prefix_("arn:aws:cloudwatch:" + std::move(region) + ":" + std::move(account) +
                        ":alarm:") {}

HttpResponse CloudWatchProtocol::handle(const HttpRequest& request, std::string_view request_id) {
  const CloudWatchWire wire = cloudwatch_wire_of(request);
  if (request.method != "POST") {
    return cloudwatch_error(wire, {"InvalidAction", "CloudWatch takes POST only.", 400},
                            request_id);
  }
  // SDKs pack larger PutMetricData requests.
  if (request.header("content-encoding") == "gzip") {
    const auto body = Compressors().gunzip(request.body, kCloudWatchBodyBytesMax);
    if (!body) return cloudwatch_error(wire, malformed(), request_id);
    return answer(request, body.value(), request_id);
  }
  return answer(request, request.body, request_id);
}

HttpResponse CloudWatchProtocol::answer(const HttpRequest& request, const std::string& body,
                                        std::string_view request_id) {
  const CloudWatchWire wire = cloudwatch_wire_of(request);
  const auto read = read_call(wire, request, body);
  if (!read) return cloudwatch_error(wire, malformed(), request_id);
  const auto& [operation, document] = *read;
  const auto* const known = std::find_if(
      kOperations.begin(), kOperations.end(),
      [name = std::string_view(operation)](const Operation& o) { return o.name == name; });
  if (known == kOperations.end()) {
    return cloudwatch_error(wire, unknown_operation(operation), request_id);
  }
  const auto form = wire == CloudWatchWire::query ? ScalarForm::text : ScalarForm::typed;
  const Answer result = known->run({document, form, host_, alarm_arn_prefix_});
  if (!result) return cloudwatch_error(wire, result.error(), request_id);
  return encoded(wire, operation, result.value(), request_id);
}

HttpResponse CloudWatchProtocol::metrics_page() {
  return {.status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = host_.prometheus_text()};
}

HttpResponse cloudwatch_error(CloudWatchWire wire, const AwsError& error,
                              std::string_view request_id) {
  const std::string_view side = error.http_status >= 500 ? "Receiver" : "Sender";
  if (wire == CloudWatchWire::query) {
    std::string xml = "<ErrorResponse xmlns=\"";
    xml.append(kXmlNamespace).append("\"><Error>");
    append_element(xml, "Type", side);
    append_element(xml, "Code", error.code);
    append_element(xml, "Message", error.message);
    xml += "</Error>";
    append_element(xml, "RequestId", request_id);
    return xml_answer(error.http_status, xml + "</ErrorResponse>");
  }
  // Clients that came from the query protocol go on seeing its codes.
  std::string query_error = error.code + ";";
  query_error.append(side);
  HttpResponse response;
  if (wire == CloudWatchWire::cbor) {
    response = cbor_answer(
        error.http_status,
        {{"__type", std::string("com.amazonaws.cloudwatch#").append(shape_of(error.code))},
         {"message", error.message}});
  } else {
    response = {.status = error.http_status,
                .headers = {{"Content-Type", "application/x-amz-json-1.0"}},
                .body = json{{"__type", shape_of(error.code)}, {"message", error.message}}.dump(
                    -1, ' ', false, json::error_handler_t::replace)};
  }
  response.headers.emplace_back("x-amzn-query-error", std::move(query_error));
  return response;
}

}  // namespace edgehose
