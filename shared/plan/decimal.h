// Numbers as JSON writes them, compared exactly: no number goes through a double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace edgehose {

// A number of at most 18 digits without exponent: mantissa / 10^scale. Others are kept as text.
struct SmallDecimal {
  int64_t mantissa = 0;
  uint32_t scale = 0;
  bool fits = false;
};

inline constexpr uint32_t kSmallDecimalDigitsMax = 18;

// Reads a checked JSON number.
[[nodiscard]] SmallDecimal read_small_decimal(std::string_view number);

// Below 0, 0, above 0 as `a` is less than, equal to or greater than `b`. Both are checked JSON
// numbers.
[[nodiscard]] int compare_decimals(std::string_view a, std::string_view b);
[[nodiscard]] int compare_small_decimals(const SmallDecimal& a, const SmallDecimal& b,
                                         std::string_view a_text, std::string_view b_text);

// 1.0 and 1e2 are integers, 1.5 is none.
[[nodiscard]] bool is_integral(std::string_view number);

// A divisor: positive, at most 18 significant digits, as digits * 10^exponent.
struct DecimalDivisor {
  uint64_t digits = 0;
  int32_t exponent = 0;
};
// False when the number is not positive, or has more digits or a larger exponent than a divisor
// may.
[[nodiscard]] bool read_divisor(std::string_view number, DecimalDivisor& divisor);
[[nodiscard]] bool is_multiple(std::string_view number, const DecimalDivisor& divisor);

// The same for numbers that are equal: 1, 1.0, 10e-1.
[[nodiscard]] uint64_t hash_decimal(std::string_view number);

}  // namespace edgehose
