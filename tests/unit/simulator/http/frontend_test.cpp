#include "simulator/http/frontend.h"

#include <catch2/catch.hpp>

#include "shared/base/calendar.h"
#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

TEST_CASE("frontend: tells services apart") {
  SimulatorWorld world;
  REQUIRE(world.send({.method = "GET", .target = "/_edgehose/status", .headers = {}, .body = {}})
              .status == 200);
  const auto unknown = world.send({.method = "POST",
                                   .target = "/",
                                   .headers = {{"x-amz-target", "AmazonAthena.ListWorkGroups"}},
                                   .body = "{}"});
  REQUIRE(unknown.status == 404);
  REQUIRE(body_of(unknown)["__type"] == "UnknownOperationException");
  REQUIRE_THAT(body_of(unknown)["message"].get<std::string>(), Catch::Contains("AmazonAthena"));
  const auto get = world.send({.method = "GET",
                               .target = "/",
                               .headers = {{"x-amz-target", "Firehose_20150804.PutRecord"}},
                               .body = {}});
  REQUIRE(get.status == 404);
  const auto s3 = world.send({.method = "GET", .target = "/none/k", .headers = {}, .body = {}});
  REQUIRE(s3.body.find("NoSuchBucket") != std::string::npos);
}

TEST_CASE("frontend: bodies have bounds by service, refused in the service's own words") {
  SimulatorWorld world;
  const auto s3 =
      world.frontend.admit({.method = "PUT", .target = "/b/k", .headers = {}, .body = {}});
  REQUIRE(s3.body_bytes_max == kS3BodyBytesMax);
  REQUIRE(s3.too_large.body.find("EntityTooLarge") != std::string::npos);
  const auto firehose = world.frontend.admit({.method = "POST",
                                              .target = "/",
                                              .headers = {{"x-amz-target", "Firehose_20150804.X"}},
                                              .body = {}});
  REQUIRE(firehose.body_bytes_max == kFirehoseBodyBytesMax);
  REQUIRE(firehose.too_large.status == 413);
  const auto control = world.frontend.admit(
      {.method = "POST", .target = "/_edgehose/flush", .headers = {}, .body = {}});
  REQUIRE(control.body_bytes_max == kControlBodyBytesMax);
}

TEST_CASE("frontend: with credentials nothing unsigned passes, but the control endpoint") {
  SimulatorWorld world(Credentials{"AKID", "secret"});
  const auto firehose = world.firehose_call("ListDeliveryStreams", "{}");
  REQUIRE(firehose.status == 403);
  REQUIRE(body_of(firehose)["__type"] == "MissingAuthenticationTokenException");
  const auto s3 = world.send({.method = "GET", .target = "/", .headers = {}, .body = {}});
  REQUIRE(s3.status == 403);
  REQUIRE(s3.body.find("AccessDenied") != std::string::npos);
  REQUIRE(world.send({.method = "GET", .target = "/_edgehose/status", .headers = {}, .body = {}})
              .status == 200);
}

TEST_CASE("frontend: signatures are judged by the wall clock") {
  const Credentials keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const HttpRequest request{
      .method = "GET",
      .target = "/?lifecycle",
      .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                  {"x-amz-content-sha256",
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                  {"x-amz-date", "20130524T000000Z"},
                  {"authorization",
                   "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                   "aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature="
                   "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"}},
      .body = {}};
  SimulatorWorld then(keys, parse_iso_ms("2013-05-24T00:10:00Z").value());
  // The signature is right, so the answer is about the parameter.
  REQUIRE(then.send(request).body.find("NotImplemented") != std::string::npos);
  SimulatorWorld now(keys);
  REQUIRE(now.send(request).body.find("RequestTimeTooSkewed") != std::string::npos);
}

TEST_CASE("frontend: every fault of a signature has a name in both protocols") {
  for (int fault = 1; fault <= static_cast<int>(SigV4Fault::wrong_payload); ++fault) {
    const auto json = json_signature_error(static_cast<SigV4Fault>(fault));
    const auto xml = s3_signature_error(static_cast<SigV4Fault>(fault));
    REQUIRE((json.http_status == 403 && !json.code.empty() && !json.message.empty()));
    REQUIRE((xml.http_status >= 400 && !xml.code.empty() && !xml.message.empty()));
  }
}
