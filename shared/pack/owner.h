// Whom a line belongs to: a request that waits for Firehose, or a row on the host's disk. One
// number for both, so that records need not know the difference.
#pragma once

#include <cstdint>

namespace edgehose {

constexpr uint64_t request_owner(uint64_t request_id) { return request_id << 1; }
constexpr uint64_t row_owner(uint64_t row_id) { return row_id << 1 | 1; }
constexpr bool is_row(uint64_t owner) { return (owner & 1) != 0; }
constexpr uint64_t id_of(uint64_t owner) { return owner >> 1; }

}  // namespace edgehose
