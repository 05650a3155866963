// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace edgehose {

using Sha256 = std::array<uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);

// The same for bytes that come in pieces. A copy goes on from where its original stands, so that a
// common start is hashed once.
class Sha256Stream {
 public:
  static constexpr size_t kBlockBytes = 64;

  void add(std::string_view bytes);
  // The digest of what was added; nothing may be added afterwards.
  [[nodiscard]] Sha256 finish();

 private:
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, kBlockBytes> block_{};  // bytes that make no whole block yet
  uint64_t bytes_ = 0;
};

// Appends lower-case hexadecimal, two digits a byte.
void append_hex(std::string& out, std::span<const uint8_t> bytes);

// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string hex(std::span<const uint8_t> bytes);

// A digest as bytes of text, for use as the next key of an HMAC chain.
inline std::string_view as_text(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace edgehose
