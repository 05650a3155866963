#include "shared/enrich/url.h"
#include "tests/differential/verbs.h"

namespace edgehose::differential {

void ask_url(const Fields& in, Fields& out) {
  const std::string url = field(in, 0);
  UrlParts parts;
  if (!split_url(url, parts)) return;
  for (std::string_view part : {parts.scheme, parts.userinfo, parts.host, parts.port, parts.path,
                                parts.query, parts.fragment}) {
    out.emplace_back(part);
  }
}

}  // namespace edgehose::differential
