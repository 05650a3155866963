// What keeps a line of text from being read as a request, before its members are looked at.
#pragma once

#include <string>
#include <string_view>

namespace edgehose {

// What is wrong with `line` and where, by the byte from 0; empty when it is one JSON object that
// can be told in UTF-8.
[[nodiscard]] std::string request_text_problem(std::string_view line);

}  // namespace edgehose
