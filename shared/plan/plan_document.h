// A plan's text as a tree, with the place of each value: for the compiler alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/json_scan.h"
#include "shared/plan/plan_compile.h"

namespace edgehose {

struct PlanMember;

struct PlanValue {
  JsonKind kind = JsonKind::none;
  std::string text;      // a string's characters; any other value as written
  std::string_view raw;  // as written
  std::string pointer;
  size_t offset = 0;
  std::vector<PlanMember> members;
  std::vector<PlanValue> elements;

  // Null when there is no such member.
  const PlanValue* find(std::string_view name) const;
  // What a JSON Pointer below this value names; null for nothing. The pointer is decoded.
  const PlanValue* resolve(std::string_view pointer) const;
  bool is_true() const { return raw == "true"; }
  bool is_false() const { return raw == "false"; }
};

struct PlanMember {
  std::string first;  // its name
  PlanValue second;
};

// Reads the whole text; names what is wrong with it, members that stand twice included.
[[nodiscard]] PlanValue read_plan_document(std::string_view json,
                                           std::vector<PlanProblem>& problems);

// Adds a problem at a value, up to kPlanProblemsMax.
void add_problem(std::vector<PlanProblem>& problems, const PlanValue& at, std::string what,
                 std::string mend);

}  // namespace edgehose
