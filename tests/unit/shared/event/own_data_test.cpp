#include "shared/event/own_data.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

// An object of keys k0, k1, ... and one more.
std::string many(int count, const std::string& last) {
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  return text + "\"" + last + "\":0}";
}

// Takes a value by one that was used before, as the scanner would take it.
std::string twice_in(const std::string& json) {
  static OwnData own;
  JsonScanner in(json);
  JsonScanner plain(json);
  CHECK(own.take(in) == plain.take_value());
  CHECK(in.at() == plain.at());
  CHECK(in.fault() == plain.fault());
  CHECK(in.open() == 0);
  CHECK(own.taken_escaped() == plain.taken_escaped());
  CHECK(own.taken_compact() == plain.taken_compact());
  return std::string(own.twice());
}

}  // namespace

TEST_CASE("own_data: finds a member that stands twice, at any depth and however it is written") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"a":1,"a":2})", R"("a")"},
      {R"({ "a" : 1 , "b":"x" , "a" :{}})", R"("a")"},
      {R"({"x":[{"b":{"k":1,"k":1}}]})", R"("k")"},
      {R"({"x":{"y":{}},"z":1,"x":1})", R"("x")"},
      {R"({"":1,"":2})", R"("")"},
      {R"([{"a":1},{"a":"\"","b\\":1,"b\\":2}])", R"("b\\")"},
      {many(23, "k7"), R"("k7")"},
      {many(24, "k0"), R"("k0")"},
      {many(1'000, "k999"), R"("k999")"},
  };
  for (const auto& [json, key] : cases) {
    CAPTURE(json);
    CHECK(twice_in(json) == key);
  }
  CHECK_FALSE(twice_in(R"({"ab":1,"\u0061b":2})").empty());
  CHECK_FALSE(twice_in(R"({"q":[{"\u0061":1,"b":{},"a":2}]})").empty());
}

TEST_CASE("own_data: the same name in two objects, in a value or nearly the same is no second") {
  for (const std::string& json :
       {std::string("{}"), std::string("[]"), std::string("7"), std::string(R"("a")"),
        std::string(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"),
        std::string(R"({"a":"a","b":"a","c":["a","a"],"d":"\"a\":1,\"a\":2"})"),
        std::string(R"({"a":1,"A":1,"aa":1,"a ":1,"":1,"\u0062":1})"), many(24, "z"),
        many(2'000, "z")}) {
    CAPTURE(json);
    CHECK(twice_in(json).empty());
  }
}

TEST_CASE("own_data: a value is taken as the scanner takes it, with its faults") {
  for (const std::string& json :
       {std::string(R"({"a":[1,{"b":"\\"},[],{}],"c":null})"), std::string(R"({ "a":1})"),
        std::string(R"({"a" :1})"), std::string(R"({"a":1 })"), std::string(R"({"a":[1, 2]})"),
        std::string(R"({"a":{ }})"), std::string("[ ]"), std::string(R"({"a":"\ud800"})"),
        std::string(R"({"\udc00":1})"), std::string(R"({"\ud83d\ude00":"\n"})")}) {
    CAPTURE(json);
    CHECK(twice_in(json).empty());
  }
  for (const std::string& json :
       {std::string("{"), std::string(R"({"a")"), std::string(R"({"a":)"), std::string(R"({"a":1)"),
        std::string(R"({"a":1,)"), std::string(R"({"a":01})"), std::string(R"({"a":[1,]})"),
        std::string(R"({"a":"\x"})"), std::string("{1}"), std::string(R"({"a":tru})"),
        std::string(64, '['), std::string(65, '[')}) {
    CAPTURE(json);
    OwnData own;
    JsonScanner in(json);
    JsonScanner plain(json);
    CHECK(own.take(in).empty());
    CHECK(plain.take_value().empty());
    CHECK(in.at() == plain.at());
    CHECK(in.fault() == plain.fault());
  }
}
