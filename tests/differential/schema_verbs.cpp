#include "shared/plan/plan_compile.h"
#include "shared/plan/validator.h"
#include "tests/differential/verbs.h"

namespace edgehose::differential {

void ask_schema(const Fields& in, Fields& out) {
  const PlanCompiled compiled = compile_schema(field(in, 0));
  const auto plan = Plan::map(compiled.bytes);
  if (!plan) {
    const PlanProblem problem = compiled.problems.empty() ? PlanProblem{} : compiled.problems[0];
    out.push_back("no schema: " + problem.place + ": " + problem.what);
    return;
  }
  Validator validator;
  ByteBuffer written;
  for (size_t i = 1; i < in.size(); ++i) {
    JsonScanner scanner(in[i]);
    written.clear();
    const bool valid = validator.read((*plan)[0], scanner, written, {});
    const PlanFault& fault = validator.fault();
    const bool by_schema = fault.kind == FaultKind::schema;
    out.push_back(valid       ? std::string("valid")
                  : by_schema ? std::string(fault.keyword)
                              : "not judged: " + fault.expected);
  }
}

}  // namespace edgehose::differential
