// The campaign that a page's query names (utm_*).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace edgehose {

// Decoded UTF-8, empty where the query does not name it.
struct Campaign {
  static constexpr size_t kFields = 5;
  static constexpr std::array<std::string_view, kFields> kNames = {
      "campaign_source", "campaign_medium", "campaign_name", "campaign_term", "campaign_content"};
  std::array<std::string, kFields> values;
};

// Reads `a=1&b=2`. The first of a repeated parameter counts; a value that is no UTF-8 once decoded
// is left out.
[[nodiscard]] Campaign read_campaign(std::string_view query);

}  // namespace edgehose
