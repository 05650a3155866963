#include "simulator/services/apigateway/rest_api.h"

#include <algorithm>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::array<GatewayResponseKind, kGatewayResponseTypes> kKinds = {{
    {"ACCESS_DENIED", 403, "Forbidden", "AccessDeniedException"},
    {"API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException"},
    {"BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException"},
    {"BAD_REQUEST_PARAMETERS", 400, "Bad request parameters", "BadRequestException"},
    {"INTEGRATION_FAILURE", 504, "Network error communicating with endpoint",
     "InternalServerErrorException"},
    {"INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException"},
    {"MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token",
     "MissingAuthenticationTokenException"},
    {"QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException"},
    {"REQUEST_TOO_LARGE", 413, "HTTP content length exceeded 10485760 bytes",
     "RequestTooLargeException"},
    {"THROTTLED", 429, "Too Many Requests", "TooManyRequestsException"},
    {"UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "UnsupportedMediaTypeException"},
    {"WAF_FILTERED", 403, "Forbidden", "ForbiddenException"},
    {"DEFAULT_4XX", 400, "", ""},
    {"DEFAULT_5XX", 500, "", ""},
}};

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_greedy(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with("+}");
}

// How well a resource's path fits: 2 a fixed segment, 1 a parameter, 0 what is greedy; nothing when
// it does not. Compared from the left.
std::optional<std::vector<int>> fit(std::string_view pattern,
                                    const std::vector<std::string_view>& segments,
                                    VtlTexts& parameters) {
  const std::vector<std::string_view> wanted = segments_of(pattern);
  std::vector<int> score;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i >= segments.size()) return std::nullopt;
    if (is_greedy(wanted[i])) {
      const char* start = segments[i].data();
      const char* end = segments.back().data() + segments.back().size();
      parameters.emplace_back(wanted[i].substr(1, wanted[i].size() - 3), std::string(start, end));
      score.push_back(0);
      return score;
    }
    if (is_parameter(wanted[i])) {
      if (segments[i].empty()) return std::nullopt;
      parameters.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), segments[i]);
    } else if (wanted[i] != segments[i]) {
      return std::nullopt;
    }
    score.push_back(is_parameter(wanted[i]) ? 1 : 2);
  }
  if (wanted.size() != segments.size()) return std::nullopt;
  return score;
}

const ApiMethod* method_of(const ApiResource& resource, std::string_view name) {
  const ApiMethod* any = nullptr;
  for (const ApiMethod& method : resource.methods) {
    if (method.name == name) return &method;
    if (method.name == "ANY") any = &method;
  }
  return any;
}

}  // namespace

const GatewayResponseKind& gateway_response_kind(GatewayResponseType type) {
  return kKinds[static_cast<size_t>(type)];
}

std::optional<GatewayResponseType> gateway_response_type(std::string_view name) {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].name == name) return static_cast<GatewayResponseType>(i);
  }
  return std::nullopt;
}

std::optional<ParameterSource> read_parameter_source(std::string_view text) {
  using Kind = ParameterSource::Kind;
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
    return ParameterSource{Kind::literal, std::string(text.substr(1, text.size() - 2))};
  }
  constexpr std::array<std::pair<std::string_view, Kind>, 6> kForms = {{
      {"method.request.header.", Kind::request_header},
      {"method.request.querystring.", Kind::request_querystring},
      {"method.request.path.", Kind::request_path},
      {"context.", Kind::context},
      {"stageVariables.", Kind::stage_variable},
      {"integration.response.header.", Kind::integration_header},
  }};
  for (const auto& [prefix, kind] : kForms) {
    if (!text.starts_with(prefix) || text.size() == prefix.size()) continue;
    return ParameterSource{kind, std::string(text.substr(prefix.size()))};
  }
  return std::nullopt;
}

FoundMethod find_method(const RestApi& api, std::string_view method, std::string_view path) {
  // A slash at the end makes no other resource.
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::vector<std::string_view> segments = segments_of(path);
  FoundMethod best;
  std::vector<int> best_score;
  for (const ApiResource& resource : api.resources) {
    VtlTexts parameters;
    const auto score = fit(resource.path, segments, parameters);
    if (!score || (best.resource != nullptr && *score <= best_score)) continue;
    best = {&resource, method_of(resource, method), std::move(parameters)};
    best_score = *score;
  }
  return best;
}

std::string media_type(std::string_view content_type) {
  std::string type(trim(content_type.substr(0, content_type.find(';'))));
  for (char& c : type) c = to_lower(c);
  return type.empty() ? "application/json" : type;
}

const VtlTemplate* find_template(const TemplatesByType& templates, std::string_view type) {
  for (const auto& [name, script] : templates) {
    if (media_type(name) == type) return script.get();
  }
  return nullptr;
}

}  // namespace edgehose
