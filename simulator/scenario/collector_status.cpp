#include "simulator/scenario/collector_status.h"

#include <exception>
#include <nlohmann/json.hpp>

namespace edgehose {

std::optional<CollectorStatus> parse_collector_status(std::string_view json) try {
  const nlohmann::json status = nlohmann::json::parse(json);
  CollectorStatus read{.held_lines = status.at("held_lines").get<uint64_t>(),
                       .ambiguous_lines = status.at("ambiguous_lines").get<uint64_t>()};
  read.shards = status.value("shards", uint64_t{1});
  for (const char* ended : {"answered_requests", "refused_requests", "timed_out_requests"}) {
    read.requests += status.value(ended, uint64_t{0});
  }
  return read;
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace edgehose
