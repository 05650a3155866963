// A damaged binary is refused, or followed without harm: the input changes cells of a sound plan.
#include "shared/plan/pii.h"
#include "shared/plan/plan_compile.h"
#include "shared/plan/validator.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr std::string_view kPlan = R"({"version":"1","content_types":{"t":{"schema":{
  "type":"object","properties":{"a":{"type":"string","pattern":"^[a-z]{1,3}$","minLength":1},
  "b":{"type":"integer","minimum":1,"multipleOf":2},"c":{"enum":["x",1,{"k":[1]}]},
  "d":{"type":"array","prefixItems":[{"type":"null"}],"items":{"$ref":"#"},"contains":{"const":1},
  "uniqueItems":true},"e":{"anyOf":[{"pattern":"^(a|b)*$"},{"not":{"pattern":"a.{20}$"}}],
  "if":{"type":"string"},"then":{"maxLength":3}}},"patternProperties":{"^x":{"type":"number"}},
  "propertyNames":{"maxLength":8},"required":["a"],"dependentRequired":{"a":["b"]}},
  "pii":{"/a":"hash","/d/*/a":"mask"},"coerce":{"types":true,"times":["/f"]}}}})";
constexpr std::string_view kEvent =
    R"({"a":"ab","b":"4","c":"x","d":[null,{"a":"b","b":2},1],"e":"ab","x1":1,"z":{"k":[1,2]}})";

void follow(const Plan& plan) {
  for (uint32_t i = 0; i < plan.size() && i < 4; ++i) {
    Validator validator;
    ByteBuffer out;
    JsonScanner in(kEvent);
    if (validator.read(plan[i], in, out, "key")) check(is_utf8(out.view()), "output is UTF-8");
    std::string redacted;
    (void)append_redacted_event(redacted, plan[i], kEvent, [](std::string_view) { return false; });
  }
  (void)plan.find("t");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // As it stands, and as changes: (place, place, byte) each.
  const std::string raw = text_of(data, size);
  if (const auto plan = Plan::map(raw)) follow(*plan);
  static const std::string sound = compile_plan(kPlan).bytes;
  std::string bytes = sound;
  for (size_t i = 0; i + 2 < size; i += 3) {
    const size_t at = (size_t{data[i]} | size_t{data[i + 1]} << 8) % bytes.size();
    bytes[at] = static_cast<char>(data[i + 2]);
  }
  if (const auto plan = Plan::map(bytes)) follow(*plan);
  return 0;
}
