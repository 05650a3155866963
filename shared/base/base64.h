// Standard base64 with padding (RFC 4648, section 4): the form AWS JSON protocols use for blobs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace edgehose {

// Bytes that `bytes` raw bytes take as base64.
constexpr size_t base64_bytes(size_t bytes) { return (bytes + 2) / 3 * 4; }

// Appends the base64 of `bytes` to `out`.
void base64_append(std::string& out, std::string_view bytes);

// Appends the bytes that `text` stands for to `out`. False when the text is not whole, padded
// base64 with zero trailing bits; `out` is then as it was.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);

}  // namespace edgehose
