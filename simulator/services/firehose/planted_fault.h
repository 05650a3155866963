// Faults planted on purpose, so that tests can prove that the audit notices them. Off unless
// `edgehose up --plant NAME` asks for one; all of their code is here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgehose {

enum class PlantedFault : uint8_t {
  none,
  drop_record,  // the 5th record and then each 50th is acknowledged and thrown away
  double_line,  // the first line of each object is written a second time
};

[[nodiscard]] std::optional<PlantedFault> find_planted_fault(std::string_view name);

// `number` counts the accepted records of the whole run from 1.
[[nodiscard]] constexpr bool is_dropped_by(PlantedFault fault, uint64_t number) {
  return fault == PlantedFault::drop_record && number >= 5 && (number - 5) % 50 == 0;
}

// What to write again at the end of an object: empty, or its first line with the newline.
[[nodiscard]] std::string_view doubled_by(PlantedFault fault, std::string_view object);

}  // namespace edgehose
