#include "shared/pack/lines.h"

#include <cstring>

#include "shared/base/little_endian.h"

namespace edgehose {
namespace {

// Where a line's numbers lie in its head. Every target is little endian (base/little_endian.h).
constexpr size_t kStreamBytesAt = 0;
constexpr size_t kPartitionBytesAt = 2;
constexpr size_t kLineBytesAt = 4;
constexpr size_t kEventsAt = 8;
constexpr size_t kHeadBytes = 12;

uint16_t read_u16(const ByteBuffer& frame, size_t at) {
  uint16_t value = 0;
  std::memcpy(&value, frame.data() + at, sizeof value);
  return value;
}

size_t text_start(const ByteBuffer& frame, size_t start) {
  return start + kHeadBytes + read_u16(frame, start + kStreamBytesAt) +
         read_u16(frame, start + kPartitionBytesAt);
}

}  // namespace

void append_line(std::string& frame, const Line& line) {
  append_le(frame, static_cast<uint16_t>(line.stream.size()));
  append_le(frame, static_cast<uint16_t>(line.partition.size()));
  append_le(frame, static_cast<uint32_t>(line.text.size()));
  append_le(frame, line.events);
  frame += line.stream;
  frame += line.partition;
  frame += line.text;
}

size_t begin_line(ByteBuffer& frame, std::string_view stream, std::string_view partition) {
  const size_t start = frame.size();
  const auto stream_bytes = static_cast<uint16_t>(stream.size());
  const auto partition_bytes = static_cast<uint16_t>(partition.size());
  char* to = frame.reserve(kHeadBytes + stream.size() + partition.size());
  std::memcpy(to + kStreamBytesAt, &stream_bytes, sizeof stream_bytes);
  std::memcpy(to + kPartitionBytesAt, &partition_bytes, sizeof partition_bytes);
  to = copy_bytes(to + kHeadBytes, stream.data(), stream.size());
  to = copy_bytes(to, partition.data(), partition.size());
  frame.commit(to);
  return start;
}

void end_line(ByteBuffer& frame, size_t start, uint32_t events) {
  const auto bytes = static_cast<uint32_t>(frame.size() - text_start(frame, start));
  std::memcpy(frame.data() + start + kLineBytesAt, &bytes, sizeof bytes);
  std::memcpy(frame.data() + start + kEventsAt, &events, sizeof events);
}

std::string_view open_line_text(const ByteBuffer& frame, size_t start) {
  return frame.view().substr(text_start(frame, start));
}

void drop_line(ByteBuffer& frame, size_t start) { frame.truncate(start); }

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
