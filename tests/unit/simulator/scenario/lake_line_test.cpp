#include "simulator/scenario/lake_line.h"

#include <catch2/catch.hpp>

#include "shared/base/base64.h"
#include "simulator/scenario/ledger.h"

namespace edgehose {
namespace {

std::string failed_line(const std::string& raw) {
  std::string line = R"({"reason":"missing","raw":")";
  base64_append(line, raw);
  return line + "\"}";
}

}  // namespace

TEST_CASE("read_lake_line: an event gives its id and the digest of what was sent") {
  const std::string text = R"({"event_id":"i\u0031","content_type":"c","received_time":"t"})";
  const auto line = read_lake_line(text);
  REQUIRE(line);
  CHECK(line->kind == LakeLine::Kind::delivered);
  CHECK(line->event_id == "i1");
  CHECK(line->digest == event_digest(text).value());
}

TEST_CASE("read_lake_line: a failed event gives the id inside its raw text") {
  struct Case {
    std::string raw;
    std::string id;
  };
  const Case cases[] = {
      {R"({"event_id":"a","x":1})", "a"},
      {R"({"x":{"event_id":"inner"},"event_id":"outer"})", "outer"},
      {R"({"event_id": "cut","x":)", "cut"},
      {R"({"x":1})", ""},
      {"not json", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    INFO(c.raw);
    const auto line = read_lake_line(failed_line(c.raw));
    REQUIRE(line);
    CHECK(line->kind == LakeLine::Kind::failed);
    CHECK(line->event_id == c.id);
  }
  const auto without = read_lake_line(R"({"reason":"x"})");
  REQUIRE(without);
  CHECK(without->event_id.empty());
}

TEST_CASE("read_lake_line: anything else is no line of the lake") {
  for (const char* bad :
       {"", "x", "[]", "{}", R"({"event_id":""})", R"({"event_id":5})", R"({"event_id":"a"} x)",
        R"({"event_id":"a")", "{\"event_id\":\"\xff\"}"}) {
    INFO(bad);
    CHECK_FALSE(read_lake_line(bad));
  }
}

TEST_CASE("event_ids_in: finds ids in text that is damaged, ten at most") {
  using Ids = std::vector<std::string>;
  CHECK(event_ids_in("") == Ids{});
  CHECK(event_ids_in(R"(}}"event_id":"a"{{"event_id": "b","event_id":5,"event_id":"open)") ==
        Ids{"a", "b"});
  std::string many;
  for (int i = 0; i < 50; ++i) many += R"("event_id":"x")";
  CHECK(event_ids_in(many).size() == 10);
}

TEST_CASE("lake line: a raw line is an event, or a request whose body has some") {
  using Ids = std::vector<std::string>;
  CHECK(raw_event_ids(R"({"event_id":"a","content_type":"x"})") == Ids{"a"});
  CHECK(
      raw_event_ids(
          R"({"headers":{},"body":"{\"events\":[{\"event_id\":\"a\"},{\"event_id\": \"b\"}]}"})") ==
      Ids{"a", "b"});
  CHECK(raw_event_ids(R"({"sent_time":1,"events":[{"event_id":"a"}]})") == Ids{"a"});
  CHECK(raw_event_ids("no json").empty());
  CHECK(raw_event_ids(R"({"body":7})").empty());
}

}  // namespace edgehose
