#include "simulator/adapters/yaml_json.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "simulator/adapters/yaml_scalar.h"

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

constexpr std::string_view kStandardTags = "tag:yaml.org,2002:";

// The name of a standard tag (`!!str`); nothing for no tag and for the two that say whether a
// scalar was plain ("?") or quoted ("!"). Other tags stand for what JSON has not.
std::string_view standard_tag(const std::string& tag, size_t line) {
  if (tag.empty() || tag == "?" || tag == "!") return {};
  if (!tag.starts_with(kStandardTags)) throw Unfit{line, "the tag " + tag + " is not known"};
  return std::string_view(tag).substr(kStandardTags.size());
}

// Whether a scalar may stand under a standard tag.
bool fits(std::string_view tag, YamlScalarKind kind) {
  if (tag == "null") return kind == YamlScalarKind::null;
  if (tag == "bool") return kind == YamlScalarKind::boolean;
  if (tag == "int") return kind == YamlScalarKind::integer;
  return tag == "float" && (kind == YamlScalarKind::integer || kind == YamlScalarKind::floating);
}

class PassedOver final : public YAML::EventHandler {
 public:
  using Style = YAML::EmitterStyle::value;
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, Style /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  Style /*style*/) override {}
  void OnMapEnd() override {}
};

// Asked for all documents of some texts that are no YAML, yaml-cpp 0.7 gives documents without end:
// it is asked for two.
bool is_one_document(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  PassedOver handler;
  return parser.HandleNextDocument(handler) && !parser.HandleNextDocument(handler);
}

class YamlWriter {
 public:
  YamlWriter(YamlJson& out, size_t bytes_max) : out_(out), bytes_max_(bytes_max) {}

  void write(const YAML::Node& node, int depth) {
    const size_t line = line_of(node.Mark());
    // Aliases may name one node many times.
    if (depth > kDepthMax || out_.json.size() > bytes_max_) {
      throw Unfit{line, "too large or nested too deep"};
    }
    out_.lines.emplace_back(out_.json.size(), line);
    if (node.IsMap()) {
      check_tag(node, "map", line);
      map(node, depth);
    } else if (node.IsSequence()) {
      check_tag(node, "seq", line);
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

  static void check_tag(const YAML::Node& node, std::string_view fitting, size_t line) {
    const std::string_view tag = standard_tag(node.Tag(), line);
    if (!tag.empty() && tag != fitting)
      throw Unfit{line, "the tag " + node.Tag() + " is not known"};
  }

  void scalar(const YAML::Node& node, size_t line) {
    if (node.IsNull()) {
      out_.json += "null";
      return;
    }
    const std::string& value = node.Scalar();
    const std::string_view tag = standard_tag(node.Tag(), line);
    if (node.Tag() == "!" || tag == "str") return text(value, line);
    const YamlScalar scalar = read_yaml_scalar(value);
    if (scalar.kind == YamlScalarKind::unfit) throw Unfit{line, scalar.json};
    if (!tag.empty() && !fits(tag, scalar.kind)) {
      throw Unfit{line, "\"" + value + "\" is not what its tag says: " + std::string(tag)};
    }
    if (scalar.kind == YamlScalarKind::text) return text(value, line);
    out_.json += scalar.json;
  }

  void text(const std::string& value, size_t line) {
    if (!is_utf8(value)) throw Unfit{line, "not UTF-8"};
    json_append_string(out_.json, value);
  }

  YamlJson& out_;
  size_t bytes_max_;
};

}  // namespace

std::optional<YamlJson> read_yaml(std::string_view text, size_t bytes_max, YamlProblem& problem) {
  YamlJson out;
  try {
    const std::string whole(text);
    if (!is_one_document(whole)) {
      problem = {1, "must hold one YAML document"};
      return std::nullopt;
    }
    YamlWriter(out, bytes_max).write(YAML::Load(whole), 0);
  } catch (const YAML::Exception& error) {
    problem = {line_of(error.mark), "no YAML: " + error.msg};
    return std::nullopt;
  } catch (const Unfit& unfit) {
    problem = {unfit.line, unfit.what};
    return std::nullopt;
  }
  return out;
}

}  // namespace edgehose
