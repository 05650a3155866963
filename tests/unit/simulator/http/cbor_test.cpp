#include "simulator/http/cbor.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out.push_back(static_cast<char>(value));
  return out;
}

}  // namespace

TEST_CASE("cbor: what is written is read by another library, and the other way round") {
  const json documents[] = {
      json::object(),
      json::array({1, 23, 24, 255, 256, 65'535, 65'536, 4'294'967'295, 4'294'967'296}),
      json::array({-1, -24, -25, -256, -257, std::numeric_limits<int64_t>::min()}),
      json::array({1.5, -0.25, 1e300, 3.4028234663852886e38}),
      {{"a", true}, {"b", false}, {"c", nullptr}, {"d", {{"e", {"f", ""}}}}},
      {{"long", std::string(70'000, 'x')}, {std::string(300, 'k'), "v"}}};
  for (const json& document : documents) {
    const std::string ours = write_cbor(document);
    REQUIRE(json::from_cbor(ours) == document);
    REQUIRE(read_cbor(ours) == document);
    const auto theirs = json::to_cbor(document);
    REQUIRE(read_cbor(std::string(theirs.begin(), theirs.end())) == document);
  }
}

TEST_CASE("cbor: timestamps are written with tag 1 and read without it") {
  const json document = {{"StateUpdatedTimestamp", 5}, {"Timestamps", {6, 7.5}}, {"Value", 8}};
  const std::string written = write_cbor(document);
  REQUIRE(written.find(bytes({0xc1, 0x05})) != std::string::npos);
  REQUIRE(written.find(bytes({0xc1, 0x06, 0xc1, 0xfb})) != std::string::npos);
  REQUIRE(written.find(bytes({0xc1, 0x08})) == std::string::npos);
  REQUIRE(read_cbor(written) == document);
}

TEST_CASE("cbor: the examples of RFC 8949") {
  REQUIRE(read_cbor(bytes({0xf9, 0x3c, 0x00})) == 1.0);
  REQUIRE(read_cbor(bytes({0xf9, 0x7b, 0xff})) == 65504.0);
  REQUIRE(read_cbor(bytes({0xf9, 0x00, 0x01})) == 5.960464477539063e-8);
  REQUIRE(read_cbor(bytes({0xf9, 0xc4, 0x00})) == -4.0);
  REQUIRE(read_cbor(bytes({0xf9, 0x7c, 0x00})) == std::numeric_limits<double>::infinity());
  REQUIRE(read_cbor(bytes({0xfa, 0x47, 0xc3, 0x50, 0x00})) == 100000.0);
  REQUIRE(read_cbor(bytes({0x9f, 0x01, 0x82, 0x02, 0x03, 0x9f, 0x04, 0xff, 0xff})) ==
          json::parse("[1,[2,3],[4]]"));
  REQUIRE(read_cbor(bytes({0xbf, 0x63, 'F', 'u', 'n', 0xf5, 0xff})) == json{{"Fun", true}});
  REQUIRE(read_cbor(bytes({0x7f, 0x62, 'a', 'b', 0x61, 'c', 0xff})) == "abc");
  REQUIRE(read_cbor(bytes({0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0})) == 1'363'896'240);
  REQUIRE(read_cbor(bytes({0xf7})) == json(nullptr));
  REQUIRE(read_cbor(bytes({0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})) ==
          -18446744073709551616.0);
}

TEST_CASE("cbor: what is no whole item, or nests too deeply, is nothing") {
  for (const std::string& wrong :
       {bytes({}), bytes({0x18}), bytes({0x61}), bytes({0x82, 0x01}), bytes({0xff}),
        bytes({0x01, 0x01}), bytes({0xa1, 0x01, 0x02}), bytes({0x1c}), bytes({0xf8, 0x20}),
        bytes({0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
        bytes({0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), bytes({0x7f, 0x41, 'a'}),
        bytes({0x7f, 0x7f, 0xff, 0xff}), bytes({0xbf, 0x61, 'a'}),
        std::string(33, static_cast<char>(0x81)) + bytes({0x01})}) {
    REQUIRE_FALSE(read_cbor(wrong));
  }
  REQUIRE(read_cbor(std::string(32, static_cast<char>(0x81)) + bytes({0x01})));
  REQUIRE_FALSE(read_cbor(std::string(1'000'000, static_cast<char>(0x81))));
  REQUIRE_FALSE(read_cbor(std::string(1'000'000, static_cast<char>(0xc1))));
}
