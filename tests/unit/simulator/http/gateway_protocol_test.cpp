#include "simulator/http/gateway_protocol.h"

#include <catch2/catch.hpp>

#include "shared/base/base64.h"
#include "simulator/http/api_document.h"
#include "simulator/http/fault_json.h"
#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

constexpr std::string_view kApi = R"json({"openapi":"3.0.1","info":{"title":"t"},
"x-edgehose-stage":{"throttlingRateLimit":10,"throttlingBurstLimit":3},
"paths":{"/e/{id}":{"post":{"x-amazon-apigateway-integration":{
  "type":"aws","httpMethod":"POST","timeoutInMillis":1000,"passthroughBehavior":"never",
  "uri":"arn:aws:apigateway:ap-northeast-1:firehose:action/PutRecord",
  "requestTemplates":{"application/json":
    "{\"DeliveryStreamName\":\"a\",\"Record\":{\"Data\":\"$util.base64Encode(\"$input.params('id') $input.params('q')\")\"}}"},
  "responses":{"default":{"statusCode":201},
    "[45]\\d{2}":{"statusCode":502,"responseTemplates":{"application/json":"$input.path('$.message')"
}
}
}
}
}
}
}
})json";

RestApi read_api() {
  auto read = read_api_document(kApi);
  return std::move(std::get<RestApi>(read));
}

struct ApiWorld {
  ApiWorld()
      : gate(1, simulator.clock, simulator.clock),
        gateway(read_api(), {}, simulator.clock.now_ms()),
        protocol({gateway,
                  [this](std::string_view operation, const std::string& body,
                         const HttpRespond& respond) {
                    ++calls;
                    // A call that takes its time.
                    simulator.clock.advance(call_ms);
                    simulator.protocol.handle(operation, body, respond);
                  },
                  simulator.clock, simulator.clock, 7, &gate}) {}

  HttpResponse send(const std::string& method, const std::string& target, std::string body = "{}",
                    HttpHeaders headers = {}) {
    Recorder recorder;
    protocol.handle({method, target, std::move(headers), std::move(body)}, recorder.respond());
    return recorder.wait();
  }

  SimulatorWorld simulator;
  FaultGate gate;
  Gateway gateway;
  GatewayProtocol protocol;
  int calls = 0;
  int64_t call_ms = 0;
};

}  // namespace

TEST_CASE("gateway protocol: a request becomes a record, by either path") {
  ApiWorld world;
  REQUIRE(world.simulator.create("a").status == 200);
  const HttpResponse answer = world.send("POST", "/prod/e/7%2F8?q=x+y");
  CHECK(answer.status == 201);
  CHECK_FALSE(header_of(answer, "x-amzn-RequestId").empty());
  CHECK(header_of(answer, "x-amz-apigw-id").size() == 16);
  CHECK(body_of(answer).contains("RecordId"));
  CHECK(world.send("POST", "/restapis/edgehose/prod/_user_request_/e/7").status == 201);
  CHECK(world.calls == 2);
  world.simulator.host.inspect(
      [](const Firehose& firehose) { CHECK(firehose.streams().at(0).counters.records == 2); });
}

TEST_CASE("gateway protocol: another API, stage or path has no method") {
  ApiWorld world;
  for (const char* target :
       {"/", "/prod", "/prod/e", "/test/e/7", "/restapis/edgehose/prod/e/7", "/prodx/e/7",
        "/restapis/other/prod/_user_request_/e/7", "/restapis/edgehose/v1/_user_request_/e/7"}) {
    world.simulator.clock.advance(1'000);
    const HttpResponse answer = world.send("POST", target);
    CAPTURE(target);
    CHECK(answer.status == 403);
    CHECK(body_of(answer)["message"] == "Missing Authentication Token");
  }
  CHECK(world.calls == 0);
}

TEST_CASE("gateway protocol: an error of Firehose is mapped") {
  ApiWorld world;
  const HttpResponse answer = world.send("POST", "/prod/e/7");
  CHECK(answer.status == 502);
  CHECK(answer.body.find("not found") != std::string::npos);
}

TEST_CASE("gateway protocol: throttled requests call nothing and are counted") {
  ApiWorld world;
  REQUIRE(world.simulator.create("a").status == 200);
  for (int i = 0; i < 3; ++i) CHECK(world.send("POST", "/prod/e/7").status == 201);
  const HttpResponse answer = world.send("POST", "/prod/e/7");
  CHECK(answer.status == 429);
  CHECK(header_of(answer, "x-amzn-ErrorType") == "TooManyRequestsException");
  CHECK(world.calls == 3);
  world.simulator.clock.advance(100);
  CHECK(world.send("POST", "/prod/e/7").status == 201);
  const auto status = nlohmann::json::parse(world.protocol.status_json());
  CHECK(status["api"] == "edgehose");
  CHECK(status["stage"] == "prod");
  CHECK(status["count"] == 5);
  CHECK(status["4xx_errors"] == 1);
  CHECK(status["throttled"] == 1);
  CHECK(status["integration_latency"]["count"] == 4);
}

TEST_CASE("gateway protocol: an integration that takes too long is a time-out in the figures too") {
  ApiWorld world;
  REQUIRE(world.simulator.create("a").status == 200);
  const HttpAdmission admission =
      world.protocol.admit({.method = "POST", .target = "/prod/e/7", .headers = {}, .body = {}});
  CHECK(admission.answer_timeout_ms == 1'000);
  CHECK(admission.timed_out.status == 504);
  CHECK(body_of(admission.timed_out)["message"] == "Endpoint request timed out");
  world.call_ms = 1'500;
  CHECK(world.send("POST", "/prod/e/7").status == 504);
  CHECK(world.protocol.meters().errors_5xx == 1);
  CHECK(world.protocol.meters().integration_latency.max_ms == 1'500);
}

TEST_CASE("gateway protocol: a body announced too large is refused unread, and counted") {
  ApiWorld world;
  const HttpAdmission admission = world.protocol.admit({.method = "POST",
                                                        .target = "/prod/e/7",
                                                        .headers = {{"content-length", "10485761"}},
                                                        .body = {}});
  CHECK(admission.body_bytes_max == 10'485'760);
  CHECK(admission.too_large.status == 413);
  CHECK(body_of(admission.too_large)["message"] == "HTTP content length exceeded 10485760 bytes");
  CHECK(world.protocol.meters().errors_4xx == 1);
}

TEST_CASE("gateway protocol: a content type without a template is refused") {
  ApiWorld world;
  CHECK(world.send("POST", "/prod/e/7", "x", {{"content-type", "text/csv"}}).status == 415);
}

TEST_CASE("gateway protocol: HEAD has no body, but says its size") {
  ApiWorld world;
  const HttpResponse answer = world.send("HEAD", "/prod/none");
  CHECK(answer.status == 403);
  CHECK(answer.body.empty());
  CHECK(answer.head_bytes == 42);
}

TEST_CASE("gateway protocol: a fault of the gateway is no answer of its integration") {
  ApiWorld world;
  REQUIRE(world.simulator.create("a").status == 200);
  world.gate.with_plan([](FaultPlan& plan, int64_t now_ms) {
    const auto fault =
        read_fault(R"({"service":"apigateway","error":"ServiceUnavailable"})", now_ms);
    REQUIRE(plan.add(now_ms, std::get<FaultRule>(fault)));
  });
  const HttpResponse answer = world.send("POST", "/prod/e/7");
  CHECK(answer.status == 503);
  CHECK(body_of(answer)["message"] == "Service Unavailable");
  CHECK(world.calls == 0);
  CHECK(world.protocol.meters().errors_5xx == 1);
}
