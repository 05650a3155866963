#include "shared/pack/lines.h"

#include <array>

#include "shared/base/little_endian.h"

namespace edgehose {
namespace {

// Where a line's numbers lie in its head.
constexpr size_t kStreamBytesAt = 0;
constexpr size_t kPartitionBytesAt = 2;
constexpr size_t kLineBytesAt = 4;
constexpr size_t kEventsAt = 8;
constexpr size_t kHeadBytes = 12;

size_t read_u16(const std::string& frame, size_t at) {
  return static_cast<size_t>(static_cast<uint8_t>(frame[at])) |
         static_cast<size_t>(static_cast<uint8_t>(frame[at + 1])) << 8;
}

void patch_u32(std::string& frame, size_t at, uint32_t value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    frame[at + i] = static_cast<char>(static_cast<uint8_t>(value >> (8 * i)));
  }
}

size_t text_start(const std::string& frame, size_t start) {
  return start + kHeadBytes + read_u16(frame, start + kStreamBytesAt) +
         read_u16(frame, start + kPartitionBytesAt);
}

}  // namespace

void append_line(std::string& frame, const Line& line) {
  const size_t start = begin_line(frame, line.stream, line.partition);
  frame += line.text;
  end_line(frame, start, line.events);
}

size_t begin_line(std::string& frame, std::string_view stream, std::string_view partition) {
  const size_t start = frame.size();
  // One append: the head is written for each event.
  const std::array<char, kHeadBytes> head = {
      static_cast<char>(stream.size()), static_cast<char>(stream.size() >> 8),
      static_cast<char>(partition.size()), static_cast<char>(partition.size() >> 8)};
  frame.append(head.data(), head.size());
  frame += stream;
  frame += partition;
  return start;
}

void end_line(std::string& frame, size_t start, uint32_t events) {
  const size_t bytes = frame.size() - text_start(frame, start);
  patch_u32(frame, start + kLineBytesAt, static_cast<uint32_t>(bytes));
  patch_u32(frame, start + kEventsAt, events);
}

std::string_view open_line_text(const std::string& frame, size_t start) {
  return std::string_view(frame).substr(text_start(frame, start));
}

void drop_line(std::string& frame, size_t start) { frame.resize(start); }

bool take_line(std::string_view& frame, Line& line) {
  std::string_view in = frame;
  uint16_t stream_bytes = 0;
  uint16_t partition_bytes = 0;
  uint32_t text_bytes = 0;
  if (!take_le(in, stream_bytes) || !take_le(in, partition_bytes) || !take_le(in, text_bytes) ||
      !take_le(in, line.events) || !take_bytes(in, stream_bytes, line.stream) ||
      !take_bytes(in, partition_bytes, line.partition) || !take_bytes(in, text_bytes, line.text)) {
    return false;
  }
  frame = in;
  return true;
}

}  // namespace edgehose
