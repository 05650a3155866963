#include "shared/plan/plan_document.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("plan document: keeps the place of each value") {
  std::vector<PlanProblem> problems;
  const PlanValue root =
      read_plan_document(R"({"a": [1, {"x/y": "\u0041"}], "~": null})", problems);
  REQUIRE(problems.empty());
  const PlanValue* deep = root.resolve("/a/1/x~1y");
  REQUIRE(deep != nullptr);
  CHECK(deep->text == "A");
  CHECK(deep->pointer == "/a/1/x~1y");
  CHECK(deep->offset == 18);
  CHECK(root.resolve("/~0")->raw == "null");
  CHECK(root.resolve("") == &root);
  for (const char* nothing : {"/b", "/a/2", "/a/x", "/a/-1", "a", "/a/99999999999"}) {
    CHECK(root.resolve(nothing) == nullptr);
  }
}

TEST_CASE("plan document: names what is no JSON, and members that stand twice") {
  const std::pair<const char*, const char*> wrong[] = {{"", "no JSON"},
                                                       {"{\"a\":}", "no JSON"},
                                                       {"[1,]", "no JSON"},
                                                       {"1 2", "unexpected"},
                                                       {"{\"a\":1,\"\\u0061\":2}", "stands twice"}};
  for (const auto& [text, what] : wrong) {
    INFO(text);
    std::vector<PlanProblem> problems;
    (void)read_plan_document(text, problems);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].what.find(what) != std::string::npos);
    CHECK_FALSE(problems[0].mend.empty());
  }
  std::vector<PlanProblem> problems;
  (void)read_plan_document(std::string(100'000, '['), problems);
  CHECK(problems.size() == 1);
}
