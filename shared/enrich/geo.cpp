#include "shared/enrich/geo.h"

#include <algorithm>
#include <cstdint>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kValueBytesMax = 128;
constexpr size_t kAsnDigitsMax = 10;

// Undoes %XX; unlike a form's, `+` stays.
void append_percent_decoded(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
}

// Text all of whose characters are below U+0100 becomes one byte a character. False for others.
bool narrow(std::string& text) {
  size_t to = 0;
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<uint8_t>(text[at]);
    if (lead < 0x80) {
      text[to++] = text[at++];
    } else if ((lead == 0xc2 || lead == 0xc3) && at + 1 < text.size()) {
      const auto low = static_cast<uint8_t>(text[at + 1]);
      text[to++] = static_cast<char>((lead & 3) << 6 | (low & 0x3f));
      at += 2;
    } else {
      return false;
    }
  }
  text.resize(to);
  return true;
}

void widen(std::string& text) {
  std::string wide;
  for (char c : text) append_utf8(wide, static_cast<uint8_t>(c));
  text = std::move(wide);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

// A name in whatever way the CDN and the host encoded it, as UTF-8.
void read_name(std::string_view header, std::string& name) {
  name.clear();
  append_percent_decoded(name, utf8_prefix(header, 4 * kValueBytesMax));
  if (has_control(name)) return name.clear();
  if (!is_ascii(name)) {
    if (!is_utf8(name)) {
      widen(name);
    } else {
      std::string bytes = name;
      if (narrow(bytes) && is_utf8(bytes)) name = std::move(bytes);
    }
  }
  name.resize(utf8_prefix(name, kValueBytesMax).size());
}

void read_country(std::string_view header, std::string& country) {
  country.clear();
  if (header.size() != 2 || !is_alpha(header[0]) || !is_alnum(header[1])) return;
  for (char c : header) country.push_back(is_lower(c) ? static_cast<char>(c - 32) : c);
  if (country == "XX" || country == "T1") country.clear();
}

void read_asn(std::string_view header, std::string& asn) {
  asn.clear();
  if (equals_ignoring_case(header.substr(0, 2), "as")) header.remove_prefix(2);
  if (header.size() <= kAsnDigitsMax && std::all_of(header.begin(), header.end(), is_digit)) {
    asn = header;
  }
  if (asn == "0") asn.clear();
}

}  // namespace

void read_geo(const GeoHeaders& headers, Geo& geo) {
  read_country(headers.country, geo.country);
  read_name(headers.region, geo.region);
  read_name(headers.city, geo.city);
  read_asn(headers.asn, geo.asn);
}

}  // namespace edgehose
