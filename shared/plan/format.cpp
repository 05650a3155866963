#include "shared/plan/format.h"

#include <algorithm>
#include <array>

#include "shared/base/byte_kernels.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::array<std::string_view, kFormats> kNames = {
    "", "date-time", "date", "time", "uuid", "uri", "email", "hostname", "ipv4", "ipv6"};

// Bits of what an ASCII byte may be part of.
enum ByteClass : uint8_t {
  kHex = 1,
  kUnreserved = 2,  // RFC 3986
  kSubDelim = 4,
  kAtext = 8,    // RFC 5322
  kScheme = 16,  // after the first letter
  kLetterDigit = 32,
};

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 128; ++c) {
    const char byte = static_cast<char>(c);
    unsigned bits = 0;
    if (hex_value(byte) >= 0) bits |= kHex;
    if (is_alnum(byte)) bits |= kUnreserved | kAtext | kScheme | kLetterDigit;
    classes[static_cast<size_t>(c)] = static_cast<uint8_t>(bits);
  }
  const auto add = [&](std::string_view bytes, ByteClass bit) {
    for (char c : bytes) {
      uint8_t& bits = classes[static_cast<uint8_t>(c)];
      bits = static_cast<uint8_t>(bits | bit);
    }
  };
  add("-._~", kUnreserved);
  add("!$&'()*+,;=", kSubDelim);
  add("!#$%&'*+-/=?^_`{|}~", kAtext);
  add("+-.", kScheme);
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool is_in(char c, unsigned classes) { return (kClasses[static_cast<uint8_t>(c)] & classes) != 0; }

// Two digits at `at`, or -1.
int two(std::string_view text, size_t at) {
  if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return -1;
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int century = two(text, 0);
  const int year = two(text, 2);
  const int month = two(text, 5);
  const int day = two(text, 8);
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1) return false;
  constexpr std::array<uint8_t, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year != 0 || century % 4 == 0);
  return day <= (month == 2 && leap ? 29 : kDays[static_cast<size_t>(month)]);
}

bool is_time(std::string_view text) {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  const int hour = two(text, 0);
  const int minute = two(text, 3);
  const int second = two(text, 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  size_t at = 8;
  if (text[at] == '.') {
    const size_t first = ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == first) return false;
  }
  int offset = 0;
  if (at == text.size()) return false;
  if (text[at] == 'Z' || text[at] == 'z') {
    if (at + 1 != text.size()) return false;
  } else {
    const char sign = text[at];
    if ((sign != '+' && sign != '-') || at + 6 != text.size() || text[at + 3] != ':') return false;
    const int hours = two(text, at + 1);
    const int minutes = two(text, at + 4);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
    offset = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
  }
  if (second < 60) return true;
  // A leap second ends a day of UTC.
  const int minute_of_day = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440;
  return minute_of_day == 1439;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && is_date(text.substr(0, 10)) &&
         is_time(text.substr(11));
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return false;
  }
  unsigned all = kHex;
  for (size_t i = 0; i < 8; ++i) all &= kClasses[static_cast<uint8_t>(text[i])];
  for (size_t i = 9; i < 13; ++i) all &= kClasses[static_cast<uint8_t>(text[i])];
  for (size_t i = 14; i < 18; ++i) all &= kClasses[static_cast<uint8_t>(text[i])];
  for (size_t i = 19; i < 23; ++i) all &= kClasses[static_cast<uint8_t>(text[i])];
  for (size_t i = 24; i < 36; ++i) all &= kClasses[static_cast<uint8_t>(text[i])];
  return all != 0;
}

EDGEHOSE_RARE bool is_ipv4(std::string_view text) {
  int parts = 0;
  size_t at = 0;
  while (true) {
    const size_t first = at;
    int value = 0;
    while (at < text.size() && is_digit(text[at]) && at - first < 3) {
      value = value * 10 + (text[at++] - '0');
    }
    if (at == first || value > 255 || (text[first] == '0' && at - first > 1)) return false;
    if (++parts == 4) return at == text.size();
    if (at == text.size() || text[at] != '.') return false;
    ++at;
  }
}

EDGEHOSE_RARE bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  size_t at = 0;
  if (text.starts_with("::")) {
    gap = true;
    at = 2;
    if (at == text.size()) return true;
  }
  while (true) {
    const size_t first = at;
    while (at < text.size() && at - first < 4 && is_in(text[at], kHex)) ++at;
    if (at == first) return false;
    if (at < text.size() && text[at] == '.') {
      groups += 2;
      if (!is_ipv4(text.substr(first))) return false;
      break;
    }
    ++groups;
    if (at == text.size()) break;
    if (text[at] != ':') return false;
    ++at;
    if (at == text.size()) return false;
    if (text[at] != ':') continue;
    if (gap) return false;
    gap = true;
    if (++at == text.size()) break;
  }
  return gap ? groups <= 7 : groups == 8;
}

bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  size_t label = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '.') {
      if (!is_in(text[i], kLetterDigit) && text[i] != '-') return false;
      continue;
    }
    if (i == label || i - label > 63 || text[label] == '-' || text[i - 1] == '-') return false;
    label = i + 1;
  }
  return true;
}

// Characters of a part of a URI: those classes, some more, and percent escapes.
bool is_uri_part(std::string_view text, std::string_view more) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_in(text[i], kUnreserved | kSubDelim)) continue;
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_in(text[i + 1], kHex) || !is_in(text[i + 2], kHex)) {
        return false;
      }
      i += 2;
    } else if (std::none_of(more.begin(), more.end(), [&](char c) { return c == text[i]; })) {
      return false;
    }
  }
  return true;
}

// IPvFuture: "v" hex "." characters.
EDGEHOSE_RARE bool is_ip_literal(std::string_view text) {
  if (text.empty() || (text.front() != 'v' && text.front() != 'V')) return is_ipv6(text);
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
  const auto is_hex = [](char c) { return is_in(c, kHex); };
  return std::all_of(text.begin() + 1, text.begin() + static_cast<ptrdiff_t>(dot), is_hex) &&
         text.find('%') == std::string_view::npos && is_uri_part(text.substr(dot + 1), ":");
}

bool is_authority(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    if (!is_uri_part(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  size_t host_end = 0;
  if (text.starts_with('[')) {
    host_end = text.find(']');
    if (host_end == std::string_view::npos) return false;
    if (!is_ip_literal(text.substr(1, host_end - 1))) return false;
    ++host_end;
  } else {
    host_end = std::min(text.find(':'), text.size());
    if (!is_uri_part(text.substr(0, host_end), {})) return false;
  }
  if (host_end == text.size()) return true;
  if (text[host_end] != ':') return false;
  const std::string_view port = text.substr(host_end + 1);
  return std::all_of(port.begin(), port.end(), is_digit);
}

bool is_uri(std::string_view text) {
  if (text.empty() || (!is_lower(text.front()) && !is_upper(text.front()))) return false;
  size_t colon = 1;
  while (colon < text.size() && is_in(text[colon], kScheme)) ++colon;
  if (colon == text.size() || text[colon] != ':') return false;
  std::string_view rest = text.substr(colon + 1);
  const size_t hash = find_byte(rest, '#');
  if (hash != rest.size()) {
    if (!is_uri_part(rest.substr(hash + 1), ":@/?")) return false;
    rest = rest.substr(0, hash);
  }
  const size_t question = find_byte(rest, '?');
  if (question != rest.size()) {
    if (!is_uri_part(rest.substr(question + 1), ":@/?")) return false;
    rest = rest.substr(0, question);
  }
  if (rest.starts_with("//")) {
    const size_t slash = 2 + find_byte(rest.substr(2), '/');
    if (!is_authority(rest.substr(2, slash - 2))) return false;
    rest.remove_prefix(slash);
  }
  return is_uri_part(rest, ":@/");
}

bool is_dot_atom(std::string_view text) {
  bool after_dot = true;
  for (char c : text) {
    if (c == '.') {
      if (after_dot) return false;
      after_dot = true;
      continue;
    }
    if (!is_in(c, kAtext)) return false;
    after_dot = false;
  }
  return !after_dot;
}

EDGEHOSE_RARE bool is_quoted_local(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\') {
      ++i;
      if (i == text.size()) return false;
    }
    if (static_cast<uint8_t>(text[i]) < 0x20 || static_cast<uint8_t>(text[i]) >= 0x7f) return false;
  }
  return true;
}

bool is_email(std::string_view text) {
  if (text.size() > 254) return false;
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  if (!(local.front() == '"' ? is_quoted_local(local) : is_dot_atom(local))) return false;
  if (!domain.starts_with('[')) return is_hostname(domain);
  if (!domain.ends_with(']')) return false;
  const std::string_view literal = domain.substr(1, domain.size() - 2);
  if (literal.size() >= 5 && equals_ignoring_case(literal.substr(0, 5), "IPv6:")) {
    return is_ipv6(literal.substr(5));
  }
  return is_ipv4(literal);
}

}  // namespace

std::optional<Format> find_format(std::string_view name) {
  for (size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Format>(i);
  }
  return std::nullopt;
}

std::string_view to_text(Format format) { return kNames[static_cast<size_t>(format)]; }

bool has_format(Format format, std::string_view text) {
  switch (format) {
    case Format::none:
      return true;
    case Format::date_time:
      return is_date_time(text);
    case Format::date:
      return is_date(text);
    case Format::time:
      return is_time(text);
    case Format::uuid:
      return is_uuid(text);
    case Format::uri:
      return is_uri(text);
    case Format::email:
      return is_email(text);
    case Format::hostname:
      return is_hostname(text);
    case Format::ipv4:
      return is_ipv4(text);
    case Format::ipv6:
      return is_ipv6(text);
  }
  return false;
}

}  // namespace edgehose
