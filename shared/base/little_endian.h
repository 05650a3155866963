// Fixed-width integers in little-endian order, as WASM keeps them: the form of every frame that
// crosses a boundary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace edgehose {

template <typename Integer>
void append_le(std::string& out, Integer value) {
  const auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  for (size_t i = 0; i < sizeof(Integer); ++i) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(static_cast<uint64_t>(bits) >> (8 * i))));
  }
}

// Takes an integer off the front of `in`; false, and nothing taken, when too few bytes are left.
template <typename Integer>
[[nodiscard]] bool take_le(std::string_view& in, Integer& value) {
  if (in.size() < sizeof(Integer)) return false;
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i) {
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(in[i])) << (8 * i);
  }
  value = static_cast<Integer>(bits);
  in.remove_prefix(sizeof(Integer));
  return true;
}

// Takes `count` bytes off the front of `in`; false, and nothing taken, when too few are left.
[[nodiscard]] inline bool take_bytes(std::string_view& in, size_t count, std::string_view& bytes) {
  if (in.size() < count) return false;
  bytes = in.substr(0, count);
  in.remove_prefix(count);
  return true;
}

}  // namespace edgehose
