// Makes an automaton of a pattern, so that matching takes a bounded number of steps a byte: a line
// of sets where the pattern is one, a table of states where that stays small, else an automaton
// whose states are followed side by side.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/plan/plan_binary.h"

namespace edgehose {

using ByteSet = std::array<uint8_t, 32>;

inline constexpr uint32_t kPatternCodeMax = 10'000;   // instructions
inline constexpr uint32_t kPatternStatesMax = 2'048;  // of a table
inline constexpr uint32_t kPatternTableMax = 32'768;  // cells of a table

struct PatternProgram {
  uint32_t kind = plan_binary::kPatternNfa;
  std::vector<ByteSet> sets;  // of line and automaton
  // Line.
  std::vector<uint32_t> counts;
  uint32_t variable = plan_binary::kNone;
  uint32_t variable_max = 0;
  // Table.
  uint32_t states = 0;
  uint32_t classes = 0;
  uint32_t start = 0;
  std::string class_of;
  std::vector<uint16_t> next;
  // Automaton.
  std::vector<uint32_t> code;

  // When it cannot be taken: why, and what to write instead.
  std::string problem;
  std::string mend;
};

[[nodiscard]] PatternProgram compile_pattern(std::string_view pattern);

}  // namespace edgehose
