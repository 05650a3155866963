// What collect.h keeps of a person, in what is delivered and in failed events.
#include "shared/collect/collect.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/unit/shared/collect/collect_world.h"

using namespace edgehose;

namespace {

// One event with all that tells a person, and the headers of a place.
Out post_person(const std::string& consent, const std::string& headers,
                const std::string& configuration = R"({"streams":{"page_view":"views"}})") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  request.client_ip = "203.0.113.77";
  const std::string all_headers = "cf-ipcountry: JP\ncf-ipcity: Tokyo\n" + headers;
  request.headers = all_headers;
  const std::string body =
      event("e", R"(,"user_id":"u","anonymous_id":"n","session_id":"s",)"
                 R"("page_url":"https://h.example/p?gclid=G&token=T&utm_source=x")" +
                     (consent.empty() ? "" : R"(,"consent":")" + consent + "\""));
  request.body = body;
  return shape(request, configuration_of(configuration));
}

}  // namespace

TEST_CASE("collect: what tells a person is left out without consent, and with Sec-GPC") {
  for (const auto& [consent, headers, anonymous] :
       std::vector<std::tuple<std::string, std::string, bool>>{{"", "", false},
                                                               {"granted", "", false},
                                                               {"denied", "", true},
                                                               {"", "sec-gpc: 1\n", true},
                                                               {"granted", "sec-gpc: 1\n", true}}) {
    CAPTURE(consent, headers);
    const Out out = post_person(consent, headers);
    REQUIRE(out.lines.size() == 1);
    const json& line = out.lines[0].document;
    for (const char* name :
         {"user_id", "anonymous_id", "session_id", "client_ip", "geo_city", "click_id"}) {
      CAPTURE(name);
      CHECK(line.contains(name) == !anonymous);
    }
    CHECK(line["geo_country"] == "JP");
    CHECK(line["campaign_source"] == "x");
    CHECK(line["page_url"] == (anonymous ? "https://h.example/p?gclid=REDACTED&token=T&utm_source=x"
                                         : "https://h.example/p?gclid=G&token=T&utm_source=x"));
  }
}

TEST_CASE("collect: where nothing may be kept, the event is dropped and counted") {
  const std::string drop =
      R"({"streams":{"page_view":"views"},"privacy":{"consent":{"denied":"nothing"}}})";
  const Out out = post_person("denied", "", drop);
  CHECK(out.lines.empty());
  CHECK(out.shaped.dropped == 1);
  CHECK(out.answer["dropped"] == 1);
  CHECK(out.answer["accepted"] == 0);
  CHECK(post_person("granted", "", drop).lines.size() == 1);
}

TEST_CASE("collect: listed parameters are redacted in URLs, and nothing is read of them") {
  const Out out = post_person("", "",
                              R"({"streams":{"page_view":"views"},)"
                              R"("privacy":{"redact_query":["TOKEN","utm_source","gclid"]}})");
  const json& line = out.lines[0].document;
  CHECK(line["page_url"] ==
        "https://h.example/p?gclid=REDACTED&token=REDACTED&utm_source=REDACTED");
  CHECK_FALSE(line.contains("campaign_source"));
  CHECK_FALSE(line.contains("click_id"));
}

