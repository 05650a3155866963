#include "simulator/engine/duration.h"

#include <charconv>

namespace edgehose {

std::optional<int64_t> parse_duration_ms(std::string_view text) {
  constexpr int64_t kYearMs = 365LL * 86'400'000;
  int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0 || count > kYearMs) return std::nullopt;
  const std::string_view unit(stop, static_cast<size_t>(end - stop));
  int64_t unit_ms = 0;
  if (unit == "ms") unit_ms = 1;
  if (unit.empty() || unit == "s") unit_ms = 1'000;
  if (unit == "m") unit_ms = 60'000;
  if (unit == "h") unit_ms = 3'600'000;
  if (unit_ms == 0 || count > kYearMs / unit_ms) return std::nullopt;
  return count * unit_ms;
}

}  // namespace edgehose
