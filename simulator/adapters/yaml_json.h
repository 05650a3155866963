// YAML as JSON, with the line of each value: readers here know JSON alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgehose {

struct YamlJson {
  std::string json;
  // Where values start in `json`, and their lines in the file.
  std::vector<std::pair<size_t, size_t>> lines;
};

struct YamlProblem {
  size_t line = 0;
  std::string what;
};

// Plain scalars are what YAML 1.2's core schema says (yaml_scalar.h); quoted ones and `!!str` are
// strings. Nothing for more than one document, what is no UTF-8, numbers and tags that JSON has
// not, nesting above 128, and more than `bytes_max` bytes of JSON (aliases may name one node many
// times).
[[nodiscard]] std::optional<YamlJson> read_yaml(std::string_view text, size_t bytes_max,
                                                YamlProblem& problem);

}  // namespace edgehose
