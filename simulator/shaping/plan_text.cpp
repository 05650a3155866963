#include "simulator/shaping/plan_text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "shared/base/text.h"
#include "simulator/adapters/yaml_json.h"

namespace edgehose {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// By plan_binary::kMagic as it stands in the file, with the digit of any version.
bool is_compiled_plan(std::string_view text) {
  return text.starts_with("EHP") && text.size() > 3 && is_digit(text[3]);
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         equals_ignoring_case(text.substr(text.size() - end.size()), end);
}

bool is_named_yaml(std::string_view path) {
  return ends_with_ignoring_case(path, ".yaml") || ends_with_ignoring_case(path, ".yml");
}

// A comment, a document's start, or a key without quotes: none of them starts JSON.
bool looks_like_yaml(std::string_view text) {
  text = trim(text);
  if (text.starts_with('#') || text.starts_with("---") || text.starts_with('%')) return true;
  const std::string_view line = trim(text.substr(0, text.find('\n')));
  const bool is_key = is_alpha(text.front()) || text.front() == '_' || text.front() == '$';
  return is_key && (line.ends_with(':') || line.find(": ") != std::string_view::npos);
}

std::optional<PlanText> read_yaml_text(std::string_view text, PlanTextProblem& problem) {
  YamlProblem unfit;
  auto read = read_yaml(text, kPlanBytesMax, unfit);
  if (read) return PlanText{std::move(read->json), std::move(read->lines)};
  problem = {unfit.line, std::move(unfit.what), "mend the file there"};
  return std::nullopt;
}

}  // namespace

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
  if (is_compiled_plan(text)) {
    problem = {1, "a compiled plan, damaged or of another version", "check its source"};
  } else if (text.size() > kPlanBytesMax) {
    problem = {1, "larger than 4 MiB", "split the plan"};
  } else if (trim(text).empty()) {
    problem = {1, "empty", "write {...}"};
  } else if (is_named_yaml(path)) {
    return read_yaml_text(text, problem);
  } else if (text.starts_with(kByteOrderMark)) {
    problem = {1, "has a byte order mark", "save it without"};
  } else if (looks_like_yaml(text)) {
    problem = {1, "looks like YAML, and its name says JSON", "name it .yaml"};
  } else {
    return PlanText{std::string(text), {}};
  }
  return std::nullopt;
}

std::string compile_plan_text(const std::string& path, std::string_view text,
                              PlanCompiled (*compile)(std::string_view json),
                              std::ostream& problems) {
  PlanTextProblem unfit;
  const std::optional<PlanText> read = read_plan_text(path, text, unfit);
  if (!read) {
    problems << path << ":" << unfit.line << ": /: " << unfit.what << ". " << unfit.mend << "\n";
    return {};
  }
  PlanCompiled compiled = compile(read->json);
  for (const PlanProblem& problem : compiled.problems) {
    problems << path << ":" << read->line_at(problem.offset) << ": "
             << (problem.place.empty() ? "/" : problem.place) << ": " << problem.what << ". "
             << problem.mend << "\n";
  }
  return std::move(compiled.bytes);
}

std::optional<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (!file || !(bytes << file.rdbuf())) {
    // An empty file sets failbit when nothing was copied.
    if (file.is_open() && !file.bad()) return std::string();
    return std::nullopt;
  }
  return bytes.str();
}

std::string read_file_problem(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path + " is a directory";
  return "cannot read " + path;
}

}  // namespace edgehose
