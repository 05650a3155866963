#include "simulator/http/checksums.h"

#include <catch2/catch.hpp>

using namespace edgehose;

// CRCs: the check values of the CRC catalogue for "123456789" (cbf43926, e3069283,
// ae8b14860a799888) as big-endian base64. Digests: FIPS 180-4 and RFC 1321 examples.
TEST_CASE("checksums: published answers") {
  REQUIRE(checksum_base64("crc32", "123456789") == "y/Q5Jg==");
  REQUIRE(checksum_base64("crc32c", "123456789") == "4waSgw==");
  REQUIRE(checksum_base64("crc64nvme", "123456789") == "rosUhgp5mIg=");
  REQUIRE(checksum_base64("crc32", "hello") == "NhCmhg==");
  REQUIRE(checksum_base64("crc32", "") == "AAAAAA==");
  REQUIRE(checksum_base64("md5", "abc") == "kAFQmDzST7DWlj99KOF/cg==");
  REQUIRE(checksum_base64("sha1", "abc") == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
  REQUIRE(checksum_base64("sha256", "abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  REQUIRE(
      checksum_base64("sha512", "")->starts_with("z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H"));
  REQUIRE_FALSE(checksum_base64("xxhash64", "abc").has_value());
}

TEST_CASE("checksums: OpenSSL and the core agree on SHA-256") {
  for (size_t length : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 119U, 1'000U}) {
    const std::string bytes(length, 'q');
    REQUIRE(fast_sha256(bytes) == sha256(bytes));
  }
}
