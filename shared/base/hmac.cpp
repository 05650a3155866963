#include "shared/base/hmac.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace edgehose {

HmacKey::HmacKey(std::string_view key) {
  std::array<char, Sha256Stream::kBlockBytes> block{};
  const auto fill = [&block](std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), block.begin());
  };
  if (key.size() > block.size()) {
    const Sha256 short_key = sha256(key);
    fill(as_text(short_key));
  } else {
    fill(key);
  }
  for (char& c : block) c = static_cast<char>(c ^ 0x36);
  inner_.add({block.data(), block.size()});
  for (char& c : block) c = static_cast<char>(c ^ 0x36 ^ 0x5c);
  outer_.add({block.data(), block.size()});
}

Sha256 HmacKey::code(std::string_view first, std::string_view second) const {
  Sha256Stream inner = inner_;
  inner.add(first);
  inner.add(second);
  const Sha256 digest = inner.finish();
  Sha256Stream outer = outer_;
  outer.add(as_text(digest));
  return outer.finish();
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  return HmacKey(key).code(bytes);
}

}  // namespace edgehose
