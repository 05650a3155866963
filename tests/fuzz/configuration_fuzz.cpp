// A configuration is read whole, or its problem is told in text.
#include "shared/collect/configuration.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  const auto read = read_configuration(text);
  check(read.configuration.has_value() == read.problem.empty(), "a configuration or a problem");
  if (!read.configuration) return 0;
  if (is_comparable(text) && !trim(text).empty())
    check(nlohmann::json::accept(text), "what is read is JSON");
  check(read.configuration->streams.size() <= 256, "streams are bounded");
  check(read.configuration->shard.held_bytes_max >= 65'536, "bounds hold");
  // Whatever was accepted, a shard lives with it.
  Shard shard(read.configuration->shard, 1);
  shard.tick(1'000);
  return 0;
}
