#include "simulator/shaping/validate_command.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

TEST_CASE("validate command: gives a verdict with its reason for each line") {
  const TestFolder folder;
  const std::string path = folder.path() + "/schema.json";
  std::ofstream(path) << R"({"type":"object","properties":{"a":{"minimum":1}},"required":["a"]})";
  std::istringstream in(
      "{\"a\":1}\n{\"a\":0}\n{}\n{\"a\":1\n\n{\"a\":1,\"a\":2}\n{\"a\":2} x\n[\"\\u3042\"]");
  std::ostringstream out;
  std::ostringstream err;
  REQUIRE(run_validate({.schema = path}, in, out, err) == 0);
  CHECK(out.str() ==
        R"({"line":1,"valid":true}
{"line":2,"valid":false,"pointer":"/a","keyword":"minimum","expected":"1","actual":"0"}
{"line":3,"valid":false,"pointer":"/a","keyword":"required","expected":"a","actual":"absent"}
{"line":4,"valid":false,"pointer":"/a","keyword":"json","expected":"truncated","actual":""}
{"line":6,"valid":false,"pointer":"/a","keyword":"duplicate","expected":"each member once","actual":"a"}
{"line":7,"valid":false,"pointer":"","keyword":"json","expected":"one value a line","actual":"more text behind it"}
{"line":8,"valid":false,"pointer":"","keyword":"type","expected":"object","actual":"array"}
)");
  CHECK(err.str().empty());
}

TEST_CASE("validate command: what is no JSON is told with its place, and blank lines are none") {
  const TestFolder folder;
  const std::string path = folder.path() + "/schema.json";
  std::ofstream(path) << "{}";
  std::istringstream in("{\"a\":1e400}\n\n \t\r\n[1,]\n");
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_validate({.schema = path}, in, out, err) == 0);
  CHECK(
      out.str() ==
      R"({"line":1,"valid":false,"pointer":"/a","keyword":"json","expected":"bad number","actual":""}
{"line":4,"valid":false,"pointer":"/1","keyword":"json","expected":"unexpected byte","actual":""}
)");
}

TEST_CASE("validate command: its status is of the instances where that is asked for") {
  const TestFolder folder;
  const std::string path = folder.path() + "/schema.json";
  std::ofstream(path) << R"({"type":"integer"})";
  std::ostringstream out;
  std::ostringstream err;
  const ValidateOptions asked = {.schema = path, .exit_status = ExitStatus::of_the_instances};
  std::istringstream valid("1\n2\n");
  CHECK(run_validate(asked, valid, out, err) == 0);
  std::istringstream mixed("1\n\"2\"\n3\n");
  CHECK(run_validate(asked, mixed, out, err) == 1);
  std::istringstream none("");
  CHECK(run_validate(asked, none, out, err) == 0);
}

TEST_CASE("validate command: a bad schema ends it with its place") {
  const TestFolder folder;
  const std::string path = folder.path() + "/schema.yaml";
  std::ofstream(path) << "type: object\nproperties:\n  a: {minimum: x}\n";
  std::istringstream in("{}\n");
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_validate({.schema = path}, in, out, err) == 2);
  CHECK(err.str() == path + ":3: /properties/a/minimum: must be a number. write a number\n");
  CHECK(out.str().empty());
  CHECK(run_validate({.schema = path + ".absent"}, in, out, err) == 2);
}
