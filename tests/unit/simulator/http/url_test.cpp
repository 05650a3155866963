#include "simulator/http/url.h"

#include <catch2/catch.hpp>

#include "simulator/engine/random.h"

using namespace edgehose;

TEST_CASE("url: a target is path and query") {
  REQUIRE(split_target("/a?b=c?d").path == "/a");
  REQUIRE(split_target("/a?b=c?d").query == "b=c?d");
  REQUIRE(split_target("/a").query.empty());
}

TEST_CASE("url: percent encoding is undone, plus stays, broken digits stay") {
  REQUIRE(percent_decoded("a%20b+%C3%a9") == "a b+\xc3\xa9");
  REQUIRE(percent_decoded("%2") == "%2");
  REQUIRE(percent_decoded("%zz%") == "%zz%");
}

TEST_CASE("url: any bytes come back from their encoding") {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    std::string bytes(random.below(20), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    REQUIRE(percent_decoded(percent_encoded(bytes)) == bytes);
    REQUIRE(percent_decoded(percent_encoded(bytes, "/")) == bytes);
  }
  REQUIRE(percent_encoded("a/b c=~", "/") == "a/b%20c%3D~");
}

TEST_CASE("url: query parameters keep their order and may lack a value") {
  const auto query = read_query("list-type=2&location&a=b%3Dc+d&&=x");
  REQUIRE(query.size() == 4);
  REQUIRE(query[0] == std::pair<std::string, std::string>("list-type", "2"));
  REQUIRE(query[1] == std::pair<std::string, std::string>("location", ""));
  REQUIRE(query[2].second == "b=c d");
  REQUIRE(query[3].first.empty());
  REQUIRE(read_query("").empty());
}
