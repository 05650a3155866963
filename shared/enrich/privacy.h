// What may be kept of a person's address.
#pragma once

#include <string>
#include <string_view>

namespace edgehose {

// An IPv4 address with its last 8 bits zeroed (/24), an IPv6 address with its last 80 (/48). An
// IPv4 address mapped into IPv6 counts as IPv4. Empty when `ip` is neither.
[[nodiscard]] std::string truncate_ip(std::string_view ip);

}  // namespace edgehose
