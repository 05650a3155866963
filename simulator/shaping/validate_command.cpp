#include "simulator/shaping/validate_command.h"

#include <optional>

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
    err << "edgehose validate: " << read_file_problem(path) << "\n";
    return {};
  }
  return compile_plan_text(path, *bytes, compile_schema, err);
}

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line += ",\"";
  line += name;
  line += "\":";
  json_append_string(line, value);
}

// Why an instance is not valid.
struct Verdict {
  std::string_view pointer;
  std::string_view keyword;
  std::string_view expected;
  std::string_view actual;
};

class InstanceReader {
 public:
  explicit InstanceReader(const Plan& plan) : type_(plan[0]) {}

  // Nothing for a valid one; what it views lives until the next.
  std::optional<Verdict> read(std::string_view instance) {
    written_.clear();
    JsonScanner scanner(instance);
    if (!validator_.read(type_, scanner, written_, {})) return why(scanner);
    if (scanner.peek() == '\0' && scanner.at() == instance.size()) return std::nullopt;
    return Verdict{"", "json", "one value a line", "more text behind it"};
  }

 private:
  Verdict why(const JsonScanner& scanner) {
    const PlanFault& fault = validator_.fault();
    pointer_ = fault.kind == FaultKind::json ? json_pointer_at(scanner.text(), scanner.at())
                                             : fault.pointer;
    return {pointer_, keyword_of(fault), fault.expected, fault.actual};
  }

  ContentTypePlan type_;
  Validator validator_;
  ByteBuffer written_;
  std::string pointer_;
};

void write_line(std::string& line, int64_t number, const std::optional<Verdict>& verdict) {
  line = "{\"line\":";
  append_number(line, number);
  line += verdict ? ",\"valid\":false" : ",\"valid\":true";
  if (verdict) {
    append_member(line, "pointer", verdict->pointer);
    append_member(line, "keyword", verdict->keyword);
    append_member(line, "expected", verdict->expected);
    append_member(line, "actual", verdict->actual);
  }
  line += "}\n";
}

}  // namespace

int run_validate(const ValidateOptions& options, std::istream& in, std::ostream& out,
                 std::ostream& err) {
  const std::string bytes = compile_file(options.schema, err);
  const std::optional<Plan> plan = Plan::map(bytes);
  if (!plan) return 2;
  InstanceReader reader(*plan);
  bool all_valid = true;
  int64_t number = 0;
  std::string line;
  for (std::string instance; std::getline(in, instance);) {
    ++number;
    if (trim(instance).empty()) continue;
    const std::optional<Verdict> verdict = reader.read(instance);
    all_valid = all_valid && !verdict;
    write_line(line, number, verdict);
    out << line;
  }
  return all_valid || options.exit_status == ExitStatus::of_the_run ? 0 : 1;
}

}  // namespace edgehose
