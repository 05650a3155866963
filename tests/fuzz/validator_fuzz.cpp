// Any instance under any schema ends in a verdict; what is valid is written as one line that means
// the same. The input is a schema, a line end, and an instance; without one a fixed plan judges it.
#include "shared/plan/validator.h"

#include "shared/plan/plan_compile.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr std::string_view kPlan = R"({"version":"1","content_types":{"t":{"schema":{
  "type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"},
  "at":{"type":"string","format":"date-time"},"s":{"type":["string","null"],"maxLength":4},
  "list":{"items":{"type":"number"},"uniqueItems":true},"o":{"anyOf":[{"required":["x"]},true]}}},
  "coerce":{"types":true,"times":true,"empty_string":"absent"},
  "pii":{"/s":"drop","/o/x":"hash","/q":"mask"}}}})";

void judge(const Plan& plan, const std::string& text, bool adjusts) {
  Validator validator;
  ByteBuffer out;
  out.append("before");
  JsonScanner in(text);
  const bool valid = validator.read(plan[0], in, out, "key");
  const std::string written(out.view().substr(6));
  check(in.at() <= text.size(), "the scanner stays inside the text");
  // A last comparison may start just below the bound.
  check(validator.steps() <= 2 * kStepsFree + 160 * (text.size() + 1), "steps are bounded");
  if (!valid) {
    check(written.empty(), "what fails is not written");
    check(validator.fault().kind != FaultKind::none, "a fault says why");
    check(in.ok() == (validator.fault().kind != FaultKind::json), "no JSON is a scanner's fault");
    for (std::string_view part :
         {std::string_view(validator.fault().pointer), std::string_view(validator.fault().expected),
          std::string_view(validator.fault().actual)}) {
      check(is_utf8(part) && part.size() <= 512, "a fault's text is short UTF-8");
    }
    return;
  }
  check(is_utf8(written) && nlohmann::json::accept(written), "the output is JSON");
  check(written.find('\n') == std::string::npos, "the output is one line");
  const std::string read(text.substr(0, in.at()));
  if (!adjusts && is_comparable(read)) {
    check(nlohmann::json::parse(written) == nlohmann::json::parse(read), "it means the same");
  }
  if (validator.coerced().count > 0) {
    check(nlohmann::json::accept(validator.coerced().json), "the adjusted places are JSON");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  const std::string fixed = compile_plan(kPlan).bytes;
  judge(*Plan::map(fixed), text, true);
  const size_t end = text.find('\n');
  if (end == std::string::npos) return 0;
  const PlanCompiled compiled = compile_schema(text.substr(0, end));
  if (const auto plan = Plan::map(compiled.bytes)) judge(*plan, text.substr(end + 1), false);
  return 0;
}
