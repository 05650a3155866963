#include "simulator/http/s3_multipart_protocol.h"

#include <catch2/catch.hpp>

#include "shared/base/base64.h"
#include "simulator/http/checksums.h"
#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

HttpRequest http(const std::string& method, const std::string& target, std::string body = {},
                 HttpHeaders headers = {}) {
  return {
      .method = method, .target = target, .headers = std::move(headers), .body = std::move(body)};
}

std::string element(const HttpResponse& response, const std::string& name) {
  const size_t at = response.body.find("<" + name + ">");
  if (at == std::string::npos) return "none";
  const size_t start = at + name.size() + 2;
  return response.body.substr(start, response.body.find('<', start) - start);
}

std::string raw(const std::string& text) {
  std::string bytes;
  REQUIRE(base64_decode(text, bytes));
  return bytes;
}

struct Upload {
  explicit Upload(const HttpHeaders& headers = {}) {
    const auto begun = world.send(http("POST", "/lake/k?uploads", "", headers));
    REQUIRE(begun.status == 200);
    id = element(begun, "UploadId");
  }
  HttpResponse put(int number, const std::string& bytes, HttpHeaders headers = {}) {
    const std::string query = "?partNumber=" + std::to_string(number) + "&uploadId=" + id;
    return world.send(http("PUT", "/lake/k" + query, bytes, std::move(headers)));
  }
  HttpResponse complete(const std::vector<HttpResponse>& parts, HttpHeaders headers = {}) {
    std::string list = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < parts.size(); ++i) {
      list += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" +
              header_of(parts[i], "ETag") + "</ETag></Part>";
    }
    return world.send(http("POST", "/lake/k?uploadId=" + id, list + "</CompleteMultipartUpload>",
                           std::move(headers)));
  }

  SimulatorWorld world;
  std::string id;
  const std::string large = std::string(kPartBytesMin, 'a');
};

}  // namespace

TEST_CASE("s3 multipart protocol: each algorithm and type of checksum, against one pass over all") {
  const auto [algorithm, type] =
      GENERATE(table<std::string, std::string>({{"crc32", "COMPOSITE"},
                                                {"crc32", "FULL_OBJECT"},
                                                {"crc32c", "COMPOSITE"},
                                                {"crc32c", "FULL_OBJECT"},
                                                {"crc64nvme", "FULL_OBJECT"},
                                                {"sha1", "COMPOSITE"},
                                                {"sha256", "COMPOSITE"}}));
  CAPTURE(algorithm, type);
  Upload upload({{"x-amz-checksum-algorithm", algorithm}, {"x-amz-checksum-type", type}});
  // The second part's sender gives no checksum of its own.
  const std::string sum = *checksum_base64(algorithm, upload.large);
  const auto one = upload.put(1, upload.large, {{"x-amz-checksum-" + algorithm, sum}});
  REQUIRE(header_of(one, "x-amz-checksum-" + algorithm) == sum);
  const auto done = upload.complete({one, upload.put(2, "last")});
  const std::string of_parts = raw(sum) + raw(*checksum_base64(algorithm, "last"));
  const std::string expected = type == "FULL_OBJECT"
                                   ? *checksum_base64(algorithm, upload.large + "last")
                                   : *checksum_base64(algorithm, of_parts) + "-2";
  REQUIRE(done.status == 200);
  REQUIRE(element(done, "ChecksumType") == type);
  REQUIRE(done.body.find(">" + expected + "<") != std::string::npos);
  const auto head =
      upload.world.send(http("HEAD", "/lake/k", "", {{"x-amz-checksum-mode", "ENABLED"}}));
  REQUIRE(header_of(head, "x-amz-checksum-" + algorithm) == expected);
  REQUIRE(header_of(head, "x-amz-checksum-algorithm").empty());
}

