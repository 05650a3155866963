#include "shared/enrich/query.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

TEST_CASE("query: parameters are taken off one by one") {
  std::string_view query = "a=1&b&&c=d=e&=f";
  std::string seen;
  while (!query.empty()) {
    const Parameter one = take_parameter(query);
    seen += "[" + std::string(one.name) + "|" + std::string(one.value) + "]";
  }
  CHECK(seen == "[a|1][b|][|][c|d=e][|f]");
}

TEST_CASE("query: the first parameter of a name that has a value is found") {
  CHECK(find_parameter("a=1&q=&q=2&q=3", "q") == "2");
  CHECK(find_parameter("aq=1&Q=2", "q").empty());
  CHECK(find_parameter("", "q").empty());
  CHECK(find_parameter("q", "q").empty());
}

TEST_CASE("query: text is made ASCII, and nothing else of it changes") {
  std::string out = ">";
  append_ascii_url(out, "a%20+&\xe6\x97\xa5 \n\x7f");
  CHECK(out == ">a%20+&%E6%97%A5%20%0A%7F");
}
