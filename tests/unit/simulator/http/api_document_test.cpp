#include "simulator/http/api_document.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace edgehose;
using nlohmann::json;

namespace {

const json kIntegration = {
    {"type", "aws"},
    {"httpMethod", "POST"},
    {"uri", "arn:aws:apigateway:ap-northeast-1:firehose:action/PutRecord"},
    {"requestTemplates", {{"application/json", "$input.body"}}},
    {"responses", {{"default", {{"statusCode", "200"}}}}},
};

json document_with(const json& integration) {
  return {{"openapi", "3.0.1"},
          {"info", {{"title", "t"}}},
          {"paths", {{"/e", {{"post", {{"x-amazon-apigateway-integration", integration}}}}}}}};
}

// The problems as text, one a line; empty for a sound document.
std::string problems_of(const json& document) {
  const auto read = read_api_document(document.dump());
  std::string text;
  if (const auto* problems = std::get_if<std::vector<ApiProblem>>(&read)) {
    for (const ApiProblem& problem : *problems) {
      CHECK_FALSE(problem.mend.empty());
      text += problem.place + ": " + problem.what + "\n";
    }
  }
  return text;
}

std::string integration_problem(const char* member, const json& value) {
  json integration = kIntegration;
  integration[member] = value;
  return problems_of(document_with(integration));
}

constexpr const char* kAt = "/paths/~1e/post/x-amazon-apigateway-integration";

}  // namespace

