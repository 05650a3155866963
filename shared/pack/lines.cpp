#include "shared/pack/lines.h"

#include "shared/base/little_endian.h"

namespace edgehose {

void append_line(std::string& frame, const Line& line) {
  append_le(frame, static_cast<uint16_t>(line.stream.size()));
  append_le(frame, static_cast<uint32_t>(line.text.size()));
  append_le(frame, line.events);
  frame += line.stream;
  frame += line.text;
}

bool take_line(std::string_view& frame, Line& line) {
  std::string_view in = frame;
  uint16_t stream_bytes = 0;
  uint32_t text_bytes = 0;
  if (!take_le(in, stream_bytes) || !take_le(in, text_bytes) || !take_le(in, line.events) ||
      !take_bytes(in, stream_bytes, line.stream) || !take_bytes(in, text_bytes, line.text)) {
    return false;
  }
  frame = in;
  return true;
}

}  // namespace edgehose
