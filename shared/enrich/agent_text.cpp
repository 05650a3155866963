#include "shared/enrich/agent_text.h"

#include <algorithm>
#include <cstring>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// Whether each byte is a printable character of ASCII.
constexpr bool is_printable(uint64_t bytes) {
  return ((bytes | (bytes - kOneBytes * 0x20)) & kHighBits) == 0;
}

uint32_t code_point_at(std::string_view text, size_t at, size_t bytes) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  if (bytes == 2) return ((byte(0) & 31u) << 6) | (byte(1) & 63u);
  if (bytes == 3) return ((byte(0) & 15u) << 12) | ((byte(1) & 63u) << 6) | (byte(2) & 63u);
  return 0x10000;
}

uint8_t stand_in(uint32_t code_point) {
  if (code_point == 0x2028 || code_point == 0x2029) return kLineEndCharacter;
  const bool is_space = code_point == 0xa0 || code_point == 0x1680 || code_point == 0x202f ||
                        code_point == 0x205f || code_point == 0x3000 || code_point == 0xfeff ||
                        (code_point >= 0x2000 && code_point <= 0x200a);
  return is_space ? kSpaceCharacter : kOtherCharacter;
}

}  // namespace

void AgentText::prepare(std::string_view text) {
  source_ = text.substr(0, std::min(text.size(), kUserAgentBytesMax));
  plain_ = prepare_plain();
  if (!plain_) prepare_characters();
}

// The way of nearly all: printable ASCII, eight bytes at a time.
bool AgentText::prepare_plain() {
  size_ = source_.size();
  line_end_ = size_;
  const size_t whole = size_ & ~size_t{7};
  for (size_t at = 0; at < whole; at += 8) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, source_.data() + at, 8);
    if (!is_printable(bytes)) return false;
    std::memcpy(exact_.data() + at, &bytes, 8);
    bytes = lower_case(bytes);
    std::memcpy(folded_.data() + at, &bytes, 8);
  }
  for (size_t at = whole; at < size_; ++at) {
    const auto byte = static_cast<uint8_t>(source_[at]);
    if (byte < 0x20 || byte >= 0x80) return false;
    exact_[at] = byte;
    folded_[at] = static_cast<uint8_t>(to_lower(source_[at]));
  }
  std::memset(exact_.data() + size_, 0, kPadding);
  std::memset(folded_.data() + size_, 0, kPadding);
  return true;
}

void AgentText::add(uint8_t byte, size_t offset) {
  exact_[size_] = byte;
  folded_[size_] = byte < 128 ? static_cast<uint8_t>(to_lower(static_cast<char>(byte))) : byte;
  offsets_[size_] = static_cast<uint16_t>(offset);
  const bool ends_line = byte == '\n' || byte == '\r' || byte == kLineEndCharacter;
  if (ends_line && line_end_ == kUserAgentBytesMax) line_end_ = size_;
  ++size_;
}

void AgentText::prepare_characters() {
  size_ = 0;
  line_end_ = kUserAgentBytesMax;
  for (size_t at = 0; at < source_.size();) {
    const auto byte = static_cast<uint8_t>(source_[at]);
    const size_t bytes = byte < 0x80 ? 1 : utf8_sequence_bytes(source_, at);
    if (byte != 0 && byte < 0x80) {
      add(byte, at);
    } else if (bytes <= 1) {
      add(kOtherCharacter, at);
    } else {
      add(stand_in(code_point_at(source_, at, bytes)), at);
      // Beyond the first plane a character counts twice, as in the UTF-16 the rules are written
      // for.
      if (bytes == 4) add(kOtherCharacter, at + bytes);
    }
    at += std::max<size_t>(bytes, 1);
  }
  line_end_ = std::min(line_end_, size_);
  offsets_[size_] = static_cast<uint16_t>(source_.size());
  std::memset(exact_.data() + size_, 0, kPadding);
  std::memset(folded_.data() + size_, 0, kPadding);
}

size_t AgentText::copy(size_t from, size_t to, char* out, size_t out_max) const {
  if (plain_) {
    const size_t bytes = std::min(to - from, out_max);
    std::memcpy(out, source_.data() + from, bytes);
    return bytes;
  }
  const size_t end = offsets_[to];
  size_t written = 0;
  for (size_t at = offsets_[from]; at < end;) {
    const size_t bytes = utf8_sequence_bytes(source_.substr(0, end), at);
    const std::string_view piece = bytes == 0 ? "\xef\xbf\xbd" : source_.substr(at, bytes);
    if (written + piece.size() > out_max) break;
    std::memcpy(out + written, piece.data(), piece.size());
    written += piece.size();
    at += std::max<size_t>(bytes, 1);
  }
  return written;
}

}  // namespace edgehose
