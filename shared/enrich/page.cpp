#include "shared/enrich/page.h"

#include <algorithm>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// What follows `scheme://`, or nothing.
std::string_view after_scheme(std::string_view url) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (url.size() > scheme.size() && equals_ignoring_case(url.substr(0, scheme.size()), scheme)) {
      return url.substr(scheme.size());
    }
  }
  return {};
}

std::string_view without_port(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool in_brackets =
      host.find(']', colon == std::string_view::npos ? 0 : colon) != std::string_view::npos;
  return colon == std::string_view::npos || in_brackets ? host : host.substr(0, colon);
}

}  // namespace

PageAddress read_page_address(std::string_view url) {
  std::string_view rest = after_scheme(url);
  rest = rest.substr(0, rest.find('#'));
  const size_t authority_bytes = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_bytes);
  const size_t at_sign = authority.rfind('@');
  if (at_sign != std::string_view::npos) authority.remove_prefix(at_sign + 1);
  authority = without_port(authority);

  PageAddress address;
  if (authority.empty()) return address;
  for (char c : authority) address.host.push_back(to_lower(c));
  const std::string_view target = rest.substr(authority_bytes);
  const size_t question = target.find('?');
  address.path = target.substr(0, question);
  if (address.path.empty()) address.path = "/";
  if (question != std::string_view::npos) address.query = target.substr(question + 1);
  return address;
}

}  // namespace edgehose
