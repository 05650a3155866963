// What may be kept of a person's address, and of what URLs say of a person.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared/base/hmac.h"

namespace edgehose {

// An IPv4 address with its last 8 bits zeroed (/24), an IPv6 address with its last 80 (/48). An
// IPv6 address that holds an IPv4 address counts as that: mapped (::ffff:0:0/96), of 6to4
// (2002::/16) and of NAT64 (64:ff9b::/96), because its first 48 bits or its last would tell the
// host. Empty when `ip` is neither.
[[nodiscard]] std::string truncate_ip(std::string_view ip);

// The address in what a host or a proxy calls one: `203.0.113.5:443` and `[2001:db8::1]:443` have
// the port of a connection behind it. Other text is given back as it is.
[[nodiscard]] std::string_view without_port(std::string_view peer);

// Stands for addresses by a keyed hash whose salt changes with time: within a period the same
// address has the same hash, over its end it cannot be followed. The salt of a period is derived
// from the secret, so whoever has the secret can try addresses against hashes; without it nobody
// can. A new secret makes that impossible for the old hashes too.
class IpHasher {
 public:
  static constexpr size_t kHashBytes = 32;  // hexadecimal digits: 128 bits

  // A period is `period_days` days of UTC, at least one.
  explicit IpHasher(std::string_view secret, int64_t period_days = 1);

  // Appends the address's hash at an instant. False, and nothing appended, when `ip` is no address.
  // However an address is written, it has one hash.
  [[nodiscard]] bool append(std::string& out, std::string_view ip, int64_t now_ms);

 private:
  HmacKey secret_;
  int64_t period_ms_;
  int64_t period_ = 0;
  std::optional<HmacKey> salt_;  // of `period_`
};

// What stands for a redacted value.
inline constexpr std::string_view kRedacted = "REDACTED";

// Appends `url` with the value of each parameter that is in `names` redacted, and all else byte for
// byte. Names are in lower case; a parameter's name is compared with %XX undone and in any case.
// Fragments are read as queries are (#access_token=...), and a name may follow `?`, `#`, `&` or
// `;`; a redacted value ends at `&` or `#` alone, so nothing of it stays behind a `;` or `?` in it.
// A URL that is encoded inside a value is not looked into.
void append_redacted_url(std::string& out, std::string_view url,
                         std::span<const std::string_view> names);

// The same for text of which nobody knows what it is: a parameter may stand at its start too, and
// behind blanks, quotes, brackets, commas and slashes.
void append_redacted_text(std::string& out, std::string_view text,
                          std::span<const std::string_view> names);

}  // namespace edgehose
