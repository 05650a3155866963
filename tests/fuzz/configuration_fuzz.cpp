// A configuration is read whole, or its problem is told in text.
#include "shared/collect/configuration.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  Configuration configuration;
  if (!read_configuration(text, configuration).empty()) return 0;
  if (is_comparable(text) && !trim(text).empty())
    check(nlohmann::json::accept(text), "what is read is JSON");
  check(configuration.streams.size() <= 256, "streams are bounded");
  check(configuration.shard.held_bytes_max >= 65'536, "bounds hold");
  // Whatever was accepted, a shard lives with it.
  Shard shard(configuration.shard, 1);
  shard.tick(1'000);
  return 0;
}
