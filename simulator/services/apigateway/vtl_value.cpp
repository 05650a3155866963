#include "simulator/services/apigateway/vtl_value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kShortSearch = 16;
// What a value in a list, or a key and a value in a map, weigh on the heap; somewhat more than they
// take.
constexpr size_t kItemBytes = 32;
constexpr size_t kContainerBytes = 128;

// Digits and exponent of a positive finite double: the fewest digits that read back as the same.
std::string shortest(double value) {
  std::array<char, 40> text{};
  for (int digits = 0; digits <= 16; ++digits) {
    const int bytes = std::snprintf(text.data(), text.size(), "%.*e", digits, value);
    if (std::strtod(text.data(), nullptr) == value) {
      return {text.data(), static_cast<size_t>(bytes)};
    }
  }
  return text.data();
}

struct Printer {
  std::string& out;
  VtlBudget& budget;
  bool is_json;

  bool value(const VtlValue& v, uint32_t depth) {
    if (depth > budget.depth || budget.steps == 0) return false;
    --budget.steps;
    if (const auto* list = std::get_if<VtlList*>(&v)) return items(**list, depth);
    if (const auto* map = std::get_if<VtlMap*>(&v)) return members(**map, depth);
    scalar(v);
    return out.size() <= budget.bytes;
  }

 private:
  void scalar(const VtlValue& v) {
    if (vtl_is_null(v)) {
      out.append("null");
    } else if (const auto* flag = std::get_if<bool>(&v)) {
      out.append(*flag ? "true" : "false");
    } else if (const auto* whole = std::get_if<int64_t>(&v)) {
      append_number(out, *whole);
    } else if (const auto* decimal = std::get_if<VtlDecimal>(&v)) {
      out.append(decimal->text);
    } else if (const auto* text = std::get_if<std::string_view>(&v)) {
      if (is_json) {
        json_append_string(out, *text);
      } else {
        out.append(*text);
      }
    } else {
      // Java would print the name of a class and an address.
      const bool is_input = std::get<VtlObject>(v) == VtlObject::input;
      const std::string_view name = is_input ? "$input" : "$util";
      if (is_json) {
        json_append_string(out, name);
      } else {
        out.append(name);
      }
    }
  }

  bool items(const VtlList& list, uint32_t depth) {
    out.push_back('[');
    bool is_first = true;
    for (const VtlValue& item : list.items) {
      if (!is_first) out.append(is_json ? "," : ", ");
      is_first = false;
      if (!value(item, depth + 1)) return false;
    }
    out.push_back(']');
    return true;
  }

  bool members(const VtlMap& map, uint32_t depth) {
    out.push_back('{');
    bool is_first = true;
    for (const auto& [key, member] : map.entries) {
      if (!is_first) out.append(is_json ? "," : ", ");
      is_first = false;
      if (is_json) {
        json_append_string(out, key);
        out.push_back(':');
      } else {
        out.append(key).push_back('=');
      }
      if (!value(member, depth + 1)) return false;
    }
    out.push_back('}');
    return true;
  }
};

constexpr uint32_t kEqualDepthMax = 64;
constexpr size_t kBytesAStep = 16;

std::optional<bool> same_value(const VtlValue& a, const VtlValue& b, uint32_t depth, size_t& steps);

std::optional<bool> equal_lists(const VtlList& a, const VtlList& b, uint32_t depth, size_t& steps) {
  if (a.items.size() != b.items.size()) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    const auto same = same_value(a.items[i], b.items[i], depth + 1, steps);
    if (!same || !*same) return same;
  }
  return true;
}

std::optional<bool> equal_maps(const VtlMap& a, const VtlMap& b, uint32_t depth, size_t& steps) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    const VtlValue* other = b.find(key);
    if (other == nullptr) return false;
    const auto same = same_value(value, *other, depth + 1, steps);
    if (!same || !*same) return same;
  }
  return true;
}

std::optional<bool> same_value(const VtlValue& a, const VtlValue& b, uint32_t depth,
                               size_t& steps) {
  if (depth > kEqualDepthMax || steps == 0) return std::nullopt;
  --steps;
  const auto* text = std::get_if<std::string_view>(&a);
  const auto* other_text = std::get_if<std::string_view>(&b);
  if (text != nullptr && other_text != nullptr) {
    steps -= std::min(steps, text->size() / kBytesAStep);
    return *text == *other_text;
  }
  if (vtl_is_null(a) || vtl_is_null(b)) return vtl_is_null(a) && vtl_is_null(b);
  if (vtl_is_number(a) && vtl_is_number(b)) {
    const auto* left = std::get_if<int64_t>(&a);
    const auto* right = std::get_if<int64_t>(&b);
    if (left != nullptr && right != nullptr) return *left == *right;
    return vtl_double(a) == vtl_double(b);
  }
  if (const auto* list = std::get_if<VtlList*>(&a)) {
    if (const auto* other = std::get_if<VtlList*>(&b)) {
      return equal_lists(**list, **other, depth, steps);
    }
  }
  if (const auto* map = std::get_if<VtlMap*>(&a)) {
    if (const auto* other = std::get_if<VtlMap*>(&b)) {
      return equal_maps(**map, **other, depth, steps);
    }
  }
  // Different classes: Velocity compares what they print.
  std::string left;
  std::string right;
  VtlBudget budget{steps, 1U << 20, kEqualDepthMax};
  if (!vtl_append_text(left, a, budget) || !vtl_append_text(right, b, budget)) return std::nullopt;
  steps = budget.steps;
  return left == right;
}

}  // namespace

