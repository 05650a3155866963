#include "shared/enrich/campaign.h"

#include <algorithm>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::array<std::string_view, Campaign::kFields> kParameters = {
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"};

void take_parameter(std::string_view name, std::string_view value, Campaign& campaign) {
  const auto found = std::find(kParameters.begin(), kParameters.end(), name);
  if (found == kParameters.end()) return;
  std::string& field = campaign.values[static_cast<size_t>(found - kParameters.begin())];
  if (!field.empty()) return;
  append_url_decoded(field, value);
  if (!is_utf8(field)) field.clear();
}

}  // namespace

Campaign read_campaign(std::string_view query) {
  Campaign campaign;
  // Most queries name none: one search spares the walk.
  if (query.find("utm_") == std::string_view::npos) return campaign;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const size_t equals = std::min(pair.find('='), pair.size());
    if (equals < pair.size()) {
      take_parameter(pair.substr(0, equals), pair.substr(equals + 1), campaign);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return campaign;
}

}  // namespace edgehose
