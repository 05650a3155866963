// What a page's query says of the campaign that led to it: utm_* and the click id of an ad
// platform.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace edgehose {

// Decoded UTF-8, empty where the query does not name it.
struct Campaign {
  static constexpr size_t kFields = 5;
  std::array<std::string_view, kFields> values;  // source, medium, name, term, content
  std::string_view click_id;
  std::string_view click_id_kind;  // the parameter's own name, e.g. "gclid"
};

// The parameters that are click ids: for those who must redact them.
[[nodiscard]] std::span<const std::string_view> click_id_kinds();

// Reads `a=1&b=2`. The first of a repeated parameter counts, and the first click id of several; a
// value that is no UTF-8 once decoded is left out. The views point into `query`, or into `scratch`
// where something had to be decoded.
[[gnu::noinline]] void read_campaign(std::string_view query, std::string& scratch,
                                     Campaign& campaign);

}  // namespace edgehose
