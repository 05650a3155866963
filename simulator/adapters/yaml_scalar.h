// What a plain scalar of YAML stands for, as JSON writes it: the core schema of YAML 1.2
// (https://yaml.org/spec/1.2.2/#103-core-schema).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edgehose {

enum class YamlScalarKind : uint8_t {
  null,
  boolean,
  integer,
  floating,
  text,
  unfit,  // a number that JSON cannot write
};

struct YamlScalar {
  YamlScalarKind kind = YamlScalarKind::text;
  std::string json;  // of null, a boolean and a number; what is wrong with one that is unfit
};

// `plain` is the scalar without quotes. Digits are kept to the last: only signs, bases, leading
// zeros and bare dots are rewritten. Numbers beyond a double's range, .inf and .nan are unfit.
[[nodiscard]] YamlScalar read_yaml_scalar(std::string_view plain);

}  // namespace edgehose
