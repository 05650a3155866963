#include "shared/base/little_endian.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace edgehose;

TEST_CASE("little_endian: integers lie with their least byte first") {
  std::string out;
  append_le(out, uint16_t{0x1234});
  append_le(out, uint32_t{0xdeadbeef});
  append_le(out, int64_t{-2});
  CHECK(out == std::string("\x34\x12\xef\xbe\xad\xde\xfe\xff\xff\xff\xff\xff\xff\xff", 14));
}

TEST_CASE(
    "little_endian: what was written is read again and nothing is taken when too little is left") {
  std::string out;
  append_le(out, std::numeric_limits<int64_t>::min());
  append_le(out, std::numeric_limits<uint64_t>::max());
  append_le(out, uint8_t{200});
  for (size_t cut = 0; cut < out.size(); ++cut) {
    std::string_view in(out.data(), cut);
    int64_t first = 0;
    uint64_t second = 0;
    uint8_t third = 0;
    CHECK(take_le(in, first) == (cut >= 8));
    if (cut < 8) {
      CHECK(in.size() == cut);
      continue;
    }
    CHECK(first == std::numeric_limits<int64_t>::min());
    CHECK(take_le(in, second) == (cut >= 16));
    CHECK_FALSE((cut >= 16 && take_le(in, third)));
  }
  std::string_view in = out;
  int64_t first = 0;
  uint64_t second = 0;
  uint8_t third = 0;
  REQUIRE((take_le(in, first) && take_le(in, second) && take_le(in, third)));
  CHECK(second == std::numeric_limits<uint64_t>::max());
  CHECK(third == 200);
  CHECK(in.empty());
}

TEST_CASE("little_endian: bytes are taken whole or not at all") {
  std::string_view in = "abcd";
  std::string_view bytes;
  CHECK_FALSE(take_bytes(in, 5, bytes));
  CHECK(in == "abcd");
  REQUIRE(take_bytes(in, 3, bytes));
  CHECK(bytes == "abc");
  CHECK(in == "d");
  REQUIRE(take_bytes(in, 0, bytes));
  CHECK(bytes.empty());
  CHECK_FALSE(take_bytes(in, std::numeric_limits<size_t>::max(), bytes));
}
