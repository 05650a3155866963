#include "simulator/services/apigateway/rest_api.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

RestApi api_of(const std::vector<std::pair<std::string, std::string>>& methods) {
  RestApi api;
  for (const auto& [name, path] : methods) {
    ApiMethod method{.name = name};
    api.resources.push_back({path, {}});
    api.resources.back().methods.push_back(std::move(method));
  }
  return api;
}

// "POST /events/{id} id=7"
std::string found(const RestApi& api, std::string_view method, std::string_view path) {
  const FoundMethod match = find_method(api, method, path);
  if (match.method == nullptr) return "-";
  std::string text = match.method->name + " " + match.resource->path;
  for (const auto& [name, value] : match.path_parameters) text += " " + name + "=" + value;
  return text;
}

}  // namespace

TEST_CASE("rest api: the resource that says most about a path has it") {
  const RestApi api = api_of({{"GET", "/{proxy+}"},
                              {"POST", "/events"},
                              {"ANY", "/events/{id}"},
                              {"POST", "/events/batch"},
                              {"GET", "/"},
                              {"GET", "/a/{b}/c/{rest+}"}});
  CHECK(found(api, "POST", "/events") == "POST /events");
  CHECK(found(api, "POST", "/events/") == "POST /events");
  CHECK(found(api, "POST", "/events/batch") == "POST /events/batch");
  CHECK(found(api, "DELETE", "/events/7") == "ANY /events/{id} id=7");
  CHECK(found(api, "GET", "/other/x/y") == "GET /{proxy+} proxy=other/x/y");
  CHECK(found(api, "GET", "/a/1/c/2/3") == "GET /a/{b}/c/{rest+} b=1 rest=2/3");
  CHECK(found(api, "GET", "/") == "GET /");
  CHECK(found(api, "GET", "/events") == "-");
  CHECK(found(api, "POST", "/none") == "-");
  CHECK(found(api_of({{"GET", "/a"}}), "GET", "/b") == "-");
}

TEST_CASE("rest api: a content type is its media type, JSON without one") {
  CHECK(media_type("") == "application/json");
  CHECK(media_type("Text/Plain; charset=utf-8") == "text/plain");
  const auto script = std::make_shared<const VtlTemplate>();
  const TemplatesByType templates = {{"application/JSON", nullptr}, {"text/plain", script}};
  CHECK(find_template(templates, "text/plain") == script.get());
  CHECK(find_template(templates, "text/html") == nullptr);
}

TEST_CASE("rest api: where a mapped parameter comes from") {
  using Kind = ParameterSource::Kind;
  CHECK(read_parameter_source("'x'")->text == "x");
  CHECK(read_parameter_source("method.request.header.A")->kind == Kind::request_header);
  CHECK(read_parameter_source("method.request.querystring.q")->text == "q");
  CHECK(read_parameter_source("method.request.path.id")->kind == Kind::request_path);
  CHECK(read_parameter_source("context.requestId")->kind == Kind::context);
  CHECK(read_parameter_source("stageVariables.s")->kind == Kind::stage_variable);
  CHECK(read_parameter_source("integration.response.header.A")->kind == Kind::integration_header);
  CHECK_FALSE(read_parameter_source("method.request.body"));
  CHECK_FALSE(read_parameter_source("integration.response.body.a"));
  CHECK_FALSE(read_parameter_source("x"));
}

// Facts: aws.md section 5, "Gateway responses".
TEST_CASE("rest api: gateway responses have the statuses of the facts") {
  const std::vector<std::pair<std::string_view, uint32_t>> facts = {
      {"THROTTLED", 429},           {"QUOTA_EXCEEDED", 429},
      {"REQUEST_TOO_LARGE", 413},   {"INTEGRATION_FAILURE", 504},
      {"INTEGRATION_TIMEOUT", 504}, {"UNSUPPORTED_MEDIA_TYPE", 415},
      {"BAD_REQUEST_BODY", 400},    {"API_CONFIGURATION_ERROR", 500},
      {"WAF_FILTERED", 403},        {"MISSING_AUTHENTICATION_TOKEN", 403}};
  for (const auto& [name, status] : facts) {
    const auto type = gateway_response_type(name);
    REQUIRE(type);
    CHECK(gateway_response_kind(*type).status == status);
    CHECK(gateway_response_kind(*type).name == name);
  }
  CHECK_FALSE(gateway_response_type("OTHER"));
  CHECK(gateway_response_kind(GatewayResponseType::request_too_large).message ==
        "HTTP content length exceeded 10485760 bytes");
}
