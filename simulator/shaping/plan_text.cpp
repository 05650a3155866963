#include "simulator/shaping/plan_text.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "shared/plan/plan_compile.h"
#include "simulator/adapters/yaml_json.h"

namespace edgehose {

size_t PlanText::line_at(size_t offset) const {
  if (lines.empty()) {
    const auto end = json.begin() + static_cast<ptrdiff_t>(std::min(offset, json.size()));
    return static_cast<size_t>(std::count(json.begin(), end, '\n')) + 1;
  }
  const auto after = std::upper_bound(lines.begin(), lines.end(), std::make_pair(offset, SIZE_MAX));
  return after == lines.begin() ? 1 : std::prev(after)->second;
}

std::optional<PlanText> read_plan_text(const std::string& path, std::string_view text,
                                       PlanTextProblem& problem) {
  if (text.size() > kPlanBytesMax) {
    problem = {1, "larger than 4 MiB"};
    return std::nullopt;
  }
  const std::string_view name = path;
  if (!name.ends_with(".yaml") && !name.ends_with(".yml")) return PlanText{std::string(text), {}};
  YamlProblem unfit;
  auto read = read_yaml(text, kPlanBytesMax, unfit);
  if (!read) {
    problem = {unfit.line, std::move(unfit.what)};
    return std::nullopt;
  }
  return PlanText{std::move(read->json), std::move(read->lines)};
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (!file || !(bytes << file.rdbuf())) {
    // An empty file sets failbit when nothing was copied.
    if (file.is_open() && !file.bad()) return std::string();
    return std::nullopt;
  }
  return bytes.str();
}

}  // namespace edgehose
