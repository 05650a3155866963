#include "simulator/http/s3_body.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("s3 body: framing goes, checksums are checked and kept") {
  HttpRequest http{.method = "PUT",
                   .target = "/lake/k",
                   .headers = {{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}},
                   .body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"};
  HttpRequest wrong = http;
  const auto checksums = receive_body(http, nullptr, MissingChecksum::add);
  REQUIRE(http.body == "hello");
  REQUIRE(checksums.value() == ObjectHeaders{{"x-amz-checksum-crc32", "NhCmhg=="},
                                             {"x-amz-checksum-type", "FULL_OBJECT"}});
  wrong.body[3] = 'H';
  REQUIRE(receive_body(wrong, nullptr, MissingChecksum::add).error().code == "BadDigest");
}

TEST_CASE("s3 body: without a checksum an object gets CRC-64/NVME, a part nothing") {
  // The check value of the published catalogue of CRCs: ae8b14860a799888.
  HttpRequest http{.method = "PUT", .target = "/lake/k", .headers = {}, .body = "123456789"};
  REQUIRE(receive_body(http, nullptr, MissingChecksum::add).value().front() ==
          std::pair<std::string, std::string>("x-amz-checksum-crc64nvme", "rosUhgp5mIg="));
  REQUIRE(receive_body(http, nullptr, MissingChecksum::leave).value().empty());
}
