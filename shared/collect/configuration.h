// What a deployment says about itself: one JSON document (schema:
// shared/contract/configuration.schema.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/limits.h"
#include "shared/pack/shard.h"

namespace edgehose {

struct Configuration {
  // Content type -> delivery stream, in the document's order. Without any, every content type goes
  // to the stream of its own name; that is for the command line, where no stranger can invent
  // names.
  std::vector<std::pair<std::string, std::string>> streams;
  std::string
      other_stream;  // of content types not named: the member "*"; empty: they are failed events
  std::string failed_stream = "failed";
  Limits limits;
  ShardOptions shard;

  // The stream of a content type; empty when it has none.
  std::string_view stream_of(std::string_view content_type) const;
};

// A document read, or what is wrong with it and where: "/pacing/mode: expected \"on\" or \"off\",
// found \"of\"".
struct ConfigurationResult {
  std::optional<Configuration> configuration;
  std::string problem;
};

// Members that only hosts use (region, endpoint, status, shards) are checked for their type and
// left to them. An unknown member is a problem, never ignored. Empty text is the default
// configuration.
[[nodiscard]] ConfigurationResult read_configuration(std::string_view text);

}  // namespace edgehose
