// The bounds of the core. Each protects something a sender could otherwise make grow.
#pragma once

#include <cstddef>
#include <cstdint>

namespace edgehose {

struct Limits {
  size_t body_bytes_max = 1'048'576;  // a request's body, after the host undid its compression
  size_t events_max = 1'000;          // events in one request
  size_t event_depth_max = 64;        // containers inside each other in one event
  size_t text_bytes_max = 8'192;      // one text member, as JSON
  size_t raw_bytes_max = 49'152;      // of a failed event's original bytes kept (64 KiB as base64)
  size_t line_bytes_max = 1'024'000;  // a delivered line: what one Firehose record takes
};

// All delivered lines of one request, without the last.
constexpr size_t lines_bytes_max(const Limits& limits) {
  return limits.body_bytes_max * 5 / 2 + limits.line_bytes_max;
}

}  // namespace edgehose
