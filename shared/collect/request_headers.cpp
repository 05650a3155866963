#include "shared/collect/request_headers.h"

#include <algorithm>

#include "shared/base/byte_kernels.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::array<std::string_view, kHeaderCount> kNames = {
    "user-agent",
    "referer",
    "sec-gpc",
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-mobile",
    "sec-ch-ua-model",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "cf-ipcountry",
    "cf-region-code",
    "cf-ipcity",
    "cf-asn",
    "cloudfront-viewer-country",
    "cloudfront-viewer-country-region",
    "cloudfront-viewer-city",
    "cloudfront-viewer-asn",
};
constexpr size_t kNameBytesMax = std::string_view("cloudfront-viewer-country-region").size();

// For each length of a name, the names that are so long: bit i stands for kNames[i].
constexpr std::array<uint32_t, kNameBytesMax + 1> make_lengths() {
  std::array<uint32_t, kNameBytesMax + 1> lengths{};
  for (size_t i = 0; i < kNames.size(); ++i) lengths[kNames[i].size()] |= 1U << i;
  return lengths;
}
constexpr auto kLengths = make_lengths();

void take_line(std::string_view line, RequestHeaders& headers) {
  const size_t colon = find_byte(line.substr(0, kNameBytesMax + 1), ':');
  if (colon > kNameBytesMax || colon == line.size()) return;
  const std::string_view name = line.substr(0, colon);
  for (uint32_t left = kLengths[colon]; left != 0; left &= left - 1) {
    const auto i = static_cast<size_t>(__builtin_ctz(left));
    if (kNames[i] != name) continue;
    if (headers.values[i].empty()) headers.values[i] = trim(line.substr(colon + 1));
    return;
  }
}

}  // namespace

RequestHeaders read_headers(std::string_view text) {
  RequestHeaders headers;
  while (!text.empty()) {
    const size_t end = find_byte(text, '\n');
    take_line(text.substr(0, end), headers);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return headers;
}

}  // namespace edgehose
