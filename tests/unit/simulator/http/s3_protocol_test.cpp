#include "simulator/http/s3_protocol.h"

#include <catch2/catch.hpp>

#include "simulator/http/checksums.h"
#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

HttpRequest http(const std::string& method, const std::string& target, std::string body = {},
                 HttpHeaders headers = {}) {
  return {
      .method = method, .target = target, .headers = std::move(headers), .body = std::move(body)};
}

}  // namespace

TEST_CASE("s3 protocol: an object comes back as it went, whole and in part") {
  SimulatorWorld world;
  const auto put = world.send(http("PUT", "/lake/a%20b", "0123456789", {{"content-type", "x/y"}}));
  REQUIRE(put.status == 200);
  REQUIRE(header_of(put, "ETag") == "\"781e5e245d69b566979b86e28d23f2c7\"");
  const auto whole = world.send(http("GET", "/lake/a%20b"));
  REQUIRE(whole.body == "0123456789");
  REQUIRE(header_of(whole, "content-type") == "x/y");
  REQUIRE(header_of(whole, "Last-Modified").ends_with(" GMT"));
  REQUIRE_FALSE(header_of(whole, "x-amz-request-id").empty());
  const auto part = world.send(http("GET", "/lake/a%20b", "", {{"range", "bytes=-3"}}));
  REQUIRE(part.status == 206);
  REQUIRE(part.body == "789");
  REQUIRE(header_of(part, "Content-Range") == "bytes 7-9/10");
  const auto head = world.send(http("HEAD", "/lake/a%20b"));
  REQUIRE(head.head_bytes == 10);
  REQUIRE(head.body.empty());
  REQUIRE(world.send(http("DELETE", "/lake/a%20b")).status == 204);
  const auto gone = world.send(http("GET", "/lake/a%20b"));
  REQUIRE(gone.status == 404);
  REQUIRE(gone.body.find("<Code>NoSuchKey</Code>") != std::string::npos);
  REQUIRE(gone.body.find("<Resource>/lake/a%20b</Resource>") != std::string::npos);
}

