#include "simulator/http/cloudwatch_protocol.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "simulator/adapters/compressors.h"
#include "simulator/http/cbor.h"
#include "simulator/http/watch_service.h"
#include "tests/unit/simulator/http/world.h"

using namespace edgehose;
using nlohmann::json;

namespace {

struct WatchedWorld {
  explicit WatchedWorld(std::optional<Credentials> credentials = std::nullopt)
      : watch({world.clock, world.host, world.meters, "ap-northeast-1", "000000000000"}, {}),
        frontend({.firehose = world.protocol,
                  .s3 = world.s3_protocol,
                  .sqs = world.events.sqs(),
                  .lambda = world.events.lambda(),
                  .control = world.control,
                  .workers = world.workers,
                  .wall_clock = world.clock,
                  .request_ids = world.random,
                  .cloudwatch = &watch.protocol()},
                 std::move(credentials)) {}

  HttpResponse send(HttpRequest request) {
    Recorder recorder;
    frontend.handle(std::move(request), recorder.respond());
    return recorder.wait();
  }
  HttpResponse typed(const std::string& operation, const json& body) {
    return send({.method = "POST",
                 .target = "/",
                 .headers = {{"x-amz-target", "GraniteServiceVersion20100801." + operation}},
                 .body = body.dump()});
  }
  HttpResponse cbor(const std::string& operation, const json& body) {
    return send({.method = "POST",
                 .target = "/service/GraniteServiceVersion20100801/operation/" + operation,
                 .headers = {{"smithy-protocol", "rpc-v2-cbor"}},
                 .body = write_cbor(body)});
  }
  HttpResponse form(const std::string& body) {
    return send({.method = "POST",
                 .target = "/",
                 .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
                 .body = body});
  }

  SimulatorWorld world;
  WatchService watch;
  Frontend frontend;
};

constexpr int64_t kNowS = 1'795'353'600;

json statistics() {
  return {{"Namespace", "N"},
          {"MetricName", "m"},
          {"StartTime", kNowS},
          {"EndTime", kNowS + 60},
          {"Period", 60},
          {"Statistics", {"Sum", "Average"}},
          {"ExtendedStatistics", {"p100"}}};
}

}  // namespace

TEST_CASE("cloudwatch protocol: what one protocol puts every protocol reads") {
  WatchedWorld world;
  const json datum = {{"Namespace", "N"},
                      {"MetricData", {{{"MetricName", "m"}, {"Value", 1.5}, {"Unit", "Count"}}}}};
  const auto put = world.typed("PutMetricData", datum);
  REQUIRE(put.status == 200);
  REQUIRE(put.body == "{}");
  REQUIRE(world.cbor("PutMetricData", datum).status == 200);
  const auto form = world.form(
      "Action=PutMetricData&Version=2010-08-01&Namespace=N&MetricData.member.1.MetricName=m"
      "&MetricData.member.1.Value=3&MetricData.member.1.Unit=Count");
  REQUIRE(form.status == 200);
  REQUIRE(form.body.starts_with("<PutMetricDataResponse xmlns="));

  const json expected = {{"Timestamp", kNowS},
                         {"Unit", "Count"},
                         {"Sum", 6.0},
                         {"Average", 2.0},
                         {"ExtendedStatistics", {{"p100", 3.0}}}};
  REQUIRE(body_of(world.typed("GetMetricStatistics", statistics()))["Datapoints"][0] == expected);
  const auto cbor = world.cbor("GetMetricStatistics", statistics());
  REQUIRE(header_of(cbor, "smithy-protocol") == "rpc-v2-cbor");
  REQUIRE((*read_cbor(cbor.body))["Datapoints"][0] == expected);
  const auto xml = world.form(
      "Action=GetMetricStatistics&Version=2010-08-01&Namespace=N&MetricName=m&Period=60"
      "&StartTime=2026-11-22T13%3A20%3A00Z&EndTime=2026-11-22T13%3A21%3A00Z"
      "&Statistics.member.1=Sum");
  REQUIRE(xml.body.find("<Sum>6.0</Sum>") != std::string::npos);
  REQUIRE(xml.body.find("<Timestamp>2026-11-22T13:20:00.000Z</Timestamp>") != std::string::npos);
}

TEST_CASE("cloudwatch protocol: an error is worded as its protocol does") {
  WatchedWorld world;
  const auto typed = world.typed("PutMetricData", {{"Namespace", "N"}});
  REQUIRE(typed.status == 400);
  REQUIRE(body_of(typed)["__type"] == "MissingRequiredParameterException");
  REQUIRE(body_of(typed)["message"] == "The parameter MetricData is required.");
  REQUIRE(header_of(typed, "x-amzn-query-error") == "MissingParameter;Sender");
  const auto cbor = world.cbor("PutMetricData", {{"Namespace", "N"}});
  REQUIRE((*read_cbor(cbor.body))["__type"] ==
          "com.amazonaws.cloudwatch#MissingRequiredParameterException");
  const auto form = world.form("Action=PutMetricData&Version=2010-08-01&Namespace=N");
  REQUIRE(form.status == 400);
  REQUIRE(form.body.find("<Error><Type>Sender</Type><Code>MissingParameter</Code>") !=
          std::string::npos);

  REQUIRE(body_of(world.typed("PutDashboard", json::object()))["__type"] == "InvalidAction");
  REQUIRE(world.form("Version=2010-08-01").status == 400);
  REQUIRE(world.form("Action.x=1&Version=2010-08-01").status == 400);
  auto torn =
      world.send({.method = "POST",
                  .target = "/",
                  .headers = {{"x-amz-target", "GraniteServiceVersion20100801.ListMetrics"}},
                  .body = "{"});
  REQUIRE(body_of(torn)["__type"] == "SerializationException");
}

