// Any text is a plan or has problems, each with its place; what compiles maps.
#include "shared/plan/plan_compile.h"

#include "shared/plan/plan.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

void check_compiled(const PlanCompiled& compiled, size_t document_bytes) {
  check(compiled.bytes.empty() == !compiled.problems.empty(), "bytes or problems");
  check(compiled.problems.size() <= kPlanProblemsMax, "problems are bounded");
  for (const PlanProblem& problem : compiled.problems) {
    check(problem.offset <= document_bytes, "a problem stands in the document");
    check(!problem.what.empty(), "a problem says what it is");
  }
  if (compiled.problems.empty()) check(Plan::map(compiled.bytes).has_value(), "a plan maps");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  check_compiled(compile_plan(text), text.size());
  check_compiled(compile_schema(text), text.size());
  return 0;
}
