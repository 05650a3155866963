#include "simulator/shaping/plan_command.h"

#include <fstream>
#include <optional>
#include <utility>

#include "shared/plan/plan.h"
#include "shared/plan/plan_compile.h"
#include "simulator/shaping/plan_text.h"

namespace edgehose {
namespace {

// The compiled plan's bytes; empty, with the status to end with, when there is none.
std::string compile_file(const std::string& path, std::ostream& out, std::ostream& err,
                         int& status) {
  const std::optional<std::string> bytes = read_file(path);
  if (!bytes) {
    err << "edgehose plan: cannot read " << path << "\n";
    status = 2;
    return {};
  }
  status = 1;
  PlanTextProblem unfit;
  const std::optional<PlanText> text = read_plan_text(path, *bytes, unfit);
  if (!text) {
    out << path << ":" << unfit.line << ": /: " << unfit.what << ". Mend the file there.\n";
    return {};
  }
  PlanCompiled compiled = compile_plan(text->json);
  for (const PlanProblem& problem : compiled.problems) {
    out << path << ":" << text->line_at(problem.offset) << ": "
        << (problem.place.empty() ? "/" : problem.place) << ": " << problem.what << ". "
        << problem.mend << "\n";
  }
  if (compiled.problems.empty()) status = 0;
  return std::move(compiled.bytes);
}

void describe(const std::string& bytes, std::ostream& out) {
  const std::optional<Plan> plan = Plan::map(bytes);
  if (!plan) return;
  out << "version " << plan->version() << ", " << plan->size() << " content types, " << bytes.size()
      << " bytes compiled\n";
}

}  // namespace

int run_plan_check(const PlanOptions& options, std::ostream& out, std::ostream& err) {
  int status = 0;
  const std::string bytes = compile_file(options.file, out, err, status);
  if (status != 0) return status;
  out << options.file << ": sound; ";
  describe(bytes, out);
  return 0;
}

int run_plan_compile(const PlanOptions& options, std::ostream& out, std::ostream& err) {
  int status = 0;
  const std::string bytes = compile_file(options.file, out, err, status);
  if (status != 0) return status;
  std::ofstream file(options.out, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) {
    err << "edgehose plan: cannot write " << options.out << "\n";
    return 2;
  }
  out << options.out << ": ";
  describe(bytes, out);
  return 0;
}

}  // namespace edgehose
