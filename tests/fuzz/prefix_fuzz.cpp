// Prefix expressions as users configure them.
#include "shared/wire/prefix.h"

#include <array>

#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  const std::array<uint64_t, 2> random = {1, 2};
  const std::vector<PartitionKey> keys = {{"k", "v"}};
  for (const PrefixUse use : {PrefixUse::objects, PrefixUse::partitioned, PrefixUse::errors}) {
    const Prefix prefix = parse_prefix(text, use);
    if (!prefix.fault.empty()) continue;
    check(text.size() <= kPrefixBytesMax, "a long one is refused");
    std::string out;
    append_prefix(out, prefix,
                  {.time = civil_from_ms(1'795'353'600'000),
                   .random = random,
                   .error_output_type = "t",
                   .query_keys = keys,
                   .lambda_keys = keys});
    // Each letter of a pattern gives a few characters at most.
    check(out.size() <= 16 * (text.size() + 1), "what comes out has a bound");
  }
  return 0;
}
