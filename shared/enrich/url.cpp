#include "shared/enrich/url.h"

#include <algorithm>
#include <cstddef>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr bool is_scheme_char(char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; }

// Cuts `text` before the first `mark`, and gives what follows it.
std::string_view cut_at(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

UrlKind kind_of(std::string_view scheme) {
  // http and https before all others.
  if (scheme == "https" || scheme == "http") return UrlKind::special;
  if (scheme.size() > 5) return UrlKind::other;
  for (std::string_view special : {"https", "http", "file", "ws", "wss", "ftp"}) {
    if (equals_ignoring_case(scheme, special)) return UrlKind::special;
  }
  return UrlKind::other;
}

size_t authority_bytes(std::string_view text, UrlKind kind) {
  size_t at = 0;
  while (at < text.size() && text[at] != '/' && !(text[at] == '\\' && kind == UrlKind::special)) {
    ++at;
  }
  return at;
}

void split_authority(std::string_view authority, UrlParts& parts) {
  const size_t at_sign = authority.rfind('@');
  if (at_sign != std::string_view::npos) {
    parts.userinfo = authority.substr(0, at_sign);
    authority.remove_prefix(at_sign + 1);
  }
  size_t end = 0;
  if (!authority.empty() && authority.front() == '[') {
    end = std::min(authority.find(']'), authority.size());
  }
  const size_t colon = std::min(authority.find(':', end), authority.size());
  parts.host = authority.substr(0, colon);
  parts.port = authority.substr(std::min(colon + 1, authority.size()));
}

}  // namespace

bool split_url(std::string_view url, UrlParts& parts) {
  parts = {};
  size_t colon = 0;
  while (colon < url.size() && is_scheme_char(url[colon])) ++colon;
  if (colon == 0 || colon == url.size() || url[colon] != ':' || !is_alpha(url.front())) {
    return false;
  }
  const std::string_view scheme = url.substr(0, colon);
  const UrlKind kind = kind_of(scheme);
  std::string_view rest = url.substr(colon + 1);
  const std::string_view fragment = cut_at(rest, '#');
  const std::string_view query = cut_at(rest, '?');
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t bytes = authority_bytes(rest, kind);
    split_authority(rest.substr(0, bytes), parts);
    rest.remove_prefix(bytes);
    if (rest.empty() && kind == UrlKind::special) rest = "/";
  } else if (rest.starts_with("/.//")) {
    // A path that begins with two slashes is written so where there is no host.
    rest.remove_prefix(2);
  } else if (kind == UrlKind::special) {
    return false;
  }
  if (kind == UrlKind::special && parts.host.empty() && !equals_ignoring_case(scheme, "file")) {
    parts = {};
    return false;
  }
  parts.scheme = scheme;
  parts.path = rest;
  parts.query = query;
  parts.fragment = fragment;
  parts.kind = kind;
  return true;
}

std::string_view lower_host(const UrlParts& parts, std::string& scratch) {
  const std::string_view host = parts.host;
  if (parts.kind != UrlKind::special || std::none_of(host.begin(), host.end(), is_upper)) {
    return host;
  }
  scratch.resize(host.size());
  std::transform(host.begin(), host.end(), scratch.begin(), to_lower);
  return scratch;
}

}  // namespace edgehose
