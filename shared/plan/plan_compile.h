// Compiles a tracking plan from JSON to the flat binary that Plan maps. What it does not know is an
// error of the plan, never ignored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

// One thing wrong with a plan.
struct PlanProblem {
  std::string place;  // JSON Pointer in the document
  size_t offset = 0;  // byte of the document where that place is
  std::string what;
  std::string mend;
};

inline constexpr size_t kPlanProblemsMax = 50;
inline constexpr size_t kPlanBytesMax = 4'194'304;  // of the document

struct PlanCompiled {
  std::string bytes;  // empty when there are problems
  std::vector<PlanProblem> problems;
};

[[nodiscard]] PlanCompiled compile_plan(std::string_view json);

// A plan of one content type named "value" whose schema is `json`: for `edgehose validate`. Nothing
// is adjusted.
[[nodiscard]] PlanCompiled compile_schema(std::string_view json);

}  // namespace edgehose
