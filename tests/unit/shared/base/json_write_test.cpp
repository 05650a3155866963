#include "shared/base/json_write.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace edgehose;
using nlohmann::json;

namespace {

std::string escaped(std::string_view text) {
  std::string out(json_escaped_bytes_max(text.size()), '#');
  const char* end = json_write_escaped(out.data(), text);
  out.resize(static_cast<size_t>(end - out.data()));
  return out;
}

}  // namespace

TEST_CASE("json_write: an escaped text reads back as itself, within the bytes it was promised") {
  std::mt19937 random(7);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (auto i = random() % 60; i > 0; --i) {
      switch (random() % 6) {
        case 0:
          text += static_cast<char>(random() % 0x20);
          break;
        case 1:
          text += "\"\\"[random() % 2];
          break;
        case 2:
          text += "\xe6\x9d\xb1";
          break;
        default:
          text += static_cast<char>('a' + random() % 26);
      }
    }
    const std::string out = "\"" + escaped(text) + "\"";
    REQUIRE(out.size() <= json_escaped_bytes_max(text.size()));
    REQUIRE(json::parse(out) == text);
  }
}

TEST_CASE("json_write: members stand in order with their commas, and empty ones are absent") {
  std::string out(200, '#');
  JsonMembers members(out.data());
  members.bytes("{\"first\":1");
  members.raw<"second">("[2]");
  members.raw<"absent">("");
  members.text<"third">("a\"b\n");
  members.text<"absent">("");
  members.name<"fourth">();
  members.bytes("4");
  members.plain<"fifth">("5");
  members.plain<"absent">("");
  members.byte('}');
  out.resize(static_cast<size_t>(members.at() - out.data()));
  CHECK(out == R"({"first":1,"second":[2],"third":"a\"b\n","fourth":4,"fifth":"5"})");
}
