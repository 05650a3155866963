// What a person's consent lets be kept of an event.
//
//   consent member        Sec-GPC: 1   kept (default policy)
//   absent or other text  no           everything
//   granted               no           everything
//   denied                no           anonymous
//   any                   yes          anonymous, or less where the consent says so
//
// Events that fail may have a consent that is no text: collect/failed_consent.h judges it.
//
// The strictest rule that applies wins. Anonymous is without what tells one person from another:
// user_id, anonymous_id, session_id, client_ip, geo_city, click_id with its kind, and the click ids
// in page_url and referrer_url (append_redacted_url with click_id_kinds()).
#pragma once

#include <cstdint>
#include <string_view>

namespace edgehose {

enum class Consent : uint8_t { absent, granted, denied, other };

// By how much is left out.
enum class Keep : uint8_t { everything = 0, anonymous = 1, nothing = 2 };

struct ConsentPolicy {
  Keep granted = Keep::everything;
  Keep denied = Keep::anonymous;
  Keep absent = Keep::everything;
  Keep other = Keep::everything;  // text that is none of the words
  Keep gpc = Keep::anonymous;     // where the browser sends Sec-GPC: 1
};

// The text of the member: words in any case, of letters and digits, parted by any other byte of
// ASCII. A word that refuses ("denied", "declined", "no", "off", "0", "out" as in opt-out,
// "necessary") denies, whatever stands beside it: "analytics=denied" and
// {"ad_storage":"denied","analytics_storage":"granted"} deny. Else a word that grants ("granted",
// "yes", "analytics") grants; other words say nothing. Google's G100, G101 and G110 deny, G111
// grants.
[[nodiscard]] Consent read_consent(std::string_view text);

// On for exactly "1", as the specification of Global Privacy Control says.
enum class Gpc : uint8_t { off, on };
[[nodiscard]] Gpc read_gpc(std::string_view header);

[[nodiscard]] Keep decide_kept(Consent consent, Gpc gpc, const ConsentPolicy& policy);

}  // namespace edgehose
