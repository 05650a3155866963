#include "simulator/http/s3_request.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

HttpRequest http(const std::string& method, const std::string& target,
                 HttpHeaders headers = {{"host", "127.0.0.1:9"}}) {
  return {.method = method, .target = target, .headers = std::move(headers), .body = {}};
}

}  // namespace

TEST_CASE("s3 request: operations, buckets and keys") {
  struct Case {
    const char* method;
    const char* target;
    S3Operation operation;
    const char* bucket;
    const char* key;
  };
  const Case expected = GENERATE(
      Case{"GET", "/", S3Operation::list_buckets, "", ""},
      Case{"GET", "/?x-id=ListBuckets", S3Operation::list_buckets, "", ""},
      Case{"PUT", "/lake", S3Operation::create_bucket, "lake", ""},
      Case{"PUT", "/lake/", S3Operation::create_bucket, "lake", ""},
      Case{"HEAD", "/lake", S3Operation::head_bucket, "lake", ""},
      Case{"GET", "/lake?location", S3Operation::get_bucket_location, "lake", ""},
      Case{"GET", "/lake/?list-type=2&prefix=a%2Fb", S3Operation::list_objects_v2, "lake", ""},
      Case{"PUT", "/lake/a%20b/c+d", S3Operation::put_object, "lake", "a b/c+d"},
      Case{"GET", "/lake/%2E%2E/x?x-id=GetObject", S3Operation::get_object, "lake", "../x"},
      Case{"HEAD", "/lake//", S3Operation::head_object, "lake", "/"},
      Case{"DELETE", "/lake", S3Operation::delete_bucket, "lake", ""},
      Case{"GET", "/lake", S3Operation::list_objects, "lake", ""},
      Case{"GET", "/lake?uploads", S3Operation::list_uploads, "lake", ""},
      Case{"POST", "/lake/?delete=", S3Operation::delete_objects, "lake", ""},
      Case{"POST", "/lake/k?uploads", S3Operation::create_upload, "lake", "k"},
      Case{"PUT", "/lake/k?partNumber=1&uploadId=u", S3Operation::upload_part, "lake", "k"},
      Case{"POST", "/lake/k?uploadId=u", S3Operation::complete_upload, "lake", "k"},
      Case{"DELETE", "/lake/k?uploadId=u", S3Operation::abort_upload, "lake", "k"},
      Case{"GET", "/lake/k?uploadId=u", S3Operation::list_parts, "lake", "k"},
      Case{"GET", "/lake/k?tagging", S3Operation::get_object_tagging, "lake", "k"},
      Case{"DELETE", "/lake/k", S3Operation::delete_object, "lake", "k"});
  CAPTURE(expected.method, expected.target);
  const auto request = read_s3_request(http(expected.method, expected.target));
  REQUIRE(request);
  REQUIRE(request.value().operation == expected.operation);
  REQUIRE(request.value().bucket == expected.bucket);
  REQUIRE(request.value().key == expected.key);
}

TEST_CASE("s3 request: the bucket may be in the host") {
  for (const char* host : {"lake.localhost:9", "lake.s3.localhost:9"}) {
    const auto request = read_s3_request(http("GET", "/a/b", {{"host", host}}));
    REQUIRE(request.value().bucket == "lake");
    REQUIRE(request.value().key == "a/b");
  }
  REQUIRE(read_s3_request(http("GET", "/lake/k", {{"host", "s3.localhost"}})).value().bucket ==
          "lake");
}

TEST_CASE("s3 request: what is not modelled is refused by its name") {
  struct Case {
    const char* method;
    const char* target;
    const char* header;
    const char* name;
  };
  const Case refused = GENERATE(
      Case{"GET", "/lake?acl", "", "acl"},
      Case{"GET", "/lake?list-type=2&versions", "", "versions"},
      Case{"GET", "/lake/k?partNumber=1", "", "partNumber"},
      Case{"PUT", "/lake/k?response-content-type=x", "", "response-content-type"},
      Case{"POST", "/lake", "", "POST of a bucket"},
      Case{"PUT", "/lake/k", "x-amz-server-side-encryption", "x-amz-server-side-encryption"},
      Case{"PUT", "/lake/k", "x-amz-storage-class", "x-amz-storage-class"},
      Case{"DELETE", "/lake/k", "if-match", "if-match"},
      Case{"PUT", "/lake/k", "if-modified-since", "if-modified-since"},
      Case{"PUT", "/lake/k", "x-amz-tagging", "x-amz-tagging"});
  CAPTURE(refused.method, refused.target, refused.header);
  HttpHeaders headers = {{"host", "127.0.0.1"}};
  if (*refused.header != '\0') headers.emplace_back(refused.header, "GLACIER");
  const auto request = read_s3_request(http(refused.method, refused.target, headers));
  REQUIRE_FALSE(request);
  REQUIRE(request.error().code == "NotImplemented");
  REQUIRE(request.error().http_status == 501);
  REQUIRE_THAT(request.error().message, Catch::Contains(refused.name));
}

