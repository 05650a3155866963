#include "simulator/http/sigv4.h"

#include <catch2/catch.hpp>

#include "shared/base/calendar.h"

using namespace edgehose;

namespace {

const Credentials kS3Keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const Credentials kSuiteKeys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const std::string kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

int64_t at(const char* iso) { return parse_iso_ms(iso).value(); }

std::string authorization(const Credentials& keys, const char* scope, const char* headers,
                          const char* signature) {
  return "AWS4-HMAC-SHA256 Credential=" + keys.access_key_id + "/" + scope +
         ",SignedHeaders=" + headers + ",Signature=" + signature;
}

// "Example: GET Object" of AWS's page on signing S3 requests by header.
HttpRequest get_object() {
  return {
      .method = "GET",
      .target = "/test.txt",
      .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                  {"range", "bytes=0-9"},
                  {"x-amz-content-sha256", kEmptyHash},
                  {"x-amz-date", "20130524T000000Z"},
                  {"authorization",
                   authorization(kS3Keys, "20130524/us-east-1/s3/aws4_request",
                                 "host;range;x-amz-content-sha256;x-amz-date",
                                 "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb4"
                                 "1")}},
      .body = {}};
}

SigV4Fault check(const HttpRequest& request, const char* now = "2013-05-24T00:00:00Z") {
  return verify_sigv4(request, kS3Keys, "s3", at(now)).fault;
}

void set_header(HttpRequest& request, std::string_view name, std::string value) {
  for (auto& [header, old] : request.headers) {
    if (header == name) old = std::move(value);
  }
}

}  // namespace

TEST_CASE("sigv4: AWS's example of GET Object") {
  REQUIRE(check(get_object()) == SigV4Fault::none);
}

