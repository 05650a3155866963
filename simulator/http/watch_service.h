// CloudWatch as `edgehose up` runs it: the host with its sources, the wire, and the webhook of an
// alarm file.
#pragma once

#include <optional>
#include <string>

#include "simulator/http/alarm_file.h"
#include "simulator/http/cloudwatch_host.h"
#include "simulator/http/cloudwatch_protocol.h"
#include "simulator/http/metric_sources.h"
#include "simulator/http/webhook.h"

namespace edgehose {

struct WatchWorld {
  const Clock& clock;
  FirehoseHost& firehose;
  const S3Meters& meters;
  std::string region;
  std::string account;
  EventHost* events = nullptr;         // SQS and Lambda, where they are watched too
  GatewayProtocol* gateway = nullptr;  // an API's stage, where there is one
};

class WatchService {
 public:
  // What `world` names outlives the service. Other sources are added to host() before start().
  WatchService(const WatchWorld& world, AlarmFile alarms);
  ~WatchService();
  WatchService(const WatchService&) = delete;
  WatchService& operator=(const WatchService&) = delete;

  void start();
  void stop();
  [[nodiscard]] CloudWatchHost& host() { return host_; }
  [[nodiscard]] CloudWatchProtocol& protocol() { return protocol_; }

 private:
  FirehoseMetrics firehose_metrics_;
  S3Metrics s3_metrics_;
  std::optional<EventMetrics> event_metrics_;
  std::optional<GatewayMetrics> gateway_metrics_;
  std::optional<Webhook> webhook_;
  CloudWatchHost host_;
  CloudWatchProtocol protocol_;
};

}  // namespace edgehose
