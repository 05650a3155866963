// The headers of a request that the collector reads, found in one pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace edgehose {

enum class Header : uint8_t {
  user_agent,
  referer,
  sec_gpc,
  sec_ch_ua,
  sec_ch_ua_full_version_list,
  sec_ch_ua_mobile,
  sec_ch_ua_model,
  sec_ch_ua_platform,
  sec_ch_ua_platform_version,
  cf_ipcountry,
  cf_region_code,
  cf_ipcity,
  cf_asn,
  cloudfront_viewer_country,
  cloudfront_viewer_country_region,
  cloudfront_viewer_city,
  cloudfront_viewer_asn,
  count,
};
inline constexpr size_t kHeaderCount = static_cast<size_t>(Header::count);

// Values without blanks around them; empty where absent. Views into the text.
struct RequestHeaders {
  std::array<std::string_view, kHeaderCount> values;

  std::string_view operator[](Header header) const { return values[static_cast<size_t>(header)]; }
};

// `text` is "name: value\n" lines with names in lower case; of a name that stands twice the first
// counts.
[[nodiscard]] RequestHeaders read_headers(std::string_view text);

}  // namespace edgehose
