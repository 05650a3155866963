#include "shared/base/json_write.h"

#include <cstdint>

namespace edgehose {
namespace {

char* write_escape(char* to, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *to++ = c;
      return to;
    case '\n':
      *to++ = 'n';
      return to;
    case '\t':
      *to++ = 't';
      return to;
    case '\r':
      *to++ = 'r';
      return to;
    default:
      to = copy_bytes(to, "u00", 3);
      *to++ = digits[static_cast<uint8_t>(c) >> 4];
      *to++ = digits[static_cast<uint8_t>(c) & 15];
      return to;
  }
}

}  // namespace

char* json_write_escaped(char* to, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const stop = skip_plain_bytes(at, end);
    to = copy_bytes(to, at, static_cast<size_t>(stop - at));
    if (stop == end) return to;
    if (static_cast<uint8_t>(*stop) >= 0x80) {
      *to++ = *stop;
    } else {
      to = write_escape(to, *stop);
    }
    at = stop + 1;
  }
}

}  // namespace edgehose
