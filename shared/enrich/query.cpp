#include "shared/enrich/query.h"

#include <cstdint>

namespace edgehose {

std::string_view find_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const Parameter parameter = take_parameter(query);
    if (parameter.name == name && !parameter.value.empty()) return parameter.value;
  }
  return {};
}

void append_ascii_url(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : text) {
    if (c > ' ' && c < '\x7f') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<uint8_t>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
}

}  // namespace edgehose
