// The scanner judges as nlohmann does, and what is made of its values reads back the same.
#include "shared/base/json_scan.h"

#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr uint32_t kDepthMax = 64;

void check_value(const std::string& text, std::string_view value) {
  std::string compact;
  json_append_compact(compact, value);
  check(nlohmann::json::accept(compact), "compact text is JSON for every reader");
  check(compact.find('\n') == std::string::npos, "compact text is one line");
  if (json_kind(value) == JsonKind::string) {
    std::string decoded;
    json_append_decoded(decoded, value);
    check(is_utf8(decoded), "decoded text is UTF-8");
    std::string again;
    json_append_string(again, decoded);
    check(nlohmann::json::parse(again).get<std::string>() == decoded, "decoded text comes back");
  }
  if (is_comparable(text)) {
    check(nlohmann::json::parse(compact) == nlohmann::json::parse(text),
          "compact text means the same");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  JsonScanner in(text, kDepthMax);
  const std::string_view value = in.take_value();
  const bool whole = in.ok() && in.peek() == '\0' && in.at() == text.size();
  check(in.at() <= text.size(), "the scanner stays inside the text");
  check(in.ok() == !value.empty(), "a value or a fault");
  if (is_comparable(text) && in.fault() != JsonFault::too_deep) {
    check(whole == nlohmann::json::accept(text), "nlohmann agrees");
  }
  if (whole) check_value(text, value);
  for (size_t at : {size_t{0}, text.size() / 2, in.at()}) {
    const size_t end = json_extent_end(text, at);
    check(end >= at && end <= text.size() + 1, "an extent lies behind its start");
    const std::string pointer = json_pointer_at(text, at);
    check(pointer.size() <= 256 && is_utf8(pointer), "a pointer is short UTF-8");
  }
  if (in.ok() && !value.empty()) {
    const auto start = static_cast<size_t>(value.data() - text.data());
    check(json_extent_end(text, start) == start + value.size() ||
              json_kind(value) == JsonKind::number || json_kind(value) == JsonKind::boolean ||
              json_kind(value) == JsonKind::null,
          "a good value's extent is the value");
  }
  return 0;
}
