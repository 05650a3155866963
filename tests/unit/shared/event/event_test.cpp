#include "shared/event/event.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

const std::map<std::string, std::string> kGood = {{"event_id", "\"e-1\""},
                                                  {"content_type", "\"page_view\""},
                                                  {"time", "\"2026-11-22T13:00:00Z\""}};

std::string object_of(const std::map<std::string, std::string>& members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    if (text.size() > 1) text += ",";
    text += "\"" + name + "\":" + value;
  }
  return text + "}";
}

// A good event with one member set to a raw value.
std::string with(const std::string& name, const std::string& value) {
  auto members = kGood;
  members[name] = value;
  return object_of(members);
}

struct Read {
  std::optional<Rejected> rejected;
  Event event;
  JsonFault fault;
  size_t at;
};

// Views of the event point into `body`.
Read read(const std::string& body, const Limits& limits = {}) {
  JsonScanner in(body);
  Read result{};
  const EventRules rules{limits, {}, UnplannedEvents::fail, EventIdPolicy::required, {}};
  result.rejected = EventReader(rules).read(in, result.event);
  result.fault = in.fault();
  result.at = in.at();
  return result;
}

}  // namespace

TEST_CASE("event: each member of the contract is kept as it was written") {
  const std::vector<std::pair<Member, std::pair<std::string, std::string>>> members = {
      {Member::user_id, {"user_id", "\"u \\u00e9\""}},
      {Member::anonymous_id, {"anonymous_id", "\"a\""}},
      {Member::session_id, {"session_id", "\"s\""}},
      {Member::page_url, {"page_url", "\"https://example.com/\""}},
      {Member::page_title, {"page_title", "\"t\""}},
      {Member::language, {"language", "\"ja\""}},
      {Member::timezone, {"timezone", "\"Asia/Tokyo\""}},
      {Member::screen_width, {"screen_width", "1920"}},
      {Member::screen_height, {"screen_height", "0"}},
      {Member::referrer_url, {"referrer_url", "\"https://r.example/\""}},
      {Member::user_agent, {"user_agent", "\"UA\""}},
      {Member::properties, {"properties", "{\"a\":[1,null,{}]}"}},
      {Member::consent, {"consent", "\"analytics\""}},
  };
  CHECK(members.size() + 3 == kMemberCount);
  for (const auto& [member, text] : members) {
    CAPTURE(text.first);
    const std::string body = with(text.first, text.second);
    const Read result = read(body);
    REQUIRE_FALSE(result.rejected);
    CHECK(result.event[member] == text.second);
    CHECK(result.event.event_id == "e-1");
    CHECK(result.event.content_type == "page_view");
    CHECK(result.event.time_ms == 1'795'352'400'000);
    CHECK(result.at == body.size());
    // Null and "" mean that the sender does not know.
    for (const std::string unknown : {"null", "\"\""}) {
      const std::string absent = with(text.first, unknown);
      const Read without = read(absent);
      REQUIRE_FALSE(without.rejected);
      CHECK(without.event[member].empty());
    }
  }
}

