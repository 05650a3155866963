// The one form of URL the control and load clients take: http://HOST[:PORT][/PATH[?QUERY]].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgehose {

struct HttpUrl {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without its brackets
  uint16_t port = 80;
  std::string target;  // starts with '/'

  // For the Host header.
  [[nodiscard]] std::string authority() const;
};

[[nodiscard]] std::optional<HttpUrl> parse_http_url(std::string_view text);

}  // namespace edgehose
