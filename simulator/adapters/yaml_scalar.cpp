#include "simulator/adapters/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

using Kind = YamlScalarKind;

// YAML takes a word in these spellings and in no other.
using Spellings = std::array<std::string_view, 3>;
constexpr Spellings kNull = {"null", "Null", "NULL"};
constexpr Spellings kTrue = {"true", "True", "TRUE"};
constexpr Spellings kFalse = {"false", "False", "FALSE"};
constexpr Spellings kInfinity = {".inf", ".Inf", ".INF"};
constexpr Spellings kNoNumber = {".nan", ".NaN", ".NAN"};

bool is_one_of(std::string_view text, const Spellings& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Takes the digits that `text` starts with.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const std::string_view digits = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

bool try_take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

YamlScalar unfit(std::string_view plain, std::string_view why) {
  return {Kind::unfit, std::string(plain) + " " + std::string(why) + ": quote it if it is text"};
}

// 0o17 and 0x1F, which have no sign.
YamlScalar read_other_base(std::string_view plain) {
  const int base = plain[1] == 'x' ? 16 : 8;
  const std::string_view digits = plain.substr(2);
  uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || read.ptr != digits.data() + digits.size()) return {};
  if (read.ec != std::errc()) return unfit(plain, "is above 64 bits");
  return {Kind::integer, std::to_string(value)};
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, or a text.
YamlScalar read_decimal(std::string_view plain) {
  std::string_view rest = plain;
  std::string json = plain.front() == '-' ? "-" : "";
  (void)try_take(rest, "+-");
  std::string_view whole = take_digits(rest);
  const bool has_whole = !whole.empty();
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  json += whole.empty() ? "0" : whole;
  Kind kind = Kind::integer;
  if (try_take(rest, ".")) {
    const std::string_view fraction = take_digits(rest);
    if (!has_whole && fraction.empty()) return {};
    json.append(".").append(fraction.empty() ? "0" : fraction);
    kind = Kind::floating;
  } else if (!has_whole) {
    return {};
  }
  if (try_take(rest, "eE")) {
    json.push_back('e');
    if (rest.starts_with('-')) json.push_back('-');
    (void)try_take(rest, "+-");
    const std::string_view exponent = take_digits(rest);
    if (exponent.empty()) return {};
    json += exponent;
    kind = Kind::floating;
  }
  if (!rest.empty()) return {};
  JsonScanner in(json, 1);
  if (in.take_value().empty()) return unfit(plain, "is beyond the numbers of JSON");
  return {kind, std::move(json)};
}

bool is_no_number(std::string_view plain) {
  if (is_one_of(plain, kNoNumber)) return true;
  (void)try_take(plain, "+-");
  return is_one_of(plain, kInfinity);
}

}  // namespace

YamlScalar read_yaml_scalar(std::string_view plain) {
  if (plain.empty() || plain == "~" || is_one_of(plain, kNull)) return {Kind::null, "null"};
  if (is_one_of(plain, kTrue)) return {Kind::boolean, "true"};
  if (is_one_of(plain, kFalse)) return {Kind::boolean, "false"};
  if (is_no_number(plain)) return unfit(plain, "is no number of JSON");
  if (plain.starts_with("0x") || plain.starts_with("0o")) return read_other_base(plain);
  return read_decimal(plain);
}

}  // namespace edgehose
