// Plans of faults that come with the program, after incidents that AWS had: incidents.json. Times
// are of the simulator's clock: at --clock-speed 60 an hour takes a minute.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

// The text of incidents.json.
[[nodiscard]] std::string_view shipped_incidents();

struct Incident {
  std::string name;
  std::string about;
  std::string source;
};
[[nodiscard]] std::vector<Incident> incidents();

// {"faults":[...]} of one, as a file of --faults has it; nothing for another name.
[[nodiscard]] std::optional<std::string> incident_plan(std::string_view name);

}  // namespace edgehose
