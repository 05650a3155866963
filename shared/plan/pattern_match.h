// Whether a text holds a match of a compiled pattern. Steps: at most the pattern's size for each
// byte.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "shared/plan/plan_binary.h"

namespace edgehose {

// `text` is UTF-8. `states` is a buffer that is used again and again.
[[nodiscard]] bool matches_pattern(const plan_binary::View& view, uint32_t pattern,
                                   std::string_view text, std::vector<uint32_t>& states);

}  // namespace edgehose
