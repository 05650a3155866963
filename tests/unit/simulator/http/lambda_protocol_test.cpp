#include "simulator/http/lambda_protocol.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

TEST_CASE("lambda protocol: an error has its name in a header and its kind in the body") {
  SimulatorWorld world;
  const auto missing = world.send({.method = "POST",
                                   .target = "/2015-03-31/functions/none/invocations",
                                   .headers = {{"host", "127.0.0.1"}},
                                   .body = "{}"});
  CHECK(missing.status == 404);
  CHECK(header_of(missing, "x-amzn-errortype") == "ResourceNotFoundException");
  CHECK(body_of(missing)["Type"] == "User");
  const auto busy = lambda_error({"TooManyRequestsException", "Rate Exceeded.", 429});
  CHECK(body_of(busy)["Reason"] == "ConcurrentInvocationLimitExceeded");
  CHECK(body_of(lambda_error({"ServiceException", "x", 500}))["Type"] == "Service");
}

TEST_CASE(
    "lambda protocol: a payload that is no JSON, or a kind of call that is none, is refused") {
  SimulatorWorld world;
  const auto invoke = [&](const std::string& body, const std::string& type) {
    return world.send({.method = "POST",
                       .target = "/2015-03-31/functions/f/invocations",
                       .headers = {{"host", "h"}, {"x-amz-invocation-type", type}},
                       .body = body});
  };
  CHECK(header_of(invoke("{", "RequestResponse"), "x-amzn-errortype") ==
        "InvalidRequestContentException");
  CHECK(header_of(invoke("{}", "Maybe"), "x-amzn-errortype") == "InvalidParameterValueException");
  CHECK(header_of(invoke("{}", "Event"), "x-amzn-errortype") == "ResourceNotFoundException");
  CHECK(
      world.send({.method = "PUT", .target = "/2015-03-31/functions/f", .headers = {}, .body = {}})
          .status == 404);
}
