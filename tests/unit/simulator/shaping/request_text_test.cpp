#include "simulator/shaping/request_text.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;

TEST_CASE("request text: an object of JSON has no problem") {
  for (const char* line :
       {"{}", " {\"body\":\"\\\\ud800 \\ud83d\\ude00 \u3042\"} \r", "{\"a\":[1]}"}) {
    CAPTURE(line);
    CHECK(request_text_problem(line).empty());
  }
}

TEST_CASE("request text: what is wrong is told with the byte where it is") {
  CHECK(request_text_problem("{") == "no JSON: truncated at byte 1");
  CHECK(request_text_problem("no request") == "no JSON: unexpected byte at byte 1");
  CHECK(request_text_problem("{\"body\":\"x\",}") == "no JSON: unexpected byte at byte 12");
  CHECK(request_text_problem("{} {}") == "text behind the request at byte 3");
  CHECK(request_text_problem("[]") == "expected one JSON object: a request");
  CHECK(request_text_problem("\xef\xbb\xbf{}") == "a byte order mark: save the text without it");
}

TEST_CASE("request text: bytes that are no UTF-8 are sent to body_base64") {
  CHECK(request_text_problem("{\"body\":\"\xff\"}") ==
        "not UTF-8 at byte 9: send a body of such bytes as body_base64");
}

TEST_CASE("request text: half a surrogate pair is found in values and names") {
  CHECK(request_text_problem(R"({"body":"\ud800"})") ==
        "half a surrogate pair at byte 9: no text has one alone");
  for (const char* line :
       {R"({"body":"\udc00\ud800"})", R"({"body":"\ud800\ud800"})",
        R"({"body":"\ud83d\ude00\uD83D"})", R"({"\udfff":1})", R"({"body":"\ud800\n"})"}) {
    CAPTURE(line);
    CHECK(request_text_problem(line).find("half a surrogate pair at byte ") == 0);
  }
}

TEST_CASE("request text: what has no problem is read by the JSON library too") {
  for (const char* line : {R"({"a":"\\\\ud800"})", R"({"a":"\"\\u00"})", R"({"a":"\u0000"})",
                           R"({"a":"\ud83d\ude00"})", R"({"a":-0.0e-0})", R"({"a":"\\"})"}) {
    CAPTURE(line);
    const bool takes = request_text_problem(line).empty();
    CHECK(takes == nlohmann::json::accept(line));
  }
}
