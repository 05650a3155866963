// The character sets that addresses name.
#pragma once

#include <string_view>

namespace edgehose {

// The set a label means, by the name it has in the WHATWG's encoding standard where it is there, in
// lower case: "SJIS", "Shift_JIS" and "Windows-31J" are shift_jis. Empty for text that is no label.
[[nodiscard]] std::string_view charset_of(std::string_view label);

// The set that a search's query names (ei=, ie=, charset= ...). Empty when it names none.
[[nodiscard]] std::string_view charset_of_query(std::string_view query);

}  // namespace edgehose
