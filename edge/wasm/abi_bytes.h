// Bytes as they cross the C boundary: pointer and count on one side, string_view on the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edgehose::abi {

inline std::string_view view(const uint8_t* bytes, uint32_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

inline const uint8_t* pointer(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

inline uint32_t count(std::string_view text) { return static_cast<uint32_t>(text.size()); }

}  // namespace edgehose::abi
