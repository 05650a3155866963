#include "simulator/shaping/plan_text.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

std::string problem_of(const std::string& path, std::string_view text) {
  PlanTextProblem problem;
  if (read_plan_text(path, text, problem)) return "none";
  return std::to_string(problem.line) + ": " + problem.what + ". " + problem.mend;
}

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

TEST_CASE("plan text: what is no JSON but something known is told by its name") {
  CHECK(problem_of("p.json", "\xef\xbb\xbf{}") == "1: has a byte order mark. save it without");
  CHECK(problem_of("p.yaml",
                   "\xef\xbb\xbf"
                   "a: 1\n") == "none");
  CHECK(problem_of("p.json", " \n") == "1: empty. write {...}");
  CHECK(problem_of("p.yaml", "") == "1: empty. write {...}");
  CHECK(problem_of("p.bin", std::string("EHP3\1\0", 6)) ==
        "1: a compiled plan, damaged or of another version. check its source");
  for (const char* yaml : {"version: '1'\n", "# a plan\n", "---\nversion: 1\n", "%YAML 1.2\n",
                           "content_types:\n  a: 1\n", "$schema: x\n"}) {
    CAPTURE(yaml);
    CHECK(problem_of("plan", yaml) == "1: looks like YAML, and its name says JSON. name it .yaml");
    for (const char* name : {"plan.yaml", "plan.yml", "plan.YAML", "plan.Yml"}) {
      CHECK(problem_of(name, yaml).find("looks") == std::string::npos);
    }
  }
  for (const char* other : {"{\"a: b\": 1}", "true", "version", "[1]", "-1"}) {
    CHECK(problem_of("plan", other) == "none");
  }
}

TEST_CASE("plan text: a file that cannot be read says why") {
  const TestFolder folder;
  CHECK_FALSE(read_file(folder.path()));
  CHECK(read_file_problem(folder.path()) == folder.path() + " is a directory");
  CHECK_FALSE(read_file(folder.path() + "/absent"));
  CHECK(read_file_problem("absent") == "cannot read absent");
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
