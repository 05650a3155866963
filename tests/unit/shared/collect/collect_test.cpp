#include "shared/collect/collect.h"

#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/sha256.h"
#include "tests/unit/shared/collect/collect_world.h"

using namespace edgehose;

TEST_CASE("collect: one event, an array and an envelope in both orders bring the same events") {
  for (const std::string& body :
       {"[" + event("a") + "," + event("b") + "]",
        R"({"events":[)" + event("a") + "," + event("b") + "]}",
        R"({"sent_time":"2026-11-22T13:00:01Z","events":[)" + event("a") + "," + event("b") + "]}",
        R"({"events":[)" + event("a") + "," + event("b") +
            R"(],"sent_time":"2026-11-22T13:00:01Z"})",
        " \n[ " + event("a") + " , " + event("b") + " ] \n"}) {
    CAPTURE(body);
    const Out out = post(body);
    CHECK(out.shaped.status == 200);
    CHECK(accepted_ids(out) == Ids{"a", "b"});
    CHECK(out.answer["failed"].empty());
    for (const OutLine& line : out.lines) {
      CHECK(line.stream == "views");
      CHECK(line.document.contains("sent_time") == (body.find("sent_time") != std::string::npos));
      if (line.document.contains("sent_time"))
        CHECK(line.document["sent_time"] == "2026-11-22T13:00:01.000Z");
    }
  }
  CHECK(accepted_ids(post(" " + event("a") + "\n")) == Ids{"a"});
}

TEST_CASE(
    "collect: the delivered line has each member under its own name, and what the core adds") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  request.client_ip = "203.0.113.77";
  request.headers =
      "user-agent: Header/1.0\ncf-ipcountry: JP\ncf-region-code: 13\ncf-ipcity: Tokyo\ncf-asn: "
      "2516\n";
  const std::string body = event(
      "e1",
      R"(,"user_id":"u","anonymous_id":"n","session_id":"s",)"
      R"("page_url":"https://Example.com:443/a?utm_source=x&utm_campaign=c%20d","page_title":"T","language":"ja",)"
      R"("timezone":"Asia/Tokyo","screen_width":1920,"screen_height":1080,"referrer_url":"https://WWW.r.example/p",)"
      R"("properties":{ "a" : [1, 2] },"consent":"all")");
  request.body = body;
  const Out out = shape(request, configuration_of());
  REQUIRE(out.lines.size() == 1);
  CHECK(out.lines[0].document == json::parse(R"({
    "event_id":"e1","content_type":"page_view","event_time":"2026-11-22T13:00:00.000Z",
    "received_time":"2026-11-22T13:00:00.123Z","user_id":"u","anonymous_id":"n","session_id":"s",
    "page_url":"https://Example.com:443/a?utm_source=x&utm_campaign=c%20d","page_host":"example.com","page_path":"/a",
    "page_title":"T","language":"ja","timezone":"Asia/Tokyo","screen_width":1920,"screen_height":1080,
    "referrer_url":"https://WWW.r.example/p","referrer_host":"www.r.example","referrer_medium":"unknown","campaign_source":"x","campaign_name":"c d",
    "is_bot":true,"user_agent":"Header/1.0","client_ip":"203.0.113.0","geo_country":"JP","geo_region":"13","geo_city":"Tokyo",
    "geo_asn":"2516","properties":{"a":[1,2]},"consent":"all","collector":"edgehose/0.1.0"})"));
}

