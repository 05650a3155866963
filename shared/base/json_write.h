// Writes the members of one JSON object at a cursor. Nothing here checks for room: the caller
// reserves an upper bound for the whole object first (json_escaped_bytes_max of each text).
#pragma once

#include <array>
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

// A member's name as it stands behind another member, `,"name":`, with the quote of a text behind
// it. It is copied whole, whatever its length.
struct MemberName {
  static constexpr size_t kBytesMax = 32;
  std::array<char, kBytesMax> bytes{};
  size_t size = 0;  // without the text's quote

  template <size_t N>
  constexpr explicit MemberName(const char (&name)[N]) {
    static_assert(N + 4 <= kBytesMax);
    bytes[size++] = ',';
    bytes[size++] = '"';
    for (size_t i = 0; i + 1 < N; ++i) bytes[size++] = name[i];
    bytes[size++] = '"';
    bytes[size++] = ':';
    bytes[size] = '"';
  }
};

// A name written in the code, for templates.
template <size_t N>
struct MemberLiteral {
  char text[N]{};
  constexpr MemberLiteral(const char (&name)[N]) {  // implicit: so that a literal will do
    for (size_t i = 0; i < N; ++i) text[i] = name[i];
  }
};
template <MemberLiteral name>
inline constexpr MemberName kMemberName = MemberName(name.text);

// Write one member, or nothing where its value is empty, and give one past the end. A line has
// thirty of them: they are not inlined.
[[gnu::noinline]] char* json_write_raw_member(char* to, const MemberName& name, const char* json,
                                              size_t bytes);
[[gnu::noinline]] char* json_write_plain_member(char* to, const MemberName& name, const char* text,
                                                size_t bytes);
[[gnu::noinline]] char* json_write_text_member(char* to, const MemberName& name, const char* text,
                                               size_t bytes);

// Up to MemberName::kBytesMax bytes behind the last member may be written over: reserve them too.
class JsonMembers {
 public:
  explicit JsonMembers(char* at) : at_(at) {}
  char* at() const { return at_; }

  void byte(char c) { *at_++ = c; }
  void bytes(std::string_view text) { at_ = copy_bytes(at_, text.data(), text.size()); }

  void number(int64_t value) { at_ = std::to_chars(at_, at_ + kNumberBytesMax, value).ptr; }

  // `,"name":`, with the comma: the object's first member is written by hand.
  template <MemberLiteral member>
  void name() {
    const MemberName& name = kMemberName<member>;
    __builtin_memcpy(at_, name.bytes.data(), MemberName::kBytesMax);
    at_ += name.size;
  }
  // A member whose value is JSON already; left out when there is none.
  template <MemberLiteral member>
  void raw(std::string_view json) {
    at_ = json_write_raw_member(at_, kMemberName<member>, json.data(), json.size());
  }
  // A member with a text, which must be UTF-8; left out when it is empty.
  template <MemberLiteral member>
  void text(std::string_view value) {
    at_ = json_write_text_member(at_, kMemberName<member>, value.data(), value.size());
  }
  // The same for a text that needs no escapes, being part of a JSON string that has none.
  template <MemberLiteral member>
  void plain(std::string_view value) {
    at_ = json_write_plain_member(at_, kMemberName<member>, value.data(), value.size());
  }

 protected:
  void advance_to(char* at) { at_ = at; }

 private:
  char* at_;
};

}  // namespace edgehose
