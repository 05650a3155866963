// A user agent prepared for the rules: cut to a bound, each character one byte, ended by a zero.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace edgehose {

// Rules read this much of a user agent; what stands behind is not looked at.
inline constexpr size_t kUserAgentBytesMax = 2048;

// The stand-ins for characters beyond ASCII, by what expressions can tell of them: `\s` takes
// spaces and line ends, `.` takes all but line ends. A zero byte in the text is `other` too.
inline constexpr uint8_t kOtherCharacter = 128;
inline constexpr uint8_t kSpaceCharacter = 129;
inline constexpr uint8_t kLineEndCharacter = 130;

// Eight bytes, the first lowest.
inline uint64_t load_8(const uint8_t* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  return word;
}

inline constexpr uint64_t kOneBytes = 0x0101010101010101u;
inline constexpr uint64_t kHighBits = 0x8080808080808080u;

// Eight bytes of a prepared text in lower case.
constexpr uint64_t lower_case(uint64_t bytes) {
  const uint64_t from_a = bytes + kOneBytes * (128 - 'A');
  const uint64_t past_z = bytes + kOneBytes * (128 - 'Z' - 1);
  return bytes | (((from_a ^ past_z) & kHighBits) >> 2);
}

class AgentText {
 public:
  // `text` is read again by copy(): it must outlive this use.
  void prepare(std::string_view text);

  // size() bytes and then zeros, at least eight.
  const uint8_t* exact() const { return exact_.data(); }
  // The same in lower case.
  const uint8_t* folded() const { return folded_.data(); }
  size_t size() const { return size_; }
  // Where the first line ends: size() for a text of one line.
  size_t line_end() const { return line_end_; }

  // Whether each character is printable ASCII: then slice() gives them as a view of this object.
  bool is_plain() const { return plain_; }
  std::string_view slice(size_t from, size_t to) const {
    return {reinterpret_cast<const char*>(exact_.data()) + from, to - from};
  }
  // Writes the characters [from, to) as valid UTF-8, at most `out_max` bytes, and gives how many.
  size_t copy(size_t from, size_t to, char* out, size_t out_max) const;

 private:
  bool prepare_plain();
  void prepare_characters();
  void add(uint8_t byte, size_t offset);

  static constexpr size_t kPadding = 16;
  std::string_view source_;
  size_t size_ = 0;
  size_t line_end_ = 0;
  bool plain_ = true;  // each byte is a character of its own
  std::array<uint8_t, kUserAgentBytesMax + kPadding> exact_{};
  std::array<uint8_t, kUserAgentBytesMax + kPadding> folded_{};
  std::array<uint16_t, kUserAgentBytesMax + kPadding> offsets_{};  // of characters in source_
};

}  // namespace edgehose
