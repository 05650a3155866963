#include "shared/plan/plan_compile.h"

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

namespace {

std::string problems_of(const PlanCompiled& compiled) {
  CHECK(compiled.bytes.empty() == !compiled.problems.empty());
  std::string text;
  for (const PlanProblem& problem : compiled.problems) {
    CHECK_FALSE(problem.mend.empty());
    text += problem.place + ": " + problem.what + "\n";
  }
  return text;
}

std::string of_type(const std::string& members) {
  return problems_of(compile_plan(R"({"version":"1","content_types":{"t":{)" + members + "}}}"));
}

}  // namespace

TEST_CASE("plan compile: names each thing wrong with the document") {
  CHECK(problems_of(compile_plan("[]")) == ": must be an object\n");
  CHECK(problems_of(compile_plan("{}")) == ": no content_types\n: no version\n");
  CHECK(
      problems_of(compile_plan(R"({"version":"","content_types":{},"typo":1,"failed_raw":"x"})")) ==
      "/version: version must be a text of 1 to 64 bytes\n/typo: unknown member \"typo\"\n"
      "/failed_raw: unknown word \"x\"\n");
  CHECK(problems_of(compile_plan(R"({"version":"1","content_types":{"Bad":{"schema":true}}})")) ==
        "/content_types/Bad: \"Bad\" is no content type\n");
  CHECK(of_type("") == "/content_types/t: no schema\n");
  CHECK(of_type(R"("schema":true,"stream":"a b")") ==
        "/content_types/t/stream: no name of a stream\n");
  CHECK(of_type(R"("schema":true,"late":{"after_ms":-1,"x":1})") ==
        "/content_types/t/late/after_ms: must be whole milliseconds, at most ten years\n"
        "/content_types/t/late/x: unknown member \"x\"\n");
  CHECK(of_type(R"("schema":true,"coerce":{"types":1,"times":["x"],"empty_string":"no"})") ==
        "/content_types/t/coerce/types: must be true or false\n"
        "/content_types/t/coerce/times/0: a place must be a JSON Pointer into properties\n"
        "/content_types/t/coerce/empty_string: unknown word \"no\"\n");
  CHECK(of_type(R"("schema":true,"pii":{"/a":"hide","/b":"mask","/b/c":"mask"})") ==
        "/content_types/t/pii/~1a: unknown word \"hide\"\n"
        "/content_types/t/pii/~1b~1c: a personal place inside a personal place\n");
  CHECK(
      of_type(R"("schema":{"properties":{"n":{"type":"integer"}}},"coerce":{"times":["/n"]})") ==
      "/content_types/t/coerce/times/0: a time is written as text, and the schema takes no string "
      "there\n");
  CHECK(problems_of(compile_plan(std::string(kPlanBytesMax + 1, ' '))) == ": larger than 4 MiB\n");
}

TEST_CASE("plan compile: a place that no value can have is a problem") {
  const std::string list = R"("schema":{"properties":{"l":{"type":"array"}}})";
  CHECK(of_type(list + R"(,"pii":{"/l/0":"mask"})") ==
        "/content_types/t/pii/~1l~10: the schema takes no object there, so \"0\" names nothing\n");
  CHECK(of_type(list + R"(,"pii":{"/l/*/email":"hash"})").empty());
  CHECK(of_type(list + R"(,"coerce":{"times":["/l/a/b"]})") ==
        "/content_types/t/coerce/times/0: the schema takes no object there, so \"a\" names "
        "nothing\n");
  const std::string object =
      R"("schema":{"properties":{"o":{"$ref":"#/$defs/o"}},"$defs":{"o":{"type":"object"}}})";
  CHECK(of_type(object + R"(,"pii":{"/o/*":"drop"})") ==
        "/content_types/t/pii/~1o~1*: the schema takes no list there, so * names nothing\n");
  CHECK(of_type(object + R"(,"pii":{"/o/a":"drop"})").empty());
  const std::string text = R"("schema":{"properties":{"s":{"type":["string","null"]}}})";
  CHECK(of_type(text + R"(,"pii":{"/s/*":"mask"})").find("no list there") != std::string::npos);
  CHECK(of_type(text + R"(,"pii":{"/s/a":"mask"})").find("no object there") != std::string::npos);
  // One element is enough.
  const std::string mixed = R"("schema":{"properties":{"l":{"type":"array",
      "prefixItems":[{"type":"null"}],"items":{"type":"object"}}}})";
  CHECK(of_type(mixed + R"(,"pii":{"/l/*/a":"mask"})").empty());
  CHECK(of_type(mixed + R"(,"pii":{"/l/*/*":"mask"})").find("no list there") != std::string::npos);
  // Where nothing is said of the type, both may come.
  CHECK(of_type(R"("schema":true,"pii":{"/x/*":"mask","/x/a":"mask"})").empty());
}

TEST_CASE("plan compile: the schema of a content type takes objects") {
  const std::string none = ": properties is always an object, and the schema takes none\n";
  CHECK(of_type(R"("schema":{"type":"array"})") == "/content_types/t/schema/type" + none);
  CHECK(of_type(R"("schema":{"type":["string","null"]})") == "/content_types/t/schema/type" + none);
  CHECK(of_type(R"("schema":{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}})") ==
        "/content_types/t/schema" + none);
  for (const char* schema : {"true", "false", "{}", R"({"type":["object","null"]})"}) {
    CHECK(of_type(std::string("\"schema\":") + schema).empty());
  }
  CHECK(of_type(R"("schema":{"type":"text"})").find("properties is") == std::string::npos);
}

TEST_CASE("plan compile: bounds how many problems it names") {
  std::string schema = "{\"properties\":{";
  for (int i = 0; i < 200; ++i)
    schema += (i ? ",\"p" : "\"p") + std::to_string(i) + "\":{\"typ\":1}";
  CHECK(compile_schema(schema + "}}").problems.size() == kPlanProblemsMax);
}

TEST_CASE("plan compile: the same document gives the same bytes") {
  const std::string text = R"({"version":"1","content_types":{"t":{"schema":{"enum":["a","b"]}}}})";
  CHECK(compile_plan(text).bytes == compile_plan(text).bytes);
}
