#include "simulator/services/apigateway/gateway.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;  // 2026-11-22T13:20:00Z

std::shared_ptr<const VtlTemplate> script(std::string_view text) {
  auto parsed = vtl_parse(text);
  return std::make_shared<const VtlTemplate>(std::move(std::get<VtlTemplate>(parsed)));
}

std::optional<StatusPattern> pattern(std::string_view text) {
  std::string fault;
  return StatusPattern::read(text, fault);
}

Integration firehose(std::string_view template_text) {
  Integration made;
  made.kind = IntegrationKind::aws;
  made.service = "firehose";
  made.operation = "PutRecord";
  made.templates = {{"application/json", script(template_text)}};
  made.headers = {{"Content-Type", {ParameterSource::Kind::literal, "application/x-amz-json-1.1"}}};
  made.passthrough = Passthrough::never;
  made.responses = {{.status = 200}};
  return made;
}

RestApi api_with(Integration integration, ThrottleRate own = {}) {
  RestApi api;
  api.stage_variables = {{"stream", "events"}};
  ApiMethod method{"POST", std::move(integration), own};
  api.resources.push_back({"/events/{id}", {}});
  api.resources.back().methods.push_back(std::move(method));
  return api;
}

GatewayRequest request(std::string body = "{}") {
  GatewayRequest made;
  made.method = "POST";
  made.path = "/events/7";
  made.headers = {{"content-type", "application/json"}, {"user-agent", "curl"}, {"host", "h"}};
  made.body = std::move(body);
  made.source_ip = "203.0.113.9";
  made.request_id = "r-1";
  made.extended_request_id = "e-1";
  return made;
}

IntegrationCall called(const Gateway& gateway, const GatewayCall& call) {
  auto begun = gateway.begin(call);
  if (const auto* answer = std::get_if<GatewayAnswer>(&begun)) FAIL(answer->body);
  return std::get<IntegrationCall>(std::move(begun));
}

GatewayAnswer refused(const Gateway& gateway, GatewayRequest sent) {
  const GatewayCall call = gateway.prepare(kNow, std::move(sent));
  auto begun = gateway.begin(call);
  REQUIRE(std::holds_alternative<GatewayAnswer>(begun));
  return std::get<GatewayAnswer>(std::move(begun));
}

std::string header_of(const GatewayAnswer& answer, std::string_view name) {
  for (const auto& [key, text] : answer.headers) {
    if (key == name) return text;
  }
  return "";
}

}  // namespace

TEST_CASE("gateway: a request is mapped to a call, and the answer back") {
  Integration integration = firehose(
      "{\"s\":\"$stageVariables.stream\",\"id\":\"$input.params('id')\",\"b\":$input.json('$.a')}");
  integration.timeout_ms = 5'000;
  integration.headers.push_back({"X-Agent", {ParameterSource::Kind::request_header, "User-Agent"}});
  integration.responses.front().templates = {
      {"application/json", script("{\"id\":\"$input.path('$.RecordId')\"}")}};
  integration.responses.front().headers = {
      {"X-Id", {ParameterSource::Kind::integration_header, "x-amzn-RequestId"}},
      {"X-Fixed", {ParameterSource::Kind::literal, "yes"}}};
  const Gateway gateway(api_with(std::move(integration)), {}, kNow);
  const GatewayCall call = gateway.prepare(kNow, request(R"({"a":[1, 2]})"));
  const IntegrationCall sent = called(gateway, call);
  CHECK(sent.service == "firehose");
  CHECK(sent.operation == "PutRecord");
  CHECK(sent.timeout_ms == 5'000);
  CHECK(sent.body == R"({"s":"events","id":"7","b":[1,2]})");
  CHECK(sent.headers ==
        VtlTexts{{"Content-Type", "application/x-amz-json-1.1"}, {"X-Agent", "curl"}});
  const GatewayAnswer answer = gateway.finish(
      call,
      {.status = 200, .headers = {{"X-Amzn-Requestid", "f-9"}}, .body = R"({"RecordId":"x"})"});
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"id":"x"})");
  CHECK(header_of(answer, "Content-Type") == "application/json");
  CHECK(header_of(answer, "X-Id") == "f-9");
  CHECK(header_of(answer, "X-Fixed") == "yes");
}

