// The line of a failed event: what was wrong, where, and the bytes themselves, so that nothing is
// lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/limits.h"
#include "shared/event/event.h"

namespace edgehose {

// Appends one JSON object without a newline: {"reason","pointer","keyword","expected","actual",
// "content_type","received_time","raw","raw_bytes","raw_sha256"}.
// `raw` is the base64 of the first limits.raw_bytes_max bytes of `kept`, what may be kept of the
// original; absent when that is nothing. The count and the hash are of all of `original`.
void append_failed_line(std::string& out, const Rejected& rejected, std::string_view original,
                        std::optional<std::string_view> kept, int64_t received_ms,
                        const Limits& limits);

}  // namespace edgehose
