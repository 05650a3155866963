#include "shared/base/uuid.h"

#include <cstdint>

#include "shared/base/sha256.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr bool is_hyphen_place(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidBytes) return false;
  for (size_t i = 0; i < kUuidBytes; ++i) {
    if (is_hyphen_place(i) ? text[i] != '-' : hex_value(text[i]) < 0) return false;
  }
  return true;
}

UuidText derived_uuid(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  Sha256 digest = sha256(bytes);
  digest[6] = static_cast<uint8_t>(0x80 | (digest[6] & 0x0f));
  digest[8] = static_cast<uint8_t>(0x80 | (digest[8] & 0x3f));
  UuidText text;
  size_t at = 0;
  for (size_t i = 0; i < 16; ++i) {
    if (is_hyphen_place(at)) text[at++] = '-';
    text[at++] = digits[digest[i] >> 4];
    text[at++] = digits[digest[i] & 15];
  }
  return text;
}

}  // namespace edgehose