TEST_CASE("event: a bad member is named with its rule, what was expected and what was found") {
  struct Case {
    std::string name;
    std::string value;
    std::string_view reason;
    std::string keyword;
    std::string actual;
  };
  const std::string long_text(9'000, 'x');
  const std::vector<Case> cases = {
      {"event_id", "1", reason::wrong_type, "type", "1"},
      {"event_id", "\"a b\"", reason::invalid_value, "pattern", "\"a b\""},
      {"event_id", "\"\\u0020\"", reason::invalid_value, "pattern", "\" \""},
      {"event_id", "\"" + std::string(129, 'a') + "\"", reason::invalid_value, "pattern",
       "\"" + std::string(63, 'a') + "..."},
      {"event_id", "null", reason::missing_member, "required", "absent"},
      {"event_id", "\"\"", reason::missing_member, "required", "absent"},
      {"content_type", "true", reason::wrong_type, "type", "true"},
      {"content_type", "\"Page\"", reason::invalid_value, "pattern", "\"Page\""},
      {"content_type", "\"1a\"", reason::invalid_value, "pattern", "\"1a\""},
      {"content_type", "\"a-b\"", reason::invalid_value, "pattern", "\"a-b\""},
      {"content_type", "\"" + std::string(65, 'a') + "\"", reason::invalid_value, "pattern",
       "\"" + std::string(63, 'a') + "..."},
      {"time", "true", reason::wrong_type, "type", "true"},
      {"time", "{}", reason::wrong_type, "type", "{}"},
      {"time", "\"yesterday\"", reason::invalid_value, "format", "\"yesterday\""},
      {"time", "1e12", reason::invalid_value, "format", "1e12"},
      {"time", "99999999999999999999", reason::invalid_value, "format", "99999999999999999999"},
      {"user_id", "7", reason::wrong_type, "type", "7"},
      {"anonymous_id", "[]", reason::wrong_type, "type", "[]"},
      {"session_id", "{}", reason::wrong_type, "type", "{}"},
      {"page_url", "false", reason::wrong_type, "type", "false"},
      {"page_title", "0", reason::wrong_type, "type", "0"},
      {"language", "[\"ja\"]", reason::wrong_type, "type", "[\"ja\"]"},
      {"timezone", "9", reason::wrong_type, "type", "9"},
      {"referrer_url", "9", reason::wrong_type, "type", "9"},
      {"user_agent", "9", reason::wrong_type, "type", "9"},
      {"consent", "{}", reason::wrong_type, "type", "{}"},
      {"page_title", "\"" + long_text + "\"", reason::invalid_value, "maxLength",
       "\"" + std::string(63, 'x') + "..."},
      {"screen_width", "\"1920\"", reason::wrong_type, "type", "\"1920\""},
      {"screen_width", "-1", reason::invalid_value, "maximum", "-1"},
      {"screen_width", "1.5", reason::invalid_value, "maximum", "1.5"},
      {"screen_width", "1e3", reason::invalid_value, "maximum", "1e3"},
      {"screen_height", "1000000", reason::invalid_value, "maximum", "1000000"},
      {"properties", "[]", reason::wrong_type, "type", "[]"},
      {"properties", "\"{}\"", reason::wrong_type, "type", "\"{}\""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name, c.value.substr(0, 80));
    const std::string body = with(c.name, c.value);
    const Read result = read(body);
    REQUIRE(result.rejected);
    CHECK(result.rejected->reason == c.reason);
    CHECK(result.rejected->pointer == "/" + c.name);
    CHECK(result.rejected->keyword == c.keyword);
    CHECK(result.rejected->actual == c.actual);
    CHECK_FALSE(result.rejected->expected.empty());
    CHECK(result.fault == JsonFault::none);
    CHECK(result.at == body.size());
    CHECK(result.rejected->content_type == (c.name == "content_type" ? "" : "page_view"));
  }
}

TEST_CASE("event: values at their bounds are taken") {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"event_id", "\"" + std::string(128, 'Z') + "\""},
           {"event_id", "\"a.b:c-d_9\""},
           {"content_type", "\"" + std::string(64, 'z') + "\""},
           {"content_type", "\"a\""},
           {"page_url", "\"" + std::string(8'190, 'x') + "\""},
           {"screen_width", "999999"},
           {"screen_width", "0"},
           {"time", "1795381200123"},
           {"time", "1795381200"},
           {"time", "\"1795381200.5\""},
           {"time", "-1"},
           {"properties", "{}"}}) {
    CAPTURE(name, value.substr(0, 80));
    const std::string body = with(name, value);
    CHECK_FALSE(read(body).rejected);
  }
  const std::string long_url = with("page_url", "\"" + std::string(8'191, 'x') + "\"");
  CHECK(read(long_url).rejected);
}

TEST_CASE("event: each byte is one of an event_id or none, at each place") {
  const std::string allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
  for (const size_t size : {1U, 5U, 7U, 8U, 9U, 16U, 36U}) {
    for (size_t at = 0; at < size; at += size > 9 ? 5 : 1) {
      // What JSON takes as it stands; others are faults of the text.
      for (int byte = 0x20; byte < 0x80; ++byte) {
        if (byte == '"' || byte == '\\') continue;
        std::string id(size, 'z');
        id[at] = static_cast<char>(byte);
        const std::string body = with("event_id", "\"" + id + "\"");
        CAPTURE(id);
        REQUIRE(read(body).rejected.has_value() == (allowed.find(id[at]) == std::string::npos));
      }
      std::string id(size, 'z');
      id.replace(at, 1, "\xc3\xa9");
      REQUIRE(read(with("event_id", "\"" + id + "\"")).rejected);
    }
  }
}

TEST_CASE("event: a required member that is absent is named") {
  for (const std::string name : {"event_id", "content_type", "time"}) {
    auto members = kGood;
    members.erase(name);
    const std::string body = object_of(members);
    const Read result = read(body);
    REQUIRE(result.rejected);
    CHECK(result.rejected->reason == reason::missing_member);
    CHECK(result.rejected->pointer == "/" + name);
    CHECK(result.rejected->expected == name);
  }
}

TEST_CASE("event: an unknown member fails the event with its place") {
  struct Case {
    std::string key;
    std::string pointer;
  };
  const std::string long_key(100, 'k');
  for (const Case& c : std::vector<Case>{{"event_time", "/event_time"},
                                         {"", "/"},
                                         {"a/b~c", "/a~1b~0c"},
                                         {"Event_id", "/Event_id"},
                                         {"\\u0061\\n", "/a\n"},
                                         {"\xe3\x81\x82", "/\xe3\x81\x82"},
                                         {long_key, "/" + long_key.substr(0, 64) + "..."}}) {
    CAPTURE(c.key);
    // Even null: the name itself is what is not known.
    for (const std::string value : {"1", "null", "{\"x\":[]}"}) {
      const std::string body = with(c.key, value);
      const Read result = read(body);
      REQUIRE(result.rejected);
      CHECK(result.rejected->reason == reason::unknown_member);
      CHECK(result.rejected->pointer == c.pointer);
      CHECK(result.rejected->content_type == "page_view");
      CHECK(result.at == body.size());
    }
  }
}

TEST_CASE("event: a member twice is one too many, also when written with escapes or null") {
  for (const std::string second :
       {"\"user_id\":\"b\"", "\"\\u0075ser_id\":\"b\"", "\"user_id\":null"}) {
    const std::string body = "{\"user_id\":\"a\"," + second + "," + object_of(kGood).substr(1);
    const Read result = read(body);
    REQUIRE(result.rejected);
    CHECK(result.rejected->reason == reason::duplicate_member);
    CHECK(result.rejected->pointer == "/user_id");
  }
}

TEST_CASE("event: a key written with escapes is the same name") {
  const std::string body =
      "{\"\\u0065vent_id\":\"e\",\"content_type\":\"page_view\",\"t\\u0069me\":\"2026-11-22\"}";
  const Read result = read(body);
  REQUIRE_FALSE(result.rejected);
  CHECK(result.event.event_id == "e");
}

TEST_CASE("event: the first problem in the text is the one told") {
  const std::string body = "{\"foo\":1,\"bar\":2,\"time\":true}";
  const Read result = read(body);
  REQUIRE(result.rejected);
  CHECK(result.rejected->pointer == "/foo");
}

TEST_CASE("event: a value that is no object is failed and stepped over") {
  for (const std::string value : {"1", "\"text\"", "null", "[1,[2]]", "true"}) {
    const std::string body = " " + value + " ,rest";
    const Read result = read(body);
    REQUIRE(result.rejected);
    CHECK(result.rejected->reason == reason::not_an_object);
    CHECK(result.rejected->pointer.empty());
    CHECK(result.at == value.size() + 1);
  }
}

TEST_CASE("event: a fault of the text is told with its kind and its place in the event") {
  struct Case {
    std::string body;
    std::string_view reason;
    std::string pointer;
    std::string expected;
    std::string actual;
  };
  std::string deep = "{\"properties\":{\"p\":";
  const size_t deep_at = deep.size() + 62;
  deep += std::string(100, '[') + std::string(100, ']') + "}}";
  std::string deep_pointer = "/properties/p";
  for (int i = 0; i < 62; ++i) deep_pointer += "/0";
  const std::vector<Case> cases = {
      {"{\"properties\":{\"a\":[1,02]}}", reason::malformed_json, "/properties/a/1", "bad number",
       "byte 23 is 0x32"},
      {"{\"user_id\":\"\xff\"}", reason::invalid_utf8, "/user_id", "invalid UTF-8",
       "byte 12 is 0xff"},
      {"{\"user_id\":\"a\nb\"}", reason::malformed_json, "/user_id", "control byte in a string",
       "byte 13 is 0x0a"},
      {"{\"user_id\":", reason::malformed_json, "/user_id", "truncated", "byte 11 is past the end"},
      {"{\"user_id\":}", reason::malformed_json, "/user_id", "unexpected byte", "byte 11 is 0x7d"},
      {deep, reason::too_deep, deep_pointer, "nested too deep",
       "byte " + std::to_string(deep_at) + " is 0x5b"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    // The same places wherever the event stands in its body.
    for (const std::string before : {"", "   "}) {
      const std::string body = before + c.body;
      const Read result = read(body);
      REQUIRE(result.rejected);
      CHECK(result.rejected->reason == c.reason);
      CHECK(result.rejected->expected == c.expected);
      CHECK(result.rejected->actual == c.actual);
      CHECK(result.rejected->pointer == c.pointer);
      CHECK(result.fault != JsonFault::none);
    }
  }
}

TEST_CASE("event: an instant is read from a string or a number") {
  CHECK(read_event_time("\"2026-11-22T13:00:00Z\"") == 1'795'352'400'000);
  CHECK(read_event_time("1795352400") == 1'795'352'400'000);
  CHECK(read_event_time("\"1795352400\"") == 1'795'352'400'000);
  for (const std::string bad : {"", "null", "true", "{}", "[]", "\"\"", "\"x\"", "1e9"}) {
    CHECK(read_event_time(bad) == std::nullopt);
  }
}
