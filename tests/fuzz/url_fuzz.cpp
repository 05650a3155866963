// The parts of a URL, joined again, are the URL: nothing is lost, doubled or moved.
#include "shared/enrich/url.h"

#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

bool is_inside(std::string_view part, std::string_view url) {
  return part.empty() ||
         (part.data() >= url.data() && part.data() + part.size() <= url.data() + url.size());
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string url = text_of(data, size);
  UrlParts parts;
  if (!split_url(url, parts)) {
    check(parts.scheme.empty() && parts.host.empty() && parts.path.empty(), "no parts of no URL");
    return 0;
  }
  size_t bytes = 0;
  for (std::string_view part :
       {parts.scheme, parts.userinfo, parts.host, parts.port, parts.query, parts.fragment}) {
    check(is_inside(part, url), "a part points into the URL");
    bytes += part.size();
  }
  const bool is_slash = parts.kind == UrlKind::special && parts.path == "/";
  check(is_slash || is_inside(parts.path, url), "the path points into the URL");
  check(bytes + parts.path.size() <= url.size() + 1, "no part overlaps another");
  check(parts.host.find('/') == std::string_view::npos, "no slash in a host");
  check(parts.host.find('@') == std::string_view::npos, "no user in a host");
  check(parts.query.find('#') == std::string_view::npos, "no fragment in a query");
  check(parts.path.find('?') == std::string_view::npos, "no query in a path");

  std::string scratch;
  const std::string_view host = lower_host(parts, scratch);
  check(equals_ignoring_case(host, parts.host), "the host in another case");

  // Put together from its parts, it has the same parts.
  std::string joined(parts.scheme);
  joined += "://";
  if (!parts.userinfo.empty()) joined.append(parts.userinfo).append("@");
  joined += parts.host;
  if (!parts.port.empty()) joined.append(":").append(parts.port);
  const bool has_authority = !parts.host.empty() || !parts.userinfo.empty() || !parts.port.empty();
  if (!has_authority || (!parts.path.empty() && parts.path.front() != '/')) return 0;
  joined.append(parts.path).append("?").append(parts.query).append("#").append(parts.fragment);
  UrlParts again;
  check(split_url(joined, again), "the parts make a URL");
  check(again.host == parts.host && again.path == parts.path && again.query == parts.query &&
            again.fragment == parts.fragment && again.port == parts.port,
        "the parts of the joined URL are the parts");
  return 0;
}