TEST_CASE(
    "collect: an event that cannot be delivered is failed with its place beside good neighbours") {
  struct Case {
    std::string bad;
    std::string reason;
    std::string pointer;
  };
  const std::string deep =
      event("d", R"(,"properties":{"p":)" + std::string(100, '[') + std::string(100, ']') + "}");
  const std::vector<Case> cases = {
      {R"({"content_type":"page_view","time":0})", "missing_member", "/event_id"},
      {event("x", R"(,"event_time":1)"), "unknown_member", "/event_time"},
      {event("x", R"(,"event_id":"y")"), "duplicate_member", "/event_id"},
      {event("x", R"(,"user_id":7)"), "wrong_type", "/user_id"},
      {event("x", R"(,"screen_width":-1)"), "invalid_value", "/screen_width"},
      {R"({"event_id":"x","content_type":"nope","time":0})", "unknown_content_type",
       "/content_type"},
      {"7", "not_an_object", ""},
      {"[[]]", "not_an_object", ""},
      {event("x", ",,"), "malformed_json", ""},
      {event("x", R"(,"properties":{"n":01})"), "malformed_json", "/properties/n"},
      {event("x", R"(,"properties":{"n":1e400})"), "malformed_json", "/properties/n"},
      {event("x", ",\"user_id\":\"\xff\""), "invalid_utf8", "/user_id"},
      {event("x", ",\"user_id\":\"a\nb\""), "malformed_json", "/user_id"},
      {event("x", R"(,"user_id":"\x")"), "malformed_json", "/user_id"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bad);
    for (const std::string& body :
         {"[" + event("a") + "," + c.bad + "," + event("b") + "]",
          "{\"events\":[" + event("a") + "," + c.bad + " , " + event("b") + "]}"}) {
      const Out out = post(body);
      CHECK(out.shaped.status == 200);
      CHECK(accepted_ids(out) == Ids{"a", "b"});
      CHECK(out.answer["failed"] ==
            json::array({{{"index", 1}, {"reason", c.reason}, {"pointer", c.pointer}}}));
      REQUIRE(out.lines.size() == 3);
      CHECK(out.lines[1].stream == "failed");
      CHECK(out.lines[1].document["reason"] == c.reason);
      CHECK(out.lines[1].document["pointer"] == c.pointer);
      CHECK(out.lines[1].document["received_time"] == "2026-11-22T13:00:00.123Z");
      CHECK(raw_of(out.lines[1]) == c.bad);
      CHECK(out.lines[1].document["raw_sha256"] == hex(sha256(c.bad)));
      CHECK(out.lines[1].document["raw_bytes"] == c.bad.size());
    }
    // Alone, it is held as well: the sender has nothing to do.
    const Out alone = post("[" + c.bad + "]");
    CHECK(alone.shaped.status == 200);
    CHECK(alone.answer["accepted"] == 0);
  }
  const Out out = post("[" + event("a") + "," + deep + "," + event("b") + "]");
  CHECK(accepted_ids(out) == Ids{"a", "b"});
  CHECK(out.lines[1].document["reason"] == "too_deep");
}

TEST_CASE(
    "collect: own data with a member twice fails with its place, without a plan as with one") {
  for (const auto& [properties, pointer] : std::vector<std::pair<std::string, std::string>>{
           {R"({"a":1,"a":2})", "/properties/a"},
           {R"({"x":[0,{"b/c":{"k":1,"\u006b":1}}]})", "/properties/x/1/b~1c/k"}}) {
    CAPTURE(properties);
    const Out out =
        post("[" + event("x", ",\"properties\":" + properties) + "," + event("a") + "]");
    CHECK(accepted_ids(out) == Ids{"a"});
    CHECK(out.lines[0].document["reason"] == "duplicate_member");
    CHECK(out.lines[0].document["pointer"] == pointer);
  }
}

TEST_CASE("collect: nesting has the same bound alone, in an array and in an envelope") {
  for (size_t depth : {62U, 63U, 64U, 65U}) {
    // The event and its properties are two containers of the count.
    const std::string text = event("a", R"(,"properties":{"p":)" + std::string(depth - 2, '[') +
                                            std::string(depth - 2, ']') + "}");
    CAPTURE(depth);
    for (const std::string& body : {text, "[" + text + "]", "{\"events\":[" + text + "]}"}) {
      CHECK(post(body).shaped.accepted == (depth <= 64 ? 1 : 0));
    }
  }
}

// The heart of "no good neighbour before the cut is lost".
TEST_CASE("collect: a batch cut at each byte keeps each event that was whole before the cut") {
  const std::vector<std::string> bodies = {
      "[" + event("a", R"(,"properties":{"k":"]}\"\\"})") + "," + event("b") + " ,\n" + event("c") +
          "]",
      R"({"events":[)" + event("a") + "," + event("b") + "," + event("c") +
          R"(],"sent_time":"2026-11-22T13:00:01Z"})",
      R"({"sent_time":1795352401,"events":[)" + event("a") + "," + event("b") + "," + event("c") +
          "]}",
      "[" + event("a") + ",{\"event_id\":1}," + event("c") + "]"};
  for (const std::string& body : bodies) {
    const Out whole = post(body);
    for (size_t cut = 0; cut < body.size(); ++cut) {
      const std::string part = body.substr(0, cut);
      const Out out = post(part);
      Ids whole_before;
      for (const std::string id : {"a", "b", "c"}) {
        const size_t start = part.find("\"event_id\":\"" + id + "\"");
        if (start == std::string::npos) continue;
        // An event's last member before its closing brace is its time or its properties.
        const size_t end = part.find(
            id == "a" && body.find("properties") != std::string::npos ? "\"}}" : "Z\"}", start);
        if (end != std::string::npos) whole_before.push_back(id);
      }
      CAPTURE(part, out.shaped.answer);
      REQUIRE(accepted_ids(out) == whole_before);
      // Told apart: 200, and the rest is a failed event that holds the bytes. Nothing: 400.
      REQUIRE(out.shaped.status == (out.lines.empty() ? 400 : 200));
      if (!out.lines.empty() && part.substr(part.size() - 1) != "]") {
        REQUIRE(out.lines.back().stream == "failed");
        REQUIRE(part.ends_with(raw_of(out.lines.back())));
      }
    }
    CHECK(whole.shaped.status == 200);
  }
}

