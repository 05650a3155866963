#include "simulator/http/metric_sources.h"

#include <utility>

namespace edgehose {
namespace {

double number(uint64_t count) { return static_cast<double>(count); }

void take_stream(const StreamView& stream, const TakeSample& take) {
  MetricSample sample{.metric = {"AWS/Firehose", "", {{"DeliveryStreamName", stream.config.name}}}};
  const auto say = [&](std::string_view name, std::string_view unit, uint64_t value) {
    sample.metric.name = name;
    sample.unit = unit;
    sample.value = number(value);
    take(sample);
  };
  const StreamCounters& counters = stream.counters;
  say("IncomingBytes", "Bytes", counters.bytes);
  say("IncomingRecords", "Count", counters.records);
  say("IncomingPutRequests", "Count", counters.requests);
  say("ThrottledRecords", "Count", counters.throttled_records);
  // Without traffic of their kind these have no datum.
  sample.has_zeros = false;
  say("PutRecord.Requests", "Count", counters.single.requests);
  say("PutRecord.Bytes", "Bytes", counters.single.bytes);
  say("PutRecordBatch.Requests", "Count", counters.batch.requests);
  say("PutRecordBatch.Records", "Count", counters.batch.records);
  say("PutRecordBatch.Bytes", "Bytes", counters.batch.bytes);
  say("DeliveryToS3.Bytes", "Bytes", counters.delivered_bytes);
  say("DeliveryToS3.Records", "Count", counters.delivered_records);
  say("DeliveryToS3.ObjectCount", "Count", counters.delivered_objects);
  sample.kind = MetricSample::Kind::share;
  sample.total = number(counters.delivered_objects + counters.delivery_failures);
  say("DeliveryToS3.Success", "Count", counters.delivered_objects);
  // An unlimited stream has no limits to tell.
  sample.kind = MetricSample::Kind::gauge;
  if (stream.quota.bytes_s > 0) say("BytesPerSecondLimit", "Bytes/Second", stream.quota.bytes_s);
  if (stream.quota.records_s > 0) {
    say("RecordsPerSecondLimit", "Count/Second", stream.quota.records_s);
  }
  if (stream.quota.requests_s > 0) {
    say("PutRequestsPerSecondLimit", "Count/Second", stream.quota.requests_s);
  }
}

void take_queue(const std::string& name, const SqsQueue& queue, const TakeSample& take) {
  MetricSample sample{.metric = {"AWS/SQS", "", {{"QueueName", name}}}};
  const auto say = [&](std::string_view metric, uint64_t value) {
    sample.metric.name = metric;
    sample.value = number(value);
    take(sample);
  };
  say("NumberOfMessagesSent", queue.counters.sent);
  say("NumberOfMessagesReceived", queue.counters.received);
  say("NumberOfMessagesDeleted", queue.counters.deleted);
  say("NumberOfEmptyReceives", queue.counters.empty_receives);
  sample.kind = MetricSample::Kind::gauge;
  say("ApproximateNumberOfMessagesVisible", queue.messages.visible());
  say("ApproximateNumberOfMessagesNotVisible", queue.messages.in_flight());
  say("ApproximateNumberOfMessagesDelayed", queue.messages.delayed());
}

void take_function(const std::string& name, const FunctionCounters& counters,
                   const TakeSample& take) {
  MetricSample sample{.metric = {"AWS/Lambda", "", {{"FunctionName", name}}}};
  const auto say = [&](std::string_view metric, uint64_t value) {
    sample.metric.name = metric;
    sample.value = number(value);
    take(sample);
  };
  say("Invocations", counters.invocations);
  say("Errors", counters.errors);
  say("Throttles", counters.throttles);
  say("AsyncEventsDropped", counters.async_dropped);
  sample.kind = MetricSample::Kind::gauge;
  say("ConcurrentExecutions", counters.running);
}

}  // namespace

void EventMetrics::sample(int64_t /*now_ms*/, const TakeSample& take) {
  host_.inspect([&] {
    for (const auto& [name, queue] : host_.sqs().queues()) take_queue(name, queue, take);
    for (const auto& [function, counters] : host_.lambda().functions()) {
      take_function(function.name, counters, take);
    }
  });
}

void GatewayMetrics::sample(int64_t /*now_ms*/, const TakeSample& take) {
  const RestApi& api = gateway_.api();
  const GatewayMeters figures = gateway_.meters();
  MetricSample sample{
      .metric = {"AWS/ApiGateway", "", {{"ApiName", api.name}, {"Stage", api.stage}}}};
  const auto say = [&](std::string_view name, uint64_t value) {
    sample.metric.name = name;
    sample.value = number(value);
    take(sample);
  };
  say("Count", figures.count);
  // Their averages are rates.
  sample.kind = MetricSample::Kind::share;
  sample.total = number(figures.count);
  say("4XXError", figures.errors_4xx);
  say("5XXError", figures.errors_5xx);
  sample.kind = MetricSample::Kind::mean;
  sample.unit = "Milliseconds";
  sample.total = number(figures.latency.count);
  say("Latency", figures.latency.sum_ms);
  sample.total = number(figures.integration_latency.count);
  say("IntegrationLatency", figures.integration_latency.sum_ms);
}

void FirehoseMetrics::sample(int64_t /*now_ms*/, const TakeSample& take) {
  host_.inspect([&take](const Firehose& firehose) {
    for (const StreamView& stream : firehose.streams()) take_stream(stream, take);
  });
}

void S3Metrics::sample(int64_t /*now_ms*/, const TakeSample& take) {
  const std::pair<const char*, uint64_t> kinds[] = {{"PutRequests", meters_.puts.load()},
                                                    {"GetRequests", meters_.gets.load()},
                                                    {"ListRequests", meters_.lists.load()},
                                                    {"DeleteRequests", meters_.deletes.load()},
                                                    {"HeadRequests", meters_.heads.load()}};
  for (const auto& [name, count] : kinds) {
    take({.metric = {"Edgehose/S3", name, {}}, .value = number(count), .has_zeros = false});
  }
}

}  // namespace edgehose
