// What a collector says it holds: the counters of its shards, summed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace edgehose {

struct CollectorStatus {
  uint64_t held_lines = 0;       // taken and not yet accepted by Firehose
  uint64_t ambiguous_lines = 0;  // sent again without knowing what became of the first time
  uint64_t shards = 1;
  uint64_t requests = 0;  // that shards were called with; 0 where the collector does not say
};

// Nothing when the text is no status of a collector.
[[nodiscard]] std::optional<CollectorStatus> parse_collector_status(std::string_view json);

}  // namespace edgehose
