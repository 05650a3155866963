#include "shared/enrich/consent.h"

#include <algorithm>
#include <cstdint>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// Words between blanks. A word that stands for a refusal in one language of consent tools and for
// nothing in the others is in the list: what is not known is kept.
constexpr std::string_view kGranting =
    "granted grant all full analytics statistics yes true in optin accepted accept allowed allow "
    "on 1 ";
constexpr std::string_view kDenying =
    "denied deny none no not non never false off out optout optedout 0 declined decline reject "
    "rejected refuse refused disagree disagreed disallow disallowed disabled blocked revoke "
    "revoked "
    "withdraw withdrawn essential necessary required ";

bool has(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = words.find(' ');
    if (equals_ignoring_case(words.substr(0, end), word)) return true;
    words.remove_prefix(end + 1);
  }
  return false;
}

// Letters, digits and what is beyond ASCII. All other bytes part words, also the hyphen and the
// underscore: "opt-out", "ad_storage_denied" and "strictly_necessary" refuse by one of their parts.
constexpr bool is_word_byte(char c) { return is_alnum(c) || static_cast<uint8_t>(c) >= 0x80; }

// The parameter gcs of Google's consent mode: G1, then ad_storage and analytics_storage, each 0, 1
// or - where it is not asked for.
Consent read_google_word(std::string_view text) {
  const bool is_google = text.size() == 4 && to_lower(text[0]) == 'g' && text[1] == '1';
  if (!is_google) return Consent::absent;
  const std::string_view storages = text.substr(2);
  if (storages.find_first_not_of("01-") != std::string_view::npos) return Consent::absent;
  if (storages.find('0') != std::string_view::npos) return Consent::denied;
  return storages == "11" ? Consent::granted : Consent::other;
}

Consent read_word(std::string_view word) {
  if (has(kDenying, word)) return Consent::denied;
  if (has(kGranting, word)) return Consent::granted;
  const Consent google = read_google_word(word);
  return google == Consent::absent ? Consent::other : google;
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
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
    if (at == start) {
      ++at;
      continue;
    }
    // "G1-0" is one word of Google's though a hyphen stands in it.
    const bool is_google = read_google_word(text.substr(start, 4)) != Consent::absent &&
                           (start + 4 >= text.size() || !is_word_byte(text[start + 4]));
    if (is_google) at = start + 4;
    const Consent word = read_word(text.substr(start, at - start));
    if (word == Consent::denied) return word;
    if (word == Consent::granted || consent == Consent::absent) consent = word;
  }
  return consent;
}

Gpc read_gpc(std::string_view header) { return header == "1" ? Gpc::on : Gpc::off; }

Keep decide_kept(Consent consent, Gpc gpc, const ConsentPolicy& policy) {
  const Keep keep = kept_by(consent, policy);
  return gpc == Gpc::on ? std::max(keep, policy.gpc) : keep;
}

}  // namespace edgehose
