#include "shared/enrich/privacy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "shared/base/text.h"

namespace edgehose {
namespace {

std::optional<std::array<uint8_t, 4>> read_ipv4(std::string_view ip) {
  std::array<uint8_t, 4> parts{};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      if (ip.empty() || ip.front() != '.') return std::nullopt;
      ip.remove_prefix(1);
    }
    unsigned value = 0;
    size_t digits = 0;
    for (; digits < ip.size() && digits < 4 && is_digit(ip[digits]); ++digits) {
      value = value * 10 + static_cast<unsigned>(ip[digits] - '0');
    }
    if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && ip.front() == '0')) {
      return std::nullopt;
    }
    parts[i] = static_cast<uint8_t>(value);
    ip.remove_prefix(digits);
  }
  if (!ip.empty()) return std::nullopt;
  return parts;
}

// One group of an IPv6 address.
std::optional<uint16_t> read_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (char c : text) {
    if (hex_value(c) < 0) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(hex_value(c));
  }
  return static_cast<uint16_t>(value);
}

struct Groups {
  std::array<uint16_t, 8> values{};
  size_t count = 0;
  bool push(uint16_t value) {
    if (count == values.size()) return false;
    values[count++] = value;
    return true;
  }
};

// Where in the address the groups stand: an IPv4 form may only end it.
enum class Place : uint8_t { before_gap, at_end };

// Groups between colons. Empty text is no groups.
bool read_groups(std::string_view text, Place place, Groups& groups) {
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (place == Place::at_end && colon == std::string_view::npos &&
        part.find('.') != std::string_view::npos) {
      const auto v4 = read_ipv4(part);
      if (!v4) return false;
      return groups.push(static_cast<uint16_t>((*v4)[0] << 8 | (*v4)[1])) &&
             groups.push(static_cast<uint16_t>((*v4)[2] << 8 | (*v4)[3]));
    }
    const auto group = read_group(part);
    if (!group || !groups.push(*group)) return false;
    if (colon == std::string_view::npos) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
  }
  return true;
}

std::optional<std::array<uint16_t, 8>> read_ipv6(std::string_view ip) {
  const size_t gap = ip.find("::");
  const bool has_gap = gap != std::string_view::npos;
  Groups head;
  if (!read_groups(ip.substr(0, gap), has_gap ? Place::before_gap : Place::at_end, head)) {
    return std::nullopt;
  }
  if (!has_gap) {
    if (head.count != head.values.size()) return std::nullopt;
    return head.values;
  }
  Groups tail;
  if (!read_groups(ip.substr(gap + 2), Place::at_end, tail) || head.count + tail.count > 7)
    return std::nullopt;
  for (size_t i = 0; i < tail.count; ++i) {
    head.values[head.values.size() - tail.count + i] = tail.values[i];
  }
  return head.values;
}

std::string text_of_v4(uint8_t a, uint8_t b, uint8_t c) {
  std::string text;
  for (uint8_t part : {a, b, c}) {
    append_number(text, part);
    text.push_back('.');
  }
  return text + "0";
}

// `2001:db8:1::`, with groups that are zero at the end left to the `::`.
std::string text_of_v6_48(const std::array<uint16_t, 8>& groups) {
  size_t count = 3;
  while (count > 0 && groups[count - 1] == 0) --count;
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    std::array<char, 8> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
    text.append(digits.data(), static_cast<size_t>(end - digits.data()));
    if (i + 1 < count) text.push_back(':');
  }
  return text + "::";
}

bool is_mapped_v4(const std::array<uint16_t, 8>& groups) {
  for (size_t i = 0; i < 5; ++i) {
    if (groups[i] != 0) return false;
  }
  return groups[5] == 0xffff;
}

bool is_nat64(const std::array<uint16_t, 8>& groups) {
  return groups[0] == 0x64 && groups[1] == 0xff9b &&
         std::all_of(groups.begin() + 2, groups.begin() + 6,
                     [](uint16_t group) { return group == 0; });
}

// At which group an IPv4 address stands inside; 0 where none does.
size_t place_of_v4(const std::array<uint16_t, 8>& groups) {
  if (groups[0] == 0x2002) return 1;
  return is_mapped_v4(groups) || is_nat64(groups) ? 6 : 0;
}

// An address as 16 bytes: IPv4 as IPv6 maps it, without what names no host.
struct AnyAddress {
  std::array<char, 16> bytes{};
};

std::optional<AnyAddress> read_any(std::string_view ip) {
  AnyAddress address;
  if (const auto v4 = read_ipv4(ip)) {
    address.bytes[10] = address.bytes[11] = static_cast<char>(0xff);
    std::transform(v4->begin(), v4->end(), address.bytes.begin() + 12,
                   [](uint8_t part) { return static_cast<char>(part); });
    return address;
  }
  if (ip.find(':') == std::string_view::npos) return std::nullopt;
  const auto v6 = read_ipv6(ip.substr(0, ip.find('%')));
  if (!v6) return std::nullopt;
  for (size_t i = 0; i < v6->size(); ++i) {
    address.bytes[2 * i] = static_cast<char>((*v6)[i] >> 8);
    address.bytes[2 * i + 1] = static_cast<char>((*v6)[i] & 0xff);
  }
  return address;
}

