// What the services of this program tell CloudWatch: Firehose by stream, SQS by queue, Lambda by
// function, API Gateway by stage, S3 by kind of call.
#pragma once

#include "simulator/http/control.h"
#include "simulator/http/event_host.h"
#include "simulator/http/firehose_host.h"
#include "simulator/http/gateway_protocol.h"
#include "simulator/http/metric_feed.h"

namespace edgehose {

// Namespace AWS/Firehose, dimension DeliveryStreamName.
class FirehoseMetrics final : public MetricSource {
 public:
  // The host outlives it.
  explicit FirehoseMetrics(FirehoseHost& host) : host_(host) {}
  void sample(int64_t now_ms, const TakeSample& take) override;

 private:
  FirehoseHost& host_;
};

// Namespaces AWS/SQS, dimension QueueName, and AWS/Lambda, dimension FunctionName.
class EventMetrics final : public MetricSource {
 public:
  // The host outlives it.
  explicit EventMetrics(EventHost& host) : host_(host) {}
  void sample(int64_t now_ms, const TakeSample& take) override;

 private:
  EventHost& host_;
};

// Namespace AWS/ApiGateway, dimensions ApiName and Stage.
class GatewayMetrics final : public MetricSource {
 public:
  // The protocol outlives it.
  explicit GatewayMetrics(GatewayProtocol& gateway) : gateway_(gateway) {}
  void sample(int64_t now_ms, const TakeSample& take) override;

 private:
  GatewayProtocol& gateway_;
};

// Calls of S3 by kind over all buckets, in a namespace of our own: AWS counts them by filters of
// buckets.
class S3Metrics final : public MetricSource {
 public:
  // The meters outlive it.
  explicit S3Metrics(const S3Meters& meters) : meters_(meters) {}
  void sample(int64_t now_ms, const TakeSample& take) override;

 private:
  const S3Meters& meters_;
};

}  // namespace edgehose
