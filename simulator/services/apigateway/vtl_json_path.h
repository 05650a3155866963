// JSON into a template's values, and the paths into them that $input.json and $input.path take.
//
// Of JSONPath (goessner.net/articles/JsonPath): $, .name, ['name'], [n] and [-n], [*] and .*,
// ..name. Filters, slices, unions and functions are refused by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/apigateway/vtl_value.h"

namespace edgehose {

// The value of a JSON text; nothing, with what is wrong with it, when it is none. A heap that is
// full afterwards holds only a part.
[[nodiscard]] std::optional<VtlValue> vtl_parse_json(VtlHeap& heap, std::string_view text,
                                                     uint32_t depth_max, std::string& fault);

struct VtlPathStep {
  enum class Kind : uint8_t { member, index, every, deep_member };
  Kind kind = Kind::member;
  std::string name = {};
  int64_t index = 0;
};

struct VtlPath {
  std::vector<VtlPathStep> steps;
  // May stand for several values: what it finds is a list.
  bool is_indefinite = false;
};

// Nothing, with what is wrong with it, for a path outside the subset.
[[nodiscard]] std::optional<VtlPath> vtl_read_path(std::string_view text, std::string& fault);

struct VtlFound {
  bool is_found = false;  // a definite path may lead nowhere
  bool is_over = false;   // there were more steps than `steps`
  VtlValue value;
};

// What a path finds. `steps` counts down.
[[nodiscard]] VtlFound vtl_find(VtlHeap& heap, const VtlValue& root, const VtlPath& path,
                                size_t& steps);

}  // namespace edgehose