// Facts: aws.md section 5, "Variables".
TEST_CASE("gateway: templates see the request's context") {
  const Gateway gateway(
      api_with(firehose("$context.requestId|$context.requestTime|$context.requestTimeEpoch|"
                        "$context.identity.sourceIp|$context.identity.userAgent|"
                        "$context.httpMethod|$context.path|$context.resourcePath|$context.stage|"
                        "$context.apiId|$context.accountId|$context.domainName|"
                        "$context.protocol|$context.extendedRequestId")),
      {}, kNow);
  const GatewayCall call = gateway.prepare(kNow, request());
  CHECK(called(gateway, call).body ==
        "r-1|22/Nov/2026:13:20:00 +0000|1795353600000|203.0.113.9|curl|POST|/prod/events/7|"
        "/events/{id}|prod|edgehose|000000000000|h|HTTP/1.1|e-1");
}

// Facts: aws.md section 5, "Passthrough".
TEST_CASE("gateway: a body without a template goes on or is refused as the integration says") {
  const auto outcome = [](Passthrough passthrough, bool has_template, std::string type) {
    Integration integration = firehose("mapped");
    integration.passthrough = passthrough;
    if (!has_template) integration.templates.clear();
    const Gateway gateway(api_with(std::move(integration)), {}, kNow);
    GatewayRequest sent = request("as sent");
    sent.headers = {};
    if (!type.empty()) sent.headers = {{"content-type", std::move(type)}};
    const GatewayCall call = gateway.prepare(kNow, std::move(sent));
    const auto begun = gateway.begin(call);
    const auto* answer = std::get_if<GatewayAnswer>(&begun);
    return answer != nullptr ? answer->body : std::get<IntegrationCall>(begun).body;
  };
  const std::string refusal = R"({"message":"Unsupported Media Type"})";
  CHECK(outcome(Passthrough::when_no_match, true, "text/plain") == "as sent");
  CHECK(outcome(Passthrough::when_no_match, false, "text/plain") == "as sent");
  CHECK(outcome(Passthrough::when_no_templates, true, "text/plain") == refusal);
  CHECK(outcome(Passthrough::when_no_templates, false, "text/plain") == "as sent");
  CHECK(outcome(Passthrough::never, true, "text/plain") == refusal);
  CHECK(outcome(Passthrough::never, false, "application/json") == refusal);
  for (const char* type : {"", "application/json", "Application/JSON; charset=utf-8"}) {
    CHECK(outcome(Passthrough::never, true, type) == "mapped");
  }
}

TEST_CASE("gateway: what it answers itself") {
  const Gateway gateway(api_with(firehose("$input.json('$.a')")), {}, kNow);
  GatewayRequest sent = request();
  sent.path = "/none";
  GatewayAnswer answer = refused(gateway, sent);
  CHECK(answer.status == 403);
  CHECK(answer.body == R"({"message":"Missing Authentication Token"})");
  CHECK(header_of(answer, "x-amzn-ErrorType") == "MissingAuthenticationTokenException");

  answer = refused(gateway, request(std::string(kGatewayBodyBytesMax + 1, ' ')));
  CHECK(answer.status == 413);
  CHECK(answer.body == R"({"message":"HTTP content length exceeded 10485760 bytes"})");

  answer = refused(gateway, request("{\"a\":"));
  CHECK(answer.status == 400);
  CHECK(answer.body.find("Could not parse request body into json: truncated") != std::string::npos);

  sent = request();
  sent.headers.emplace_back("x-long", std::string(kGatewayHeaderBytesMax, 'x'));
  CHECK(refused(gateway, sent).status == 431);

  const GatewayCall call = gateway.prepare(kNow, request());
  CHECK(gateway.timed_out(call).status == 504);
  CHECK(gateway.timed_out(call).body == R"({"message":"Endpoint request timed out"})");
  CHECK(gateway.finish(call, {}).status == 504);
  CHECK(gateway.throttled(call).status == 429);
  CHECK(gateway.throttled(call).body == R"({"message":"Too Many Requests"})");
  CHECK(header_of(gateway.throttled(call), "x-amzn-ErrorType") == "TooManyRequestsException");
}

