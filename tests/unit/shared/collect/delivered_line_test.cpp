#include "shared/collect/delivered_line.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace edgehose;
using nlohmann::json;

namespace {

std::string line_of(const std::string& body, const RequestFacts& facts) {
  JsonScanner in(body);
  Event event;
  const EventRules rules;
  REQUIRE_FALSE(EventReader(rules).read(in, event));
  ByteBuffer line;
  line.append("before");
  DeliveredLines lines({}, {}, 0);
  lines.begin(facts);
  lines.append(line, event, {event.time_ms, 0, {}}, Keep::everything);
  REQUIRE(line.view().starts_with("before"));
  return std::string(line.view().substr(6));
}

RequestFacts facts_of() {
  RequestFacts facts;
  facts.received_ms = 1'795'352'400'123;
  return facts;
}

}  // namespace

TEST_CASE("delivered_line: what is not known is absent") {
  CHECK(line_of(R"({"event_id":"e","content_type":"t","time":0})", facts_of()) ==
        R"({"event_id":"e","content_type":"t","event_time":"1970-01-01T00:00:00.000Z",)"
        R"("received_time":"2026-11-22T13:00:00.123Z","collector":"edgehose/0.1.0"})");
}

TEST_CASE("delivered_line: its order is that of the design, whatever the sender's order") {
  RequestFacts facts = facts_of();
  facts.sent_ms = 1'795'352'401'000;
  facts.client_ip = "203.0.113.0";
  facts.user_agent = "header";
  facts.geo_country = "JP";
  facts.geo_region = "13";
  facts.geo_city = "T\"okyo";
  facts.geo_asn = "2516";
  const std::string line = line_of(
      R"({"consent":"c","properties":{"z":1 , "a":2},"referrer_url":"http://R.example","screen_height":2,)"
      R"("screen_width":1,"timezone":"z","language":"l","page_title":"p","page_url":"http://h/p?utm_medium=m",)"
      R"("session_id":"s","anonymous_id":"a","user_id":"u","time":"1970-01-01","content_type":"t","event_id":"e"})",
      facts);
  CHECK(
      line ==
      R"({"event_id":"e","content_type":"t","event_time":"1970-01-01T00:00:00.000Z",)"
      R"("received_time":"2026-11-22T13:00:00.123Z","sent_time":"2026-11-22T13:00:01.000Z","user_id":"u",)"
      R"("anonymous_id":"a","session_id":"s","page_url":"http://h/p?utm_medium=m","page_host":"h","page_path":"/p",)"
      R"("page_title":"p","language":"l","timezone":"z","screen_width":1,"screen_height":2,)"
      R"("referrer_url":"http://R.example","referrer_host":"r.example","referrer_medium":"unknown","campaign_medium":"m","is_bot":true,"user_agent":"header",)"
      R"("client_ip":"203.0.113.0","geo_country":"JP","geo_region":"13","geo_city":"T\"okyo","geo_asn":"2516",)"
      R"("properties":{"z":1,"a":2},"consent":"c","collector":"edgehose/0.1.0"})");
}

TEST_CASE("delivered_line: addresses written with escapes are taken apart all the same") {
  const json line = json::parse(line_of(
      R"({"event_id":"e","content_type":"t","time":0,"page_url":"https:\/\/A.example\/p\u00e9?utm_source=%C3%A9","referrer_url":"\u0068ttp://b"})",
      facts_of()));
  CHECK(line["page_host"] == "a.example");
  CHECK(line["page_path"] == "/p\xc3\xa9");
  CHECK(line["campaign_source"] == "\xc3\xa9");
  CHECK(line["referrer_host"] == "b");
}

TEST_CASE("delivered_line: an address that is none keeps its text and gives no parts") {
  const json line = json::parse(line_of(
      R"({"event_id":"e","content_type":"t","time":0,"page_url":"/a/b","referrer_url":"https://"})",
      facts_of()));
  CHECK(line["page_url"] == "/a/b");
  for (const char* name : {"page_host", "page_path", "referrer_host"})
    CHECK_FALSE(line.contains(name));
}

TEST_CASE("delivered_line: an address of any scheme gives the parts it has") {
  const json line = json::parse(line_of(
      R"({"event_id":"e","content_type":"t","time":0,"page_url":"about:blank","referrer_url":"android-app://x"})",
      facts_of()));
  CHECK_FALSE(line.contains("page_host"));
  CHECK(line["page_path"] == "blank");
  CHECK(line["referrer_host"] == "x");
}

TEST_CASE("delivered_line: headers that are no text are left out") {
  RequestFacts facts = facts_of();
  facts.user_agent = "\xff";
  facts.geo_city = "S\xe3o";
  const json line = json::parse(line_of(R"({"event_id":"e","content_type":"t","time":0})", facts));
  CHECK_FALSE(line.contains("user_agent"));
  CHECK_FALSE(line.contains("geo_city"));
}
