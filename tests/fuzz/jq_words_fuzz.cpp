// Queries and the records they run over: no query that is let through reads the clock, and none
// brings the program down.
#include "simulator/adapters/jq_engine.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

// jq 1.6 forgets the words it has read of a query that it then refuses: some bytes each.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libjq"; }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  const size_t newline = std::min(text.find('\n'), text.size());
  std::string fault;
  const auto program = JqEngine().compile(text.substr(0, newline), fault);
  check((program == nullptr) != fault.empty(), "a refusal has a reason");
  if (program == nullptr) return 0;
  const std::string record = text.substr(std::min(newline + 1, text.size()));
  const JqKeys first = program->run(record);
  const JqKeys second = program->run(record);
  check(first.keys == second.keys && first.fault == second.fault, "the same again");
  check(first.fault.empty() || first.keys.empty(), "keys or a fault");
  return 0;
}