TEST_CASE("collect: the name and password in an address are dropped") {
  const Out out =
      post(event("e", R"(,"page_url":"https://u:SE\"CRET@h.example:8443/p?a=x@y&utm_source=s#f",)"
                      R"("referrer_url":"https:\/\/SECRET@x@www.google.com\/search?q=a")"));
  const json& line = out.lines.at(0).document;
  CHECK(line["page_url"] == "https://h.example:8443/p?a=x@y&utm_source=s#f");
  CHECK(line["page_host"] == "h.example");
  CHECK(line["page_path"] == "/p");
  CHECK(line["campaign_source"] == "s");
  CHECK(line["referrer_url"] == "https://www.google.com/search?q=a");
  CHECK(line["referrer_source"] == "Google");
  CHECK(line["referrer_term"] == "a");
  const Out listed = post(event("e", R"(,"page_url":"https://u:p@h.example/?token=T")"),
                          configuration_of(R"({"streams":{"page_view":"views"},)"
                                           R"("privacy":{"redact_query":["token"]}})"));
  CHECK(listed.lines[0].document["page_url"] == "https://h.example/?token=REDACTED");
  for (const std::string url : {"mailto:u@h.example", "https://h.example/a@b", "not a url @ all"}) {
    const Out kept = post(event("e", ",\"page_url\":\"" + url + "\""));
    CHECK(kept.lines[0].document["page_url"] == url);
  }
}

TEST_CASE("collect: a search term that was redacted is left out") {
  const std::string searched =
      event("e", R"(,"referrer_url":"https://www.google.com/search?q=SECRET")");
  const Out out = post(searched, configuration_of(R"({"streams":{"page_view":"views"},)"
                                                  R"("privacy":{"redact_query":["q"]}})"));
  const json& line = out.lines[0].document;
  CHECK(line["referrer_url"] == "https://www.google.com/search?q=REDACTED");
  CHECK(line["referrer_source"] == "Google");
  CHECK_FALSE(line.contains("referrer_term"));
  CHECK(post(searched).lines[0].document["referrer_term"] == "SECRET");
}

TEST_CASE("collect: an address is truncated, hashed or left out") {
  CHECK(post_person("", "").lines[0].document["client_ip"] == "203.0.113.0");
  const json hashed = post_person("", "",
                                  R"({"streams":{"page_view":"views"},)"
                                  R"("privacy":{"ip":"hash","secret":"0123456789abcdef"}})")
                          .lines[0]
                          .document;
  CHECK(hashed["client_ip"].get<std::string>().size() == 32);
  CHECK_FALSE(post_person("", "", R"({"streams":{"page_view":"views"},"privacy":{"ip":"drop"}})")
                  .lines[0]
                  .document.contains("client_ip"));
}

TEST_CASE("collect: an address with a port is truncated and hashed as without one") {
  const std::string hash =
      R"({"streams":{"page_view":"views"},"privacy":{"ip":"hash","secret":"0123456789abcdef"}})";
  for (const std::string& configuration :
       {std::string(R"({"streams":{"page_view":"views"}})"), hash}) {
    const auto kept = [&](const std::string& peer) {
      Request request;
      request.received_ms = kNowMs;
      request.method = "POST";
      request.path = "/collect";
      request.client_ip = peer;
      const std::string body = event("a");
      request.body = body;
      return shape(request, configuration_of(configuration))
          .lines.at(0)
          .document.value("client_ip", "");
    };
    CHECK_FALSE(kept("203.0.113.5").empty());
    CHECK(kept("203.0.113.5:443") == kept("203.0.113.5"));
    CHECK(kept("[2001:db8::1]:443") == kept("2001:db8::1"));
  }
}

TEST_CASE("collect: a failed event keeps of its bytes what privacy allows") {
  const auto failed = [](const std::string& headers, const std::string& configuration) {
    Request request;
    request.received_ms = kNowMs;
    request.method = "POST";
    request.path = "/collect";
    request.headers = headers;
    const std::string body =
        R"({"content_type":"page_view","page_url":"https://h.example/?a=1&token=T#x"})";
    request.body = body;
    return shape(request, configuration_of(configuration)).lines.at(0);
  };
  const std::string plain = R"({"streams":{"page_view":"views"}})";
  CHECK(raw_of(failed("", plain)).find("token=T") != std::string::npos);
  CHECK_FALSE(failed("sec-gpc: 1\n", plain).document.contains("raw"));
  const std::string listed =
      R"({"streams":{"page_view":"views"},"privacy":{"redact_query":["token"]}})";
  CHECK(raw_of(failed("", listed)) ==
        R"({"content_type":"page_view","page_url":"https://h.example/?a=1&token=REDACTED#x"})");
}

TEST_CASE("collect: a failed event shows no listed parameter, whatever member holds it") {
  const std::string listed =
      R"({"streams":{"page_view":"views"},"privacy":{"redact_query":["token"]}})";
  const std::string url = R"("https://h.example/?token=SECRET")";
  const std::string long_url =
      R"("https://h.example/?token=SECRET&x=)" + std::string(9'000, 'x') + "\"";
  for (const std::string& more :
       {",\"page_url\":" + long_url, ",\"page_url\":[" + url + "]", ",\"landing\":" + url,
        ",\"time\":" + url, ",\"user_id\":7,\"properties\":{\"a\":[" + url + "]}",
        std::string(R"(,"https:\/\/h.example\/?token=SECRET":1)")}) {
    CAPTURE(more);
    const Out out = post(event("e", more), configuration_of(listed));
    REQUIRE(out.lines.at(0).stream == "failed");
    CHECK(out.lines[0].text.find("SECRET") == std::string::npos);
    CHECK(raw_of(out.lines[0]).find("SECRET") == std::string::npos);
    CHECK(raw_of(out.lines[0]).find("token=REDACTED") != std::string::npos);
  }
}

TEST_CASE("collect: of who refused, a failed event keeps no bytes however the refusal is written") {
  const std::string person = R"(,"user_id":"PERSON")";
  for (const std::string& bad :
       {event("e", person + R"(,"consent":false)"), event("e", person + R"(,"consent":{"ads":1})"),
        event("e", person + R"(,"consent":["denied"])"),
        event("e", person + R"(,"consent":"denied","consent":"granted")"),
        event("e", person + R"(,"screen_width":01,"consent":"denied")"),
        "[" + event("e", person + R"(,"consent":"denied")") + "]"}) {
    CAPTURE(bad);
    for (const std::string& body : {bad, "[" + bad + "," + event("a") + "]"}) {
      const Out out = post(body);
      for (const OutLine& line : out.lines) {
        if (line.stream == "failed") CHECK_FALSE(line.document.contains("raw"));
        CHECK(line.text.find("PERSON") == std::string::npos);
      }
    }
  }
  // Nothing of the kind is there: the bytes help whoever mends the sender.
  CHECK(post("[" + event("e", R"(,"screen_width":01)") + "]").lines[0].document.contains("raw"));
}

TEST_CASE("collect: a failed gif's consent is read with its escapes undone") {
  Request request;
  request.received_ms = kNowMs;
  request.method = "GET";
  request.path = "/collect.gif";
  for (const std::string query :
       {"con%73ent=denied&user_id=u", "con%73ent=denied&user_id=%ff&consent=granted"}) {
    request.query = query;
    CHECK_FALSE(shape(request, configuration_of()).lines.at(0).document.contains("raw"));
  }
  request.query = "user_id=u";
  CHECK(shape(request, configuration_of()).lines.at(0).document.contains("raw"));
}