TEST_CASE("collect: bytes behind the events are a failed event, and never cost the events") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {event("a") + " x", "x"},
      {event("a") + event("b"), event("b")},
      {event("a") + "\n" + event("b") + "\n", event("b") + "\n"},
      {"[" + event("a") + "] x", "x"},
      {"[" + event("a") + "]]", "]"},
      {"[" + event("a") + "," + "]", "]"},
      {"[" + event("a") + ",,1]", ",1]"},
      {"[" + event("a") + " " + event("b") + "]", event("b") + "]"},
      {"{\"events\":[" + event("a") + "]} x", "x"},
      {"{\"events\":[" + event("a") + "],}", "}"},
      {"{\"events\":[" + event("a") + "],\"sent_time\":01}", "01}"},
      {"{\"events\":[" + event("a") + "],\"sent_time\"}", "}"},
      {"[" + event("a") + "," + std::string("\0", 1) + "]", std::string("\0", 1)},
      {"[" + event("a") + "]" + std::string("\0", 1), std::string("\0", 1)},
  };
  for (const auto& [body, rest] : cases) {
    CAPTURE(body);
    const Out out = post(body);
    CHECK(out.shaped.status == 200);
    CHECK(accepted_ids(out) == Ids{"a"});
    REQUIRE(out.lines.size() == 2);
    CHECK(out.lines[1].document["reason"] == "malformed_json");
    CHECK(raw_of(out.lines[1]) == rest);
  }
}

TEST_CASE("collect: what has no place in an envelope is a failed event behind the others") {
  for (const std::string& body :
       {R"({"events":[)" + event("a") + R"(],"x/y":{"z":1}})",
        R"({"sent_time":1,"x/y":{"z":1},"events":[)" + event("a") + "]}"}) {
    CAPTURE(body);
    const Out out = post(body);
    CHECK(accepted_ids(out) == Ids{"a"});
    CHECK(out.answer["failed"] ==
          json::array({{{"index", 1}, {"reason", "unknown_member"}, {"pointer", "/x~1y"}}}));
    CHECK(raw_of(out.lines[1]) == R"({"z":1})");
  }
  // A second array of events holds events.
  CHECK(accepted_ids(post(R"({"events":[)" + event("a") + R"(],"events":[)" + event("b") + "]}")) ==
        Ids{"a", "b"});
}

TEST_CASE("collect: an envelope is one by its events, wherever they stand in it") {
  for (const std::string& body :
       {R"({"version":1,"events":[)" + event("a") + "]}",
        R"({"version":{"events":[]},"sent_time":"2026-11-22T13:00:01Z","events":[)" + event("a") +
            "]}",
        R"({"sent_time":0,"version":1,"events":[)" + event("a") + "]}",
        R"({"version":1,"events":[)" + event("a") + R"(],"event_id":"e"})"}) {
    CAPTURE(body);
    const Out out = post(body);
    CHECK(out.shaped.status == 200);
    CHECK(accepted_ids(out) == Ids{"a"});
    CHECK(out.answer["failed"][0]["pointer"] == "/version");
  }
  // Faults inside cost what they cost in any envelope.
  const Out faults =
      post(R"({"version":1,"events":[{"event_id":01},)" + event("a") + R"(],"x":tru})");
  CHECK(accepted_ids(faults) == Ids{"a"});
  const std::string deep =
      event("d", R"(,"properties":{"p":)" + std::string(62, '[') + std::string(62, ']') + "}");
  CHECK(accepted_ids(post(R"({"version":1,"events":[)" + deep + "]}")) == Ids{"d"});
}

TEST_CASE("collect: an object without an array of events is an event, whatever comes first") {
  for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
           {R"({"sent_time":1})", "/sent_time"},
           {R"({"sent_time":1,"events":{}})", "/sent_time"},
           {R"({"sent_time":1,)" + event("a").substr(1), "/sent_time"},
           {R"({"foo":1,"events":7})", "/foo"},
           {event("a", R"(,"events":[])"), "/events"},
           {R"({"foo":1})", "/foo"}}) {
    CAPTURE(body);
    const Out out = post(body);
    CHECK(out.shaped.status == 200);
    REQUIRE(out.lines.size() == 1);
    CHECK(out.lines[0].document["reason"] == "unknown_member");
    CHECK(out.lines[0].document["pointer"] == pointer);
    CHECK(raw_of(out.lines[0]) == body);
  }
}

