#include "simulator/shaping/plan_text.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string json_of(std::string_view yaml) {
  PlanTextProblem problem;
  const auto text = read_plan_text("plan.yaml", yaml, problem);
  return text ? text->json : std::to_string(problem.line) + ": " + problem.what;
}

}  // namespace

TEST_CASE("plan text: YAML becomes JSON, scalars as its core schema says") {
  CHECK(json_of("a: 1\nb: [true, null, ~, 1.5, -2e3]\n") ==
        R"({"a":1,"b":[true,null,null,1.5,-2e3]})");
  CHECK(json_of("a: '1'\nb: \"true\"\nc: yes\nd: 007\ne: 2026-11-23\nf: 0x10\ng: .5\n") ==
        R"({"a":"1","b":"true","c":"yes","d":7,"e":"2026-11-23","f":16,"g":0.5})");
  CHECK(json_of("pattern: ^[a-z]{1,3}$\n") == R"({"pattern":"^[a-z]{1,3}$"})");
  CHECK(json_of("x: &a {k: 1}\ny: *a\n") == R"({"x":{"k":1},"y":{"k":1}})");
  CHECK(json_of("1: a\ntrue: b\n") == R"({"1":"a","true":"b"})");
  CHECK(json_of("a:\nb: ''\n") == R"({"a":null,"b":""})");
}

TEST_CASE("plan text: what is no YAML is told with its line") {
  CHECK(json_of("a: 1\nb: [1\n").starts_with("3: no YAML"));
  CHECK(json_of("a: 1\n---\nb: 2\n") == "1: must hold one YAML document");
  CHECK(json_of("? [1]\n: 2\n") == "1: a key must be a text");
}

TEST_CASE("plan text: aliases of aliases end at the bound") {
  std::string yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) yaml += before + (j < 9 ? " ," : " ]\n");
  }
  CHECK(json_of(yaml).find("too large") != std::string::npos);
}

TEST_CASE("plan text: knows the line of a place, in YAML and in JSON") {
  PlanTextProblem problem;
  const auto yaml = read_plan_text("p.yml", "a: 1\nb:\n  c: 2\n  d: [x,\n    y]\n", problem);
  REQUIRE(yaml);
  CHECK(yaml->line_at(yaml->json.find('1')) == 1);
  CHECK(yaml->line_at(yaml->json.find('2')) == 3);
  CHECK(yaml->line_at(yaml->json.find('y') - 1) == 5);
  const auto json = read_plan_text("p.json", "{\n\"a\":\n1}", problem);
  REQUIRE(json);
  CHECK(json->line_at(0) == 1);
  CHECK(json->line_at(json->json.find('1')) == 3);
  CHECK(json->line_at(1'000) == 3);
}
