// CloudWatch Logs as far as Firehose's delivery logs need it, AWS JSON 1.1, to read only:
// DescribeLogGroups, DescribeLogStreams, GetLogEvents and FilterLogEvents. A group and a stream
// are there once something was written; on AWS somebody makes them first.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "simulator/engine/clock.h"
#include "simulator/http/http_server.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/cloudwatch/log_store.h"
#include "simulator/services/firehose/delivery.h"

namespace edgehose {

inline constexpr std::string_view kLogsTarget = "Logs_20140328.";

class LogsProtocol final : public DeliveryLog {
 public:
  LogsProtocol(std::string region, std::string account);

  // Any thread.
  void write(const std::string& log_group, const std::string& log_stream, int64_t now_ms,
             std::string message) override;
  [[nodiscard]] HttpResponse handle(std::string_view operation, const std::string& body);

 private:
  [[nodiscard]] Outcome<nlohmann::json> describe_groups(const nlohmann::json& request) const;
  [[nodiscard]] Outcome<nlohmann::json> describe_streams(const nlohmann::json& request) const;
  [[nodiscard]] Outcome<nlohmann::json> get_events(const nlohmann::json& request) const;
  [[nodiscard]] Outcome<nlohmann::json> filter_events(const nlohmann::json& request) const;
  [[nodiscard]] Outcome<nlohmann::json> dispatch(std::string_view operation,
                                                 const nlohmann::json& request) const;
  [[nodiscard]] Outcome<const LogStore::Streams*> group_of(const nlohmann::json& request) const;

  std::string arn_prefix_;
  std::mutex mutex_;  // guards the store
  LogStore store_;
};

}  // namespace edgehose
