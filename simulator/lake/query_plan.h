// What a query plan says about the objects its scans read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

struct PlanScan {
  std::string function;              // READ_JSON, ...
  std::vector<std::string> filters;  // SQL over the partition columns; all must hold
  std::optional<uint64_t> files;     // how many files the planner kept, where it filtered
};

// The JSON of DuckDB's EXPLAIN (FORMAT JSON), operators in any depth. Nothing when it is not that.
[[nodiscard]] std::optional<std::vector<PlanScan>> parse_plan(std::string_view json);

// True when a statement, as DuckDB's json_serialize_sql gives it, reads files by itself and not
// (only) through the views: its scans would look like theirs. Also true when the text is not that.
[[nodiscard]] bool reads_files_itself(std::string_view json);

// DuckDB writes the filters one behind the other without a mark between: `(a = 1)prefix(b, 'x')`.
// Splits them where all parentheses are closed.
[[nodiscard]] std::vector<std::string> split_filters(std::string_view text);

}  // namespace edgehose
