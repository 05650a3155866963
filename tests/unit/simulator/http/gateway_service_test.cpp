#include "simulator/http/gateway_service.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

constexpr std::string_view kPing = R"(openapi: "3.0.1"
info: { title: ping }
x-edgehose-stage: { name: live }
paths:
  /ping:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 200}' }
        responses: { default: { statusCode: 200 } }
)";

struct ServiceWorld {
  ServiceWorld() : gate(1, simulator.clock, simulator.clock) {}

  GatewayServiceOptions options(const std::string& name, std::string_view text) {
    const std::string path = simulator.folder.path() + "/" + name;
    std::ofstream(path) << text;
    return {.document = path};
  }
  GatewayServiceWorld world() {
    return {simulator.disk, simulator.protocol, simulator.clock, simulator.clock, gate};
  }

  SimulatorWorld simulator;
  FaultGate gate;
};

// Throws without a refusal.
std::string refusal(const GatewayServiceOptions& options, const GatewayServiceWorld& world) {
  try {
    const GatewayService service(options, world);
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
  throw std::logic_error("was taken");
}

}  // namespace

TEST_CASE("gateway service: an API is under the simulator's address, or has a port of its own") {
  ServiceWorld world;
  GatewayServiceOptions options = world.options("ping.yaml", kPing);
  GatewayService shared(options, world.world());
  CHECK(shared.url(4566) ==
        "http://127.0.0.1:4566/restapis/" + shared.protocol().api().id + "/live/_user_request_");
  options.port = 0;
  const GatewayService own(options, world.world());
  CHECK(own.url(4566).starts_with("http://127.0.0.1:"));
  CHECK(own.url(4566).ends_with("/live"));
  CHECK(own.url(4566) != "http://127.0.0.1:4566/live");
}

TEST_CASE("gateway service: a document that is not there or wrong is refused by its name") {
  ServiceWorld world;
  CHECK(refusal({.document = "/nowhere/api.yaml"}, world.world()) ==
        "--api /nowhere/api.yaml: cannot be read");
  const GatewayServiceOptions wrong = world.options("wrong.yaml", "openapi: \"3.0.1\"\npaths: 3\n");
  CHECK(refusal(wrong, world.world()).starts_with("--api\n" + wrong.document + ": /paths"));
}