TEST_CASE("gateway: a template that fails is an error of the API's configuration") {
  const Gateway gateway(api_with(firehose("\n$util.base64Decode('?')")), {}, kNow);
  const GatewayAnswer answer = refused(gateway, request());
  CHECK(answer.status == 500);
  CHECK(answer.body == R"({"message":"Internal server error"})");
  CHECK(header_of(answer, "x-edgehose-fault") ==
        "line 2, column 1: $util.base64Decode() of what is no base64");
}

TEST_CASE("gateway: the answer's status selects its mapping") {
  Integration integration = firehose("x");
  integration.responses = {{.status = 200}};
  integration.responses.push_back({.selection = pattern("4\\d{2}"), .status = 400});
  integration.responses.push_back({.selection = pattern("5\\d{2}"),
                                   .status = 502,
                                   .templates = {{"application/json", script("{\"e\":1}")}}});
  const Gateway gateway(api_with(std::move(integration)), {}, kNow);
  const GatewayCall call = gateway.prepare(kNow, request());
  CHECK(gateway.finish(call, {.status = 200, .body = "as it is"}).body == "as it is");
  CHECK(gateway.finish(call, {.status = 404}).status == 400);
  const GatewayAnswer answer = gateway.finish(call, {.status = 500, .body = "{}"});
  CHECK(answer.status == 502);
  CHECK(answer.body == "{\"e\":1}");

  Integration bare = firehose("x");
  bare.responses = {{.selection = pattern("200"), .status = 200}};
  const Gateway strict(api_with(std::move(bare)), {}, kNow);
  const GatewayAnswer none = strict.finish(strict.prepare(kNow, request()), {.status = 500});
  CHECK(none.status == 500);
  CHECK(header_of(none, "x-edgehose-fault").find("no integration response") != std::string::npos);
}

// Facts: aws.md section 5, "Without a response mapping".
TEST_CASE("gateway: failed rows are a success unless a template says otherwise") {
  const IntegrationAnswer partly{.status = 200, .body = R"({"FailedPutCount":3})"};
  const Gateway plain(api_with(firehose("x")), {}, kNow);
  CHECK(plain.finish(plain.prepare(kNow, request()), partly).status == 200);
  Integration mapped = firehose("x");
  mapped.responses.front().templates = {
      {"application/json",
       script("#if($input.path('$.FailedPutCount')!=0)#set($context.responseOverride.status=503)"
              "#set($context.responseOverride.header.Retry-After='1')#end{}")}};
  const Gateway gateway(api_with(std::move(mapped)), {}, kNow);
  const GatewayAnswer answer = gateway.finish(gateway.prepare(kNow, request()), partly);
  CHECK(answer.status == 503);
  CHECK(header_of(answer, "Retry-After") == "1");
}

TEST_CASE("gateway: a value cannot smuggle a second header in") {
  Integration integration = firehose("x");
  integration.responses.front().templates = {
      {"application/json", script("#set($context.responseOverride.header.X-A=\"1\r\nX-B: 2\")"
                                  "#set($context.responseOverride.header['X C']='3')")}};
  const Gateway gateway(api_with(std::move(integration)), {}, kNow);
  const GatewayAnswer answer = gateway.finish(gateway.prepare(kNow, request()), {.status = 200});
  CHECK(header_of(answer, "X-A") == "1X-B: 2");
  CHECK(answer.headers.size() == 2);
}

TEST_CASE("gateway: a MOCK integration answers by its template's statusCode") {
  Integration mock;
  mock.templates = {{"application/json", script("{\"statusCode\": 204}")}};
  mock.responses = {{.selection = pattern("204"), .status = 204}};
  mock.responses.front().headers = {
      {"Access-Control-Allow-Origin", {ParameterSource::Kind::literal, "*"}}};
  const Gateway gateway(api_with(std::move(mock)), {}, kNow);
  const GatewayAnswer answer = refused(gateway, request());
  CHECK(answer.status == 204);
  CHECK(header_of(answer, "Access-Control-Allow-Origin") == "*");
  const Gateway silent(api_with({}), {}, kNow);
  CHECK(refused(silent, request()).status == 500);
}

