#include "edge/wasm/abi_bytes.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

TEST_CASE("abi_bytes: what goes out comes back, with zero bytes in it and empty") {
  const std::string text("a\0b\xff", 4);
  CHECK(abi::count(text) == 4);
  CHECK(abi::pointer(text)[3] == 0xff);
  CHECK(abi::view(abi::pointer(text), abi::count(text)) == text);
  CHECK(abi::view(nullptr, 0).empty());
}
