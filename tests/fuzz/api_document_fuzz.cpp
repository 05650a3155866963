// The API that `edgehose up --api` reads, as JSON and as YAML, from anything; and a request to what
// was read.
#include "shared/base/text.h"
#include "simulator/http/api_document.h"
#include "simulator/services/apigateway/gateway.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;

bool is_status(uint32_t status) { return status >= 100 && status <= 599; }

void check_header(const MappedHeader& header) {
  check(!header.name.empty(), "a header has a name");
}

void check_integration(const Integration& integration) {
  check(integration.timeout_ms >= kIntegrationTimeoutMsMin, "a time-out has its least");
  check(integration.timeout_ms <= kIntegrationTimeoutMsMax, "and its most");
  if (integration.kind == IntegrationKind::aws) {
    check(integration.service == "firehose", "what is called is modelled");
    check(integration.operation.starts_with("PutRecord"), "and so is its operation");
  }
  for (const MappedHeader& header : integration.headers) {
    check_header(header);
    check(header.source.kind != ParameterSource::Kind::integration_header,
          "a request knows no header of its answer");
  }
  for (const auto& [type, script] : integration.templates)
    check(script != nullptr, "templates are read");
  for (const IntegrationResponse& response : integration.responses) {
    check(is_status(response.status), "an answer's status is one");
    for (const MappedHeader& header : response.headers) check_header(header);
  }
}

// A request to a method as its path is written has an answer, by itself or by its integration's.
void check_served(const Gateway& gateway, const ApiResource& resource, const ApiMethod& method) {
  GatewayRequest request;
  request.method = method.name;
  request.path = resource.path;
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"events":[{"a":1}]})";
  const GatewayCall call = gateway.prepare(kNow, std::move(request));
  const auto begun = gateway.begin(call);
  if (const auto* answer = std::get_if<GatewayAnswer>(&begun)) {
    return check(is_status(answer->status), "a refusal is an answer");
  }
  const GatewayAnswer answer =
      gateway.finish(call, {.status = 200, .headers = {}, .body = R"({"FailedPutCount":1})"});
  check(is_status(answer.status), "an answer is one");
  for (const auto& [name, text] : answer.headers) {
    check(text.find_first_of("\r\n") == std::string::npos, "a header is one line");
  }
}

void check_api(RestApi api) {
  check(!api.stage.empty() && api.stage.find('/') == std::string::npos, "a stage has a name");
  for (const auto& response : api.gateway_responses) {
    check(!response || !response->status || is_status(*response->status), "a refusal has a status");
  }
  GatewayOptions options;
  options.limits.steps = 20'000;
  options.limits.output_bytes = 1U << 16;
  options.limits.heap_bytes = 1U << 20;
  const Gateway gateway(std::move(api), options, kNow);
  size_t left = 20;  // a document of thousands would take its time
  for (const ApiResource& resource : gateway.api().resources) {
    check(resource.path.starts_with('/'), "a path begins with its slash");
    for (const ApiMethod& method : resource.methods) {
      check_integration(method.integration);
      if (left > 0) check_served(gateway, resource, method);
      left -= left > 0 ? 1 : 0;
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  auto read = read_api_document(text);
  if (auto* api = std::get_if<RestApi>(&read)) {
    check_api(std::move(*api));
  } else {
    const auto& problems = *std::get_if<std::vector<ApiProblem>>(&read);
    check(!problems.empty() && problems.size() <= 100,
          "a refusal has its reasons, within their bound");
    for (const ApiProblem& problem : problems) {
      check(!problem.what.empty() && !problem.mend.empty(), "a reason says what and how to mend");
    }
  }
  std::string problems;
  auto file = read_api_file("api.yaml", text, problems);
  check(file.has_value() == problems.empty(), "a file is read, or is told why not");
  if (file) check_api(std::move(*file));
  return 0;
}
