#include "simulator/shaping/validate_command.h"

#include <optional>
#include <utility>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/plan/plan_compile.h"
#include "shared/plan/validator.h"
#include "simulator/shaping/plan_text.h"

namespace edgehose {
namespace {

std::string_view keyword_of(const PlanFault& fault) {
  switch (fault.kind) {
    case FaultKind::json:
      return "json";
    case FaultKind::duplicate:
      return "duplicate";
    case FaultKind::too_costly:
      return "steps";
    default:
      return fault.keyword;
  }
}

// The schema compiled; empty when it is not sound.
std::string compile_file(const std::string& path, std::ostream& err) {
  const std::optional<std::string> bytes = read_file(path);
  if (!bytes) {
    err << "edgehose validate: cannot read " << path << "\n";
    return {};
  }
  PlanTextProblem unfit;
  const std::optional<PlanText> text = read_plan_text(path, *bytes, unfit);
  if (!text) {
    err << path << ":" << unfit.line << ": /: " << unfit.what << "\n";
    return {};
  }
  PlanCompiled compiled = compile_schema(text->json);
  for (const PlanProblem& problem : compiled.problems) {
    err << path << ":" << text->line_at(problem.offset) << ": "
        << (problem.place.empty() ? "/" : problem.place) << ": " << problem.what << ". "
        << problem.mend << "\n";
  }
  return std::move(compiled.bytes);
}

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line += ",\"";
  line += name;
  line += "\":";
  json_append_string(line, value);
}

}  // namespace

int run_validate(const ValidateOptions& options, std::istream& in, std::ostream& out,
                 std::ostream& err) {
  const std::string bytes = compile_file(options.schema, err);
  const std::optional<Plan> plan = Plan::map(bytes);
  if (!plan) return 2;
  const ContentTypePlan type = (*plan)[0];
  Validator validator;
  ByteBuffer written;
  std::string instance;
  std::string line;
  for (int64_t number = 1; std::getline(in, instance); ++number) {
    written.clear();
    JsonScanner scanner(instance);
    const bool valid = validator.read(type, scanner, written, {});
    const bool whole = !valid || (scanner.peek() == '\0' && scanner.at() == instance.size());
    line = "{\"line\":";
    append_number(line, number);
    if (valid && whole) {
      line += ",\"valid\":true}";
    } else {
      const PlanFault& fault = validator.fault();
      line += ",\"valid\":false";
      append_member(line, "pointer", whole ? std::string_view(fault.pointer) : "");
      append_member(line, "keyword", whole ? keyword_of(fault) : "json");
      append_member(line, "expected",
                    whole ? std::string_view(fault.expected) : "one value a line");
      append_member(line, "actual", whole ? std::string_view(fault.actual) : "more text behind it");
      line += "}";
    }
    out << line << "\n";
  }
  return 0;
}

}  // namespace edgehose
