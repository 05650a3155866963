// `edgehose plan check FILE` and `edgehose plan compile FILE -o OUT`.
#pragma once

#include <ostream>
#include <string>

namespace edgehose {

struct PlanOptions {
  std::string file = {};  // JSON, or YAML by its name
  std::string out = {};   // compile: the flat binary
};

// Prints `FILE:LINE: PLACE: problem. mend` for each problem. 0 when the plan is sound, 1 when it is
// not, 2 when a file cannot be read or written.
int run_plan_check(const PlanOptions& options, std::ostream& out, std::ostream& err);
int run_plan_compile(const PlanOptions& options, std::ostream& out, std::ostream& err);

}  // namespace edgehose