TEST_CASE("cloudwatch protocol: a time out of bounds refuses the whole request") {
  WatchedWorld world;
  const json body = {{"Namespace", "N"},
                     {"MetricData",
                      {{{"MetricName", "m"}, {"Value", 1}},
                       {{"MetricName", "m"}, {"Value", 1}, {"Timestamp", kNowS + 7'201}}}}};
  REQUIRE(body_of(world.typed("PutMetricData", body))["__type"] ==
          "InvalidParameterValueException");
  REQUIRE(body_of(world.typed("ListMetrics", json::object()))["Metrics"].empty());
}

TEST_CASE("cloudwatch protocol: a packed body is unpacked, within its bound") {
  WatchedWorld world;
  const std::string body = R"({"Namespace":"N","MetricData":[{"MetricName":"m","Value":1}]})";
  const auto send = [&world](const std::string& plain) {
    return world.send({.method = "POST",
                       .target = "/",
                       .headers = {{"x-amz-target", "GraniteServiceVersion20100801.PutMetricData"},
                                   {"content-encoding", "gzip"}},
                       .body = Compressors().compress(Compression::gzip, plain, "").value()});
  };
  REQUIRE(send(body).status == 200);
  REQUIRE(send(std::string(kCloudWatchBodyBytesMax + 1, ' ')).status == 400);
}

TEST_CASE("cloudwatch protocol: the counters of services are metrics, up to the moment") {
  WatchedWorld world;
  REQUIRE(world.world.create("s").status == 200);
  REQUIRE(world.world
              .firehose_call("PutRecord", R"({"DeliveryStreamName":"s","Record":{"Data":"eA=="}})")
              .status == 200);
  const json metric = {{"Namespace", "AWS/Firehose"},
                       {"MetricName", "IncomingRecords"},
                       {"Dimensions", {{{"Name", "DeliveryStreamName"}, {"Value", "s"}}}}};
  const json stat = {{"Metric", metric}, {"Period", 60}, {"Stat", "Sum"}};
  const json body = {{"StartTime", kNowS},
                     {"EndTime", kNowS + 60},
                     {"MetricDataQueries",
                      {{{"Id", "m"}, {"MetricStat", stat}}, {{"Id", "e"}, {"Expression", "m*2"}}}}};
  const auto answer = body_of(world.typed("GetMetricData", body));
  REQUIRE(answer["MetricDataResults"][0]["Values"] == json{1.0});
  REQUIRE(answer["MetricDataResults"][1]["Values"] == json{2.0});
  REQUIRE(answer["MetricDataResults"][0]["StatusCode"] == "Complete");
  const auto listed = body_of(world.typed("ListMetrics", {{"Namespace", "AWS/Firehose"}}));
  REQUIRE(std::count(listed["Metrics"].begin(), listed["Metrics"].end(), metric) == 1);

  const auto page = world.send({.method = "GET", .target = "/metrics", .headers = {}, .body = {}});
  REQUIRE(header_of(page, "Content-Type").starts_with("text/plain; version=0.0.4"));
  REQUIRE(
      page.body.find("edgehose_firehose_incoming_records_total{delivery_stream_name=\"s\"} 1") !=
      std::string::npos);
}

TEST_CASE("cloudwatch protocol: an alarm's life over the wire") {
  WatchedWorld world;
  const json alarm = {{"AlarmName", "a"},  {"Namespace", "N"},
                      {"MetricName", "m"}, {"Statistic", "Sum"},
                      {"Period", 60},      {"EvaluationPeriods", 1},
                      {"Threshold", 1},    {"ComparisonOperator", "GreaterThanThreshold"}};
  REQUIRE(world.typed("PutMetricAlarm", alarm).status == 200);
  REQUIRE(world
              .typed("SetAlarmState",
                     {{"AlarmName", "a"}, {"StateValue", "ALARM"}, {"StateReason", "try"}})
              .status == 200);
  const auto described = (*read_cbor(world.cbor("DescribeAlarms", json::object()).body));
  REQUIRE(described["MetricAlarms"][0]["StateValue"] == "ALARM");
  REQUIRE(described["MetricAlarms"][0]["AlarmArn"] ==
          "arn:aws:cloudwatch:ap-northeast-1:000000000000:alarm:a");
  REQUIRE(world.form("Action=DeleteAlarms&Version=2010-08-01&AlarmNames.member.1=a").status == 200);
  const auto gone = world.typed("DeleteAlarms", {{"AlarmNames", {"a"}}});
  REQUIRE(gone.status == 404);
  REQUIRE(body_of(gone)["__type"] == "ResourceNotFound");
}

TEST_CASE("cloudwatch protocol: with credentials every protocol asks for a signature") {
  WatchedWorld world(Credentials{"AKID", "secret"});
  REQUIRE(world.typed("ListMetrics", json::object()).status == 403);
  REQUIRE(world.cbor("ListMetrics", json::object()).status == 403);
  REQUIRE(world.form("Action=ListMetrics&Version=2010-08-01").status == 403);
}
