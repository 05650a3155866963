#include "simulator/adapters/time_zones.h"

#include <date/tz.h>

#include <chrono>
#include <exception>
#include <string>

namespace edgehose {
namespace {

// nullptr when there is no such zone, or no database at all.
const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

bool DateTimeZones::has(std::string_view zone) const {
  return zone == "UTC" || find_zone(zone) != nullptr;
}

int32_t DateTimeZones::offset_s(std::string_view zone, int64_t utc_ms) const {
  const date::time_zone* found = find_zone(zone);
  if (found == nullptr) return 0;
  try {
    const date::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(utc_ms)};
    return static_cast<int32_t>(
        found->get_info(date::floor<std::chrono::seconds>(at)).offset.count());
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace edgehose
