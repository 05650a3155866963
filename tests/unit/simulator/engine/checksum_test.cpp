#include "simulator/engine/checksum.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

TEST_CASE("checksum: gives the published answers of XXH64") {
  REQUIRE(xxh64("") == 0xef46db3751d8e999);
  REQUIRE(xxh64("abc") == 0x44bc2cf5ad770999);
  REQUIRE(xxh64("xxhash", 20141025) == 0xb559b98d844e0635);
  REQUIRE(xxh64("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1);
}

TEST_CASE("checksum: changes with any one bit and any length") {
  const std::string bytes(100, 'x');
  for (size_t length = 0; length < bytes.size(); ++length) {
    REQUIRE(xxh64(bytes.substr(0, length)) != xxh64(bytes.substr(0, length + 1)));
    std::string changed = bytes;
    changed[length] = static_cast<char>(changed[length] ^ 1);
    REQUIRE(xxh64(changed) != xxh64(bytes));
  }
}
