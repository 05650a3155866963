// The formats that a schema may assert, by their RFCs. Texts are UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace edgehose {

enum class Format : uint8_t {
  none = 0,
  date_time,  // RFC 3339 date-time: `T` and zone needed; 23:59:60 only at the end of a UTC day
  date,       // RFC 3339 full-date
  time,       // RFC 3339 full-time: zone needed
  uuid,       // RFC 9562: 8-4-4-4-12 hexadecimal digits, without urn:uuid:
  uri,        // RFC 3986 URI: a scheme is needed
  email,      // RFC 5321 Mailbox, ASCII
  hostname,   // RFC 1123: labels of 1 to 63, at most 253 in all, no dot at the end
  ipv4,       // four decimal numbers without leading zeros
  ipv6,       // RFC 4291 section 2.2, without zone
};
inline constexpr uint32_t kFormats = 10;

[[nodiscard]] std::optional<Format> find_format(std::string_view name);
[[nodiscard]] std::string_view to_text(Format format);
[[nodiscard]] bool has_format(Format format, std::string_view text);

}  // namespace edgehose
