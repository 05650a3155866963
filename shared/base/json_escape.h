// The escapes of JSON strings that stand for UTF-16 units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/text.h"

namespace edgehose {

inline constexpr size_t kJsonUnitBytes = 6;  // \uXXXX

// The code unit of the `\uXXXX` whose backslash stands at `at`; -1 where none does.
inline int32_t json_unit_at(std::string_view text, size_t at) {
  if (text.size() < at + kJsonUnitBytes || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int32_t unit = 0;
  for (size_t i = at + 2; i < at + kJsonUnitBytes; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

constexpr bool is_high_surrogate(int32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool is_low_surrogate(int32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

}  // namespace edgehose
