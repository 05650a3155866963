// XXH64: a fast checksum of journal frames. It finds torn and damaged bytes; it proves nothing
// against an attacker.
#pragma once

#include <cstdint>
#include <string_view>

namespace edgehose {

// The published XXH64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md), little endian.
[[nodiscard]] uint64_t xxh64(std::string_view bytes, uint64_t seed = 0);

}  // namespace edgehose
