#include "shared/plan/validator.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;
using nlohmann::json;

TEST_CASE("validator: judges each keyword and its corners as the table says") {
  std::ifstream file(std::string(EDGEHOSE_SOURCE_DIR) +
                     "/tests/unit/shared/plan/schema_cases.json");
  const json groups = json::parse(file);
  REQUIRE(groups.size() > 100);
  for (const json& group : groups) {
    const TestPlan plan(compile_schema(group["schema"].dump()));
    for (const json& text : group["valid"]) {
      INFO(group["keyword"] << " " << group["schema"] << " with " << text);
      const Judged judged = judge((*plan.plan)[0], text.get<std::string>());
      INFO(judged.fault.pointer << " " << judged.fault.keyword << " " << judged.fault.expected);
      CHECK(judged.valid);
      if (judged.valid) CHECK(json::parse(judged.text) == json::parse(text.get<std::string>()));
    }
    for (const json& text : group["invalid"]) {
      INFO(group["keyword"] << " " << group["schema"] << " with " << text);
      const Judged judged = judge((*plan.plan)[0], text.get<std::string>());
      CHECK_FALSE(judged.valid);
      CHECK(judged.fault.kind == FaultKind::schema);
      if (group.contains("fault")) CHECK(judged.fault.keyword == group["fault"].get<std::string>());
    }
  }
}
