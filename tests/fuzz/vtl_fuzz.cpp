// A mapping template over a body: the input is a template, a zero byte, and a body.
#include "simulator/services/apigateway/vtl.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr size_t kOutputBytesMax = 1U << 16;

// Small ones: the fuzzer shall find ways out of the bounds, not wait for them.
VtlLimits small_limits() {
  VtlLimits limits;
  limits.template_bytes = 1U << 16;
  limits.foreach_iterations = 50;
  limits.output_bytes = kOutputBytesMax;
  limits.heap_bytes = 1U << 20;
  limits.steps = 20'000;
  return limits;
}

void check_fault(const VtlFault& fault) {
  check(!fault.what.empty(), "a fault says what it is");
  check(fault.place.line >= 1 && fault.place.column >= 1, "and where");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  const size_t cut = std::min(text.find('\0'), text.size());
  const std::string script_text = text.substr(0, cut);
  const std::string body = text.substr(std::min(text.size(), cut + 1));
  const VtlLimits limits = small_limits();
  const auto parsed = vtl_parse(script_text, limits);
  if (const auto* fault = std::get_if<VtlFault>(&parsed)) {
    check_fault(*fault);
    return 0;
  }
  VtlInput input;
  input.body = body;
  input.path = {{"id", "1"}};
  input.querystring = {{"q", "a b"}};
  input.header = {{"content-type", "application/json"}};
  input.stage_variables = {{"stream", "s"}};
  input.context = {{"requestId", "r"}, {"requestTimeEpoch", "1795353600000", true}};
  const auto& script = *std::get_if<VtlTemplate>(&parsed);
  const auto first = vtl_run(script, input, limits);
  const auto again = vtl_run(script, input, limits);
  check(first.index() == again.index(), "a run depends on its arguments alone");
  if (const auto* fault = std::get_if<VtlFault>(&first)) {
    check_fault(*fault);
    check(to_text(*fault) == to_text(*std::get_if<VtlFault>(&again)), "its fault too");
    return 0;
  }
  const auto& output = *std::get_if<VtlOutput>(&first);
  check(output.text.size() <= kOutputBytesMax, "a text has its bound");
  check(output.text == std::get_if<VtlOutput>(&again)->text, "and is the same again");
  // Text without a sign of the language is its own output.
  if (script_text.find_first_of("$#") == std::string::npos) {
    check(output.text == script_text, "text stays text");
  }
  return 0;
}
