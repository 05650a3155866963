#include "simulator/shaping/plan_file.h"

#include <optional>

#include "shared/plan/plan.h"
#include "shared/plan/plan_compile.h"
#include "simulator/shaping/plan_text.h"

namespace edgehose {

PlanFile load_plan(const std::string& path, std::string& bytes, std::ostream& problems) {
  const std::optional<std::string> file = read_file(path);
  if (!file) {
    problems << "edgehose plan: " << read_file_problem(path) << "\n";
    return PlanFile::unreadable;
  }
  if (Plan::map(*file)) {
    bytes = *file;
    return PlanFile::sound;
  }
  bytes = compile_plan_text(path, *file, compile_plan, problems);
  return bytes.empty() ? PlanFile::unsound : PlanFile::sound;
}

}  // namespace edgehose