TEST_CASE("s3 protocol: aws-chunked bodies are unframed before they are checked and stored") {
  SimulatorWorld world;
  const HttpHeaders headers = {{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                               {"content-encoding", "aws-chunked"},
                               {"x-amz-decoded-content-length", "5"},
                               {"x-amz-trailer", "x-amz-checksum-crc32"}};
  const auto framed = [](const char* crc) {
    return std::string("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:") + crc + "\r\n\r\n";
  };
  REQUIRE(world.send(http("PUT", "/lake/k", framed("NhCmhg=="), headers)).status == 200);
  const auto got = world.send(http("GET", "/lake/k", "", {{"x-amz-checksum-mode", "ENABLED"}}));
  REQUIRE(got.body == "hello");
  REQUIRE(header_of(got, "x-amz-checksum-crc32") == "NhCmhg==");
  REQUIRE(header_of(got, "content-encoding").empty());
  const auto wrong = world.send(http("PUT", "/lake/k", framed("AAAAAA=="), headers));
  REQUIRE(wrong.status == 400);
  REQUIRE(wrong.body.find("BadDigest") != std::string::npos);
  const auto cut = world.send(http("PUT", "/lake/k", "5\r\nhel", headers));
  REQUIRE(cut.body.find("IncompleteBody") != std::string::npos);
  HttpHeaders longer = headers;
  longer[2].second = "6";
  REQUIRE(world.send(http("PUT", "/lake/k", framed("NhCmhg=="), longer)).status == 400);
  REQUIRE(world.send(http("GET", "/lake/k")).body == "hello");
}

TEST_CASE("s3 protocol: lists are XML, with text escaped or encoded") {
  SimulatorWorld world;
  for (const char* key : {"a%26%3C", "b/1", "b/2", "c%01"}) {
    REQUIRE(world.send(http("PUT", std::string("/lake/") + key, "x")).status == 200);
  }
  const auto plain = world.send(http("GET", "/lake?list-type=2&delimiter=%2F&max-keys=2"));
  REQUIRE(plain.body.find("<Key>a&amp;&lt;</Key>") != std::string::npos);
  REQUIRE(plain.body.find("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>") !=
          std::string::npos);
  REQUIRE(plain.body.find("<KeyCount>2</KeyCount>") != std::string::npos);
  REQUIRE(plain.body.find("<IsTruncated>true</IsTruncated>") != std::string::npos);
  const auto encoded = world.send(http("GET", "/lake?list-type=2&encoding-type=url"));
  REQUIRE(encoded.body.find("<Key>a%26%3C</Key>") != std::string::npos);
  REQUIRE(encoded.body.find("<Key>c%01</Key>") != std::string::npos);
  const auto raw = world.send(http("GET", "/lake?list-type=2&prefix=c"));
  REQUIRE(raw.body.find("<Key>c&#1;</Key>") != std::string::npos);
  REQUIRE(world.send(http("GET", "/lake?list-type=2&max-keys=x")).status == 400);
  REQUIRE(world.send(http("GET", "/lake?list-type=2&encoding-type=x")).status == 400);
}

TEST_CASE("s3 protocol: buckets") {
  SimulatorWorld world;
  const std::string body =
      "<CreateBucketConfiguration><LocationConstraint>ap-northeast-1</LocationConstraint>"
      "</CreateBucketConfiguration>";
  REQUIRE(world.send(http("PUT", "/made", body)).status == 200);
  REQUIRE(world.send(http("PUT", "/made", body)).status == 409);
  REQUIRE(world
              .send(http("PUT", "/far",
                         "<CreateBucketConfiguration><LocationConstraint>eu-west-1"
                         "</LocationConstraint></CreateBucketConfiguration>"))
              .status == 400);
  REQUIRE(world.send(http("HEAD", "/made")).status == 200);
  REQUIRE(world.send(http("HEAD", "/none")).status == 404);
  const auto listed = world.send(http("GET", "/"));
  REQUIRE(listed.body.find("<Name>lake</Name>") < listed.body.find("<Name>made</Name>"));
  const auto location = world.send(http("GET", "/made?location"));
  REQUIRE(location.body.find(">ap-northeast-1</LocationConstraint>") != std::string::npos);
}

TEST_CASE("s3 protocol: many keys are deleted by a list that carries its digest") {
  SimulatorWorld world;
  REQUIRE(world.send(http("PUT", "/lake/a", "x")).status == 200);
  const std::string list =
      "<Delete><Object><Key>a</Key></Object><Object><Key>&lt;</Key></Object></Delete>";
  const auto without = world.send(http("POST", "/lake?delete", list));
  REQUIRE(without.status == 400);
  REQUIRE(without.body.find("Missing required header") != std::string::npos);
  REQUIRE(world.send(http("POST", "/lake?delete", list, {{"x-amz-checksum-crc32", "AAAAAA=="}}))
              .body.find("BadDigest") != std::string::npos);
  REQUIRE(world.send(http("GET", "/lake/a")).status == 200);
  const std::string crc = *checksum_base64("crc32", list);
  const auto deleted =
      world.send(http("POST", "/lake?delete", list, {{"x-amz-checksum-crc32", crc}}));
  REQUIRE(deleted.body.find("<Deleted><Key>&lt;</Key></Deleted>") != std::string::npos);
  REQUIRE(world.send(http("GET", "/lake/a")).status == 404);
}

TEST_CASE("s3 protocol: an upload without length is refused, and a page of the old list goes on") {
  SimulatorWorld world;
  const auto refused = world.send(http("PUT", "/lake/a"));
  REQUIRE(refused.status == 411);
  REQUIRE(refused.body.find("MissingContentLength") != std::string::npos);
  for (const char* key : {"a/1", "b/1"}) {
    REQUIRE(world.send(http("PUT", std::string("/lake/") + key, "x")).status == 200);
  }
  const auto page = world.send(http("GET", "/lake?max-keys=1&delimiter=%2F"));
  REQUIRE(page.body.find("<NextMarker>a/</NextMarker>") != std::string::npos);
  REQUIRE(page.body.find("KeyCount") == std::string::npos);
  const auto rest = world.send(http("GET", "/lake?max-keys=1&delimiter=%2F&marker=a%2F"));
  REQUIRE(rest.body.find("<Prefix>b/</Prefix>") != std::string::npos);
  REQUIRE(rest.body.find("<IsTruncated>false</IsTruncated>") != std::string::npos);
}

TEST_CASE("s3 protocol: every kind of call is counted for the bill") {
  SimulatorWorld world;
  world.send(http("PUT", "/lake/k", "x"));
  world.send(http("GET", "/lake/k"));
  world.send(http("GET", "/lake/none"));
  world.send(http("HEAD", "/lake/k"));
  world.send(http("GET", "/lake?list-type=2"));
  world.send(http("DELETE", "/lake/k"));
  REQUIRE(world.meters.puts == 1);
  REQUIRE(world.meters.gets == 2);
  REQUIRE(world.meters.heads == 1);
  REQUIRE(world.meters.lists == 1);
  REQUIRE(world.meters.deletes == 1);
}
