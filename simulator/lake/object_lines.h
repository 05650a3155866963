// The lines of a delivered object or record. Gzip is undone wherever it is met: an object of a
// GZIP stream, records that are gzip members themselves, and both at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace edgehose {

enum class LinesEnd : uint8_t {
  whole,
  damaged,   // its gzip does not decode; the lines before the damage were given
  too_long,  // a line above kLakeLineBytesMax; what came before it was given
};

// Far above what one record can hold (1,000 KiB); a longer line is not a line but damage.
inline constexpr uint64_t kLakeLineBytesMax = 16ULL << 20;

// Calls `on_line` for every line that is not empty, without its end; the view lives during the
// call. Memory: the longest line and two inflate windows, whatever the object decodes to.
LinesEnd for_each_line(std::string_view bytes,
                       const std::function<void(std::string_view line)>& on_line);

}  // namespace edgehose
