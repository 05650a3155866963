// A plan from a file, whatever form it has: JSON, YAML by its name, or compiled already.
#pragma once

#include <ostream>
#include <string>

namespace edgehose {

enum class PlanFile { sound, unsound, unreadable };

// Sound: `bytes` holds a plan that Plan::map takes. Otherwise the problems are on `problems`, as
// `FILE:LINE: PLACE: problem. mend`.
[[nodiscard]] PlanFile load_plan(const std::string& path, std::string& bytes,
                                 std::ostream& problems);

}  // namespace edgehose
