#include "simulator/http/aws_chunked.h"

#include <catch2/catch.hpp>

#include "simulator/engine/random.h"

using namespace edgehose;

namespace {

// The example of AWS's page on signed trailers: 66,560 times 'a' in chunks of 65,536 and 1,024.
SigV4Result example_seed() {
  SigV4Result seed;
  seed.date = "20130524T000000Z";
  seed.scope = "20130524/us-east-1/s3/aws4_request";
  seed.signature = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
  seed.signing_key = sigv4_signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", seed.scope);
  return seed;
}

constexpr const char* kFirst = "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2";
constexpr const char* kSecond = "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7";
constexpr const char* kLast = "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992";
constexpr const char* kTrailer = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";

std::string signed_example() {
  std::string body = "10000;chunk-signature=" + std::string(kFirst) + "\r\n";
  body += std::string(65'536, 'a') + "\r\n400;chunk-signature=" + kSecond + "\r\n";
  body += std::string(1'024, 'a') + "\r\n0;chunk-signature=" + kLast + "\r\n";
  return body + "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:" + kTrailer +
         "\r\n\r\n";
}

}  // namespace

TEST_CASE("aws chunked: the body botocore sends") {
  const auto body =
      read_aws_chunked("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", nullptr);
  REQUIRE(body.fault == ChunkedFault::none);
  REQUIRE(body.bytes == "hello");
  REQUIRE(body.trailers == HttpHeaders{{"x-amz-checksum-crc32", "NhCmhg=="}});
}

TEST_CASE("aws chunked: AWS's signed example with a trailer is accepted") {
  const SigV4Result seed = example_seed();
  const auto body = read_aws_chunked(signed_example(), &seed);
  REQUIRE(body.fault == ChunkedFault::none);
  REQUIRE(body.bytes == std::string(66'560, 'a'));
  REQUIRE(read_aws_chunked(signed_example(), nullptr).fault == ChunkedFault::none);
}

TEST_CASE("aws chunked: a change anywhere in signed chunks is noticed") {
  const SigV4Result seed = example_seed();
  const std::string example = signed_example();
  Random random(11);
  for (int i = 0; i < 100; ++i) {
    std::string changed = example;
    const size_t at = i == 0 ? 100 : random.below(changed.size());
    changed[at] = static_cast<char>(changed[at] ^ 1);
    // Case of a hexadecimal digit or of the header's name is no change of meaning.
    const auto body = read_aws_chunked(changed, &seed);
    CAPTURE(at);
    REQUIRE(body.fault != ChunkedFault::none);
  }
}

TEST_CASE("aws chunked: unsigned chunks are refused where signatures are demanded") {
  const SigV4Result seed = example_seed();
  REQUIRE(read_aws_chunked("5\r\nhello\r\n0\r\n\r\n", &seed).fault ==
          ChunkedFault::wrong_signature);
}

TEST_CASE("aws chunked: cut anywhere it is malformed, except before the last line ends") {
  const std::string whole = "5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n";
  REQUIRE(read_aws_chunked(whole, nullptr).bytes == "helloyou");
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto body = read_aws_chunked(std::string_view(whole).substr(0, length), nullptr);
    const bool is_after_last_chunk = length == whole.size() - 2;
    REQUIRE((body.fault == ChunkedFault::none) == is_after_last_chunk);
  }
}

TEST_CASE("aws chunked: nonsense is malformed") {
  for (const char* body :
       {"", "\r\n", "x\r\n", "-1\r\n", "5\r\nhelloX0\r\n\r\n", "5;other=1\r\nhello\r\n",
        "fffffffffffff\r\n", "ffffffffffff\r\nx", "0\r\nno colon\r\n\r\n", "0\r\n\r\nmore"}) {
    REQUIRE(read_aws_chunked(body, nullptr).fault == ChunkedFault::malformed);
  }
  std::string many = "0\r\n";
  for (int i = 0; i < 40; ++i) many += "x:y\r\n";
  REQUIRE(read_aws_chunked(many + "\r\n", nullptr).fault == ChunkedFault::malformed);
}
