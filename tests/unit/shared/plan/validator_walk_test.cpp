#include "shared/plan/validator_walk.h"

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

namespace {

std::string walked(const TestPlan& plan, std::string_view text) {
  const Judged judged = judge((*plan.plan)[0], text);
  if (judged.valid)
    return judged.text + (judged.coerced.count > 0 ? " " + judged.coerced.json : "");
  return judged.fault.pointer + " " + std::string(judged.fault.keyword) + " " +
         judged.fault.expected;
}

std::string plan_of(const std::string& settings, const std::string& schema) {
  return R"({"version":"1","content_types":{"t":{)" + settings + R"("schema":)" + schema + "}}}";
}

const char* const kSchema = R"({"type":"object","properties":{"n":{"type":"number"},
  "i":{"type":"integer","minimum":2},"b":{"type":"boolean"},"s":{"type":"string","maxLength":3},
  "at":{"type":["string","null"],"format":"date-time"},"m":{"type":["integer","null"]},
  "list":{"type":"array","items":{"type":"integer"}},"any":{},
  "o":{"type":"object","anyOf":[{"properties":{"k":{"const":5}}}],
    "properties":{"k":{"type":"integer"}}}}})";

}  // namespace

TEST_CASE("validator walk: adjusts types, keeps the last digit, and records where") {
  const TestPlan plan(compile_plan(plan_of(R"("coerce":{"types":true},)", kSchema)));
  CHECK(walked(plan, R"({"n":"1.50","i":"3.0","b":"true"})") ==
        R"({"n":1.50,"i":3.0,"b":true} ["/n","/i","/b"])");
  CHECK(walked(plan, R"({"n":"12345678901234567890.123456789"})") ==
        R"({"n":12345678901234567890.123456789} ["/n"])");
  CHECK(walked(plan, R"({"s":1.0})") == R"({"s":"1.0"} ["/s"])");
  CHECK(walked(plan, R"({"s":true})") == "/s maxLength at most 3 characters");
  CHECK(walked(plan, R"({"i":"1"})") == "/i minimum 2");
  CHECK(walked(plan, R"({"i":"1.5"})") == "/i type integer");
  CHECK(walked(plan, R"({"n":"1e400"})") == "/n type number");
  CHECK(walked(plan, R"({"n":" 1"})") == "/n type number");
  CHECK(walked(plan, R"({"n":"0x1"})") == "/n type number");
  CHECK(walked(plan, R"({"b":"True"})") == "/b type boolean");
  CHECK(walked(plan, R"({"b":1})") == "/b type boolean");
  CHECK(walked(plan, R"({"s":null})") == "/s type string");
  CHECK(walked(plan, R"({ "list" : [ "1" , 2 , "3" ] })") ==
        R"({"list":[1,2,3]} ["/list/0","/list/2"])");
  CHECK(walked(plan, R"({"any":"1"})") == R"({"any":"1"})");
  // A composition sees what was adjusted, and adjusts nothing.
  CHECK(walked(plan, R"({"o":{"k":"5"}})") == R"({"o":{"k":5}} ["/o/k"])");
  CHECK(walked(plan, R"({"o":{"k":"6"}})").starts_with("/o anyOf"));
  CHECK(walked(plan, R"({"\u006e":"\u0031"})") == R"({"\u006e":1} ["/n"])");
}

TEST_CASE("validator walk: names at most so many adjusted places, and counts all") {
  const TestPlan plan(compile_plan(plan_of(R"("coerce":{"types":true},)", kSchema)));
  std::string text = "{\"list\":[\"1\"";
  for (int i = 0; i < 99; ++i) text += ",\"1\"";
  const Judged judged = judge((*plan.plan)[0], text + "]}");
  CHECK(judged.coerced.count == 100);
  CHECK(judged.coerced.json.find("/list/15") != std::string::npos);
  CHECK(judged.coerced.json.find("/list/16") == std::string::npos);
}

TEST_CASE("validator walk: writes times in one form") {
  const TestPlan plan(compile_plan(plan_of(R"("coerce":{"times":["/at"]},)", kSchema)));
  const std::string same = R"({"at":"2026-11-22T13:00:00.000Z"})";
  CHECK(walked(plan, same) == same);
  for (const char* text :
       {R"({"at":1795352400})", R"({"at":1795352400000})", R"({"at":"1795352400000000"})",
        R"({"at":"2026-11-22 22:00:00+09:00"})", R"({"at":"2026-11-22T13:00Z"})",
        R"({"at":"2026-11-22T22:00:00\u002B09:00"})"}) {
    INFO(text);
    CHECK(walked(plan, text) == same + R"( ["/at"])");
  }
  CHECK(walked(plan, R"({"at":null})") == R"({"at":null})");
  CHECK(walked(plan, R"({"at":"soon"})") == "/at format date-time");
  CHECK(walked(plan, R"({"at":"so\u006fn"})") == "/at format date-time");
  CHECK(walked(plan, R"({"at":1e300})") == "/at type null or string");
  const TestPlan every(compile_plan(plan_of(R"("coerce":{"times":true},)", kSchema)));
  CHECK(walked(every, R"({"at":1795352400,"n":1795352400})") ==
        R"({"at":"2026-11-22T13:00:00.000Z","n":1795352400} ["/at"])");
}

