// The parameters of a URL's query, `a=1&b=2`, as they stand: nothing is decoded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "shared/base/byte_kernels.h"

namespace edgehose {

struct Parameter {
  std::string_view name;
  std::string_view value;  // empty without "="
};

// Takes the first parameter off `query`, which is not empty.
inline Parameter take_parameter(std::string_view& query) {
  const size_t end = find_byte(query, '&');
  const std::string_view pair = query.substr(0, end);
  query.remove_prefix(std::min(end + 1, query.size()));
  const size_t equals = find_byte(pair, '=');
  return {pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size()))};
}

// The value of the first parameter of this name that has one.
[[nodiscard]] std::string_view find_parameter(std::string_view query, std::string_view name);

// Appends text of a URL as ASCII: bytes that are no printable ASCII become %XX.
void append_ascii_url(std::string& out, std::string_view text);

}  // namespace edgehose
