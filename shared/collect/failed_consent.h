// What consent lets be kept of an event that failed: its consent may be what is wrong with it, or
// stand where nobody can read it.
#pragma once

#include <string_view>

#include "shared/enrich/consent.h"

namespace edgehose {

// By the event's text. Where consent stands more than once the strictest counts. A value that is no
// text counts as other text does, and refuses at least as `denied` does where it is false, zero, an
// array or an object. Of text that is no JSON object nobody knows the consent: everything is kept
// only where that is kept without consent too, and the text does not hold the member's name.
[[nodiscard]] Keep decide_kept_of_failed(std::string_view event, Gpc gpc,
                                         const ConsentPolicy& policy);

}  // namespace edgehose
