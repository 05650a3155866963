// What a page's address says: host, path and query.
#pragma once

#include <string>
#include <string_view>

namespace edgehose {

struct PageAddress {
  std::string host;  // lower case, without port and user; empty when the address is not http(s)
  std::string_view path;   // from the first slash; "/" when there is none
  std::string_view query;  // without `?`; empty when there is none
};

// Takes an absolute http or https URL apart. Anything else gives empty parts. Views point into
// `url`.
[[nodiscard]] PageAddress read_page_address(std::string_view url);

}  // namespace edgehose
