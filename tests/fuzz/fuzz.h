// What the fuzz targets share. A broken promise ends the process, which the fuzzer reports with its
// input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "shared/base/text.h"

// libFuzzer calls it; replay_main.cpp calls it for the kept inputs.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace edgehose::fuzz {

inline void check(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// An exact copy, so that a read past the end is seen by the sanitizer.
inline std::string text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes a number below `bound` off the front; 0 when nothing is left.
inline uint32_t take(std::string_view& in, uint32_t bound) {
  if (in.empty()) return 0;
  const auto value = static_cast<uint8_t>(in.front());
  in.remove_prefix(1);
  return value % bound;
}

// Takes a piece whose length the input says. One step a statement: each shrinks `in`, and the order
// of arguments is the compiler's choice.
inline std::string take_piece(std::string_view& in) {
  const size_t count = take(in, 256);
  const size_t times = take(in, 4) + size_t{1};
  const size_t bytes = std::min(count * times, in.size());
  const std::string piece(in.substr(0, bytes));
  in.remove_prefix(bytes);
  return piece;
}

// nlohmann refuses lone surrogates, which the grammar allows: text with one says nothing.
inline bool has_surrogate_escape(std::string_view text) {
  for (size_t at = 0; (at = text.find("\\u", at)) != std::string_view::npos; ++at) {
    if (at + 4 <= text.size() && to_lower(text[at + 2]) == 'd' && hex_value(text[at + 3]) >= 8) {
      return true;
    }
  }
  return false;
}

// What both readers judge alike: nlohmann steps over a byte order mark and ends at a zero byte.
inline bool is_comparable(std::string_view text) {
  return !text.starts_with("\xef\xbb\xbf") && text.find('\0') == std::string_view::npos &&
         !has_surrogate_escape(text);
}

}  // namespace edgehose::fuzz
