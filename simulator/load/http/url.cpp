#include "simulator/load/http/url.h"

#include <charconv>

namespace edgehose {
namespace {

// `:PORT` or nothing at all.
std::optional<uint16_t> parse_port(std::string_view text) {
  if (text.empty()) return uint16_t{80};
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, port);
  if (text.front() != ':' || error != std::errc() || stop != end || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string HttpUrl::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? "[" + host + "]" : host;
  return port == 80 ? name : name + ":" + std::to_string(port);
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.substr(0, kScheme.size()) != kScheme) return std::nullopt;
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find('#'));
  const size_t path_at = text.find_first_of("/?");
  const std::string_view authority = text.substr(0, path_at);

  size_t host_end = authority.find(':');
  std::string_view host = authority.substr(0, host_end);
  if (!authority.empty() && authority.front() == '[') {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) return std::nullopt;
    host = authority.substr(1, host_end - 1);
    ++host_end;
  }
  const std::optional<uint16_t> port =
      parse_port(host_end == std::string_view::npos ? "" : authority.substr(host_end));
  if (host.empty() || !port || host.find_first_of(" @\r\n") != std::string_view::npos) {
    return std::nullopt;
  }

  HttpUrl url{.host = std::string(host), .port = *port, .target = "/"};
  if (path_at != std::string_view::npos) {
    const std::string_view rest = text.substr(path_at);
    url.target = rest.front() == '/' ? std::string(rest) : "/" + std::string(rest);
  }
  if (url.target.find_first_of(" \r\n") != std::string::npos) return std::nullopt;
  return url;
}

}  // namespace edgehose
