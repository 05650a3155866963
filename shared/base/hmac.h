// HMAC-SHA-256 (RFC 2104).
#pragma once

#include <string_view>

#include "shared/base/sha256.h"

namespace edgehose {

// A key made ready: its two blocks are hashed once, then every code costs what the text and one
// block more cost. No allocation; a copy is cheap.
class HmacKey {
 public:
  // A key of any length; one longer than a block is hashed first, as the RFC says.
  explicit HmacKey(std::string_view key);

  // The code of `first` followed by `second`.
  [[nodiscard]] Sha256 code(std::string_view first, std::string_view second = {}) const;

 private:
  Sha256Stream inner_;
  Sha256Stream outer_;
};

[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace edgehose