// The parameter's name, %XX undone, is `known` in any case. `known` is in lower case.
bool is_named(std::string_view name, std::string_view known) {
  size_t at = 0;
  for (char expected : known) {
    if (at >= name.size()) return false;
    char c = name[at];
    if (c == '%' && at + 2 < name.size() && hex_value(name[at + 1]) >= 0 &&
        hex_value(name[at + 2]) >= 0) {
      c = static_cast<char>(hex_value(name[at + 1]) * 16 + hex_value(name[at + 2]));
      at += 2;
    }
    if (to_lower(c) != expected) return false;
    ++at;
  }
  return at == name.size();
}

bool is_listed(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view known) { return is_named(name, known); });
}

using IsMark = bool (*)(char c);

constexpr bool starts_name(char c) { return c == '&' || c == '#' || c == '?' || c == ';'; }

constexpr bool starts_name_in_text(char c) {
  return starts_name(c) || static_cast<uint8_t>(c) <= ' ' || c == '"' || c == '\'' || c == '/' ||
         c == ',' || c == '{' || c == '[' || c == '(' || c == '<' || c == '|';
}

// Copies `text` with listed values redacted. A name is looked for from `at` on, and behind marks.
void append_redacted(std::string& out, std::string_view text, size_t at, IsMark starts,
                     std::span<const std::string_view> names) {
  size_t kept = 0;
  while (at < text.size()) {
    const size_t start = at;
    while (at < text.size() && text[at] != '=' && !starts(text[at])) ++at;
    if (at < text.size() && text[at] == '=') {
      if (is_listed(text.substr(start, at - start), names)) {
        out += text.substr(kept, at + 1 - kept);
        out += kRedacted;
        while (at < text.size() && text[at] != '&' && text[at] != '#') ++at;
        kept = at;
      } else {
        while (at < text.size() && !starts(text[at])) ++at;
      }
    }
    ++at;
  }
  out += text.substr(std::min(kept, text.size()));
}

}  // namespace

IpHasher::IpHasher(std::string_view secret, int64_t period_days)
    : secret_(secret), period_ms_(std::max<int64_t>(period_days, 1) * 86'400'000) {}

bool IpHasher::append(std::string& out, std::string_view ip, int64_t now_ms) {
  const auto address = read_any(ip);
  if (!address) return false;
  int64_t period = now_ms / period_ms_;
  if (now_ms % period_ms_ < 0) --period;
  if (!salt_ || period != period_) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), period).ptr;
    const Sha256 salt =
        secret_.code("edgehose ip ", {digits.data(), static_cast<size_t>(end - digits.data())});
    salt_.emplace(as_text(salt));
    period_ = period;
  }
  const Sha256 hash = salt_->code({address->bytes.data(), address->bytes.size()});
  append_hex(out, std::span(hash).first(kHashBytes / 2));
  return true;
}

void append_redacted_url(std::string& out, std::string_view url,
                         std::span<const std::string_view> names) {
  const size_t query = std::min(url.find_first_of("?#"), url.size());
  append_redacted(out, url, query + 1, starts_name, names);
}

void append_redacted_text(std::string& out, std::string_view text,
                          std::span<const std::string_view> names) {
  append_redacted(out, text, 0, starts_name_in_text, names);
}

std::string truncate_ip(std::string_view ip) {
  if (const auto v4 = read_ipv4(ip)) return text_of_v4((*v4)[0], (*v4)[1], (*v4)[2]);
  // A scope (fe80::1%eth0) names an interface of the host, not an address.
  const auto v6 = read_ipv6(ip.substr(0, ip.find('%')));
  if (!v6 || ip.find(':') == std::string_view::npos) return {};
  const size_t v4_at = place_of_v4(*v6);
  if (v4_at == 0) return text_of_v6_48(*v6);
  const uint16_t high = (*v6)[v4_at];
  return text_of_v4(static_cast<uint8_t>(high >> 8), static_cast<uint8_t>(high & 0xff),
                    static_cast<uint8_t>((*v6)[v4_at + 1] >> 8));
}

std::string_view without_port(std::string_view peer) {
  const size_t bracket = peer.find(']');
  if (peer.starts_with('[') && bracket != std::string_view::npos) {
    const std::string_view behind = peer.substr(bracket + 1);
    return behind.empty() || behind.front() == ':' ? peer.substr(1, bracket - 1) : peer;
  }
  const size_t colon = peer.find(':');
  // More colons than one are IPv6.
  if (colon != peer.rfind(':') || peer.find('.') > colon) return peer;
  return peer.substr(0, colon);
}

}  // namespace edgehose
