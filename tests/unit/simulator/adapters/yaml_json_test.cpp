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

TEST_CASE("yaml: plain scalars are the core schema's, quoted ones and !!str are strings") {
  CHECK(json_of("[True, 0x10, +1, .5, 1., 010, ~, Null, yes]") ==
        R"([true,16,1,0.5,1.0,10,null,null,"yes"])");
  CHECK(json_of("['True', \"0x10\", !!str 123, !!str null, ! 1]") ==
        R"(["True","0x10","123","null","1"])");
  CHECK(json_of("[!!int 1, !!float 1, !!bool TRUE, !!null '', !!int '7']") ==
        R"([1,1,true,null,7])");
  CHECK(json_of("a: |\n  1\n") == R"({"a":"1\n"})");
}

TEST_CASE("yaml: numbers and tags that JSON has not are refused in their line") {
  CHECK(json_of("a: 1\nb: 1e400\n") ==
        "2: 1e400 is beyond the numbers of JSON: quote it if it is text");
  CHECK(json_of("a:\n  - .inf\n") == "2: .inf is no number of JSON: quote it if it is text");
  CHECK(json_of("a: !!int 1.5\n") == "1: \"1.5\" is not what its tag says: int");
  CHECK(json_of("a: !Ref b\n") == "1: the tag !Ref is not known");
  CHECK(json_of("a: !!set {b}\n") == "1: the tag tag:yaml.org,2002:set is not known");
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
