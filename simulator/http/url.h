// Request targets: path, query and the percent encoding that AWS signs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgehose {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

struct UrlTarget {
  std::string_view path;   // as sent
  std::string_view query;  // as sent, without '?'
};
[[nodiscard]] UrlTarget split_target(std::string_view target);

// %XX undone; '+' stays, as paths mean it. A '%' without two digits stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);
// RFC 3986: all but letters, digits and -_.~ as %XX with upper-case digits. `keep` are bytes that
// stay besides.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view keep = {});

// Names and values decoded, in the order sent; a name without '=' has an empty value.
[[nodiscard]] QueryParameters read_query(std::string_view query);

}  // namespace edgehose