TEST_CASE("api document: everything of an integration is read") {
  json integration = kIntegration;
  integration["passthroughBehavior"] = "WHEN_NO_TEMPLATES";
  integration["timeoutInMillis"] = 1'500;
  integration["requestParameters"] = {{"integration.request.header.X-A", "'b'"}};
  integration["responses"]["5\\d{2}"] = {
      {"statusCode", 502},
      {"responseParameters", {{"method.response.header.X-B", "integration.response.header.x-c"}}},
      {"responseTemplates", {{"application/json", "{}"}}}};
  json document = document_with(integration);
  document["x-edgehose-stage"] = {
      {"name", "v1"},
      {"variables", {{"stream", "s"}}},
      {"throttlingRateLimit", 7},
      {"throttlingBurstLimit", 9},
      {"methodSettings", {{"/e/POST", {{"throttlingRateLimit", 1}, {"throttlingBurstLimit", 2}}}}}};
  document["x-amazon-apigateway-gateway-responses"] = {
      {"THROTTLED",
       {{"statusCode", "503"},
        {"responseParameters", {{"gatewayresponse.header.Retry-After", "'1'"}}},
        {"responseTemplates", {{"application/json", "$context.error.messageString"}}}}}};
  const auto read = read_api_document(document.dump());
  REQUIRE(std::holds_alternative<RestApi>(read));
  const auto& api = std::get<RestApi>(read);
  CHECK(api.name == "t");
  CHECK(api.stage == "v1");
  CHECK(api.stage_variables == VtlTexts{{"stream", "s"}});
  CHECK(api.throttle.rate_s == 7);
  CHECK(api.throttle.burst == 9);
  const ApiMethod& method = api.resources.at(0).methods.at(0);
  CHECK(method.name == "POST");
  CHECK(method.throttle.burst == 2);
  const Integration& made = method.integration;
  CHECK(made.kind == IntegrationKind::aws);
  CHECK(made.service == "firehose");
  CHECK(made.operation == "PutRecord");
  CHECK(made.passthrough == Passthrough::when_no_templates);
  CHECK(made.timeout_ms == 1'500);
  CHECK(made.headers.at(0).name == "X-A");
  CHECK(made.headers.at(0).source.text == "b");
  REQUIRE(made.responses.size() == 2);
  CHECK_FALSE(made.responses[1].selection);
  CHECK(made.responses[0].selection->matches(503));
  CHECK(made.responses[0].status == 502);
  CHECK(made.responses[0].headers.at(0).source.kind == ParameterSource::Kind::integration_header);
  const auto& throttled =
      api.gateway_responses[static_cast<size_t>(GatewayResponseType::throttled)];
  CHECK(throttled->status == 503);
  CHECK(throttled->headers.at(0).name == "Retry-After");
  CHECK(throttled->templates.size() == 1);
}

TEST_CASE("api document: AWS's other forms of the same are taken") {
  json document = document_with(kIntegration);
  document.erase("openapi");
  document["swagger"] = "2.0";
  document["basePath"] = "/x";
  document["x-amazon-apigateway-binary-media-types"] = json::array();
  json& path = document["paths"]["/e"];
  path["x-amazon-apigateway-any-method"] = {
      {"parameters", json::array()},
      {"x-amazon-apigateway-integration",
       {{"type", "MOCK"}, {"requestTemplates", {{"application/json", "{\"statusCode\": 200}"}}}}}};
  CHECK(problems_of(document).empty());
}

TEST_CASE("api document: what is not modelled is refused by name, with its place") {
  const std::string at = kAt;
  CHECK(integration_problem("type", "aws_proxy") ==
        at + "/type: an integration of type aws_proxy is not modelled\n");
  CHECK(integration_problem("type", "http") ==
        at + "/type: an integration of type http is not modelled\n");
  CHECK(
      integration_problem("uri", "arn:aws:apigateway:us-east-1:sqs:path/1/q").find(at + "/uri: ") ==
      0);
  CHECK(integration_problem("uri", json::object()).find(at + "/uri: must be a text\n") == 0);
  CHECK(integration_problem("httpMethod", "GET") == at + "/httpMethod: Firehose takes POST only\n");
  CHECK(integration_problem("contentHandling", "CONVERT_TO_BINARY") ==
        at + "/contentHandling: contentHandling is not modelled\n");
  CHECK(integration_problem("connectionType", "VPC_LINK") ==
        at + "/connectionType: connectionType is not modelled\n");
  CHECK(integration_problem("passthroughBehavior", "always") ==
        at + "/passthroughBehavior: is not known\n");
  CHECK(integration_problem("timeoutInMillis", 30'000) ==
        at + "/timeoutInMillis: must be a whole number from 50 to 29000\n");
  CHECK(integration_problem("requestTemplates", {{"application/json", "a\n #if(1)"}}) ==
        at + "/requestTemplates/application~1json: line 2, column 2: #if without its #end\n");
  CHECK(integration_problem("requestParameters", {{"integration.request.path.x", "'1'"}}) ==
        at + "/requestParameters/integration.request.path.x: only headers are mapped here\n");
  CHECK(integration_problem("requestParameters",
                            {{"integration.request.header.X", "method.request.body"}}) ==
        at + "/requestParameters/integration.request.header.X: its value is of a form that is not "
             "modelled\n");
  CHECK(integration_problem("responses", {{"(", {{"statusCode", 200}}}}) ==
        at + "/responses/(: selectionPattern ( has what is not modelled\n");
  CHECK(integration_problem("responses", {{"default", {{"statusCode", 999}}}}) ==
        at + "/responses/default/statusCode: must be a whole number from 100 to 599\n");
}

TEST_CASE("api document: all problems are told at once") {
  json document = document_with(kIntegration);
  document["paths"]["e"] = {{"get", json::object()}};
  document["security"] = {{{"api_key", json::array()}}};
  document["x-amazon-apigateway-policy"] = {{"a", 1}};
  document["x-amazon-apigateway-gateway-responses"] = {{"OTHER", json::object()}};
  document["x-edgehose-stage"] = {{"throttlingRateLimit", 1},
                                  {"methodSettings", {{"/e/GET", json::object()}}}};
  document["paths"]["/e"]["post"]["security"] = {{{"api_key", json::array()}}};
  document["paths"]["/f/"] = json::object();
  const std::string text = problems_of(document);
  for (const char* place :
       {"/paths/e: a path begins with /", "/paths/~1f~1: a path ends without /",
        "/paths/e/get: has no x-amazon-apigateway-integration",
        "/security: security is not modelled", "/paths/~1e/post/security: security is not modelled",
        "/x-amazon-apigateway-policy: x-amazon-apigateway-policy is not modelled",
        "/x-amazon-apigateway-gateway-responses/OTHER: there is no gateway response",
        "/x-edgehose-stage: one throttling limit without the other",
        "/x-edgehose-stage/methodSettings/~1e~1GET: there is no such method"}) {
    CAPTURE(text, place);
    CHECK(text.find(place) != std::string::npos);
  }
  CHECK(problems_of(json::object()).find("neither OpenAPI 3 nor Swagger 2") != std::string::npos);
  CHECK(problems_of(json::array()) == ": must be an object\n");
}

TEST_CASE("api document: a file may be YAML, and its problems name it") {
  std::string problems;
  CHECK_FALSE(read_api_file("a.yaml", "openapi: 3.0.1\npaths: {x: 1}\n", problems));
  CHECK(problems.find("a.yaml: /paths/x: a path begins with /; write /x\n") == 0);
  problems.clear();
  CHECK_FALSE(read_api_file("a.yaml", "a: [", problems));
  CHECK(problems.find("a.yaml:") == 0);
  problems.clear();
  CHECK_FALSE(read_api_file("a.json", "{\"openapi\":", problems));
  CHECK(problems == "a.json: /: no JSON, from byte 11; write it as JSON or YAML");
  problems.clear();
  CHECK_FALSE(read_api_file("a.json", std::string(100'000, '['), problems));
}

TEST_CASE("api document: the design of 2020 reads") {
  const std::string path =
      std::string(EDGEHOSE_SOURCE_DIR) + "/simulator/scenario/designs/note-2020/api.yaml";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  std::string problems;
  const auto api = read_api_file(path, text.str(), problems);
  CAPTURE(problems);
  REQUIRE(api);
  CHECK(api->resources.size() == 3);
}
