// What the tests of shared/plan share.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shared/plan/plan_compile.h"
#include "shared/plan/validator.h"

namespace edgehose {

// A compiled plan that keeps its bytes.
struct TestPlan {
  explicit TestPlan(PlanCompiled made) : compiled(std::move(made)) {
    for (const PlanProblem& problem : compiled.problems) {
      UNSCOPED_INFO(problem.place << ": " << problem.what << ". " << problem.mend);
    }
    REQUIRE(compiled.problems.empty());
    plan = Plan::map(compiled.bytes);
    REQUIRE(plan.has_value());
  }

  PlanCompiled compiled;
  std::optional<Plan> plan;
};

struct Judged {
  bool valid = false;
  std::string text;
  PlanFault fault;
  CoercedPlaces coerced;
  uint64_t steps = 0;
};

inline Judged judge(const ContentTypePlan& plan, std::string_view text,
                    std::string_view pii_key = "key") {
  Validator validator;
  ByteBuffer out;
  out.append("before,");
  JsonScanner in(text);
  Judged judged;
  judged.valid = validator.read(plan, in, out, pii_key);
  judged.text = std::string(out.view().substr(7));
  judged.fault = validator.fault();
  judged.coerced = validator.coerced();
  judged.steps = validator.steps();
  CHECK(out.view().substr(0, 7) == "before,");
  if (judged.valid) {
    CHECK(in.at() <= text.size());
  } else {
    CHECK(judged.text.empty());
    CHECK(judged.fault.kind != FaultKind::none);
  }
  return judged;
}

}  // namespace edgehose
