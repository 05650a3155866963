#include "shared/plan/decimal.h"

#include <algorithm>
#include <array>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr int64_t kExponentBound = 1'000'000'000;
// The largest distance of exponents for which divisibility is worked out digit by digit: no number
// that has a double is further from a divisor.
constexpr int32_t kDivisorExponentBound = 400;

constexpr std::array<int64_t, 19> make_powers() {
  std::array<int64_t, 19> powers{};
  int64_t power = 1;
  for (size_t i = 0; i < powers.size(); ++i) {
    powers[i] = power;
    if (i + 1 < powers.size()) power *= 10;
  }
  return powers;
}
constexpr std::array<int64_t, 19> kPowers = make_powers();

// The significant digits of a number: `whole` then `part` without the point, from the first that is
// not zero to the last that is not. The number is 0.DIGITS * 10^exponent.
struct Digits {
  bool negative = false;
  bool zero = true;
  std::string_view whole;
  std::string_view part;
  size_t first = 0;  // of whole and part together
  size_t last = 0;   // one past
  int64_t exponent = 0;

  size_t count() const { return last - first; }
  char operator[](size_t i) const {
    const size_t at = first + i;
    return at < whole.size() ? whole[at] : part[at - whole.size()];
  }
};

int64_t read_exponent(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  int64_t value = 0;
  for (char c : text) {
    if (is_digit(c)) value = std::min<int64_t>(value * 10 + (c - '0'), kExponentBound);
  }
  return negative ? -value : value;
}

Digits read_digits(std::string_view number) {
  Digits d;
  if (!number.empty() && number.front() == '-') {
    d.negative = true;
    number.remove_prefix(1);
  }
  const size_t e = std::min(number.find_first_of("eE"), number.size());
  int64_t exponent = e < number.size() ? read_exponent(number.substr(e + 1)) : 0;
  number = number.substr(0, e);
  const size_t point = std::min(number.find('.'), number.size());
  d.whole = number.substr(0, point);
  if (point < number.size()) d.part = number.substr(point + 1);
  d.last = d.whole.size() + d.part.size();
  while (d.first < d.last && d[0] == '0') ++d.first;
  while (d.last > d.first && d[d.count() - 1] == '0') --d.last;
  d.zero = d.first == d.last;
  d.exponent = exponent + static_cast<int64_t>(d.whole.size()) - static_cast<int64_t>(d.first);
  if (d.zero) {
    d.negative = false;
    d.exponent = 0;
  }
  return d;
}

// By size alone.
int compare_magnitudes(const Digits& a, const Digits& b) {
  if (a.exponent != b.exponent) return a.exponent < b.exponent ? -1 : 1;
  const size_t common = std::min(a.count(), b.count());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  if (a.count() == b.count()) return 0;
  return a.count() < b.count() ? -1 : 1;
}

}  // namespace

SmallDecimal read_small_decimal(std::string_view number) {
  SmallDecimal small;
  const bool negative = !number.empty() && number.front() == '-';
  uint32_t digits = 0;
  bool after_point = false;
  for (size_t i = negative ? 1 : 0; i < number.size(); ++i) {
    const char c = number[i];
    if (c == '.') {
      after_point = true;
      continue;
    }
    if (!is_digit(c) || ++digits > kSmallDecimalDigitsMax) return {};
    small.mantissa = small.mantissa * 10 + (c - '0');
    if (after_point) ++small.scale;
  }
  if (negative) small.mantissa = -small.mantissa;
  small.fits = digits > 0;
  return small;
}

int compare_decimals(std::string_view a, std::string_view b) {
  const Digits x = read_digits(a);
  const Digits y = read_digits(b);
  const int sign_x = x.zero ? 0 : x.negative ? -1 : 1;
  const int sign_y = y.zero ? 0 : y.negative ? -1 : 1;
  if (sign_x != sign_y) return sign_x < sign_y ? -1 : 1;
  if (sign_x == 0) return 0;
  return sign_x * compare_magnitudes(x, y);
}

int compare_small_decimals(const SmallDecimal& a, const SmallDecimal& b, std::string_view a_text,
                           std::string_view b_text) {
  if (!a.fits || !b.fits) return compare_decimals(a_text, b_text);
  int64_t x = a.mantissa;
  int64_t y = b.mantissa;
  if (a.scale < b.scale) {
    if (__builtin_mul_overflow(x, kPowers[b.scale - a.scale], &x)) {
      return compare_decimals(a_text, b_text);
    }
  } else if (a.scale > b.scale) {
    if (__builtin_mul_overflow(y, kPowers[a.scale - b.scale], &y)) {
      return compare_decimals(a_text, b_text);
    }
  }
  return x < y ? -1 : x > y ? 1 : 0;
}

bool is_integral(std::string_view number) {
  const Digits d = read_digits(number);
  return d.zero || d.exponent >= static_cast<int64_t>(d.count());
}

bool read_divisor(std::string_view number, DecimalDivisor& divisor) {
  const Digits d = read_digits(number);
  if (d.zero || d.negative || d.count() > kSmallDecimalDigitsMax) return false;
  const int64_t exponent = d.exponent - static_cast<int64_t>(d.count());
  if (exponent < -kDivisorExponentBound || exponent > kDivisorExponentBound) return false;
  divisor.digits = 0;
  for (size_t i = 0; i < d.count(); ++i) {
    divisor.digits = divisor.digits * 10 + static_cast<uint64_t>(d[i] - '0');
  }
  divisor.exponent = static_cast<int32_t>(exponent);
  return true;
}

bool is_multiple(std::string_view number, const DecimalDivisor& divisor) {
  const Digits d = read_digits(number);
  if (d.zero) return true;
  const int64_t exponent = d.exponent - static_cast<int64_t>(d.count());
  // The last digit is not zero, so a smaller power of ten never divides.
  if (exponent < divisor.exponent || divisor.digits == 0) return false;
  uint64_t rest = 0;
  for (size_t i = 0; i < d.count(); ++i) {
    rest = (rest * 10 + static_cast<uint64_t>(d[i] - '0')) % divisor.digits;
  }
  for (int64_t i = divisor.exponent; i < exponent && rest != 0; ++i) {
    rest = rest * 10 % divisor.digits;
  }
  return rest == 0;
}

uint64_t hash_decimal(std::string_view number) {
  const Digits d = read_digits(number);
  uint64_t hash = d.negative ? 0x9ae16a3b2f90404fU : 0xc949c7defebe6bedU;
  for (size_t i = 0; i < d.count(); ++i) {
    hash = (hash ^ static_cast<uint64_t>(d[i])) * 0x100000001b3U;
  }
  return (hash ^ static_cast<uint64_t>(d.exponent)) * 0x9e3779b97f4a7c15U;
}

}  // namespace edgehose
