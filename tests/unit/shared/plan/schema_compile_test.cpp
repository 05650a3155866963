#include "shared/plan/schema_compile.h"

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

namespace {

std::string first_problem(std::string_view schema) {
  const PlanCompiled compiled = compile_schema(schema);
  if (compiled.problems.empty()) return "none";
  const PlanProblem& problem = compiled.problems.front();
  return problem.place + ": " + problem.what + ". " + problem.mend;
}

}  // namespace

TEST_CASE("schema compile: a keyword it does not know is a problem with a mend") {
  CHECK(first_problem(R"({"minimun":1})") ==
        "/minimun: unknown keyword \"minimun\". did you mean \"minimum\"?");
  CHECK(first_problem(R"({"properties":{"a":{"x-foo":1}}})") ==
        "/properties/a/x-foo: unknown keyword \"x-foo\". leave it out, or put it into description");
  CHECK(first_problem(R"({"definitions":{}})") ==
        "/definitions: the keyword \"definitions\" is not supported. 2020-12 calls it $defs");
  for (const char* name : {"dependentSchemas", "unevaluatedProperties", "$anchor", "$dynamicRef",
                           "contentEncoding", "nullable", "additionalItems"}) {
    INFO(name);
    CHECK(first_problem("{\"" + std::string(name) + "\":{}}").find("not supported") !=
          std::string::npos);
  }
  // Also where nothing refers to it.
  CHECK(first_problem(R"({"$defs":{"a":{"typ":1}}})").starts_with("/$defs/a/typ: "));
  CHECK(first_problem(R"({"$ref":"#/$defs/a","$defs":{"a":true,"b":{"typ":1}}})")
            .starts_with("/$defs/b/typ: "));
  CHECK(first_problem(R"({"then":{"typ":1}})").starts_with("/then/typ: "));
}

TEST_CASE("schema compile: a keyword is guessed only where it is near") {
  const std::pair<const char*, const char*> near[] = {{"tpye", "type"},
                                                      {"typ", "type"},
                                                      {"Type", "type"},
                                                      {"alOf", "allOf"},
                                                      {"anyof", "anyOf"},
                                                      {"oneOff", "oneOf"},
                                                      {"nott", "not"},
                                                      {"iff", "if"},
                                                      {"els", "else"},
                                                      {"thne", "then"},
                                                      {"contain", "contains"},
                                                      {"minContain", "minContains"},
                                                      {"maxcontains", "maxContains"},
                                                      {"minPropertys", "minProperties"},
                                                      {"maxPropertes", "maxProperties"},
                                                      {"requierd", "required"}};
  for (const auto& [name, keyword] : near) {
    CHECK(first_problem("{\"" + std::string(name) + "\":1}") ==
          "/" + std::string(name) + ": unknown keyword \"" + name + "\". did you mean \"" +
              keyword + "\"?");
  }
  for (const char* name : {"nope", "a", "", "of", "x-id", "price", "units"}) {
    INFO(name);
    CHECK(first_problem("{\"" + std::string(name) + "\":1}").find("did you mean") ==
          std::string::npos);
  }
}

TEST_CASE("schema compile: a keyword's value must have its form") {
  const std::pair<const char*, const char*> wrong[] = {
      {R"([])", ""},
      {R"("x")", ""},
      {R"({"type":"text"})", "/type"},
      {R"({"type":[]})", "/type"},
      {R"({"type":["string","string"]})", "/type/1"},
      {R"({"enum":[]})", "/enum"},
      {R"({"enum":"a"})", "/enum"},
      {R"({"minimum":"1"})", "/minimum"},
      {R"({"multipleOf":0})", "/multipleOf"},
      {R"({"multipleOf":-1})", "/multipleOf"},
      {R"({"minLength":-1})", "/minLength"},
      {R"({"minLength":1.5})", "/minLength"},
      {R"({"maxItems":"1"})", "/maxItems"},
      {R"({"maxLength":99999999999})", "/maxLength"},
      {R"({"pattern":1})", "/pattern"},
      {R"({"pattern":"("})", "/pattern"},
      {R"({"format":"regex"})", "/format"},
      {R"({"format":1})", "/format"},
      {R"({"properties":[]})", "/properties"},
      {R"({"properties":{"a":1}})", "/properties/a"},
      {R"({"patternProperties":{"(":true}})", "/patternProperties/("},
      {R"({"additionalProperties":1})", "/additionalProperties"},
      {R"({"required":"a"})", "/required"},
      {R"({"required":[1]})", "/required/0"},
      {R"({"required":["a","a"]})", "/required/1"},
      {R"({"dependentRequired":{"a":"b"}})", "/dependentRequired/a"},
      {R"({"items":[{}]})", "/items"},
      {R"({"prefixItems":{}})", "/prefixItems"},
      {R"({"prefixItems":[]})", "/prefixItems"},
      {R"({"uniqueItems":1})", "/uniqueItems"},
      {R"({"allOf":[]})", "/allOf"},
      {R"({"anyOf":{}})", "/anyOf"},
      {R"({"oneOf":[1]})", "/oneOf/0"},
      {R"({"not":1})", "/not"},
      {R"({"if":1})", "/if"},
      {R"({"$ref":1})", "/$ref"},
      {R"({"$ref":"#/$defs/a"})", "/$ref"},
      {R"({"$ref":"other.json"})", "/$ref"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#"})", "/$schema"},
      {R"({"properties":{"a":{"$id":"x"}}})", "/properties/a/$id"},
      {R"({"title":2})", "/title"},
      {R"({"description":[]})", "/description"},
      {R"({"$comment":1})", "/$comment"},
      {R"({"properties":{"a":{"$ref":"#/$defs/a","title":null}},"$defs":{"a":true}})",
       "/properties/a/title"},
      {R"({"$defs":1})", "/$defs"}};
  for (const auto& [schema, place] : wrong) {
    INFO(schema);
    CHECK(first_problem(schema).starts_with(std::string(place) + ": "));
  }
}

TEST_CASE("schema compile: a reference that never leaves its value is a problem") {
  CHECK(first_problem(R"({"$ref":"#"})").find("leads back to itself") != std::string::npos);
  CHECK(first_problem(R"({"allOf":[{"$ref":"#"}]})").find("leads back to the value") !=
        std::string::npos);
  CHECK(first_problem(R"({"anyOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"$ref":"#"}}}})")
            .find("leads back") != std::string::npos);
  CHECK(first_problem(R"({"properties":{"a":{"$ref":"#"}},"anyOf":[true]})") == "none");
}

TEST_CASE("schema compile: matches a program by itself") {
  CHECK(program_matches(compile_pattern("^a+$"), "aa"));
  CHECK_FALSE(program_matches(compile_pattern("^a+$"), "ab"));
}
