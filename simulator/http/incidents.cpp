#include "simulator/http/incidents.h"

#include <nlohmann/json.hpp>

namespace edgehose {

// The document is the program's own, and a test reads it whole.
std::vector<Incident> incidents() {
  std::vector<Incident> list;
  const auto document = nlohmann::json::parse(shipped_incidents());
  for (const auto& [name, incident] : document.items()) {
    list.push_back({name, incident.at("about"), incident.at("source")});
  }
  return list;
}

std::optional<std::string> incident_plan(std::string_view name) {
  const auto document = nlohmann::json::parse(shipped_incidents());
  const auto found = document.find(name);
  if (found == document.end()) return std::nullopt;
  return nlohmann::json{{"faults", found->at("faults")}}.dump();
}

}  // namespace edgehose
