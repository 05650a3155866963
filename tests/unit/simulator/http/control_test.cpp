#include "simulator/http/control.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

HttpRequest request(const char* method, const char* target) {
  return {.method = method, .target = target, .headers = {}, .body = {}};
}

}  // namespace

TEST_CASE("control: status counts what went in and out, flush delivers it") {
  SimulatorWorld world;
  REQUIRE(world.create("a").status == 200);
  REQUIRE(
      world.firehose_call("PutRecord", R"({"DeliveryStreamName":"a","Record":{"Data":"eAp5Cg=="}})")
          .status == 200);
  auto status = body_of(world.send(request("GET", "/_edgehose/status")));
  REQUIRE(status["started_ms"] == 1'795'353'600'000);
  REQUIRE(status["streams"][0]["name"] == "a");
  REQUIRE(status["streams"][0]["records"] == 1);
  REQUIRE(status["streams"][0]["lines"] == 2);
  REQUIRE(status["streams"][0]["billed_bytes"] == 5'120);
  REQUIRE(status["streams"][0]["billed_bytes_single"] == 10'240);
  REQUIRE(status["streams"][0]["buffered_bytes"] == 4);
  const auto flushed = world.send(request("POST", "/_edgehose/flush"));
  REQUIRE(body_of(flushed) == nlohmann::json{{"delivered_objects", 1}});
  status = body_of(world.send(request("GET", "/_edgehose/status")));
  REQUIRE(status["streams"][0]["buffered_records"] == 0);
  REQUIRE(status["streams"][0]["delivered_objects"] == 1);
  REQUIRE(status["streams"][0]["delivered_bytes"] == 4);
  REQUIRE(status["streams"][0]["peak_second"]["requests"] == 1);
}

TEST_CASE("control: another path or method says what there is") {
  SimulatorWorld world;
  for (const auto& [method, target] :
       {std::pair{"GET", "/_edgehose/flush"}, std::pair{"POST", "/_edgehose/status"},
        std::pair{"GET", "/_edgehose/"}}) {
    const auto answer = world.send(request(method, target));
    REQUIRE(answer.status == 404);
    REQUIRE(body_of(answer)["there_is"].size() == 5);
  }
}

TEST_CASE("control: a service adds its own member to the status") {
  SimulatorWorld world;
  world.control.add_status("apigateway", [] { return std::string(R"({"count":3})"); });
  const auto status = body_of(world.send(request("GET", "/_edgehose/status")));
  REQUIRE(status["apigateway"]["count"] == 3);
}
