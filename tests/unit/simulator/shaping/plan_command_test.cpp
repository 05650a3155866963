#include "simulator/shaping/plan_command.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "shared/plan/plan.h"
#include "simulator/shaping/plan_text.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

struct Run {
  int status = 0;
  std::string out;
  std::string err;
};

std::string write_file(const TestFolder& folder, const std::string& name, std::string_view text) {
  const std::string path = folder.path() + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

Run check(const std::string& path) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_plan_check({.file = path}, out, err);
  return {status, out.str(), err.str()};
}

constexpr std::string_view kYaml = R"(version: "2026-11-23"
content_types:
  page_view:
    schema:
      type: object
      properties:
        price: {type: integer, minimum: 0}
    pii:
      /email: hash
)";

}  // namespace

TEST_CASE("plan command: check says that a plan is sound, or names line, place and mend") {
  const TestFolder folder;
  const Run sound = check(write_file(folder, "plan.yaml", kYaml));
  CHECK(sound.status == 0);
  CHECK(sound.out.find("sound; version 2026-11-23, 1 content types") != std::string::npos);

  std::string wrong(kYaml);
  wrong.replace(wrong.find("minimum"), 7, "minimun");
  const std::string path = write_file(folder, "wrong.yaml", wrong);
  const Run refused = check(path);
  CHECK(refused.status == 1);
  CHECK(refused.out == path +
                           ":7: /content_types/page_view/schema/properties/price/minimun: unknown "
                           "keyword \"minimun\". did you mean \"minimum\"?\n");
  CHECK(check(path + ".absent").status == 2);
  CHECK(check(write_file(folder, "broken.json", "{\n \"version\": }")).out.find(":2: ") !=
        std::string::npos);
  CHECK(check(write_file(folder, "broken.yaml", "a: [")).status == 1);
  CHECK(check(write_file(folder, "empty.json", "")).status == 1);
}

TEST_CASE("plan command: compile writes the binary that the core maps") {
  const TestFolder folder;
  const std::string path = write_file(folder, "plan.yaml", kYaml);
  const std::string target = folder.path() + "/plan.bin";
  std::ostringstream out;
  std::ostringstream err;
  REQUIRE(run_plan_compile({.file = path, .out = target}, out, err) == 0);
  const auto bytes = read_file(target);
  REQUIRE(bytes);
  const auto plan = Plan::map(*bytes);
  REQUIRE(plan);
  CHECK(plan->version() == "2026-11-23");
  CHECK(plan->find("page_view"));
  CHECK(run_plan_compile({.file = path, .out = folder.path() + "/no/folder"}, out, err) == 2);
}

TEST_CASE("plan command: a damaged binary and a directory are told as what they are") {
  const TestFolder folder;
  const std::string path = write_file(folder, "plan.yaml", kYaml);
  const std::string target = folder.path() + "/plan.bin";
  std::ostringstream out;
  std::ostringstream err;
  REQUIRE(run_plan_compile({.file = path, .out = target}, out, err) == 0);
  CHECK(check(target).status == 0);
  const std::string half = write_file(folder, "half.bin", read_file(target)->substr(0, 100));
  CHECK(check(half).out ==
        half + ":1: /: a compiled plan, damaged or of another version. check its source\n");
  const Run directory = check(folder.path());
  CHECK(directory.status == 2);
  CHECK(directory.err == "edgehose plan: " + folder.path() + " is a directory\n");
}
