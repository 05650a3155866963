// A URL taken apart where its parts meet. It is no URL parser: nothing is resolved, decoded or
// rewritten. For text that is a URL in its serialized form, which is what a browser's
// location.href and document.referrer hold, the parts are those of the WHATWG URL standard.
//
//   https://user:pass@example.com:8443/a/b?c=d#e
//   scheme  userinfo  host        port path query fragment
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edgehose {

// How the standard treats a scheme: the special ones need a host and hold "/" at least as a path.
enum class UrlKind : uint8_t { other, special };

// Views into the URL, but for the path "/" of a special URL that has none.
struct UrlParts {
  std::string_view scheme;    // as sent, without ":"
  std::string_view userinfo;  // without "@"
  std::string_view host;      // as sent, IPv6 in its brackets; empty where there is none
  std::string_view port;      // as sent, without ":"
  std::string_view path;      // opaque paths (mailto:, data:) too
  std::string_view query;     // without "?"
  std::string_view fragment;  // without "#"
  UrlKind kind = UrlKind::other;
};

// False, with empty parts, for text that is no absolute URL: without a scheme, or of a special
// scheme without "//" or (but for file) without a host. A backslash ends the host of a special
// URL as a slash does, so that no host is read that a browser would not have asked.
[[nodiscard]] bool split_url(std::string_view url, UrlParts& parts);

// The host with ASCII letters in lower case where the scheme is special: elsewhere case may
// matter. The view is the host itself, or `scratch` where a letter changed.
[[nodiscard]] std::string_view lower_host(const UrlParts& parts, std::string& scratch);

}  // namespace edgehose
