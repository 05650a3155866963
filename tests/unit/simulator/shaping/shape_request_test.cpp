#include "simulator/shaping/shape_request.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>

#include "shared/base/base64.h"
#include "shared/base/calendar.h"

using namespace edgehose;

namespace {

constexpr size_t kBodyMax = 1'000;
constexpr int64_t kBeforeMs = 1'795'352'400'000;

ShapeRequest good(const std::string& line) {
  auto read = read_shape_request(line, kBodyMax, kBeforeMs);
  if (const auto* problem = std::get_if<std::string>(&read)) FAIL(*problem);
  return std::get<ShapeRequest>(std::move(read));
}

std::string problem(const std::string& line) {
  auto read = read_shape_request(line, kBodyMax, kBeforeMs);
  REQUIRE(std::holds_alternative<std::string>(read));
  return std::get<std::string>(read);
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string gzip_line(const std::string& body) {
  std::string encoded;
  base64_append(encoded, body);
  return R"({"headers":{"Content-Encoding":"gzip"},"body_base64":")" + encoded + "\"}";
}

}  // namespace

TEST_CASE("shape_request: members become a request, header names in lower case") {
  const ShapeRequest request =
      good(R"({"method":"GET","path":"/collect.gif","query":"a=1","headers":{"User-Agent":"x"},)"
           R"("client_ip":"203.0.113.7","received_ms":1795352400123,"body":"b"})");
  CHECK(request.view().method == "GET");
  CHECK(request.view().path == "/collect.gif");
  CHECK(request.view().query == "a=1");
  CHECK(request.view().headers == "user-agent: x\n");
  CHECK(request.view().client_ip == "203.0.113.7");
  CHECK(request.view().received_ms == 1'795'352'400'123);
  CHECK(request.view().body == "b");
}

TEST_CASE("shape_request: what is absent is a POST to /collect") {
  CHECK(good("{}").method == "POST");
  CHECK(good("{}").path == "/collect");
  CHECK(good(R"({"body_base64":"/w=="})").body == "\xff");
}

TEST_CASE("shape_request: a time that is absent is the one it is told") {
  CHECK(good("{}").received_ms == kBeforeMs);
  CHECK(good(R"({"received_ms":null})").received_ms == kBeforeMs);
  CHECK(good(R"({"received_ms":0})").received_ms == 0);
}

TEST_CASE("shape_request: a time that no calendar has is the nearest that one has") {
  for (const char* ms : {"9223372036854775807", "18446744073709551615", "1000000000000000000"}) {
    CHECK(good(std::string(R"({"received_ms":)") + ms + "}").received_ms == kInstantMsMax);
  }
  for (const char* ms : {"-9223372036854775808", "-1000000000000000000"}) {
    CHECK(good(std::string(R"({"received_ms":)") + ms + "}").received_ms == kInstantMsMin);
  }
}

TEST_CASE("shape_request: a member that no request has is named, with those it has") {
  CHECK(problem(R"({"boody":"x"})") ==
        "/boody: unknown member; a request has method, path, query, headers, client_ip, "
        "received_ms, body or body_base64");
  CHECK(problem(R"({"recieved_ms":1,"body":"x"})").find("/recieved_ms: unknown member") == 0);
}

TEST_CASE("shape_request: a body that says gzip is decompressed, to one byte past the bound") {
  CHECK(good(gzip_line(gzip("[1]"))).body == "[1]");
  CHECK(good(gzip_line(gzip(std::string(kBodyMax, 'x')))).body.size() == kBodyMax);
  CHECK(good(gzip_line(gzip(std::string(10 * kBodyMax, 'x')))).body.size() == kBodyMax + 1);
}

TEST_CASE("shape_request: what is wrong is named with its place") {
  CHECK(problem("{") == "no JSON: truncated at byte 1");
  CHECK(problem("[]") == "expected one JSON object: a request");
  CHECK(problem(R"({"method":1})") == "/method: expected a string");
  CHECK(problem(R"({"received_ms":"now"})") == "/received_ms: expected an integer");
  CHECK(problem(R"({"headers":[]})") == "/headers: expected an object of strings");
  CHECK(problem(R"({"headers":{"a":1}})") == "/headers/a: expected a string");
  CHECK(problem(R"({"headers":{"a":"x\ny: z"}})").find("/headers/a: ") == 0);
  CHECK(problem(R"({"body_base64":"?"})") == "/body_base64: not base64");
  CHECK(problem(R"({"body":"","body_base64":""})") == "/body_base64: there is a body already");
  CHECK(problem(gzip_line("[1]")) == "/body: content-encoding says gzip, and it is not");
  CHECK(problem(gzip_line(gzip("[1]").substr(0, 12))) ==
        "/body: content-encoding says gzip, and it is not");
}
