// What a failed event's line keeps of the original bytes, as the plan and privacy allow.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared/plan/plan.h"

namespace edgehose {

// What decides, for one event.
struct RawRules {
  const Plan* plan = nullptr;                 // none: no personal places
  std::string_view content_type;              // where it could be told
  std::span<const std::string> redact_query;  // parameters whose values no URL may keep
  bool is_anonymous = false;                  // the person did not consent, or sends Sec-GPC
};

// The bytes to keep; nothing when they are to be left out. The view is `original` itself or
// `scratch`.
// - Without personal places, without a list and with consent: all of it.
// - A plan that says redact (the default where it has personal places): those places are masked,
//   and what a sender put elsewhere (append_redacted_event).
// - With a list: its parameters are redacted in every text that holds them, at any depth, because a
//   sender who got an event wrong may have put a URL anywhere.
// - Text in which places or parameters cannot be found, and all text of who did not consent:
//   nothing.
[[nodiscard]] std::optional<std::string_view> kept_raw(std::string_view original,
                                                       const RawRules& rules, std::string& scratch);

// Redacts the list's parameters in text that a fault shows: the start of a JSON value, or a JSON
// Pointer. Cleared where an escape may hide them.
void redact_shown(std::string& shown, std::span<const std::string> redact_query);

// Whether what was found in an event may be personal by the plan. Where the type could not be told,
// or is not the plan's, any content type's places count.
[[nodiscard]] bool may_hold_personal(const Plan* plan, std::string_view content_type);

}  // namespace edgehose
