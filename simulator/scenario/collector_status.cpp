#include "simulator/scenario/collector_status.h"

#include <exception>
#include <nlohmann/json.hpp>

namespace edgehose {

std::optional<CollectorStatus> parse_collector_status(std::string_view json) try {
  const nlohmann::json status = nlohmann::json::parse(json);
  return CollectorStatus{.held_lines = status.at("held_lines").get<uint64_t>(),
                         .ambiguous_lines = status.at("ambiguous_lines").get<uint64_t>()};
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace edgehose
