#include "simulator/shaping/plan_file.h"

#include <optional>
#include <utility>

#include "shared/plan/plan.h"
#include "shared/plan/plan_compile.h"
#include "simulator/shaping/plan_text.h"

namespace edgehose {

PlanFile load_plan(const std::string& path, std::string& bytes, std::ostream& problems) {
  const std::optional<std::string> file = read_file(path);
  if (!file) {
    problems << "edgehose plan: cannot read " << path << "\n";
    return PlanFile::unreadable;
  }
  if (Plan::map(*file)) {
    bytes = *file;
    return PlanFile::sound;
  }
  PlanTextProblem unfit;
  const std::optional<PlanText> text = read_plan_text(path, *file, unfit);
  if (!text) {
    problems << path << ":" << unfit.line << ": /: " << unfit.what << ". Mend the file there.\n";
    return PlanFile::unsound;
  }
  PlanCompiled compiled = compile_plan(text->json);
  for (const PlanProblem& problem : compiled.problems) {
    problems << path << ":" << text->line_at(problem.offset) << ": "
             << (problem.place.empty() ? "/" : problem.place) << ": " << problem.what << ". "
             << problem.mend << "\n";
  }
  bytes = std::move(compiled.bytes);
  return compiled.problems.empty() ? PlanFile::sound : PlanFile::unsound;
}

}  // namespace edgehose
