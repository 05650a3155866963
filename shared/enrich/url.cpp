#include "shared/enrich/url.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "shared/base/byte_kernels.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr bool is_scheme_char(char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; }

// Cuts `text` before the byte at `at`, and gives what follows it.
std::string_view cut_at(std::string_view& text, size_t at) {
  if (at == text.size()) return {};
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

// Takes query and fragment off `rest`.
void cut_query(std::string_view& rest, UrlParts& parts) {
  const size_t at = find_either_byte(rest, '?', '#');
  const bool has_query = at < rest.size() && rest[at] == '?';
  std::string_view tail = cut_at(rest, at);
  if (!has_query) {
    parts.fragment = tail;
    return;
  }
  parts.fragment = cut_at(tail, find_byte(tail, '#'));
  parts.query = tail;
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

// What may mean something in an authority: all other bytes are passed over.
constexpr std::array<bool, 256> kMarks = [] {
  std::array<bool, 256> marks{};
  for (char mark : {'/', '\\', '@', ':', '[', ']'}) marks[static_cast<uint8_t>(mark)] = true;
  return marks;
}();

// Takes the authority off `rest`, up to the path.
void take_authority(std::string_view& rest, UrlParts& parts, UrlKind kind) {
  // Most name a host and nothing else.
  const size_t slash = find_either_byte(rest, '/', kind == UrlKind::special ? '\\' : '/');
  if (find_either_byte(rest.substr(0, slash), '@', ':') == slash) {
    parts.host = rest.substr(0, slash);
    rest.remove_prefix(slash);
    return;
  }
  size_t end = 0;
  size_t host = 0;
  size_t colon = std::string_view::npos;
  bool in_brackets = false;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (!kMarks[static_cast<uint8_t>(c)]) continue;
    if (c == '/' || (c == '\\' && kind == UrlKind::special)) break;
    if (c == '@') {
      // The last one counts: what stands before it is a user's.
      parts.userinfo = rest.substr(0, end);
      host = end + 1;
      colon = std::string_view::npos;
      in_brackets = false;
    } else if (c == ':') {
      if (colon == std::string_view::npos && !in_brackets) colon = end;
    } else if (c == '[' && end == host) {
      in_brackets = true;
    } else if (c == ']') {
      in_brackets = false;
    }
  }
  colon = std::min(colon, end);
  parts.host = rest.substr(host, colon - host);
  if (colon < end) parts.port = rest.substr(colon + 1, end - colon - 1);
  rest.remove_prefix(end);
}

// The length of the scheme; 0 when there is none.
size_t scheme_bytes(std::string_view url) {
  if (url.starts_with("https:")) return 5;
  size_t colon = 0;
  while (colon < url.size() && is_scheme_char(url[colon])) ++colon;
  return colon < url.size() && url[colon] == ':' && is_alpha(url.front()) ? colon : 0;
}

}  // namespace

bool split_url(std::string_view url, UrlParts& parts) {
  parts = {};
  const size_t colon = scheme_bytes(url);
  if (colon == 0) return false;
  const std::string_view scheme = url.substr(0, colon);
  const UrlKind kind = kind_of(scheme);
  std::string_view rest = url.substr(colon + 1);
  cut_query(rest, parts);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    take_authority(rest, parts, kind);
    if (rest.empty() && kind == UrlKind::special) rest = "/";
  } else if (rest.starts_with("/.//")) {
    // A path that begins with two slashes is written so where there is no host.
    rest.remove_prefix(2);
  } else if (kind == UrlKind::special) {
    parts = {};
    return false;
  }
  if (kind == UrlKind::special && parts.host.empty() && !equals_ignoring_case(scheme, "file")) {
    parts = {};
    return false;
  }
  parts.scheme = scheme;
  parts.path = rest;
  parts.kind = kind;
  return true;
}

std::string_view lower_host(const UrlParts& parts, std::string& scratch) {
  const std::string_view host = parts.host;
  if (parts.kind != UrlKind::special || !has_upper_byte(host)) return host;
  scratch.resize(host.size());
  std::transform(host.begin(), host.end(), scratch.begin(), to_lower);
  return scratch;
}

}  // namespace edgehose
