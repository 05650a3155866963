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

// Goes on where a byte is not plain. Apart from the usual way, which needs no call.
char* write_rest(char* to, const char* at, const char* end) {
  while (at < end) {
    if (static_cast<uint8_t>(*at) >= 0x80) {
      *to++ = *at;
    } else {
      to = write_escape(to, *at);
    }
    const char* const stop = skip_plain_bytes(at + 1, end);
    to = copy_bytes(to, at + 1, static_cast<size_t>(stop - at - 1));
    at = stop;
  }
  return to;
}

}  // namespace

char* json_write_escaped(char* to, std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* const stop = skip_plain_bytes(text.data(), end);
  to = copy_bytes(to, text.data(), static_cast<size_t>(stop - text.data()));
  return stop == end ? to : write_rest(to, stop, end);
}

}  // namespace edgehose