TEST_CASE("collect: a sent_time that names no instant costs nothing but itself") {
  for (const std::string sent : {"\"yesterday\"", "null", "{}", "1e400000", "\"\""}) {
    CAPTURE(sent);
    if (sent == "1e400000") continue;  // no number to any reader: the envelope is broken there
    const Out out = post(R"({"sent_time":)" + sent + R"(,"events":[)" + event("a") + "]}");
    CHECK(accepted_ids(out) == Ids{"a"});
    CHECK_FALSE(out.lines[0].document.contains("sent_time"));
  }
}

TEST_CASE("collect: 400 is only where no event could be told apart, and then nothing is kept") {
  for (const std::string body : {"",
                                 " ",
                                 "x",
                                 "\"text\"",
                                 "7",
                                 "null",
                                 "true",
                                 "[",
                                 "{",
                                 "[x",
                                 "[tru",
                                 "\xef\xbb\xbf[]",
                                 "]",
                                 "{\"event_id\":\"a\"",
                                 "{\"events\":7}",
                                 "{\"events\":",
                                 "{\"sent_time\":tru",
                                 "{\"events\"",
                                 "[[",
                                 "event_id=a",
                                 "\x1f\x8b\x08"}) {
    CAPTURE(body);
    const Out out = post(body);
    CHECK(out.shaped.status == 400);
    CHECK(out.answer["error"] == (body.empty() ? "empty_body" : "malformed_json"));
    CHECK_FALSE(out.answer["detail"].get<std::string>().empty());
    CHECK(out.lines.empty());
  }
  CHECK(post(std::string(100'000, '[')).shaped.status == 400);
  CHECK(post("[]").answer == json::parse(R"({"accepted":0,"failed":[],"ack":"durable"})"));
  CHECK(post("{\"events\":[]}").shaped.status == 200);
  CHECK(post("{}").answer["failed"][0]["reason"] == "missing_member");
}

TEST_CASE("collect: a body and a count of events above their bound are 413 and nothing is kept") {
  const Configuration configuration =
      configuration_of(R"({"limits":{"body_bytes_max":1024,"events_max":3}})");
  std::string body = event("a");
  body.resize(1'024, ' ');
  CHECK(post(body, configuration).shaped.status == 200);
  body.push_back(' ');
  CHECK(post(body, configuration).shaped.status == 413);
  CHECK(post(body, configuration).answer["error"] == "body_too_large");

  const std::string three = "[" + event("a") + ",1," + event("c");
  CHECK(post(three + "]", configuration).shaped.status == 200);
  const Out four = post(three + ",1]", configuration);
  CHECK(four.shaped.status == 413);
  CHECK(four.answer["error"] == "too_many_events");
  CHECK(post(R"({"a":1,"events":[1,1,1],"b":1})", configuration).shaped.status == 200);
  CHECK(
      post(R"({"sent_time":1,"a":1,"b":1,"c":1,"d":1,"events":[]})", configuration).shaped.status ==
      413);
}

TEST_CASE("collect: a request whose lines swell past their bound is 413 and nothing is kept") {
  // Each event brings little and takes the header's text along.
  Request request;
  request.method = "POST";
  request.path = "/collect";
  const std::string headers =
      "user-agent: " + std::string(10'000, 'x') + "\ncf-ipcity: " + std::string(128, 'c') + "\n";
  const auto with_events = [&](int count) {
    std::string body = "[" + event("e0");
    for (int i = 1; i < count; ++i) body += "," + event("e" + std::to_string(i));
    body += "]";
    Request small = request;
    small.headers = headers;
    small.body = body;
    return shape(small, configuration_of(R"({"limits":{"body_bytes_max":100000}})"));
  };
  CHECK(with_events(50).shaped.status == 200);
  const Out out = with_events(1'000);
  CHECK(out.shaped.status == 413);
  CHECK(out.answer["error"] == "lines_too_large");
}

TEST_CASE("collect: a line is a Firehose record at worst, a longer one a failed event") {
  const Configuration configuration =
      configuration_of(R"({"streams":{"page_view":"views"},"limits":{"body_bytes_max":4194304}})");
  const auto with_bytes = [](size_t bytes) {
    return event("a", R"(,"properties":{"p":")" + std::string(bytes, 'x') + "\"}");
  };
  const size_t overhead = post(with_bytes(1'000), configuration).lines[0].text.size() + 1 - 1'000;
  CHECK(post(with_bytes(1'024'000 - overhead), configuration).shaped.accepted == 1);
  const std::string big = with_bytes(1'024'001 - overhead);
  const Out out = post("[" + event("b") + "," + big + "]", configuration);
  CHECK(accepted_ids(out) == Ids{"b"});
  CHECK(out.lines[1].document["reason"] == "event_too_large");
  CHECK(out.lines[1].document["content_type"] == "page_view");
  CHECK(out.lines[1].document["raw_bytes"] == big.size());
  CHECK(raw_of(out.lines[1]) == big.substr(0, 49'152));
}

TEST_CASE("collect: lone surrogates and odd text come out as JSON that any reader takes") {
  const Out out = post(event(
      "a",
      R"(,"user_id":"\ud800x","page_title":"\udc00","page_url":"https://\ud83d\ude00.example/\ud800")"));
  REQUIRE(out.shaped.accepted == 1);
  CHECK(out.lines[0].document["user_id"] == "\xef\xbf\xbdx");
  CHECK(out.lines[0].document["page_host"] == "\xf0\x9f\x98\x80.example");
  CHECK(out.lines[0].document["page_path"] == "/\xef\xbf\xbd");
}

TEST_CASE("collect: the user agent is the event's own, else the header's when it is text") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  const std::string own = event("a", R"(,"user_agent":"Own")");
  const std::string none = event("a");
  request.headers = "referer: x\nuser-agent:  A \"b\"\t\n";
  request.body = own;
  CHECK(shape(request, configuration_of()).lines[0].document["user_agent"] == "Own");
  request.body = none;
  CHECK(shape(request, configuration_of()).lines[0].document["user_agent"] == "A \"b\"");
  for (const std::string headers :
       {"", "user-agent:\n", "user-agent: \xff\n", "x-user-agent: a\n", "user-agent"}) {
    request.headers = headers;
    CHECK_FALSE(shape(request, configuration_of()).lines[0].document.contains("user_agent"));
  }
}

TEST_CASE(
    "collect: a place is what one CDN says, and behind CloudFront never what a client sends") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  const std::string body = event("a");
  request.body = body;
  request.headers =
      "cf-ipcountry: US\ncf-ipcity: Nowhere\ncf-asn: 1\ncloudfront-viewer-country: JP\n";
  const json behind = shape(request, configuration_of()).lines.at(0).document;
  CHECK(behind["geo_country"] == "JP");
  CHECK_FALSE(behind.contains("geo_city"));
  CHECK_FALSE(behind.contains("geo_asn"));
  request.headers = "cf-ipcountry: T1\ncf-ipcity: Tokyo\n";
  const json other = shape(request, configuration_of()).lines.at(0).document;
  CHECK_FALSE(other.contains("geo_country"));
  CHECK(other["geo_city"] == "Tokyo");
}

TEST_CASE("collect: a stranger's address that is none leaves no trace") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  const std::string body = event("a");
  request.body = body;
  request.client_ip = "not an address\"}";
  CHECK_FALSE(shape(request, configuration_of()).lines[0].document.contains("client_ip"));
}

TEST_CASE("collect: the gif carries one event in its query") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "GET";
  request.path = "/collect.gif";
  request.query =
      "event_id=x1&content_type=page_view&time=1795352400&page_title=a%20b+c&screen_width=320&"
      "properties.k=v&properties.n=1&user_id=";
  const Out good = shape(request, configuration_of());
  CHECK(good.shaped.status == 200);
  CHECK(good.shaped.kind == AnswerKind::gif);
  CHECK(good.shaped.answer.size() == 43);
  CHECK(good.shaped.answer.starts_with("GIF89a"));
  CHECK(good.shaped.answer.back() == ';');
  REQUIRE(good.lines.size() == 1);
  CHECK(good.lines[0].document["page_title"] == "a b c");
  CHECK(good.lines[0].document["screen_width"] == 320);
  CHECK(good.lines[0].document["properties"] == json{{"k", "v"}, {"n", "1"}});
  CHECK_FALSE(good.lines[0].document.contains("user_id"));

  for (const std::string query :
       {"", "event_id=x&content_type=page_view&time=0&foo=1", "%ff=1", "event_id=%ff",
        "properties=1&properties.a=2&event_id=x&content_type=page_view&time=0"}) {
    CAPTURE(query);
    request.query = query;
    const Out bad = shape(request, configuration_of());
    // A picture all the same: a page must not show a broken one. The failed event is held.
    CHECK(bad.shaped.status == 200);
    CHECK(bad.shaped.kind == AnswerKind::gif);
    REQUIRE(bad.lines.size() == 1);
    CHECK(bad.lines[0].stream == "failed");
    CHECK(raw_of(bad.lines[0]) == query);
  }
}

TEST_CASE("collect: paths and methods that are not served are told so") {
  struct Case {
    std::string method;
    std::string path;
    uint32_t status;
    AnswerKind kind;
    std::string error;
  };
  for (const Case& c :
       std::vector<Case>{{"GET", "/health", 200, AnswerKind::json, ""},
                         {"HEAD", "/health", 200, AnswerKind::json, ""},
                         {"POST", "/health", 405, AnswerKind::json, "method_not_allowed"},
                         {"GET", "/collect", 405, AnswerKind::json, "method_not_allowed"},
                         {"PUT", "/collect", 405, AnswerKind::json, "method_not_allowed"},
                         {"post", "/collect", 405, AnswerKind::json, "method_not_allowed"},
                         {"POST", "/collect.gif", 405, AnswerKind::json, "method_not_allowed"},
                         {"OPTIONS", "/collect", 204, AnswerKind::empty, ""},
                         {"OPTIONS", "/anything", 204, AnswerKind::empty, ""},
                         {"POST", "/", 404, AnswerKind::json, "unknown_path"},
                         {"POST", "/collect/", 404, AnswerKind::json, "unknown_path"},
                         {"POST", "", 404, AnswerKind::json, "unknown_path"},
                         {"", "", 404, AnswerKind::json, "unknown_path"}}) {
    CAPTURE(c.method, c.path);
    Request request;
    request.method = c.method;
    request.path = c.path;
    const Out out = shape(request, configuration_of());
    CHECK(out.shaped.status == c.status);
    CHECK(out.shaped.kind == c.kind);
    if (!c.error.empty()) CHECK(out.answer["error"] == c.error);
    if (c.kind == AnswerKind::empty) CHECK(out.shaped.answer.empty());
  }
}

TEST_CASE("collect: the stream of an event is the one its content type has") {
  const auto streams_of = [](const std::string& configuration, const std::string& type) {
    const Out out = post(R"({"event_id":"a","content_type":")" + type + R"(","time":0})",
                         configuration_of(configuration));
    return out.lines[0].stream;
  };
  CHECK(streams_of(R"({"streams":{"a":"x","*":"other"}})", "a") == "x");
  CHECK(streams_of(R"({"streams":{"a":"x","*":"other"}})", "b") == "other");
  CHECK(streams_of(R"({"streams":{"a":"x"}})", "b") == "failed");
  CHECK(streams_of(R"({"streams":{"a":"x"},"failed_stream":"bad"})", "a") == "x");
  CHECK(streams_of("", "b") == "b");
  const Out named =
      post(R"({"event_id":"a","content_type":"failed","time":0})", configuration_of(""));
  CHECK(named.shaped.accepted == 0);
  CHECK(named.lines.at(0).document["reason"] == "unknown_content_type");
}

TEST_CASE("collect: an event that stands in a request twice is delivered once and counted") {
  const Out out = post("[" + event("a") + "," + event("b") + "," + event("a", R"(,"user_id":"u")") +
                       "," + event("a") + "]");
  CHECK(accepted_ids(out) == Ids{"a", "b"});
  CHECK(out.shaped.duplicates == 2);
  CHECK(out.answer["duplicates"] == 2);
  // Another request is another matter: the core keeps nothing between them.
  Collector collector(configuration_of());
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  const std::string body = event("a");
  request.body = body;
  for (int i = 0; i < 2; ++i) {
    Shaped shaped;
    collector.collect(request, shaped);
    CHECK(shaped.accepted == 1);
  }
}

TEST_CASE("collect: an id, a type and a time mean the same with escapes as without") {
  const Out out = post(
      R"([{"event_id":"\u0061\u002D1","content_type":"page\u005fview","time":"2026-11-22T22:00:00\u002B09:00"},)" +
      event("b") + R"(,{"event_id":"\u0063","content_type":"page_view","time":"\u0030"},)" +
      event("a-1") + R"(,{"event_id":"\u0061-1","content_type":"page_view","time":0},)" +
      event("c") + "]");
  CHECK(out.answer["failed"].empty());
  CHECK(accepted_ids(out) == Ids{"a-1", "b", "c"});
  CHECK(out.shaped.duplicates == 3);
  CHECK(out.lines[0].stream == "views");
  CHECK(out.lines[0].document["content_type"] == "page_view");
  CHECK(out.lines[0].document["event_time"] == "2026-11-22T13:00:00.000Z");
  // What they stand for is checked as if it had been written plainly.
  const Out bad = post(R"([{"event_id":"a\u0020b","content_type":"page_view","time":0},)"
                       R"({"event_id":"a","content_type":"page\"view","time":0},)"
                       R"({"event_id":"a","content_type":"p\u0061ge_view","time":"\u0078"}])");
  REQUIRE(bad.lines.size() == 3);
  CHECK(bad.lines[0].document["pointer"] == "/event_id");
  CHECK(bad.lines[1].document["pointer"] == "/content_type");
  CHECK(bad.lines[2].document["pointer"] == "/time");
  CHECK(bad.lines[2].document["content_type"] == "page_view");
}

TEST_CASE("collect: duplicates count towards the bound of events") {
  const Configuration small =
      configuration_of(R"({"streams":{"page_view":"views"},"limits":{"events_max":2}})");
  const std::string one = event("a");
  CHECK(post("[" + one + "," + one + "]", small).shaped.status == 200);
  CHECK(post("[" + one + "," + one + "," + one + "]", small).shaped.status == 413);
}

TEST_CASE("collect: an event without an id gets the same one each time, where that is configured") {
  const std::string text =
      R"({"content_type":"page_view","time":"2026-11-22T13:00:00Z","user_id":"u"})";
  CHECK(post(text).lines[0].document["reason"] == "missing_member");
  const Configuration derived =
      configuration_of(R"({"streams":{"page_view":"views"},"event_id":"derived"})");
  const Out out = post("[" + text + "," + text + "," + event("own") + "]", derived);
  REQUIRE(accepted_ids(out).size() == 2);
  const std::string id = accepted_ids(out)[0];
  // The start of the SHA-256 of the bytes, by another implementation.
  CHECK(id == "efff0015-7a0e-854a-9b5b-4f5f912f3685");
  CHECK(accepted_ids(out)[1] == "own");
  CHECK(out.shaped.duplicates == 1);
  CHECK(accepted_ids(post(" " + text, derived)) == Ids{id});
}

TEST_CASE("collect: a sender's clock is corrected when it is further off than the network") {
  struct Case {
    std::string sent;
    std::string time;
    std::string event_time;
    int64_t skew_ms;
  };
  // Received at 13:00:00.123.
  for (const Case& c :
       {Case{"2026-11-22T12:59:59Z", "2026-11-22T12:59:50Z", "2026-11-22T12:59:50.000Z", 0},
        Case{"2026-11-22T12:59:50.123Z", "2026-11-22T12:59:50Z", "2026-11-22T12:59:50.000Z", 0},
        Case{"2026-11-22T12:59:50.122Z", "2026-11-22T12:59:50.000Z", "2026-11-22T13:00:00.001Z",
             10'001},
        Case{"2026-11-22T22:00:00.123Z", "2026-11-22T21:59:00Z", "2026-11-22T12:59:00.000Z",
             -32'400'000}}) {
    CAPTURE(c.sent);
    const std::string body = R"({"sent_time":")" + c.sent +
                             R"(","events":[{"event_id":"e","content_type":"page_view","time":")" +
                             c.time + "\"}]}";
    const Out out = post(body);
    REQUIRE(out.lines.size() == 1);
    const json& line = out.lines[0].document;
    CHECK(line["event_time"] == c.event_time);
    CHECK_FALSE(line.contains("time_status"));
    CHECK(line.contains("clock_skew_ms") == (c.skew_ms != 0));
    if (c.skew_ms != 0) CHECK(line["clock_skew_ms"] == c.skew_ms);
  }
}

TEST_CASE("collect: a sender's clock that was never set moves no event") {
  for (const std::string sent :
       {"0", "1", "\"2025-11-20T13:00:00Z\"", "\"9999-12-31T23:59:59Z\""}) {
    CAPTURE(sent);
    const Out out = post(R"({"sent_time":)" + sent + R"(,"events":[)" + event("a") + "]}");
    const json& line = out.lines.at(0).document;
    CHECK(line["event_time"] == "2026-11-22T13:00:00.000Z");
    CHECK_FALSE(line.contains("clock_skew_ms"));
    CHECK(line.contains("sent_time"));
  }
}

TEST_CASE("collect: sent_time counts wherever it stands behind the events") {
  const std::string sent = R"(,"sent_time":"2026-11-22T12:00:00.123Z")";
  for (const std::string& more :
       {R"(,"x":{"sent_time":1})" + sent, R"(,"x":[],"y":"\"",)" + sent.substr(1),
        R"(,"events":[])" + sent}) {
    const std::string body = R"({"events":[)" + event("a") + "]" + more + "}";
    CAPTURE(body);
    CHECK(post(body).lines.at(0).document["clock_skew_ms"] == 3'600'000);
  }
  // A body full of arrays is looked through once.
  std::string arrays = R"({"events":[],"x":1)";
  for (int i = 0; i < 50'000; ++i) arrays += R"(,"events":[])";
  CHECK(post(arrays + "}").shaped.status == 200);
}

TEST_CASE("collect: a time of receipt beyond the calendar is its end") {
  for (const auto& [received_ms, time] : std::vector<std::pair<int64_t, std::string>>{
           {INT64_MIN, "0000-01-01T00:00:00.000Z"},
           {-1'000'000'000'000'000'000, "0000-01-01T00:00:00.000Z"},
           {1'000'000'000'000'000'000, "9999-12-31T23:59:59.999Z"},
           {INT64_MAX, "9999-12-31T23:59:59.999Z"}}) {
    Request request;
    request.received_ms = received_ms;
    request.method = "POST";
    request.path = "/collect";
    request.client_ip = "203.0.113.5";
    const std::string body =
        R"({"sent_time":"2026-11-22T13:00:01Z","events":[)" + event("a") + ",1]}";
    request.body = body;
    for (const std::string configuration :
         {R"({"streams":{"*":"all"}})",
          R"({"streams":{"*":"all"},"privacy":{"ip":"hash","secret":"0123456789abcdef"}})"}) {
      const Out out = shape(request, configuration_of(configuration));
      CHECK(out.lines.at(0).document["received_time"] == time);
      CHECK(out.lines.at(1).document["received_time"] == time);
    }
  }
}

TEST_CASE("collect: an event far from its receipt is marked, or fails where that is configured") {
  const auto at = [](const std::string& time) {
    return R"({"event_id":"e","content_type":"page_view","time":")" + time + "\"}";
  };
  const Configuration failing =
      configuration_of(R"({"streams":{"page_view":"views"},"time":{"action":"fail"}})");
  for (const auto& [time, status] :
       std::vector<std::pair<std::string, std::string>>{{"2026-11-21T13:00:00.123Z", ""},
                                                        {"2026-11-21T13:00:00.122Z", "late"},
                                                        {"1970-01-01", "late"},
                                                        {"2026-11-22T13:05:00.123Z", ""},
                                                        {"2026-11-22T13:05:00.124Z", "future"},
                                                        {"9999-12-31", "future"}}) {
    CAPTURE(time);
    const json line = post(at(time)).lines[0].document;
    CHECK(line.value("time_status", "") == status);
    const json strict = post(at(time), failing).lines[0].document;
    CHECK(strict.value("reason", "") == (status.empty() ? "" : status + "_event"));
    if (!status.empty()) CHECK(strict["pointer"] == "/time");
  }
}

TEST_CASE("collect: an output used before is as good as a new one") {
  Shaped used;
  Shaped fresh;
  Collector used_before(configuration_of());
  const std::string first = "[" + event("a") + ",1]";
  const std::string second = event("b");
  Request request;
  request.method = "POST";
  request.path = "/collect";
  request.body = first;
  used_before.collect(request, used);
  request.path = "/x";
  used_before.collect(request, used);
  request.path = "/collect";
  request.body = second;
  used_before.collect(request, used);
  Collector(configuration_of()).collect(request, fresh);
  CHECK(used.answer == fresh.answer);
  CHECK(used.lines.view() == fresh.lines.view());
  CHECK(used.status == 200);
  CHECK((used.accepted == 1 && used.failed == 0));
}

TEST_CASE("collect: whatever the bytes, each line is one line of JSON and the answer counts them") {
  Collector collector(
      configuration_of(R"({"streams":{"page_view":"views"},"limits":{"events_max":50}})"));
  const std::vector<std::string> pieces = {event("a"),
                                           "{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "\"",
                                           "\\",
                                           "\"event_id\"",
                                           "\"events\":[",
                                           "{\"events\":[",
                                           "\"sent_time\":",
                                           "1",
                                           "-0",
                                           "1e400",
                                           "null",
                                           "\"\\ud800\"",
                                           "\xff",
                                           "\xe3\x81\x82",
                                           "\n",
                                           " ",
                                           "\x01",
                                           std::string(1, '\0'),
                                           "\"properties\":{",
                                           "tru",
                                           "\"a/~b\":",
                                           "\"user_id\":",
                                           "\"page_url\":\"http://a?utm_source=%ff",
                                           "\"time\":0",
                                           "\"content_type\":\"page_view\"",
                                           "\"event_id\":\"e\"",
                                           std::string(70, '[')};
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 10'000; ++i) {
      std::string body = i % 4 == 0 ? "[" + event("a") + "," : "";
      for (size_t n = random() % 12; n > 0; --n) body += pieces[random() % pieces.size()];
      CAPTURE(seed, i, body);
      Request request;
      request.received_ms = kNowMs;
      const bool is_gif = i % 10 == 9;
      request.method = is_gif ? "GET" : "POST";
      request.path = is_gif ? "/collect.gif" : "/collect";
      (is_gif ? request.query : request.body) = body;
      request.headers = body;
      request.client_ip = body;
      const Out out = shape(request, collector);
      if (!is_gif && i % 4 == 0) REQUIRE(accepted_ids(out).empty() != (out.shaped.status == 200));
    }
  }
}
