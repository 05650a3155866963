#include "shared/plan/pii.h"

#include "shared/base/hmac.h"
#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

namespace {

const char* const kPlan = R"({"version":"1","content_types":{"t":{
  "schema":{"type":"object","properties":{"email":{"type":"string","format":"email"},
    "user":{"type":"object","properties":{"phone":{"type":"string"},"name":{"type":"string"}}},
    "list":{"type":"array","items":{"type":"object"}}}},
  "pii":{"/email":"hash","/user/phone":"mask","/note":"drop","/list/*/ip":"hash","/a~1b":"mask"}}}})";

std::string hidden(std::string_view text) {
  const TestPlan plan(compile_plan(kPlan));
  const Judged judged = judge((*plan.plan)[0], text, "salt");
  INFO(judged.fault.pointer << " " << judged.fault.keyword);
  REQUIRE(judged.valid);
  return judged.text;
}

bool is_member(std::string_view name) { return name == "event_id" || name == "page_url"; }

std::string redacted(std::string_view event) {
  const TestPlan plan(compile_plan(kPlan));
  std::string out = "before";
  if (!append_redacted_event(out, (*plan.plan)[0], event, is_member)) {
    CHECK(out == "before");
    return "not";
  }
  return out.substr(6);
}

}  // namespace

TEST_CASE("pii: hashes, masks and drops what the plan names, after it was judged") {
  const std::string code = "\"" + hex(hmac_sha256("salt", "a@b.c")) + "\"";
  CHECK(hidden(R"({"email":"a@b.c","x":1})") == "{\"email\":" + code + ",\"x\":1}");
  CHECK(hidden(R"({ "email" : "\u0061@b.c" })") == "{\"email\":" + code + "}");
  CHECK(hidden(R"({"user":{"phone":"1","name":"n"}})") == R"({"user":{"phone":"***","name":"n"}})");
  CHECK(hidden(R"({"note":"x"})") == "{}");
  CHECK(hidden(R"({"a":1,"note":{"k":[1]}})") == R"({"a":1})");
  CHECK(hidden(R"({"note":1,"b":2})") == R"({"b":2})");
  CHECK(hidden(R"({"a":1 , "note" : 1 , "b":2})") == R"({"a":1,"b":2})");
  CHECK(hidden(R"({"a/b":[1,2]})") == R"({"a/b":"***"})");
  CHECK(hidden(R"({"user":{"phone":""},"list":[{"ip":null},{"ip":""}]})") ==
        R"({"user":{"phone":"***"},"list":[{"ip":null},{"ip":""}]})");
  const std::string ip = "\"" + hex(hmac_sha256("salt", "1")) + "\"";
  CHECK(hidden(R"({"list":[{"ip":1},{"ip":1,"z":0}]})") ==
        "{\"list\":[{\"ip\":" + ip + "},{\"ip\":" + ip + ",\"z\":0}]}");
  const TestPlan plan(compile_plan(kPlan));
  CHECK(judge((*plan.plan)[0], R"({"email":"no"})").fault.keyword == "format");
}

TEST_CASE("pii: masks the places of a failed event and keeps every other byte") {
  CHECK(
      redacted(
          R"( {"event_id": 1, "properties" : { "email":[1, 2],"x" :"\ud800","user":{"phone":"1"}} } )") ==
      R"( {"event_id": 1, "properties" : { "email":"***","x" :"\ud800","user":{"phone":"***"}} } )");
  CHECK(
      redacted(
          R"({"page_url":"kept","properties":{"\u0065mail":"x","note":1,"list":[{"ip":"i"}]}})") ==
      R"({"page_url":"kept","properties":{"\u0065mail":"***","note":"***","list":[{"ip":"***"}]}})");
  CHECK(redacted(R"({"properties":{"email":"x")") == "not");
  CHECK(redacted("") == "not");
  CHECK(redacted("{} x") == "not");
  CHECK(redacted("[1]") == "not");
}

TEST_CASE("pii: masks whole what a sender put where no place is looked for") {
  for (const auto& [event, kept] : std::vector<std::pair<std::string, std::string>>{
           {R"({"properties":[{"email":"S"}]})", R"({"properties":"***"})"},
           {R"({"properties":"{\"email\":\"S\"}"})", R"({"properties":"***"})"},
           {R"({"properties":7,"properties":null})", R"({"properties":"***","properties":null})"},
           {R"({"email":"S","event_id":"e"})", R"({"email":"***","event_id":"e"})"},
           {R"({"propertes":{"email":"S"}})", R"({"propertes":"***"})"},
           {R"({"page_url":{"email":"S"},"event_id":["S"]})",
            R"({"page_url":"***","event_id":"***"})"},
           {R"({"properties":{"user":"{\"phone\":\"S\"}","x":["k"]}})",
            R"({"properties":{"user":"***","x":["k"]}})"},
           {R"({"properties":{"user":[{"phone":"S"}]}})", R"({"properties":{"user":"***"}})"},
           {R"({"properties":{"list":{"ip":"S"},"user":null}})",
            R"({"properties":{"list":"***","user":null}})"},
           {R"({"properties":{"list":["S"]}})", R"({"properties":{"list":["***"]}})"},
       }) {
    CAPTURE(event);
    CHECK(redacted(event) == kept);
  }
}

TEST_CASE("pii: an event of a content type without personal places stays as it is") {
  const TestPlan plan(compile_plan(R"({"version":"1","content_types":{"t":{"schema":true}}})"));
  std::string out;
  const std::string_view event = R"({"x":{"email":"kept"},"properties":[1]})";
  CHECK(append_redacted_event(out, (*plan.plan)[0], event, is_member));
  CHECK(out == event);
}
