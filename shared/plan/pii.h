// What the plan says of personal places: hashed, masked or dropped, in what is delivered and in
// what a failed event keeps.
#pragma once

#include <string>
#include <string_view>

#include "shared/plan/plan.h"

namespace edgehose {

// What stands for a masked value.
inline constexpr std::string_view kMasked = "\"***\"";

// Appends what stands for a checked JSON value. Hash: HMAC-SHA-256 under `key` in hexadecimal, of
// the characters of a string, or of the compact text of another value; null and "" stay. Dropped
// where it cannot be left out (an element of an array): null.
void append_hidden(std::string& out, Pii action, std::string_view json, std::string_view key);

// Whether events may have a member of this name.
using IsMemberName = bool (*)(std::string_view name);

// Appends an event's text with the personal places of its `properties` masked, whatever the plan
// does to them when the event is good. What the sender put elsewhere may be the same data, so these
// are masked whole: members of other names, containers where no member has one, and a value at or
// above a personal place that is not what the place needs (a string that holds JSON, an array
// around it). All else stays byte for byte, as does an event of a plan without personal places.
// False, and nothing appended, when the text does not parse or is no object: it is then to be left
// out.
[[nodiscard]] bool append_redacted_event(std::string& out, const ContentTypePlan& plan,
                                         std::string_view event, IsMemberName is_member,
                                         uint32_t depth_max = 64);

}  // namespace edgehose
