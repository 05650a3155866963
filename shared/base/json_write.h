// Writes the members of one JSON object at a cursor. Nothing here checks for room: the caller
// reserves an upper bound for the whole object first (json_escaped_bytes_max of each text).
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/byte_kernels.h"

namespace edgehose {

// What a text of `bytes` bytes may grow to as a JSON string with quotes: six bytes for each control
// byte.
constexpr size_t json_escaped_bytes_max(size_t bytes) { return bytes * 6 + 2; }

// Writes what stands between the quotes of a JSON string for `text`, which must be UTF-8; gives one
// past its end.
char* json_write_escaped(char* to, std::string_view text);

inline constexpr size_t kNumberBytesMax = 20;

class JsonMembers {
 public:
  explicit JsonMembers(char* at) : at_(at) {}
  char* at() const { return at_; }

  void byte(char c) { *at_++ = c; }
  void bytes(std::string_view text) { at_ = copy_bytes(at_, text.data(), text.size()); }

  void number(int64_t value) { at_ = std::to_chars(at_, at_ + kNumberBytesMax, value).ptr; }

  // `,"name":`, with the comma: the object's first member is written by hand.
  template <size_t N>
  void name(const char (&name)[N]) {
    byte(',');
    byte('"');
    __builtin_memcpy(at_, name, N - 1);
    at_ += N - 1;
    byte('"');
    byte(':');
  }
  // A member whose value is JSON already; left out when there is none.
  template <size_t N>
  void raw(const char (&member)[N], std::string_view json) {
    if (json.empty()) return;
    name(member);
    bytes(json);
  }
  // A member with a text, which must be UTF-8; left out when it is empty.
  template <size_t N>
  void text(const char (&member)[N], std::string_view value) {
    if (value.empty()) return;
    name(member);
    byte('"');
    at_ = json_write_escaped(at_, value);
    byte('"');
  }

 protected:
  void advance_to(char* at) { at_ = at; }

 private:
  char* at_;
};

}  // namespace edgehose
