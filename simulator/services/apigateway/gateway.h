// API Gateway in front of a REST API's integrations. For each request:
//
//   prepare()  pure: finds the method                          -> GatewayCall
//   admit()    takes the tokens of method, stage and account   -> 429, or on
//   begin()    pure: maps the request                          -> an answer, or an IntegrationCall
//   finish()   pure: maps the integration's answer, or its silence -> an answer
//   count()    adds the answer to the meters
//
// The pure ones may run on any thread at the same time; admit() and count() are the caller's to
// guard. The gateway keeps no request: what is between two steps is in the GatewayCall.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/services/apigateway/rest_api.h"
#include "simulator/services/apigateway/throttle.h"
#include "simulator/services/apigateway/vtl.h"

namespace edgehose {

struct GatewayOptions {
  ThrottleRate account = kAccountThrottle;
  // Of a request whose headers are larger than the quota. [mem]
  uint32_t headers_too_large_status = 431;
  VtlLimits limits = {};
  VtlRules rules = {};
};

struct GatewayRequest {
  std::string method = {};
  std::string path = {};  // as sent, behind the stage: /events
  VtlTexts querystring = {};
  VtlTexts headers = {};
  std::string body = {};
  std::string source_ip = {};
  std::string request_id = {};
  std::string extended_request_id = {};
};

struct GatewayAnswer {
  uint32_t status = 200;
  VtlTexts headers = {};
  std::string body = {};
};

struct IntegrationCall {
  std::string service;
  std::string operation;
  VtlTexts headers;
  std::string body;
  uint32_t timeout_ms = kIntegrationTimeoutMsMax;
};

// What the integration answered. Without a status: it could not be reached.
struct IntegrationAnswer {
  std::optional<uint32_t> status = std::nullopt;
  VtlTexts headers = {};
  std::string body = {};
};

// One request on its way.
struct GatewayCall {
  GatewayRequest request;
  FoundMethod found;  // points into the gateway's API
  VtlInput input;     // what its templates see
};

// Since the start. Latencies in milliseconds; the integration's are of calls that were made.
struct LatencyMeter {
  uint64_t count = 0;
  uint64_t sum_ms = 0;
  uint64_t min_ms = 0;
  uint64_t max_ms = 0;

  void add(uint64_t ms);
};
// CloudWatch's Count, 4XXError, 5XXError, Latency and IntegrationLatency of an API's stage, and how
// many of the 4XXErrors were throttled.
struct GatewayMeters {
  uint64_t count = 0;
  uint64_t errors_4xx = 0;
  uint64_t errors_5xx = 0;
  uint64_t throttled = 0;
  LatencyMeter latency;
  LatencyMeter integration_latency;
};

class Gateway {
 public:
  Gateway(RestApi api, const GatewayOptions& options, int64_t now_ms);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  [[nodiscard]] const RestApi& api() const { return api_; }
  [[nodiscard]] const GatewayMeters& meters() const { return meters_; }

  [[nodiscard]] GatewayCall prepare(int64_t now_ms, GatewayRequest request) const;
  // False: throttled(call) is the answer.
  [[nodiscard]] bool admit(int64_t now_ms, const GatewayCall& call);
  [[nodiscard]] std::variant<GatewayAnswer, IntegrationCall> begin(const GatewayCall& call) const;
  [[nodiscard]] GatewayAnswer finish(const GatewayCall& call,
                                     const IntegrationAnswer& answer) const;
  [[nodiscard]] GatewayAnswer throttled(const GatewayCall& call) const;
  [[nodiscard]] GatewayAnswer timed_out(const GatewayCall& call) const;
  // For a body that was refused before it was read.
  [[nodiscard]] GatewayAnswer too_large(const GatewayCall& call) const;

  enum class Throttled : uint8_t { no, yes };
  // `integration_ms` only where an integration was called.
  void count(uint32_t status, Throttled throttled, uint64_t latency_ms,
             std::optional<uint64_t> integration_ms);

 private:
  [[nodiscard]] GatewayAnswer respond(const GatewayCall& call, GatewayResponseType type,
                                      std::string_view message = {}) const;
  [[nodiscard]] GatewayAnswer misconfigured(const GatewayCall& call, std::string reason) const;
  [[nodiscard]] GatewayAnswer faulted(const GatewayCall& call, const VtlFault& fault) const;
  [[nodiscard]] std::variant<GatewayAnswer, IntegrationCall> map_request(
      const GatewayCall& call) const;
  [[nodiscard]] GatewayAnswer mock(const GatewayCall& call, std::string_view body) const;
  [[nodiscard]] GatewayAnswer map_response(const GatewayCall& call, const IntegrationAnswer& answer,
                                           const IntegrationResponse& mapping) const;

  struct MethodBucket {
    const ApiMethod* method;
    BurstBucket bucket;
  };

  RestApi api_;
  GatewayOptions options_;
  BurstBucket account_;
  BurstBucket stage_;
  std::vector<MethodBucket> methods_;
  GatewayMeters meters_;
};

// 23/Nov/2026:13:00:00 +0000, as $context.requestTime has it.
[[nodiscard]] std::string common_log_time(int64_t unix_ms);

}  // namespace edgehose
