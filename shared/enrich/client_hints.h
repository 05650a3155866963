// The headers Sec-CH-UA*, which say what a reduced user agent leaves out.
#pragma once

#include <string_view>

namespace edgehose {

// Values of the headers as they were sent; empty for those that were not.
struct ClientHints {
  std::string_view brands;             // Sec-CH-UA
  std::string_view full_version_list;  // Sec-CH-UA-Full-Version-List
  std::string_view platform;           // Sec-CH-UA-Platform
  std::string_view platform_version;   // Sec-CH-UA-Platform-Version
  std::string_view model;              // Sec-CH-UA-Model
  std::string_view mobile;             // Sec-CH-UA-Mobile

  bool empty() const {
    return brands.empty() && full_version_list.empty() && platform.empty() && model.empty();
  }
};

// A version's first three parts; absent ones are empty.
struct VersionParts {
  std::string_view major;
  std::string_view minor;
  std::string_view patch;
};

struct HintedBrand {
  std::string_view family;  // as uap-core calls it, else the brand's own name
  VersionParts version;
};

struct HintedOs {
  std::string_view family;  // as uap-core calls it; empty where the platform is unknown
  VersionParts version;     // empty where no version was sent
};

// The text of a quoted string, or the value itself; empty when it holds an escape or a byte that is
// not printable ASCII, or more than 128 bytes: no browser sends such.
[[nodiscard]] std::string_view hint_text(std::string_view value);

// The brand that names the product: of a list, the last that is neither an invented one ("Not)A;
// Brand") nor "Chromium"; else "Chromium". The full list is read before the short one.
[[nodiscard]] HintedBrand hinted_brand(const ClientHints& hints);

// Windows 10 and 11 share a user agent: platform version 13 and above is 11, 1 to 12 is 10.
// Trailing parts of 0 are left out, as user agents do ("14.0.0" -> 14).
[[nodiscard]] HintedOs hinted_os(const ClientHints& hints);

}  // namespace edgehose
