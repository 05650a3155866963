#include "simulator/shaping/request_text.h"

#include <optional>

#include "shared/base/json_escape.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string at_byte(std::string what, size_t at) {
  return std::move(what) + " at byte " + std::to_string(at);
}

std::optional<size_t> first_odd_byte(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = utf8_sequence_bytes(text, at);
    if (bytes == 0) return at;
    at += bytes;
  }
  return std::nullopt;
}

// `json` was scanned: a backslash stands in strings alone, and its escape is whole.
std::optional<size_t> first_lone_surrogate(std::string_view json) {
  for (size_t at = json.find('\\'); at < json.size(); at = json.find('\\', at)) {
    const int32_t unit = json_unit_at(json, at);
    if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
      at += 2;
      continue;
    }
    const bool is_pair =
        is_high_surrogate(unit) && is_low_surrogate(json_unit_at(json, at + kJsonUnitBytes));
    if (!is_pair) return at;
    at += 2 * kJsonUnitBytes;
  }
  return std::nullopt;
}

}  // namespace

std::string request_text_problem(std::string_view line) {
  if (line.starts_with(kByteOrderMark)) return "a byte order mark: save the text without it";
  if (const auto at = first_odd_byte(line)) {
    return at_byte("not UTF-8", *at) + ": send a body of such bytes as body_base64";
  }
  JsonScanner in(line);
  const JsonKind kind = json_kind(in.take_value());
  if (!in.ok()) return at_byte("no JSON: " + std::string(to_text(in.fault())), in.at());
  if (in.peek() != '\0' || in.at() != line.size())
    return at_byte("text behind the request", in.at());
  if (kind != JsonKind::object) return "expected one JSON object: a request";
  if (const auto at = first_lone_surrogate(line)) {
    return at_byte("half a surrogate pair", *at) + ": no text has one alone";
  }
  return {};
}

}  // namespace edgehose
