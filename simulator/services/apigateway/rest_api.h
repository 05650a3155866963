// A REST API as API Gateway has it deployed on a stage: resources, methods, their integrations and
// mappings. Plain data, made by http/api_document.h; gateway.h serves requests by it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/services/apigateway/status_pattern.h"
#include "simulator/services/apigateway/throttle.h"
#include "simulator/services/apigateway/vtl.h"

namespace edgehose {

// Facts: quotas of API Gateway REST APIs.
inline constexpr uint64_t kGatewayBodyBytesMax = 10'485'760;
inline constexpr size_t kGatewayHeaderBytesMax = 10'240;
inline constexpr uint32_t kIntegrationTimeoutMsMin = 50;
inline constexpr uint32_t kIntegrationTimeoutMsMax = 29'000;

// Templates by content type, in the document's order.
using TemplatesByType = std::vector<std::pair<std::string, std::shared_ptr<const VtlTemplate>>>;

// What to do with a body whose content type has no template.
enum class Passthrough : uint8_t { when_no_match, when_no_templates, never };

enum class IntegrationKind : uint8_t { aws, mock };

// Where a mapped parameter's value comes from.
struct ParameterSource {
  enum class Kind : uint8_t {
    literal,              // 'text'
    request_header,       // method.request.header.NAME
    request_querystring,  // method.request.querystring.NAME
    request_path,         // method.request.path.NAME
    context,              // context.NAME
    stage_variable,       // stageVariables.NAME
    integration_header,   // integration.response.header.NAME
  };
  Kind kind = Kind::literal;
  std::string text = {};
};

// The value of a parameter mapping; nothing for a form that is not modelled.
[[nodiscard]] std::optional<ParameterSource> read_parameter_source(std::string_view text);

// A header by name, and where it comes from.
struct MappedHeader {
  std::string name;
  ParameterSource source;
};

struct IntegrationResponse {
  std::optional<StatusPattern> selection = std::nullopt;  // none: the default
  uint32_t status = 200;
  std::vector<MappedHeader> headers = {};
  TemplatesByType templates = {};
};

struct Integration {
  IntegrationKind kind = IntegrationKind::mock;
  std::string service = {};    // of an AWS integration: "firehose"
  std::string operation = {};  // "PutRecord"
  std::vector<MappedHeader> headers = {};
  TemplatesByType templates = {};
  Passthrough passthrough = Passthrough::when_no_match;
  uint32_t timeout_ms = kIntegrationTimeoutMsMax;
  std::vector<IntegrationResponse> responses = {};
};

struct ApiMethod {
  std::string name = {};  // POST, or ANY
  Integration integration = {};
  ThrottleRate throttle = {};
};

struct ApiResource {
  std::string path = {};  // /events/{id} or /files/{proxy+}
  std::vector<ApiMethod> methods = {};
};

// What the gateway answers itself.
enum class GatewayResponseType : uint8_t {
  access_denied,
  api_configuration_error,
  bad_request_body,
  bad_request_parameters,
  integration_failure,
  integration_timeout,
  missing_authentication_token,
  quota_exceeded,
  request_too_large,
  throttled,
  unsupported_media_type,
  waf_filtered,
  default_4xx,
  default_5xx,
};
inline constexpr size_t kGatewayResponseTypes = 14;

struct GatewayResponseKind {
  std::string_view name;  // as documents have it: THROTTLED
  uint32_t status;
  std::string_view message;     // [mem] but for the status
  std::string_view error_type;  // of the header x-amzn-ErrorType [mem]
};
[[nodiscard]] const GatewayResponseKind& gateway_response_kind(GatewayResponseType type);
[[nodiscard]] std::optional<GatewayResponseType> gateway_response_type(std::string_view name);

// What a document puts in the place of a default.
struct GatewayResponse {
  std::optional<uint32_t> status = std::nullopt;
  std::vector<MappedHeader> headers = {};
  TemplatesByType templates = {};
};

struct RestApi {
  std::string id = "edgehose";
  std::string name = {};
  std::string stage = "prod";
  std::string region = "ap-northeast-1";
  std::string account = "000000000000";
  VtlTexts stage_variables = {};
  ThrottleRate throttle = {};  // of the stage
  std::vector<ApiResource> resources = {};
  std::array<std::optional<GatewayResponse>, kGatewayResponseTypes> gateway_responses = {};
};

struct FoundMethod {
  const ApiResource* resource = nullptr;
  const ApiMethod* method = nullptr;  // null: there is no such resource, or no such method on it
  VtlTexts path_parameters = {};      // decoded
};

// The resource whose path fits best: fixed segments before {parameters} before {proxy+}. `path` is
// decoded, without the stage.
[[nodiscard]] FoundMethod find_method(const RestApi& api, std::string_view method,
                                      std::string_view path);

// A content type without its parameters, in lower case; application/json for none.
[[nodiscard]] std::string media_type(std::string_view content_type);
// nullptr when there is none for that type.
[[nodiscard]] const VtlTemplate* find_template(const TemplatesByType& templates,
                                               std::string_view type);

}  // namespace edgehose
