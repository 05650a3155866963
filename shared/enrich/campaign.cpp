#include "shared/enrich/campaign.h"

#include <algorithm>
#include <cstdint>

#include "shared/base/text.h"
#include "shared/enrich/query.h"

namespace edgehose {
namespace {

constexpr std::string_view kUtm = "utm_";
constexpr std::array<std::string_view, Campaign::kFields> kUtmNames = {
    "source", "medium", "campaign", "term", "content"};

// By the platform that adds them to a link when it is clicked. Ids of a person (mc_eid, _hsenc) and
// of a share (igshid) are none.
constexpr std::array<std::string_view, 33> kClickIds = {
    "gclid",     "gbraid",  "wbraid", "dclid", "srsltid",   // Google
    "fbclid",                                               // Meta
    "msclkid",                                              // Microsoft
    "ttclid",                                               // TikTok
    "twclid",                                               // X
    "yclid",     "ysclid",                                  // Yandex, Yahoo! JAPAN
    "li_fat_id",                                            // LinkedIn
    "ldtag_cl",                                             // LINE
    "ScCid",     "sccid",                                   // Snapchat
    "epik",                                                 // Pinterest
    "rdt_cid",                                              // Reddit
    "qclid",                                                // Quora
    "ndclid",                                               // Nextdoor
    "tblci",                                                // Taboola
    "dicbo",                                                // Outbrain
    "vmcid",                                                // Yahoo
    "bd_vid",                                               // Baidu
    "qz_gdt",    "gdt_vid",                                 // Tencent
    "sznclid",                                              // Seznam
    "irclickid", "cjevent", "awc",    "tduid", "clickref",  // affiliate networks
    "ef_id",     "s_kwcid",                                 // Adobe
};

// The lengths and first letters of click ids: most parameters are told apart by them alone.
constexpr uint64_t mask_of(std::string_view name) {
  return uint64_t{1} << (static_cast<uint8_t>(name.front()) & 31) |
         uint64_t{1} << (32 + (name.size() & 31));
}
constexpr uint64_t kClickIdMask = [] {
  uint64_t mask = 0;
  for (std::string_view name : kClickIds) mask |= mask_of(name);
  return mask;
}();

// The text of a value. `scratch` never moves: it was given room for the whole query.
std::string_view decoded(std::string_view value, std::string& scratch) {
  const bool is_plain = std::none_of(value.begin(), value.end(),
                                     [](char c) { return c == '%' || c == '+' || c < 0; });
  if (is_plain) return value;
  const size_t start = scratch.size();
  append_url_decoded(scratch, value);
  const std::string_view text = std::string_view(scratch).substr(start);
  return is_utf8(text) ? text : std::string_view{};
}

void take_utm(std::string_view name, std::string_view value, std::string& scratch,
              Campaign& campaign) {
  const auto found = std::find(kUtmNames.begin(), kUtmNames.end(), name);
  if (found == kUtmNames.end()) return;
  std::string_view& field = campaign.values[static_cast<size_t>(found - kUtmNames.begin())];
  if (field.empty()) field = decoded(value, scratch);
}

void take_click_id(std::string_view name, std::string_view value, std::string& scratch,
                   Campaign& campaign) {
  const uint64_t mask = mask_of(name);
  if ((mask & kClickIdMask) != mask || !campaign.click_id.empty()) return;
  const auto found = std::find(kClickIds.begin(), kClickIds.end(), name);
  if (found == kClickIds.end()) return;
  campaign.click_id = decoded(value, scratch);
  if (!campaign.click_id.empty()) campaign.click_id_kind = *found;
}

}  // namespace

std::span<const std::string_view> click_id_kinds() { return kClickIds; }

void read_campaign(std::string_view query, std::string& scratch, Campaign& campaign) {
  campaign = {};
  scratch.clear();
  scratch.reserve(query.size());
  while (!query.empty()) {
    const Parameter parameter = take_parameter(query);
    if (parameter.value.empty() || parameter.name.empty()) continue;
    if (parameter.name.starts_with(kUtm)) {
      take_utm(parameter.name.substr(kUtm.size()), parameter.value, scratch, campaign);
    } else {
      take_click_id(parameter.name, parameter.value, scratch, campaign);
    }
  }
}

}  // namespace edgehose
