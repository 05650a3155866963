#include "shared/base/json_write.h"

#include <cstdint>

#include "shared/base/rare.h"

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
EDGEHOSE_RARE char* write_rest(char* to, const char* at, const char* end) {
  while (at < end) {
    if (static_cast<uint8_t>(*at) < 0x80) to = write_escape(to, *at++);
    // Text that is not ASCII seldom changes back for one character only.
    while (at < end && static_cast<uint8_t>(*at) >= 0x80) *to++ = *at++;
    const char* const stop = skip_plain_bytes(at, end);
    to = copy_bytes(to, at, static_cast<size_t>(stop - at));
    at = stop;
  }
  return to;
}

}  // namespace

namespace {

// Copies while bytes are plain, a stride at a time; gives where it stopped. Up to a stride behind
// the text may be written over, and none behind it is read.
inline const char* copy_plain(char*& to, const char* at, const char* end) {
  while (static_cast<size_t>(end - at) >= detail::kStride) {
    const size_t run = detail::plain_run(at);
    detail::copy_stride(to, at);
    to += run;
    at += run;
    if (run < detail::kStride) return at;
  }
  const char* const stop = skip_plain_bytes(at, end);
  to = copy_bytes(to, at, static_cast<size_t>(stop - at));
  return stop;
}

inline char* write_name(char* to, const MemberName& name) {
  __builtin_memcpy(to, name.bytes.data(), MemberName::kBytesMax);
  return to + name.size;
}

}  // namespace

char* json_write_escaped(char* to, std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* const stop = copy_plain(to, text.data(), end);
  return stop == end ? to : write_rest(to, stop, end);
}

char* json_write_raw_member(char* to, const MemberName& name, const char* json, size_t bytes) {
  return bytes == 0 ? to : copy_bytes(write_name(to, name), json, bytes);
}

char* json_write_plain_member(char* to, const MemberName& name, const char* text, size_t bytes) {
  if (bytes == 0) return to;
  to = copy_bytes(write_name(to, name) + 1, text, bytes);
  *to++ = '"';
  return to;
}

char* json_write_text_member(char* to, const MemberName& name, const char* text, size_t bytes) {
  if (bytes == 0) return to;
  to = json_write_escaped(write_name(to, name) + 1, {text, bytes});
  *to++ = '"';
  return to;
}

}  // namespace edgehose
