// AWS's query protocol: a form whose names are paths into a document.
//
//   Action=PutMetricData&MetricData.member.1.Value=3  ->  {"Action":"PutMetricData",
//                                                          "MetricData":[{"Value":"3"}]}
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace edgehose {

inline constexpr size_t kFormParametersMax = 20'000;

// Every value is text. Members of a list stand in the order of their numbers, which may have gaps.
// Nothing when a name is both a value and a path, nests deeper than 12, or there are too many.
[[nodiscard]] std::optional<nlohmann::json> read_query_form(std::string_view body);

// Elements of an answer: members of objects by their names, of lists as <member>, of `maps` as
// <entry> with key and value. Instants (cbor.h's members) are ISO 8601.
void append_query_xml(std::string& out, const nlohmann::json& document);

}  // namespace edgehose
