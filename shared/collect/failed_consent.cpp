#include "shared/collect/failed_consent.h"

#include <algorithm>
#include <optional>
#include <string>

#include "shared/base/json_scan.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kConsent = "consent";

// 0, -0, 0.00, 0e7.
bool is_zero(std::string_view number) {
  return number.substr(0, number.find_first_of("eE")).find_first_of("123456789") ==
         std::string_view::npos;
}

EDGEHOSE_RARE Keep kept_by_value(std::string_view value, const ConsentPolicy& policy) {
  const JsonKind kind = json_kind(value);
  Consent consent = Consent::other;
  if (kind == JsonKind::null) {
    consent = Consent::absent;
  } else if (kind == JsonKind::string) {
    std::string text;
    json_append_decoded(text, value);
    consent = read_consent(text);
  }
  const Keep keep = decide_kept(consent, Gpc::off, policy);
  const bool refuses = kind == JsonKind::object || kind == JsonKind::array || value == "false" ||
                       (kind == JsonKind::number && is_zero(value));
  return refuses ? std::max(keep, policy.denied) : keep;
}

// Nothing where the text is no object.
EDGEHOSE_RARE std::optional<Keep> kept_by_members(std::string_view event,
                                                  const ConsentPolicy& policy) {
  JsonScanner in(event);
  if (in.peek() != '{' || !in.enter_object()) return std::nullopt;
  std::optional<Keep> keep;
  std::string name;
  for (std::string_view key; in.next_member(key);) {
    name.clear();
    json_append_decoded(name, key);
    const std::string_view value = in.take_value();
    if (name != kConsent || value.empty()) continue;
    keep = std::max(keep.value_or(Keep::everything), kept_by_value(value, policy));
  }
  if (!in.ok() || in.peek() != '\0' || in.at() != event.size()) return std::nullopt;
  return keep.value_or(policy.absent);
}

// Steps over one character of the text, which may be written as \u00XX; 0 for one beyond ASCII.
char take_character(std::string_view text, size_t& at) {
  if (text.substr(at).starts_with("\\u00") && text.size() - at >= 6) {
    const int high = hex_value(text[at + 4]);
    const int low = hex_value(text[at + 5]);
    at += 6;
    return high >= 0 && low >= 0 ? static_cast<char>(high * 16 + low) : '\0';
  }
  return text[at++];
}

EDGEHOSE_RARE bool names_consent(std::string_view text) {
  for (size_t start = 0; start < text.size(); ++start) {
    size_t at = start;
    size_t same = 0;
    while (same < kConsent.size() && at < text.size() &&
           to_lower(take_character(text, at)) == kConsent[same]) {
      ++same;
    }
    if (same == kConsent.size()) return true;
  }
  return false;
}

}  // namespace

EDGEHOSE_RARE Keep decide_kept_of_failed(std::string_view event, Gpc gpc,
                                         const ConsentPolicy& policy) {
  const auto by_members = kept_by_members(event, policy);
  Keep keep = by_members.value_or(policy.absent);
  if (!by_members && names_consent(event)) keep = std::max(keep, Keep::anonymous);
  return gpc == Gpc::on ? std::max(keep, policy.gpc) : keep;
}

}  // namespace edgehose
