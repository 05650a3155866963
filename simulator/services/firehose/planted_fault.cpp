#include "simulator/services/firehose/planted_fault.h"

namespace edgehose {

std::optional<PlantedFault> find_planted_fault(std::string_view name) {
  if (name.empty()) return PlantedFault::none;
  if (name == "drop_record") return PlantedFault::drop_record;
  if (name == "double_line") return PlantedFault::double_line;
  return std::nullopt;
}

std::string_view doubled_by(PlantedFault fault, std::string_view object) {
  if (fault != PlantedFault::double_line) return {};
  const size_t newline = object.find('\n');
  return newline == std::string_view::npos ? object : object.substr(0, newline + 1);
}

}  // namespace edgehose
