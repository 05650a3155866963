// CBOR (RFC 8949) as Smithy's RPC v2 protocol uses it: reads any well-formed item into a JSON
// document, and writes one. Own, because the reader of nlohmann/json recurses as deep as a stranger
// wants, and its writer has no tags.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace edgehose {

// Nothing when `bytes` are not one whole item, nest deeper than 32, or hold a key that is no text.
// Tags are stepped over: a timestamp (tag 1) is its number of seconds. Byte strings become text;
// undefined is null.
[[nodiscard]] std::optional<nlohmann::json> read_cbor(std::string_view bytes);

// Members named `Timestamp`, `Timestamps` or ending so are written with tag 1. Numbers that are no
// integers are doubles.
[[nodiscard]] std::string write_cbor(const nlohmann::json& document);

// Whether a member of CloudWatch's documents holds instants.
[[nodiscard]] bool is_timestamp_member(std::string_view name);

}  // namespace edgehose
