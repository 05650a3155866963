// UUIDs (RFC 9562) as text: 8-4-4-4-12 hexadecimal digits.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace edgehose {

inline constexpr size_t kUuidBytes = 36;
using UuidText = std::array<char, kUuidBytes>;

// Any version and variant, the nil UUID too, letters in either case.
[[nodiscard]] bool is_uuid(std::string_view text);

// The UUID of version 8 that stands for `bytes`: the start of their SHA-256 with version and
// variant set. The same bytes always have the same one, so what is sent twice is found twice.
[[nodiscard]] UuidText derived_uuid(std::string_view bytes);

inline std::string_view as_text(const UuidText& uuid) { return {uuid.data(), uuid.size()}; }

}  // namespace edgehose
