// The faults that `edgehose fault` sends and --faults reads, from anything.
#include "shared/base/text.h"
#include "simulator/http/fault_json.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;

void check_fault(const FaultRule& fault) {
  check(fault.rate_ppm >= 1 && fault.rate_ppm <= kPerMillion, "a rate is a share");
  check(fault.partial_ppm <= kPerMillion, "so is that of rows");
  check(fault.latency_min_ms <= fault.latency_max_ms, "a latency has its ends in order");
  check(fault.latency_max_ms <= kFaultLatencyMsMax, "and its bound");
  check(fault.from_ms < fault.until_ms && fault.until_ms > kNow, "it is not over yet");
  check(fault.error || fault.latency_max_ms > 0 || fault.partial_ppm > 0, "it does something");
  check(!fault.error || fault.error->http_status >= 400, "an error is an error");
  check(is_utf8(fault_entry_json({1, fault, 0}, kNow)), "it can be listed");
  FaultPlan plan(1);
  check(plan.add(kNow, fault).has_value(), "and planned");
  const auto decision = plan.decide(kNow, {fault.service, "PutObject", fault.target});
  check(decision.latency_ms <= fault.latency_max_ms, "and decided");
}

void check_problem(const FaultProblem& problem) {
  check(!problem.what.empty() && !problem.mend.empty(), "a refusal says what and how to mend");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = text_of(data, size);
  const auto one = read_fault(text, kNow);
  if (const auto* fault = std::get_if<FaultRule>(&one)) check_fault(*fault);
  if (const auto* problem = std::get_if<FaultProblem>(&one)) check_problem(*problem);
  const auto file = read_fault_file(text, kNow);
  if (const auto* problem = std::get_if<FaultProblem>(&file)) check_problem(*problem);
  const auto* faults = std::get_if<std::vector<FaultRule>>(&file);
  if (faults == nullptr) return 0;
  check(faults->size() <= kFaultsMax, "no more than the bound");
  for (const FaultRule& fault : *faults) check_fault(fault);
  return 0;
}
