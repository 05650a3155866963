// A plan's or a schema's file as JSON, with the line of each place: the core reads JSON alone.
#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/plan/plan_compile.h"

namespace edgehose {

struct PlanText {
  std::string json;
  // Where values start in `json`, and their lines in the file; empty when the file is JSON itself.
  std::vector<std::pair<size_t, size_t>> lines;

  // The line, from 1, of what stands at an offset of `json`.
  size_t line_at(size_t offset) const;
};

struct PlanTextProblem {
  size_t line = 0;
  std::string what;
  std::string mend;
};

// YAML when `path` ends in .yaml or .yml, in any case, else JSON as it stands. Plain scalars of
// YAML are what its core schema says: `True` is true, `0x10` is 16, `no` is a string.
[[nodiscard]] std::optional<PlanText> read_plan_text(const std::string& path, std::string_view text,
                                                     PlanTextProblem& problem);

// The text of a file compiled by `compile`. Empty when it is not sound: then `problems` has
// `FILE:LINE: PLACE: problem. mend` for each problem.
[[nodiscard]] std::string compile_plan_text(const std::string& path, std::string_view text,
                                            PlanCompiled (*compile)(std::string_view json),
                                            std::ostream& problems);

// The bytes of a file, or nothing.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path);

// Why read_file() gave nothing: "cannot read FILE", "FILE is a directory".
[[nodiscard]] std::string read_file_problem(const std::string& path);

}  // namespace edgehose
