#include "shared/base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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

std::string openssl_hmac(const std::string& key, const std::string& bytes) {
  Sha256 digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
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

TEST_CASE("hmac_sha256: the test cases of RFC 4231 hold") {
  struct Case {
    std::string key;
    std::string data;
    std::string mac;
  };
  const std::string long_key(131, '\xaa');
  const std::vector<Case> cases = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {long_key,
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
  for (const Case& c : cases) CHECK(hex(hmac_sha256(c.key, c.data)) == c.mac);
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

// The key's length passes the block's, where the key is hashed first; the data's passes the
// padding.
TEST_CASE("hmac_sha256: random keys and texts agree with OpenSSL") {
  std::mt19937_64 random(4);
  for (size_t key_bytes = 0; key_bytes <= 140; ++key_bytes) {
    const std::string key = random_bytes(random, key_bytes);
    const std::string bytes = random_bytes(random, random() % 200);
    REQUIRE(hex(hmac_sha256(key, bytes)) == openssl_hmac(key, bytes));
  }
}

TEST_CASE("hex: two lower-case digits a byte") {
  const std::vector<uint8_t> bytes = {0x00, 0x0f, 0xf0, 0xff, 0x9a};
  CHECK(hex(bytes) == "000ff0ff9a");
  CHECK(hex({}).empty());
}