TEST_CASE("sigv4: AWS's example of PUT Object, whose key needs encoding") {
  HttpRequest request{
      .method = "PUT",
      .target = "/test%24file.text",
      .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                  {"host", "examplebucket.s3.amazonaws.com"},
                  {"x-amz-content-sha256",
                   "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
                  {"x-amz-date", "20130524T000000Z"},
                  {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                  {"authorization",
                   authorization(
                       kS3Keys, "20130524/us-east-1/s3/aws4_request",
                       "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")}},
      .body = "Welcome to Amazon S3."};
  REQUIRE(check(request) == SigV4Fault::none);
  request.body.back() = '!';
  REQUIRE(check(request) == SigV4Fault::wrong_payload);
}

TEST_CASE("sigv4: AWS's examples of bucket requests, with parameters of every form") {
  const auto [target, signature] = GENERATE(table<std::string, std::string>({
      {"/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
      {"/?prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  }));
  const HttpRequest request{
      .method = "GET",
      .target = target,
      .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                  {"x-amz-content-sha256", kEmptyHash},
                  {"x-amz-date", "20130524T000000Z"},
                  {"authorization",
                   authorization(kS3Keys, "20130524/us-east-1/s3/aws4_request",
                                 "host;x-amz-content-sha256;x-amz-date", signature.c_str())}},
      .body = {}};
  REQUIRE(check(request) == SigV4Fault::none);
}

TEST_CASE("sigv4: AWS's example of a presigned URL") {
  const std::string query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
      "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
      "X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
  HttpRequest request{.method = "GET",
                      .target = "/test.txt?" + query,
                      .headers = {{"host", "examplebucket.s3.amazonaws.com"}},
                      .body = {}};
  REQUIRE(check(request) == SigV4Fault::none);
  REQUIRE(check(request, "2013-05-24T23:59:59Z") == SigV4Fault::none);
  REQUIRE(check(request, "2013-05-25T00:00:01Z") == SigV4Fault::skewed);
  request.method = "PUT";
  REQUIRE(check(request) == SigV4Fault::wrong);
}

// aws-sig-v4-test-suite: get-vanilla, get-header-value-trim, get-vanilla-query-order-key-case.
TEST_CASE("sigv4: cases of AWS's own suite") {
  const auto date = at("2015-08-30T12:36:00Z");
  const auto scope = "20150830/us-east-1/service/aws4_request";
  HttpRequest vanilla{
      .method = "GET",
      .target = "/",
      .headers = {{"host", "example.amazonaws.com"},
                  {"x-amz-date", "20150830T123600Z"},
                  {"authorization",
                   authorization(
                       kSuiteKeys, scope, "host;x-amz-date",
                       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")}},
      .body = {}};
  REQUIRE(verify_sigv4(vanilla, {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
                       "service", date)
              .fault == SigV4Fault::none);
  HttpRequest query = vanilla;
  query.target = "/?Param2=value2&Param1=value1";
  set_header(query, "authorization",
             authorization(kSuiteKeys, scope, "host;x-amz-date",
                           "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
  REQUIRE(verify_sigv4(query, kSuiteKeys, "service", date).fault == SigV4Fault::none);
  HttpRequest trim = vanilla;
  trim.headers.insert(trim.headers.begin() + 1,
                      {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}});
  set_header(trim, "authorization",
             authorization(kSuiteKeys, scope, "host;my-header1;my-header2;x-amz-date",
                           "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"));
  REQUIRE(verify_sigv4(trim, kSuiteKeys, "service", date).fault == SigV4Fault::none);
}

TEST_CASE("sigv4: a change of anything signed is noticed") {
  HttpRequest request = get_object();
  request.target = "/test.txu";
  REQUIRE(check(request) == SigV4Fault::wrong);
  request = get_object();
  request.target = "/test.txt?versionId=1";
  REQUIRE(check(request) == SigV4Fault::wrong);
  request = get_object();
  set_header(request, "range", "bytes=0-8");
  REQUIRE(check(request) == SigV4Fault::wrong);
  request = get_object();
  set_header(request, "host", "other.s3.amazonaws.com");
  REQUIRE(check(request) == SigV4Fault::wrong);
  request = get_object();
  request.body = "x";
  REQUIRE(check(request) == SigV4Fault::wrong_payload);
  REQUIRE(
      verify_sigv4(get_object(), {kS3Keys.access_key_id, "other"}, "s3", at("2013-05-24T00:00:00Z"))
          .fault == SigV4Fault::wrong);
}

TEST_CASE("sigv4: time, key, service and form") {
  REQUIRE(check(get_object(), "2013-05-24T00:15:00Z") == SigV4Fault::none);
  REQUIRE(check(get_object(), "2013-05-24T00:15:01Z") == SigV4Fault::skewed);
  REQUIRE(check(get_object(), "2013-05-23T23:44:59Z") == SigV4Fault::skewed);
  const auto now = at("2013-05-24T00:00:00Z");
  REQUIRE(verify_sigv4(get_object(), {"OTHER", "x"}, "s3", now).fault == SigV4Fault::unknown_key);
  REQUIRE(verify_sigv4(get_object(), kS3Keys, "firehose", now).fault == SigV4Fault::wrong_scope);
  HttpRequest request = get_object();
  request.headers.pop_back();
  REQUIRE(check(request) == SigV4Fault::missing);
  request.headers.emplace_back("authorization", "AWS AKIA:sig=");
  REQUIRE(check(request) == SigV4Fault::version_2);
  for (const char* broken :
       {"Basic x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 x"}) {
    request.headers.back().second = broken;
    REQUIRE(check(request) == SigV4Fault::malformed);
  }
  request.headers.back().second =
      authorization(kS3Keys, "20130524/us-east-1/s3/aws4_request", "x-amz-date", "00");
  REQUIRE(check(request) == SigV4Fault::malformed);
  request.target = "/?AWSAccessKeyId=x&Signature=y&Expires=1";
  request.headers.pop_back();
  REQUIRE(check(request) == SigV4Fault::version_2);
}

TEST_CASE("sigv4: comparison") {
  REQUIRE(equals_in_constant_time("abc", "abc"));
  REQUIRE_FALSE(equals_in_constant_time("abc", "abd"));
  REQUIRE_FALSE(equals_in_constant_time("abc", "ab"));
}
