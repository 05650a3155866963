#include "shared/base/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

std::string random_bytes(std::mt19937_64& random, size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string openssl_sha256(const std::string& bytes) {
  Sha256 digest{};
  unsigned size = 0;
  REQUIRE(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return hex(digest);
}

}  // namespace

TEST_CASE("sha256: the examples of FIPS 180-4 hold") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: every length to 300 and random longer ones agree with OpenSSL") {
  std::mt19937_64 random(3);
  for (size_t count = 0; count <= 300; ++count) {
    const std::string bytes = random_bytes(random, count);
    REQUIRE(hex(sha256(bytes)) == openssl_sha256(bytes));
  }
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = random_bytes(random, random() % 100'000);
    REQUIRE(hex(sha256(bytes)) == openssl_sha256(bytes));
  }
}

TEST_CASE("sha256: pieces of any size hash as the whole does, and a copy goes on from its start") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = random_bytes(random, random() % 400);
    Sha256Stream stream;
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const size_t take = 1 + random() % std::min<size_t>(rest.size(), 1 + random() % 150);
      stream.add(rest.substr(0, std::min(take, rest.size())));
      rest.remove_prefix(std::min(take, rest.size()));
    }
    Sha256Stream copy = stream;
    copy.add("x");
    CHECK(copy.finish() == sha256(bytes + "x"));
    CHECK(stream.finish() == sha256(bytes));
  }
}

TEST_CASE("hex: two lower-case digits a byte") {
  const std::vector<uint8_t> bytes = {0x00, 0x0f, 0xf0, 0xff, 0x9a};
  CHECK(hex(bytes) == "000ff0ff9a");
  CHECK(hex({}).empty());
  std::string text = "0x";
  append_hex(text, bytes);
  CHECK(text == "0x000ff0ff9a");
}