TEST_CASE("s3 multipart protocol: a checksum of the whole that is wrong is refused") {
  Upload upload;
  const auto part = upload.put(1, "x");
  REQUIRE(element(upload.complete({part}, {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}}),
                  "Code") == "BadDigest");
  REQUIRE(
      upload.complete({part}, {{"x-amz-checksum-crc64nvme", *checksum_base64("crc64nvme", "x")}})
          .status == 200);
}

TEST_CASE("s3 multipart protocol: combinations that S3 has not are refused") {
  SimulatorWorld world;
  const auto code = [&](const char* algorithm, const char* type) {
    return element(
        world.send(http("POST", "/lake/k?uploads", "",
                        {{"x-amz-checksum-algorithm", algorithm}, {"x-amz-checksum-type", type}})),
        "Code");
  };
  REQUIRE(code("SHA256", "FULL_OBJECT") == "InvalidRequest");
  REQUIRE(code("CRC64NVME", "COMPOSITE") == "InvalidRequest");
  REQUIRE(code("CRC32", "OTHER") == "InvalidRequest");
  REQUIRE(code("XXHASH64", "FULL_OBJECT") == "NotImplemented");
}

TEST_CASE("s3 multipart protocol: parts are copied from ranges of objects") {
  Upload upload;
  REQUIRE(upload.world.send(http("PUT", "/lake/from", "0123456789")).status == 200);
  const auto copied = upload.put(
      1, "", {{"x-amz-copy-source", "lake/from"}, {"x-amz-copy-source-range", "bytes=2-4"}});
  REQUIRE(copied.status == 200);
  const std::string etag = element(copied, "ETag");
  const std::string list = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                           etag + "</ETag></Part></CompleteMultipartUpload>";
  REQUIRE(upload.world.send(http("POST", "/lake/k?uploadId=" + upload.id, list)).status == 200);
  REQUIRE(upload.world.send(http("GET", "/lake/k")).body == "234");
  Upload other;
  for (const char* range : {"bytes=2-", "bytes=-2", "2-4"}) {
    REQUIRE(
        element(
            other.put(1, "", {{"x-amz-copy-source", "lake/k"}, {"x-amz-copy-source-range", range}}),
            "Code") == "InvalidArgument");
  }
}

TEST_CASE("s3 multipart protocol: lists name what is there, page by page") {
  Upload upload;
  for (int number : {1, 2, 3}) REQUIRE(upload.put(number, "x").status == 200);
  const auto parts =
      upload.world.send(http("GET", "/lake/k?uploadId=" + upload.id + "&max-parts=2"));
  REQUIRE(element(parts, "NextPartNumberMarker") == "2");
  REQUIRE(element(parts, "IsTruncated") == "true");
  const auto rest = upload.world.send(
      http("GET", "/lake/k?uploadId=" + upload.id + "&max-parts=2&part-number-marker=2"));
  REQUIRE(element(rest, "PartNumber") == "3");
  REQUIRE(element(rest, "IsTruncated") == "false");
  REQUIRE(upload.world.send(http("POST", "/lake/l%20m?uploads")).status == 200);
  const auto uploads = upload.world.send(http("GET", "/lake?uploads&max-uploads=1"));
  REQUIRE(element(uploads, "NextKeyMarker") == "k");
  const auto next = upload.world.send(http("GET", "/lake?uploads&key-marker=k&encoding-type=url"));
  REQUIRE(next.body.find("<Key>l%20m</Key>") != std::string::npos);
  REQUIRE(element(upload.world.send(http("GET", "/lake?uploads&max-uploads=x")), "Code") ==
          "InvalidArgument");
}

TEST_CASE("s3 multipart protocol: an aborted upload is gone with its parts") {
  Upload upload;
  const auto part = upload.put(1, "x");
  REQUIRE(upload.world.send(http("DELETE", "/lake/k?uploadId=" + upload.id)).status == 204);
  REQUIRE(element(upload.complete({part}), "Code") == "NoSuchUpload");
  REQUIRE(upload.world.send(http("GET", "/lake/k")).status == 404);
}