size_t VtlMap::index_of(std::string_view key) const {
  if (entries.size() > kShortSearch) {
    const auto found = places_.find(key);
    return found == places_.end() ? entries.size() : found->second;
  }
  size_t at = 0;
  while (at < entries.size() && entries[at].first != key) ++at;
  return at;
}

const VtlValue* VtlMap::find(std::string_view key) const {
  const size_t at = index_of(key);
  return at == entries.size() ? nullptr : &entries[at].second;
}

void VtlMap::put(std::string_view key, VtlValue value) {
  const size_t at = index_of(key);
  if (at < entries.size()) {
    entries[at].second = value;
    return;
  }
  entries.emplace_back(key, value);
  if (entries.size() <= kShortSearch) return;
  if (places_.empty()) {
    for (size_t i = 0; i < entries.size(); ++i) places_.emplace(entries[i].first, i);
  } else {
    places_.emplace(key, at);
  }
}

std::string_view VtlHeap::text(std::string text) {
  charge(text.size() + kItemBytes);
  return texts_.emplace_back(std::move(text));
}

VtlList* VtlHeap::list() {
  charge(kContainerBytes);
  return &lists_.emplace_back();
}

VtlMap* VtlHeap::map() {
  charge(kContainerBytes);
  return &maps_.emplace_back();
}

bool vtl_is_null(const VtlValue& value) { return std::holds_alternative<std::monostate>(value); }

bool vtl_is_number(const VtlValue& value) {
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<VtlDecimal>(value);
}

bool vtl_is_true(const VtlValue& value) {
  const auto* flag = std::get_if<bool>(&value);
  return flag != nullptr ? *flag : !vtl_is_null(value);
}

double vtl_double(const VtlValue& number) {
  if (const auto* whole = std::get_if<int64_t>(&number)) return static_cast<double>(*whole);
  const auto* decimal = std::get_if<VtlDecimal>(&number);
  return decimal == nullptr ? 0 : std::strtod(std::string(decimal->text).c_str(), nullptr);
}

VtlValue vtl_number(std::string_view text) {
  constexpr size_t kSafeDigits = 18;
  const bool is_negative = text.starts_with('-');
  const std::string_view digits = text.substr(is_negative ? 1 : 0);
  const bool is_zero = is_negative && digits == "0";  // -0 keeps its sign
  bool is_whole = !digits.empty() && digits.size() <= kSafeDigits && !is_zero;
  int64_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) is_whole = false;
    if (is_whole) value = value * 10 + (c - '0');
  }
  if (!is_whole) return VtlDecimal{text};
  return is_negative ? -value : value;
}

std::string vtl_double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  std::string text = std::signbit(value) ? "-" : "";
  if (value == 0) return text + "0.0";
  const std::string form = shortest(std::fabs(value));  // d.ddde+XX
  const size_t e = form.find('e');
  std::string digits = form.substr(0, 1);
  if (e > 2) digits += form.substr(2, e - 2);
  const auto exponent = static_cast<int>(std::strtol(form.c_str() + e + 1, nullptr, 10));
  // Java writes 10^-3 to 10^7 plainly, and the rest with an exponent.
  if (exponent < -3 || exponent >= 7) {
    text.append(digits, 0, 1).append(".");
    text.append(digits.size() > 1 ? digits.substr(1) : "0");
    return text.append("E").append(std::to_string(exponent));
  }
  if (exponent < 0)
    return text + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return text + digits + std::string(whole - digits.size(), '0') + ".0";
  return text + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::optional<bool> vtl_equal(const VtlValue& left, const VtlValue& right, size_t& steps) {
  return same_value(left, right, 0, steps);
}

bool vtl_append_text(std::string& out, const VtlValue& value, VtlBudget& budget) {
  return Printer{out, budget, false}.value(value, 0);
}

bool vtl_append_json(std::string& out, const VtlValue& value, VtlBudget& budget) {
  return Printer{out, budget, true}.value(value, 0);
}

}  // namespace edgehose
