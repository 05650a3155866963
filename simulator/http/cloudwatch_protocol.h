// CloudWatch's wire, three protocols over the same documents, as clients of today send them:
//
//   AWS JSON 1.0  X-Amz-Target: GraniteServiceVersion20100801.Op           (boto3, aws-cli 1)
//   query         POST /, a form with Action and Version; answers in XML    (aws-cli 2 of Debian)
//   RPC v2 CBOR   POST /service/GraniteServiceVersion20100801/operation/Op  (newer SDKs)
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "simulator/http/cloudwatch_host.h"
#include "simulator/http/http_server.h"
#include "simulator/services/aws_error.h"

namespace edgehose {

inline constexpr std::string_view kCloudWatchTarget = "GraniteServiceVersion20100801.";
inline constexpr std::string_view kCloudWatchPath =
    "/service/GraniteServiceVersion20100801/operation/";
inline constexpr std::string_view kCloudWatchVersion = "2010-08-01";
// AWS: 1 MB a PutMetricData request, before and after it is unpacked.
inline constexpr uint64_t kCloudWatchBodyBytesMax = 1U << 20;

enum class CloudWatchWire : uint8_t { json, query, cbor };

// Whether a request is for CloudWatch, by target, path, or the scope of its signature: a form says
// only in its body which service it is for, and unsigned ones are told by that.
[[nodiscard]] bool is_for_cloudwatch(const HttpRequest& request);
[[nodiscard]] CloudWatchWire cloudwatch_wire_of(const HttpRequest& request);

class CloudWatchProtocol {
 public:
  // The host outlives the protocol.
  CloudWatchProtocol(CloudWatchHost& host, std::string region, std::string account);

  [[nodiscard]] HttpResponse handle(const HttpRequest& request, std::string_view request_id);
  // The figures for Prometheus.
  [[nodiscard]] HttpResponse metrics_page();
  [[nodiscard]] CloudWatchHost& host() { return host_; }

 private:
  [[nodiscard]] HttpResponse answer(const HttpRequest& request, const std::string& body,
                                    std::string_view request_id);

  CloudWatchHost& host_;
  std::string alarm_arn_prefix_;
};

// An error as the request's protocol words it. `error.code` is the one of the query protocol.
[[nodiscard]] HttpResponse cloudwatch_error(CloudWatchWire wire, const AwsError& error,
                                            std::string_view request_id);

}  // namespace edgehose