TEST_CASE("validator walk: empty strings go by the policy") {
  const TestPlan keep(compile_plan(plan_of("", kSchema)));
  CHECK(walked(keep, R"({"s":"","any":""})") == R"({"s":"","any":""})");
  const TestPlan null(compile_plan(plan_of(R"("coerce":{"empty_string":"null"},)", kSchema)));
  CHECK(walked(null, R"({"m":"","s":"","any":"","z":""})") ==
        R"({"m":null,"s":"","any":null,"z":null} ["/m","/any","/z"])");
  const std::string required =
      R"({"properties":{"a":{"type":"integer"}},"required":["r"],"maxProperties":2})";
  const TestPlan absent(compile_plan(plan_of(R"("coerce":{"empty_string":"absent"},)", required)));
  CHECK(walked(absent, R"({"a":"","r":1,"z":""})") == R"({"r":1} ["/a","/z"])");
  CHECK(walked(absent, R"({ "a" : "" , "b" : "" , "r" : 1 })") == R"({"r":1} ["/a","/b"])");
  CHECK(walked(absent, R"({"r":1 , "a" : "" , "q":[""]})") == R"({"r":1,"q":[""]} ["/a"])");
  CHECK(walked(absent, R"({"r":""})") == "/r required r");
  CHECK(walked(absent, R"({"r":1,"a":"","a":1})") == "/a  each member once");
}

TEST_CASE("validator walk: a member that stands twice fails the event, known or not, deep or not") {
  const TestPlan plan(compile_schema(R"({"properties":{"a":{}}})"));
  CHECK(walked(plan, R"({"a":1,"a":1})") == "/a  each member once");
  CHECK(walked(plan, R"({"a":1,"\u0061":1})") == "/a  each member once");
  CHECK(walked(plan, R"({"x":1,"y":2,"\u0078":3})") == "/x  each member once");
  CHECK(walked(plan, R"({"q":[{"z":{"k":1,"k":2}}]})") == "/q/0/z/k  each member once");
  std::string many = "{";
  for (int i = 0; i < 50; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  CHECK(walked(plan, many + "\"z\":1}").starts_with("{"));
  CHECK(walked(plan, many + "\"k7\":1}") == "/k7  each member once");
}

TEST_CASE("validator walk: writes one line, with lone surrogates replaced") {
  const TestPlan plan(compile_schema("true"));
  CHECK(walked(plan, " { \"a\" :\n[ 1 , \"x y\" ]\t}") == R"({"a":[1,"x y"]})");
  CHECK(walked(plan, R"({"\ud800":"\udc00x"})") == R"({"\ufffd":"\ufffdx"})");
  CHECK(walked(plan, R"({"a":"\ud83d\ude00"})") == R"({"a":"\ud83d\ude00"})");
}

TEST_CASE("validator walk: what is no JSON is no JSON, whatever the schema says of its start") {
  const TestPlan plan(compile_schema(R"({"type":"object","properties":{"a":{"type":"string"}}})"));
  for (const char* text :
       {"", "{", "{\"a\":1", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "tru", "01", "[1",
        "{\"a\":\"\\x\"}", "{\"a\":1e400}", "\"", "-", "{\"b\":\"\x01\"}", "{\"a\":\"x\"]",
        "{\"b\":\"\xff\"}", "{\"b\":1.}", "{\"a\":1 \"b\":2}"}) {
    INFO(text);
    CHECK(judge((*plan.plan)[0], text).fault.kind == FaultKind::json);
  }
  const std::string deep = std::string(65, '[') + std::string(65, ']');
  CHECK(judge((*plan.plan)[0], deep).fault.kind == FaultKind::json);
}

TEST_CASE("validator walk: an event that needs too many steps fails") {
  // Each level is looked at twice by each of the levels above.
  const TestPlan plan(compile_schema(
      R"({"anyOf":[{"properties":{"a":{"$ref":"#"}},"required":["x"]},
                   {"properties":{"a":{"$ref":"#"}}}]})"));
  std::string text = "1";
  for (int i = 0; i < 40; ++i) text = "{\"a\":" + text + "}";
  const Judged judged = judge((*plan.plan)[0], text);
  CHECK_FALSE(judged.valid);
  CHECK(judged.fault.kind == FaultKind::too_costly);
  CHECK(judged.steps <= kStepsFree + (kStepsPerByte + 4) * text.size());
  CHECK(judge((*plan.plan)[0], R"({"a":{"a":1}})").valid);
}

TEST_CASE("validator walk: texts of faults are bounded and UTF-8") {
  const TestPlan plan(compile_schema(R"({"additionalProperties":{"maxLength":1}})"));
  std::string key;
  for (int i = 0; i < 200; ++i) key += "\xe3\x81\x82~";
  const Judged judged = judge((*plan.plan)[0], "{\"" + key + "\":\"" + key + "\"}");
  CHECK_FALSE(judged.valid);
  CHECK(judged.fault.pointer.size() <= 256);
  CHECK(judged.fault.actual.size() <= kFaultTextBytesMax + 3);
}
