// Lines on their way from the request that brought them to the shard that packs them: a flat frame
// of bytes, so that a host can carry it between a worker and a Durable Object without looking
// inside.
//
//   { u16 stream name bytes, u16 partition bytes, u32 line bytes, u32 events,
//     stream name, partition, line }*     little endian; a line has no newline
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/byte_buffer.h"

namespace edgehose {

struct Line {
  std::string_view stream;          // delivery stream
  std::string_view text;            // one JSON object
  uint32_t events = 1;              // events it stands for
  std::string_view partition = {};  // records hold one; empty where the layout has none
};

// `stream` and `partition` take at most 65,535 bytes each, a line what a u32 holds.
void append_line(std::string& frame, const Line& line);

// A line written in place: begin_line, then the text appended to `frame`, then end_line with what
// begin_line gave. Between the two the frame is not whole.
[[nodiscard]] size_t begin_line(ByteBuffer& frame, std::string_view stream,
                                std::string_view partition);
void end_line(ByteBuffer& frame, size_t start, uint32_t events = 1);
// The text written so far of the line that began at `start`; holds until the frame grows.
[[nodiscard]] std::string_view open_line_text(const ByteBuffer& frame, size_t start);
// Takes a line back that was begun and not ended.
void drop_line(ByteBuffer& frame, size_t start);

// Takes the frame's first line off. False at the end, and when what is left is not whole (then
// `frame` is not empty).
[[nodiscard]] bool take_line(std::string_view& frame, Line& line);

}  // namespace edgehose
