#include "simulator/shaping/plan_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "shared/plan/plan.h"

using namespace edgehose;

namespace {

// A file of this test's own, removed with it.
class File {
 public:
  File(const std::string& name, const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("edgehose-plan-file-" + std::to_string(reinterpret_cast<uintptr_t>(this)) + name)) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

const std::string kJson = R"({"version":"1","content_types":{"a":{"schema":{"type":"object"}}}})";

}  // namespace

TEST_CASE("plan_file: JSON, YAML and a compiled plan are the same plan") {
  std::ostringstream problems;
  std::string from_json;
  REQUIRE(load_plan(File(".json", kJson).path(), from_json, problems) == PlanFile::sound);
  std::string from_yaml;
  const File yaml(".yaml", "version: '1'\ncontent_types:\n  a:\n    schema: {type: object}\n");
  REQUIRE(load_plan(yaml.path(), from_yaml, problems) == PlanFile::sound);
  CHECK(from_yaml == from_json);
  std::string again;
  REQUIRE(load_plan(File(".bin", from_json).path(), again, problems) == PlanFile::sound);
  CHECK(again == from_json);
  CHECK(Plan::map(again)->version() == "1");
  CHECK(problems.str().empty());
}

TEST_CASE("plan_file: what is wrong is named with file, line and place") {
  std::ostringstream problems;
  std::string bytes;
  const File wrong(".json",
                   "{\"version\":\"1\",\n\"content_types\":{\"a\":{\"schema\":{\"typ\":1}}}}");
  REQUIRE(load_plan(wrong.path(), bytes, problems) == PlanFile::unsound);
  CHECK(problems.str().find(wrong.path() + ":2: /content_types/a/schema/typ: ") == 0);
  CHECK(bytes.empty());
  CHECK(load_plan("/nowhere/plan.json", bytes, problems) == PlanFile::unreadable);
}
