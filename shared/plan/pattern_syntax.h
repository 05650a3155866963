// Reads a regular expression of `pattern`: ECMA-262 with the `u` flag, without what no automaton
// can do (back-references, look-around), and without \p classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgehose {

using CodePointRanges = std::vector<std::pair<uint32_t, uint32_t>>;  // sorted, apart

enum class PatternNode : uint8_t { empty, set, sequence, choice, repeat, assertion };

inline constexpr uint32_t kUnbounded = 0xffffffff;

struct PatternTree {
  PatternNode kind = PatternNode::empty;
  CodePointRanges set;
  std::vector<uint32_t> children;  // indexes of PatternSyntax::nodes
  uint32_t min = 0;                // of repeat
  uint32_t max = 0;
  uint32_t assertion = 0;  // plan_binary::NfaAssertion
};

struct PatternSyntax {
  std::vector<PatternTree> nodes;
  uint32_t root = 0;
  // When it cannot be taken: why, and what to write instead.
  std::string problem;
  std::string mend;
};

[[nodiscard]] PatternSyntax read_pattern(std::string_view pattern);

}  // namespace edgehose
