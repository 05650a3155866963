#include "simulator/http/metric_sources.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

TEST_CASE("metric sources: a stream tells what came in, by which call, and what was delivered") {
  SimulatorWorld world;
  REQUIRE(world.create("a").status == 200);
  REQUIRE(world.firehose_call("PutRecord", R"({"DeliveryStreamName":"a","Record":{"Data":"eHh4"}})")
              .status == 200);
  REQUIRE(
      world
          .firehose_call("PutRecordBatch",
                         R"({"DeliveryStreamName":"a","Records":[{"Data":"eA=="},{"Data":""}]})")
          .status == 200);
  REQUIRE(world.send({.method = "POST", .target = "/_edgehose/flush", .headers = {}, .body = {}})
              .status == 200);
  FirehoseMetrics source(world.host);
  std::map<std::string, double> values;
  source.sample(0, [&values](const MetricSample& sample) {
    REQUIRE(sample.metric.space == "AWS/Firehose");
    REQUIRE(sample.metric.dimensions == Dimensions{{"DeliveryStreamName", "a"}});
    values[sample.metric.name] = sample.value;
  });
  REQUIRE(values["IncomingRecords"] == 3);
  REQUIRE(values["IncomingBytes"] == 4);
  REQUIRE(values["IncomingPutRequests"] == 2);
  REQUIRE(values["PutRecord.Requests"] == 1);
  REQUIRE(values["PutRecord.Bytes"] == 3);
  REQUIRE(values["PutRecordBatch.Records"] == 2);
  REQUIRE(values["PutRecordBatch.Requests"] == 1);
  REQUIRE(values["PutRecordBatch.Bytes"] == 1);
  REQUIRE(values["DeliveryToS3.ObjectCount"] == 1);
  REQUIRE(values["DeliveryToS3.Success"] == 1);
  // Without a quota there are no limits to tell.
  REQUIRE(values.count("BytesPerSecondLimit") == 0);
}

TEST_CASE("metric sources: a queue tells what went through it and what it holds") {
  SimulatorWorld world;
  REQUIRE(world.sqs_call("CreateQueue", {{"QueueName", "q"}}).status == 200);
  const nlohmann::json url = "http://127.0.0.1/000000000000/q";
  for (int i = 0; i < 3; ++i) {
    REQUIRE(world.sqs_call("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}}).status == 200);
  }
  const auto received = world.sqs_call("ReceiveMessage", {{"QueueUrl", url}});
  REQUIRE(received.status == 200);
  EventMetrics source(world.events.host());
  std::map<std::string, double> values;
  source.sample(0, [&values](const MetricSample& sample) {
    if (sample.metric.space != "AWS/SQS") return;
    REQUIRE(sample.metric.dimensions == Dimensions{{"QueueName", "q"}});
    values[sample.metric.name] = sample.value;
  });
  REQUIRE(values["NumberOfMessagesSent"] == 3);
  REQUIRE(values["NumberOfMessagesReceived"] >= 1);
  REQUIRE(values["ApproximateNumberOfMessagesNotVisible"] == values["NumberOfMessagesReceived"]);
  REQUIRE(values["ApproximateNumberOfMessagesVisible"] == 3 - values["NumberOfMessagesReceived"]);
}

TEST_CASE(
    "metric sources: an API tells its requests, its errors as shares and its latencies as means") {
  SimulatorWorld world;
  RestApi api;
  api.name = "note";
  api.stage = "v1";
  Gateway gateway(std::move(api), {}, world.clock.now_ms());
  GatewayProtocol protocol({gateway, {}, world.clock, world.clock});
  gateway.count(200, Gateway::Throttled::no, 30, 20);
  gateway.count(429, Gateway::Throttled::yes, 0, std::nullopt);
  gateway.count(504, Gateway::Throttled::no, 60, 40);
  GatewayMetrics source(protocol);
  std::map<std::string, MetricSample> samples;
  source.sample(0, [&samples](const MetricSample& sample) {
    REQUIRE(sample.metric.space == "AWS/ApiGateway");
    REQUIRE(sample.metric.dimensions == Dimensions{{"ApiName", "note"}, {"Stage", "v1"}});
    samples[sample.metric.name] = sample;
  });
  const auto is = [&samples](const std::string& name, MetricSample::Kind kind, double value,
                             double total) {
    const MetricSample& sample = samples.at(name);
    return sample.kind == kind && sample.value == value && sample.total == total;
  };
  REQUIRE(samples.size() == 5);
  REQUIRE(samples.at("Count").value == 3);
  REQUIRE(is("4XXError", MetricSample::Kind::share, 1, 3));
  REQUIRE(is("5XXError", MetricSample::Kind::share, 1, 3));
  REQUIRE(is("Latency", MetricSample::Kind::mean, 90, 3));
  REQUIRE(is("IntegrationLatency", MetricSample::Kind::mean, 60, 2));
  REQUIRE(samples.at("Latency").unit == "Milliseconds");
}

TEST_CASE("metric sources: S3's calls by kind") {
  S3Meters meters;
  meters.puts = 3;
  S3Metrics source(meters);
  double puts = 0;
  source.sample(0, [&puts](const MetricSample& sample) {
    if (sample.metric.name == "PutRequests") puts = sample.value;
  });
  REQUIRE(puts == 3);
}
