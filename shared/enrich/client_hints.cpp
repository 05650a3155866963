#include "shared/enrich/client_hints.h"

#include <array>
#include <cstddef>
#include <utility>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kHintBytesMax = 128;
constexpr size_t kBrandsMax = 16;

using Name = std::pair<std::string_view, std::string_view>;
constexpr std::array<Name, 9> kBrandFamilies = {{
    {"Google Chrome", "Chrome"},
    {"Microsoft Edge", "Edge"},
    {"Microsoft Edge WebView2", "Edge WebView2"},
    {"Android WebView", "Chrome Mobile WebView"},
    {"YaBrowser", "Yandex Browser"},
    {"Yandex", "Yandex Browser"},
    {"Opera GX", "Opera"},
    {"OperaMobile", "Opera Mobile"},
    {"Samsung Browser", "Samsung Internet"},
}};
constexpr std::array<Name, 6> kPlatformFamilies = {{
    {"Windows", "Windows"},
    {"macOS", "Mac OS X"},
    {"Android", "Android"},
    {"Chrome OS", "Chrome OS"},
    {"Chromium OS", "Chrome OS"},
    {"Linux", "Linux"},
}};

template <size_t n>
std::string_view look_up(const std::array<Name, n>& names, std::string_view name,
                         std::string_view otherwise) {
  for (const Name& entry : names) {
    if (entry.first == name) return entry.second;
  }
  return otherwise;
}

// Takes what stands before the next `end` off the front; a quoted string hides it.
std::string_view take_until(std::string_view& text, char end) {
  bool quoted = false;
  size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != end); ++at) {
    if (text[at] == '\\' && quoted && at + 1 < text.size()) {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    }
  }
  const std::string_view piece = trim(text.substr(0, at));
  text.remove_prefix(at < text.size() ? at + 1 : at);
  return piece;
}

std::string_view take_number(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const std::string_view number = text.substr(0, digits);
  text.remove_prefix(digits);
  if (text.starts_with('.')) text.remove_prefix(1);
  return number;
}

VersionParts parts_of(std::string_view version) {
  VersionParts parts;
  parts.major = take_number(version);
  if (!parts.major.empty()) parts.minor = take_number(version);
  if (!parts.minor.empty()) parts.patch = take_number(version);
  return parts;
}

// Browsers invent a brand against lists of known ones: "Not A;Brand", "Not/A)Brand", " Not A
// Brand".
bool is_invented(std::string_view brand) {
  size_t matched = 0;
  constexpr std::string_view kLetters = "notabrand";
  for (const char c : brand) {
    if (!is_alpha(c)) continue;
    if (matched == kLetters.size() || to_lower(c) != kLetters[matched]) return false;
    ++matched;
  }
  return matched == kLetters.size();
}

struct Brand {
  std::string_view name;
  std::string_view version;
};

// The version stands in a parameter: "Google Chrome";v="138".
Brand brand_of(std::string_view item) {
  Brand brand;
  brand.name = hint_text(take_until(item, ';'));
  while (!item.empty()) {
    std::string_view parameter = take_until(item, ';');
    const std::string_view key = take_until(parameter, '=');
    if (key == "v") brand.version = hint_text(trim(parameter));
  }
  return brand;
}

Brand product_of(std::string_view list) {
  Brand product;
  for (size_t i = 0; i < kBrandsMax && !list.empty(); ++i) {
    const Brand brand = brand_of(take_until(list, ','));
    if (brand.name.empty() || is_invented(brand.name)) continue;
    if (brand.name != "Chromium" || product.name.empty()) product = brand;
  }
  return product;
}

unsigned small_number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits.substr(0, 4)) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

// Versions of the API contract, not of the product, below 10.
VersionParts windows_version(const VersionParts& contract) {
  if (contract.major.empty()) return {};
  const unsigned major = small_number(contract.major);
  if (major >= 13) return {"11", {}, {}};
  if (major >= 1) return {"10", {}, {}};
  constexpr std::array<std::string_view, 4> kBefore10 = {"", "7", "8", "8.1"};
  const unsigned minor = small_number(contract.minor);
  return {minor < kBefore10.size() ? kBefore10[minor] : std::string_view{}, {}, {}};
}

}  // namespace

std::string_view hint_text(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  if (value.size() > kHintBytesMax) return {};
  for (const char c : value) {
    if (c < 0x20 || c > 0x7e || c == '\\' || c == '"') return {};
  }
  return trim(value);
}

HintedBrand hinted_brand(const ClientHints& hints) {
  Brand product = product_of(hints.full_version_list);
  if (product.name.empty()) product = product_of(hints.brands);
  return {look_up(kBrandFamilies, product.name, product.name), parts_of(product.version)};
}

HintedOs hinted_os(const ClientHints& hints) {
  HintedOs os;
  os.family = look_up(kPlatformFamilies, hint_text(hints.platform), {});
  if (os.family.empty()) return os;
  os.version = parts_of(hint_text(hints.platform_version));
  if (os.family == "Windows") {
    os.version = windows_version(os.version);
    return os;
  }
  // A kernel's version says nothing of a Linux.
  if (os.family == "Linux") os.version = {};
  if (os.version.patch == "0") os.version.patch = {};
  if (os.version.patch.empty() && os.version.minor == "0") os.version.minor = {};
  return os;
}

}  // namespace edgehose
