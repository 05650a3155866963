#include "shared/collect/query_event.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/text.h"

using namespace edgehose;
using nlohmann::json;

TEST_CASE("query_event: names become members, own data goes into properties") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "{}"},
      {"&&", "{}"},
      {"a=1&b=x", R"({"a":"1","b":"x"})"},
      {"a", R"({"a":""})"},
      {"=x", R"({"":"x"})"},
      {"a=b=c", R"({"a":"b=c"})"},
      {"a=%22%5C%0A+%2B", R"({"a":"\"\\\n +"})"},
      {"properties.k=v&a=1&properties.l=w", R"({"a":"1","properties":{"k":"v","l":"w"}})"},
      {"properties.=v", R"({"properties":{"":"v"}})"},
      {"properties.a.b=v", R"({"properties":{"a.b":"v"}})"},
      {"%70roperties.k=v", R"({"properties":{"k":"v"}})"},
      {"screen_width=1920&screen_height=x", R"({"screen_width":1920,"screen_height":"x"})"},
      {"screen_width=", R"({"screen_width":""})"},
      {"properties.screen_width=10", R"({"properties":{"screen_width":10}})"},
  };
  for (const auto& [query, document] : cases) {
    CAPTURE(query);
    CHECK(json::parse(event_from_query(query)) == json::parse(document));
  }
}

TEST_CASE("query_event: a number of digits that JSON does not take stays text or is no number") {
  for (const std::string value : {"007", "1e5", "-1", "12345678901234567890"}) {
    CAPTURE(value);
    const std::string event = event_from_query("screen_width=" + value);
    CHECK(json::accept(event));
  }
}

TEST_CASE("query_event: bytes that are no UTF-8 stay in the text, for the event's check to name") {
  CHECK(event_from_query("a=%ff") == "{\"a\":\"\xff\"}");
}

TEST_CASE("query_event: any query gives the text of one JSON object") {
  std::mt19937_64 random(21);
  const std::vector<std::string> pieces = {
      "a", "=",  "&",         "%",  "%20", "%41", "%22", "+", "properties.", "screen_width=",
      "0", "19", "%e3%81%82", "\"", "\\",  "{",   "%00", "."};
  for (int i = 0; i < 30'000; ++i) {
    std::string query;
    for (size_t n = random() % 15; n > 0; --n) query += pieces[random() % pieces.size()];
    const std::string text = event_from_query(query);
    if (!is_utf8(text)) continue;
    CAPTURE(query, text);
    REQUIRE(json::parse(text).is_object());
  }
}

TEST_CASE("query_event: the page is the one the browser says, unless the query names one") {
  CHECK(event_from_query("a=1", "https://h/p?\"") == R"({"a":"1","page_url":"https://h/p?\""})");
  CHECK(event_from_query("page_url=x", "https://h/") == R"({"page_url":"x"})");
  CHECK(event_from_query("page_url=", "https://h/") == R"({"page_url":""})");
  CHECK(event_from_query("", "https://h/\xff") == "{}");
}
