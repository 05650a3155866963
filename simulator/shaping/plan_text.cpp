#include "simulator/shaping/plan_text.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/plan/plan_compile.h"

namespace edgehose {
namespace {

constexpr int kDepthMax = 128;

// What stops a conversion.
struct Unfit {
  size_t line;
  std::string what;
};

size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<size_t>(mark.line) + 1;
}

bool is_json_scalar(const std::string& text) {
  if (text == "null" || text == "true" || text == "false") return true;
  if (text.empty() || (text.front() != '-' && !is_digit(text.front()))) return false;
  JsonScanner in(text, 1);
  return in.take_value().size() == text.size();
}

class YamlWriter {
 public:
  explicit YamlWriter(PlanText& out) : out_(out) {}

  void write(const YAML::Node& node, int depth) {
    const size_t line = line_of(node.Mark());
    // Aliases may name one node many times.
    if (depth > kDepthMax || out_.json.size() > kPlanBytesMax) {
      throw Unfit{line, "too large or nested too deep"};
    }
    out_.lines.emplace_back(out_.json.size(), line);
    if (node.IsMap()) {
      map(node, depth);
    } else if (node.IsSequence()) {
      out_.json.push_back('[');
      for (size_t i = 0; i < node.size(); ++i) {
        if (i > 0) out_.json.push_back(',');
        write(node[i], depth + 1);
      }
      out_.json.push_back(']');
    } else {
      scalar(node, line);
    }
  }

 private:
  void map(const YAML::Node& node, int depth) {
    out_.json.push_back('{');
    bool first = true;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        throw Unfit{line_of(member.first.Mark()), "a key must be a text"};
      }
      if (!first) out_.json.push_back(',');
      first = false;
      text(member.first.Scalar(), line_of(member.first.Mark()));
      out_.json.push_back(':');
      write(member.second, depth + 1);
    }
    out_.json.push_back('}');
  }

  void scalar(const YAML::Node& node, size_t line) {
    if (node.IsNull()) {
      out_.json += "null";
      return;
    }
    const std::string& value = node.Scalar();
    // A quoted scalar has the tag "!".
    if (node.Tag() != "!" && is_json_scalar(value)) {
      out_.json += value;
    } else {
      text(value, line);
    }
  }

  void text(const std::string& value, size_t line) {
    if (!is_utf8(value)) throw Unfit{line, "not UTF-8"};
    json_append_string(out_.json, value);
  }

  PlanText& out_;
};

std::optional<PlanText> read_yaml(std::string_view text, PlanTextProblem& problem) {
  PlanText out;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() != 1) {
      problem = {1, "must hold one YAML document, not " + std::to_string(documents.size())};
      return std::nullopt;
    }
    YamlWriter(out).write(documents.front(), 0);
  } catch (const YAML::Exception& error) {
    problem = {line_of(error.mark), "no YAML: " + error.msg};
    return std::nullopt;
  } catch (const Unfit& unfit) {
    problem = {unfit.line, unfit.what};
    return std::nullopt;
  }
  return out;
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
  if (text.size() > kPlanBytesMax) {
    problem = {1, "larger than 4 MiB"};
    return std::nullopt;
  }
  const std::string_view name = path;
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return read_yaml(text, problem);
  return PlanText{std::string(text), {}};
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
