#include "simulator/load/arrivals/event.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace edgehose {

TEST_CASE("append_event_json: leaves out what is empty and names the instant as asked") {
  SentEvent event;
  event.event_id = "id-1";
  event.content_type = "click";
  event.time_ms = 1'795'352'400'123;
  std::string sent;
  append_event_json(sent, event, TimeMember::time);
  CHECK(sent == R"({"event_id":"id-1","content_type":"click","time":"2026-11-22T13:00:00.123Z"})");
  std::string delivered;
  append_event_json(delivered, event, TimeMember::event_time);
  CHECK(delivered ==
        R"({"event_id":"id-1","content_type":"click","event_time":"2026-11-22T13:00:00.123Z"})");
}

TEST_CASE("append_event_json: whatever the texts hold, a JSON reader gets them back") {
  SentEvent event;
  event.event_id = "e";
  event.content_type = "page_view";
  event.page_url = "https://x/\"quoted\"\\";
  event.page_title = "tab\tnewline\nnul\x01 \xe3\x82\xa4";
  event.screen_width = 1'920;
  event.user_agent = "ua";
  event.properties = {{"text", std::string("a\"b")}, {"number", int64_t{-5}}};
  std::string text;
  append_event_json(text, event, TimeMember::time);
  const auto json = nlohmann::json::parse(text);
  CHECK(json.at("page_url") == event.page_url);
  CHECK(json.at("page_title") == event.page_title);
  CHECK(json.at("screen_width") == 1'920);
  CHECK(json.at("properties") == nlohmann::json({{"text", "a\"b"}, {"number", -5}}));
  CHECK_FALSE(json.contains("screen_height"));
}

TEST_CASE("uuid_v7: carries the instant, the version and the variant") {
  CHECK(uuid_v7(0x0123456789ab, 0, 0) == "01234567-89ab-7000-8000-000000000000");
  CHECK(uuid_v7(0x0123456789ab, ~0ULL, ~0ULL) == "01234567-89ab-7fff-bfff-ffffffffffff");
}

}  // namespace edgehose
