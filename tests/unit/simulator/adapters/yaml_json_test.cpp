#include "simulator/adapters/yaml_json.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string json_of(std::string_view yaml, size_t bytes_max = 10'000) {
  YamlProblem problem;
  const auto read = read_yaml(yaml, bytes_max, problem);
  return read ? read->json : std::to_string(problem.line) + ": " + problem.what;
}

}  // namespace

TEST_CASE("yaml: a block of text keeps its lines, and keys keep their order") {
  CHECK(json_of("b: |\n  one\n    two\na: >-\n  x\n  y\n") == R"({"b":"one\n  two\n","a":"x y"})");
}

TEST_CASE("yaml: what is too large or nested too deep is refused") {
  CHECK(json_of("a: [1, 2, 3, 4, 5, 6]", 10) == "1: too large or nested too deep");
  CHECK(json_of(std::string(200, '[') + std::string(200, ']')) ==
        "1: too large or nested too deep");
}

TEST_CASE("yaml: a file holds one document") {
  CHECK(json_of("a: 1\n---\nb: 2\n") == "1: must hold one YAML document");
  CHECK(json_of("---\na: 1\n...\n") == R"({"a":1})");
  CHECK(json_of("# nothing but a comment\n") == "1: must hold one YAML document");
}

// Found by api_document_fuzz: yaml-cpp gives documents without end for these.
TEST_CASE("yaml: what yaml-cpp never finishes is refused") {
  for (const char* text : {",", "a: \"x\"y"}) {
    CAPTURE(text);
    CHECK(json_of(text).starts_with("1: "));
  }
}

TEST_CASE("yaml: each value knows its line") {
  YamlProblem problem;
  const auto read = read_yaml("a: 1\nb:\n  - 2\n", 1'000, problem);
  REQUIRE(read);
  CHECK(read->lines.back() == std::pair(read->json.find('2'), size_t{3}));
}