TEST_CASE("gateway: its own responses can be replaced, by type and by default") {
  RestApi api = api_with(firehose("x"));
  api.gateway_responses[static_cast<size_t>(GatewayResponseType::throttled)] = GatewayResponse{
      .status = 503,
      .headers = {{"Retry-After", {ParameterSource::Kind::literal, "2"}}},
      .templates = {{"application/json", script("{\"why\":$context.error.messageString,"
                                                "\"type\":\"$context.error.responseType\"}")}}};
  api.gateway_responses[static_cast<size_t>(GatewayResponseType::default_4xx)] = GatewayResponse{
      .headers = {{"Access-Control-Allow-Origin", {ParameterSource::Kind::literal, "*"}}}};
  const Gateway gateway(std::move(api), {}, kNow);
  GatewayRequest sent = request();
  GatewayAnswer answer = gateway.throttled(gateway.prepare(kNow, sent));
  CHECK(answer.status == 503);
  CHECK(answer.body == R"({"why":"Too Many Requests","type":"THROTTLED"})");
  CHECK(header_of(answer, "Retry-After") == "2");
  sent.path = "/none";
  answer = refused(gateway, sent);
  CHECK(answer.status == 403);
  CHECK(header_of(answer, "Access-Control-Allow-Origin") == "*");
}

// Facts: aws.md section 5, "Quotas": 10,000 a second and a bucket of 5,000.
TEST_CASE("gateway: the account's bucket, the stage's and the method's each throttle") {
  const auto admitted = [](ThrottleRate account, ThrottleRate stage, ThrottleRate own) {
    RestApi api = api_with(firehose("x"), own);
    api.throttle = stage;
    Gateway gateway(std::move(api), {.account = account}, kNow);
    const GatewayCall call = gateway.prepare(kNow, request());
    int count = 0;
    while (count < 20'000 && gateway.admit(kNow, call)) ++count;
    // A second later the rate is there again, as far as the burst holds it.
    int again = 0;
    while (again < 20'000 && gateway.admit(kNow + 1'000, call)) ++again;
    return std::pair(count, again);
  };
  CHECK(admitted(kAccountThrottle, {}, {}) == std::pair(5'000, 5'000));
  CHECK(admitted(kAccountThrottle, {100, 200}, {}) == std::pair(200, 100));
  CHECK(admitted(kAccountThrottle, {100, 200}, {5, 2}) == std::pair(2, 2));
  CHECK(admitted({3, 3}, {100, 200}, {5, 50}) == std::pair(3, 3));
}

TEST_CASE("gateway: meters count what CloudWatch shows") {
  Gateway gateway(api_with(firehose("x")), {}, kNow);
  gateway.count(200, Gateway::Throttled::no, 30, 20);
  gateway.count(200, Gateway::Throttled::no, 10, 4);
  gateway.count(429, Gateway::Throttled::yes, 0, std::nullopt);
  gateway.count(504, Gateway::Throttled::no, 29'000, 29'000);
  const GatewayMeters& meters = gateway.meters();
  CHECK(meters.count == 4);
  CHECK(meters.errors_4xx == 1);
  CHECK(meters.errors_5xx == 1);
  CHECK(meters.throttled == 1);
  CHECK(meters.latency.sum_ms == 29'040);
  CHECK(meters.latency.min_ms == 0);
  CHECK(meters.integration_latency.count == 3);
  CHECK(meters.integration_latency.min_ms == 4);
  CHECK(meters.integration_latency.max_ms == 29'000);
}

TEST_CASE("gateway: times as access logs have them") {
  CHECK(common_log_time(0) == "01/Jan/1970:00:00:00 +0000");
  CHECK(common_log_time(kNow) == "22/Nov/2026:13:20:00 +0000");
}
