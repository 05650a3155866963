// Lines on their way from the request that brought them to the shard that packs them: a flat frame
// of bytes, so that a host can carry it between a worker and a Durable Object without looking
// inside.
//
//   { u16 stream name bytes, u32 line bytes, u32 events, stream name, line }*     little endian; a
//   line has no newline
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edgehose {

struct Line {
  std::string_view stream;  // delivery stream
  std::string_view text;    // one JSON object
  uint32_t events = 1;      // events it stands for
};

void append_line(std::string& frame, const Line& line);

// Takes the frame's first line off. False at the end, and when what is left is not whole (then
// `frame` is not empty).
[[nodiscard]] bool take_line(std::string_view& frame, Line& line);

}  // namespace edgehose
