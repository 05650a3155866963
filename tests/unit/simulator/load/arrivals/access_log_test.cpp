#include "simulator/load/arrivals/access_log.h"

#include <catch2/catch.hpp>
#include <regex>

#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "simulator/load/arrivals/mix.h"

namespace edgehose {
namespace {

const std::string kLine =
    R"(83.149.9.216 - frank [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 203023 )"
    R"("http://example.com/start" "Mozilla/5.0 (X11) \"odd\"")";

std::string property(const SentEvent& event, const std::string& name) {
  for (const auto& [key, value] : event.properties) {
    if (key != name) continue;
    if (const auto* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
    return std::get<std::string>(value);
  }
  return "(absent)";
}

}  // namespace

TEST_CASE("parse_access_log_line: takes every field of a combined line") {
  const auto line = parse_access_log_line(kLine);
  REQUIRE(line);
  CHECK(iso_ms(line->time_ms) == "2015-05-17T10:05:03.000Z");
  CHECK(line->method == "GET");
  CHECK(line->target == "/a?b=c");
  CHECK(line->status == 200);
  CHECK(line->bytes == 203023);
  CHECK(line->referrer == "http://example.com/start");
  CHECK(line->user_agent == R"(Mozilla/5.0 (X11) "odd")");
}

TEST_CASE("parse_access_log_line: time zones move the instant") {
  std::string text = kLine;
  text.replace(text.find("+0000"), 5, "+0900");
  CHECK(iso_ms(parse_access_log_line(text)->time_ms) == "2015-05-17T01:05:03.000Z");
}

TEST_CASE("parse_access_log_line: odd requests, sizes and ends of line still are events") {
  struct Case {
    const char* from;
    const char* to;
    const char* request;
    const char* target;
  };
  const Case cases[] = {
      {"GET /a?b=c HTTP/1.1", "-", "-", ""},
      {"GET /a?b=c HTTP/1.1", "", "-", ""},
      {"GET /a?b=c HTTP/1.1", R"(\x16\x03\x01)", R"(\x16\x03\x01)", ""},
      {"GET /a?b=c HTTP/1.1", "GET /with blank HTTP/1.0", "", "/with blank"},
      {"203023", "-", "", "/a?b=c"},
      {R"( \"odd\"")", R"( \"odd\"" "extra")", "", "/a?b=c"},
      {R"( \"odd\"")", "", "", "/a?b=c"},  // cut inside the user agent
      {R"( \"odd\"")", "\"\r", "", "/a?b=c"},
  };
  for (const Case& c : cases) {
    std::string text = kLine;
    text.replace(text.find(c.from), std::string(c.from).size(), c.to);
    INFO(text);
    const auto line = parse_access_log_line(text);
    REQUIRE(line);
    CHECK(line->request == c.request);
    CHECK(line->target == c.target);
  }
}

TEST_CASE("parse_access_log_line: bytes that are no UTF-8 become the text Apache writes") {
  std::string text = kLine;
  text.replace(text.find("/a?b=c"), 6, "/\xe4\xe3\x82\xa4\xff");
  const auto line = parse_access_log_line(text);
  REQUIRE(line);
  CHECK(line->target == "/\\xe4\xe3\x82\xa4\\xff");
  CHECK(is_utf8(line->target));
}

TEST_CASE("parse_access_log_line: agrees with a regular expression on damaged lines") {
  const std::regex pattern(
      R"re(^[^ ]+ [^ ]+ [^ ]+ \[(0[1-9]|[12]\d|3[01])/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:([01]\d|2[0-3]):[0-5]\d:[0-5]\d \+0000\] "(?:[^"\\]|\\[^])*" \d{3} (?:\d+|-) "(?:[^"\\]|\\[^])*" "(?:[^"\\]|\\[^])*\\?(?:"[^]*)?$)re");
  const size_t zone_at = kLine.find("+0000");
  int taken = 0;
  int refused = 0;
  for (uint64_t i = 0; i < 20'000; ++i) {
    std::string text = kLine;
    const size_t at = below(draw(11, 0, i), text.size());
    if (at >= zone_at && at < zone_at + 5) continue;  // ranges of zones are the calendar's business
    constexpr std::string_view kPieces = "\"\\ []:/-0a";
    const char piece = kPieces[below(draw(11, 1, i), kPieces.size())];
    switch (below(draw(11, 2, i), 3)) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text.insert(at, 1, piece);
        break;
      default:
        text[at] = piece;
        break;
    }
    const bool expected = std::regex_match(text, pattern);
    INFO(text);
    REQUIRE(parse_access_log_line(text).has_value() == expected);
    ++(expected ? taken : refused);
  }
  CHECK(taken > 1'000);
  CHECK(refused > 1'000);
}

TEST_CASE("event_of_log_line: makes a page view at the log's own time") {
  const auto line = parse_access_log_line(kLine);
  REQUIRE(line);
  const SentEvent event = event_of_log_line(*line, 7, {.seed = 3, .site = "https://site.test"});
  CHECK(event.content_type == "page_view");
  CHECK(event.time_ms == line->time_ms);
  CHECK(event.page_url == "https://site.test/a?b=c");
  CHECK(event.referrer_url == "http://example.com/start");
  CHECK(property(event, "method") == "GET");
  CHECK(property(event, "status") == "200");
  CHECK(property(event, "bytes") == "203023");
  CHECK(event.event_id == event_of_log_line(*line, 7, {.seed = 3}).event_id);
  CHECK(event.event_id != event_of_log_line(*line, 8, {.seed = 3}).event_id);
  CHECK(event.event_id != event_of_log_line(*line, 7, {.seed = 4}).event_id);
}

TEST_CASE("event_of_log_line: whole URLs stay, other targets are put below the site") {
  auto line = parse_access_log_line(kLine);
  REQUIRE(line);
  line->target = "http://other.test/x";
  CHECK(event_of_log_line(*line, 1, {}).page_url == "http://other.test/x");
  line->target = "*";
  CHECK(event_of_log_line(*line, 1, {}).page_url == "https://www.example.com/*");
  line->target.clear();
  line->request = "-";
  CHECK(event_of_log_line(*line, 1, {}).page_url.empty());
  CHECK(property(event_of_log_line(*line, 1, {}), "request") == "-");
}

}  // namespace edgehose
