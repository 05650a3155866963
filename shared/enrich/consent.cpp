#include "shared/enrich/consent.h"

#include <algorithm>
#include <array>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kSeparators = " \t,;|";
constexpr std::array<std::string_view, 12> kGranting = {
    "granted", "grant", "all",    "full",   "analytics", "statistics",
    "yes",     "true",  "opt-in", "opt_in", "accepted",  "accept"};
constexpr std::array<std::string_view, 14> kDenying = {
    "denied", "deny",     "none",    "no",        "false",     "opt-out",  "opt_out",
    "reject", "rejected", "refused", "essential", "necessary", "required", "withdrawn"};

template <size_t N>
bool has(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(),
                     [word](std::string_view known) { return equals_ignoring_case(known, word); });
}

Keep kept_by(Consent consent, const ConsentPolicy& policy) {
  switch (consent) {
    case Consent::granted:
      return policy.granted;
    case Consent::denied:
      return policy.denied;
    case Consent::other:
      return policy.other;
    case Consent::absent:
      break;
  }
  return policy.absent;
}

}  // namespace

Consent read_consent(std::string_view text) {
  Consent consent = Consent::absent;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(kSeparators), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (has(kDenying, word)) return Consent::denied;
    if (has(kGranting, word)) {
      consent = Consent::granted;
    } else if (consent == Consent::absent) {
      consent = Consent::other;
    }
  }
  return consent;
}

Gpc read_gpc(std::string_view header) { return header == "1" ? Gpc::on : Gpc::off; }

Keep decide_kept(Consent consent, Gpc gpc, const ConsentPolicy& policy) {
  const Keep keep = kept_by(consent, policy);
  return gpc == Gpc::on ? std::max(keep, policy.gpc) : keep;
}

}  // namespace edgehose
