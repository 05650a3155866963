// Lengths of time on a command line: 30 (seconds), 30s, 500ms, 2m, 1h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace edgehose {

// Nothing for any other text and for more than a year.
[[nodiscard]] std::optional<int64_t> parse_duration_ms(std::string_view text);

}  // namespace edgehose
