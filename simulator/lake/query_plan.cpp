#include "simulator/lake/query_plan.h"

#include <charconv>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

namespace edgehose {
namespace {

using Json = nlohmann::json;

// "4/12": kept of all. The planner filters in two steps and counts "all" anew in the second, so
// only the first number is of use.
std::optional<uint64_t> files_kept(const std::string& text) {
  uint64_t kept = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), kept);
  if (error != std::errc() || end == text.data() + text.size() || *end != '/') return std::nullopt;
  return kept;
}

// Depth is that of the plan, which DuckDB bounds. Throws what nlohmann throws.
void collect_scans(const Json& node, std::vector<PlanScan>& scans) {
  const Json& info = node.at("extra_info");
  if (info.contains("Function")) {
    PlanScan scan;
    scan.function = info.at("Function").get<std::string>();
    if (info.contains("File Filters")) {
      scan.filters = split_filters(info.at("File Filters").get<std::string>());
    }
    if (info.contains("Scanning Files")) {
      scan.files = files_kept(info.at("Scanning Files").get<std::string>());
    }
    scans.push_back(std::move(scan));
  }
  for (const Json& child : node.at("children")) collect_scans(child, scans);
}

// One node of the statement; its children are looked at apart.
bool names_files(const Json& node) {
  if (!node.is_object() || !node.contains("type")) return false;
  const Json& type = node.at("type");
  if (type == "TABLE_FUNCTION") {
    const auto name = node.at("function").at("function_name").get<std::string>();
    return name.rfind("read_", 0) == 0 || name.rfind("query", 0) == 0;
  }
  // FROM 'some/file.json' stands for a reader too.
  return type == "BASE_TABLE" &&
         node.at("table_name").get<std::string>().find_first_of("./*") != std::string::npos;
}

bool any_names_files(const Json& node) {
  if (names_files(node)) return true;
  if (!node.is_structured()) return false;
  for (const Json& child : node) {
    if (any_names_files(child)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::vector<PlanScan>> parse_plan(std::string_view json) try {
  std::vector<PlanScan> scans;
  const Json roots = Json::parse(json);
  if (!roots.is_array()) return std::nullopt;
  for (const Json& root : roots) collect_scans(root, scans);
  return scans;
} catch (const std::exception&) {
  return std::nullopt;
}

bool reads_files_itself(std::string_view json) try {
  const Json statement = Json::parse(json);
  return statement.at("error").get<bool>() || any_names_files(statement);
} catch (const std::exception&) {
  return true;
}

std::vector<std::string> split_filters(std::string_view text) {
  std::vector<std::string> filters;
  size_t begin = 0;
  uint32_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;  // a doubled quote toggles twice
    if (quoted) continue;
    if (text[i] == '(') ++depth;
    if (text[i] != ')' || depth == 0) continue;
    --depth;
    if (depth == 0) {
      filters.emplace_back(text.substr(begin, i + 1 - begin));
      begin = i + 1;
    }
  }
  if (begin < text.size()) filters.emplace_back(text.substr(begin));
  return filters;
}

}  // namespace edgehose