TEST_CASE("s3 request: a method that S3 has not is refused") {
  for (const char* target : {"/", "/lake", "/lake/k"}) {
    const auto request = read_s3_request(http("PATCH", target));
    REQUIRE(request.error().code == "MethodNotAllowed");
    REQUIRE(request.error().http_status == 405);
  }
}

TEST_CASE("s3 request: copies name bucket and key in a header") {
  const auto source = [](const char* text) {
    return read_copy_source(http("PUT", "/lake/k", {{"x-amz-copy-source", text}}));
  };
  REQUIRE(
      read_s3_request(http("PUT", "/lake/k", {{"x-amz-copy-source", "a/b"}})).value().operation ==
      S3Operation::copy_object);
  REQUIRE(read_s3_request(
              http("PUT", "/lake/k?uploadId=u&partNumber=1", {{"x-amz-copy-source", "a/b"}}))
              .value()
              .operation == S3Operation::upload_part_copy);
  REQUIRE(source("from/a%20b/%3Fc").value().key == "a b/?c");
  REQUIRE(source("/from/k").value().bucket == "from");
  REQUIRE(source("from/k?versionId=1").error().code == "NotImplemented");
  for (const char* none : {"", "from", "from/", "//k"}) {
    REQUIRE(source(none).error().code == "InvalidArgument");
  }
}

TEST_CASE("s3 request: conditions of a write") {
  const auto read = [](const char* name, const char* value) {
    return read_put_condition(http("PUT", "/lake/k", {{name, value}}));
  };
  REQUIRE(read("if-none-match", "*").value().is_absent);
  REQUIRE(read("if-none-match", "\"x\"").error().code == "NotImplemented");
  REQUIRE(read("if-match", "\"x\"").value().etag == "x");
  REQUIRE(read("a", "b").value().etag.empty());
}

TEST_CASE("s3 request: headers of a presigned URL may stand in it") {
  HttpRequest request = http(
      "PUT",
      "/lake/"
      "k?X-Amz-Date=d&x-amz-meta-a=b%20c&x-amz-checksum-crc32=AAAAAA%3D%3D&X-Amz-Acl=public-read");
  hoist_headers(request);
  REQUIRE(request.header("x-amz-meta-a") == "b c");
  REQUIRE_FALSE(request.has_header("x-amz-date"));
  REQUIRE_FALSE(request.has_header("x-amz-checksum-crc32"));
  REQUIRE(read_s3_request(request).error().code == "NotImplemented");
}

TEST_CASE("s3 request: headers kept with an object") {
  const auto kept = kept_headers(http("PUT", "/lake/k",
                                      {{"content-type", "a/b"},
                                       {"content-encoding", "aws-chunked,gzip"},
                                       {"x-amz-meta-colour", "blue"},
                                       {"content-length", "5"},
                                       {"authorization", "secret"}}));
  REQUIRE(kept == ObjectHeaders{{"content-type", "a/b"},
                                {"content-encoding", "gzip"},
                                {"x-amz-meta-colour", "blue"}});
  REQUIRE(kept_headers(http("PUT", "/lake/k", {{"content-encoding", "aws-chunked"}})).empty());
}

TEST_CASE("s3 request: checksums of headers and trailers") {
  HttpHeaders echo;
  REQUIRE_FALSE(
      check_body(http("PUT", "/l/k", {{"x-amz-checksum-crc32", "NhCmhg=="}}), {}, "hello", echo));
  REQUIRE(echo == HttpHeaders{{"x-amz-checksum-crc32", "NhCmhg=="}});
  const auto wrong =
      check_body(http("PUT", "/l/k"), {{"x-amz-checksum-crc32", "NhCmhg=="}}, "hellO", echo);
  REQUIRE(wrong->code == "BadDigest");
  REQUIRE(check_body(http("PUT", "/l/k", {{"content-md5", "x"}}), {}, "", echo)->code ==
          "InvalidDigest");
  REQUIRE(check_body(http("PUT", "/l/k", {{"content-md5", "kAFQmDzST7DWlj99KOF/cg=="}}), {}, "abd",
                     echo)
              ->code == "BadDigest");
  REQUIRE_FALSE(check_body(http("PUT", "/l/k", {{"content-md5", "kAFQmDzST7DWlj99KOF/cg=="}}), {},
                           "abc", echo));
  REQUIRE(check_body(http("PUT", "/l/k", {{"x-amz-checksum-xxhash3", "x"}}), {}, "", echo)->code ==
          "NotImplemented");
  REQUIRE(check_body(http("PUT", "/l/k", {{"x-amz-meta-a", std::string(2'048, 'x')}}), {}, "", echo)
              ->code == "MetadataTooLarge");
}
