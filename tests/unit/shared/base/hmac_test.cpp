#include "shared/base/hmac.h"

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

std::string openssl_hmac(const std::string& key, const std::string& bytes) {
  Sha256 digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
  return hex(digest);
}

}  // namespace

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
      {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16"
       "\x17\x18"
       "\x19",
       std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {long_key,
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
  for (const Case& c : cases) CHECK(hex(hmac_sha256(c.key, c.data)) == c.mac);
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

TEST_CASE("hmac_sha256: a key made ready codes two pieces as their whole, again and again") {
  std::mt19937_64 random(6);
  const std::string key = random_bytes(random, 40);
  const HmacKey ready(key);
  for (int i = 0; i < 100; ++i) {
    const std::string bytes = random_bytes(random, random() % 200);
    const size_t cut = random() % (bytes.size() + 1);
    const std::string_view text = bytes;
    CHECK(ready.code(text.substr(0, cut), text.substr(cut)) == hmac_sha256(key, bytes));
  }
}
