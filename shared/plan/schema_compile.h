// Compiles the schemas of a plan to nodes. Every keyword it does not know is a problem.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/plan/binary_writer.h"
#include "shared/plan/plan.h"
#include "shared/plan/plan_compile.h"
#include "shared/plan/plan_document.h"

namespace edgehose {

// The places that a content type's settings name, as a tree of steps. `*` is every element of an
// array.
struct PlaceTree {
  Pii pii = Pii::none;
  bool is_time = false;
  const PlanValue* named_at = nullptr;  // where the settings name it
  std::map<std::string, std::unique_ptr<PlaceTree>> steps;

  // Where the settings name this place, or the first one below it.
  const PlanValue& named() const {
    return named_at != nullptr ? *named_at : steps.begin()->second->named();
  }
  const PlaceTree* below(const std::string& step) const {
    const auto found = steps.find(step);
    return found == steps.end() ? nullptr : found->second.get();
  }
};

inline constexpr uint32_t kSchemaNodesMax = 65'536;
inline constexpr uint32_t kSchemaDepthMax = 128;
inline constexpr size_t kPatternPropertiesMax = 16;

class SchemaCompiler {
 public:
  SchemaCompiler(BinaryWriter& writer, std::vector<PlanProblem>& problems);

  // The node of a whole schema document; its `$ref`s start at it.
  uint32_t compile(const PlanValue& document, const PlaceTree* places);

 private:
  struct Draft;
  using Keyword = void (SchemaCompiler::*)(const PlanValue&, Draft&);
  struct KeywordRule {
    std::string_view name;
    Keyword read;
  };
  static std::span<const KeywordRule> rules();
  static const KeywordRule* find_rule(std::string_view name);
  static std::string_view nearest_keyword(std::string_view name);

  void problem(const PlanValue& at, std::string what, std::string mend) {
    add_problem(problems_, at, std::move(what), std::move(mend));
  }
  void refuse_keyword(const PlanValue& at, std::string_view name);

  // ---- Schemas ----
  uint32_t node_of(const PlanValue& schema, const PlaceTree* places);
  uint32_t node_at(const PlanValue* schema, const PlaceTree* places);
  const PlanValue* skip_lone_references(const PlanValue& schema);
  const PlanValue* referenced(const PlanValue& reference);
  uint32_t add_node(const PlanValue* schema);
  uint32_t false_node();
  void note_in_place(uint32_t from, uint32_t to) { in_place_[from].push_back(to); }
  void fill(uint32_t node, const PlanValue& schema, const PlaceTree* places);
  void check_loops();
  bool finds_loop(uint32_t node, std::vector<uint8_t>& state) const;

  // ---- Keywords ----
  void read_nothing(const PlanValue& value, Draft& draft);
  void read_remark(const PlanValue& value, Draft& draft);
  void read_dialect(const PlanValue& value, Draft& draft);
  void read_id(const PlanValue& value, Draft& draft);
  void read_definitions(const PlanValue& value, Draft& draft);
  void read_type(const PlanValue& value, Draft& draft);
  void read_enum(const PlanValue& value, Draft& draft);
  void read_const(const PlanValue& value, Draft& draft);
  template <uint32_t kBound>
  void read_bound(const PlanValue& value, Draft& draft);
  void read_multiple_of(const PlanValue& value, Draft& draft);
  template <uint32_t Draft::* kMember>
  void read_count(const PlanValue& value, Draft& draft);
  template <const PlanValue* Draft::* kMember>
  void read_schema(const PlanValue& value, Draft& draft);
  template <const PlanValue* Draft::* kMember>
  void read_schema_list(const PlanValue& value, Draft& draft);
  template <const PlanValue* Draft::* kMember>
  void read_schema_map(const PlanValue& value, Draft& draft);
  void read_pattern(const PlanValue& value, Draft& draft);
  void read_format(const PlanValue& value, Draft& draft);
  void read_required(const PlanValue& value, Draft& draft);
  void read_dependent_required(const PlanValue& value, Draft& draft);
  void read_unique_items(const PlanValue& value, Draft& draft);
  void read_reference(const PlanValue& value, Draft& draft);
  std::optional<uint32_t> count_of(const PlanValue& value);
  bool is_schema(const PlanValue& value);
  bool are_names(const PlanValue& list);
  uint32_t pattern_of(const PlanValue& at, const std::string& source);

  // ---- What a node refers to ----
  uint32_t write_string(const Draft& draft);
  uint32_t write_number(const Draft& draft);
  uint32_t write_object(const Draft& draft, const PlaceTree* places);
  void write_entries(const Draft& draft, const PlaceTree* places, uint32_t table,
                     const std::vector<std::string>& names);
  void write_required(const Draft& draft, uint32_t checks, const std::vector<std::string>& names);
  void write_dependents(const Draft& draft, uint32_t checks, const std::vector<std::string>& names);
  uint32_t write_array(const Draft& draft, const PlaceTree* places);
  uint32_t write_values(const PlanValue* list, bool is_const, uint32_t next);
  uint32_t write_composition(const Draft& draft);
  void write_places(uint32_t node, const PlaceTree* places, uint32_t types);
  void check_places(const PlaceTree& places);
  void check_steps(const PlaceTree& places, uint32_t types);
  bool matches(uint32_t pattern_index, std::string_view name);

  BinaryWriter& writer_;
  std::vector<PlanProblem>& problems_;
  const PlanValue* document_ = nullptr;
  uint32_t depth_ = 0;
  std::optional<uint32_t> false_node_;
  const PlanValue anything_;
  std::set<const PlanValue*> checked_;  // what stands beside lone references
  std::map<std::pair<const PlanValue*, const PlaceTree*>, uint32_t> nodes_;
  // The types of the values that a place may be: elements of one list may differ.
  std::map<const PlaceTree*, uint32_t> types_at_;
  std::vector<const PlanValue*> schema_of_node_;
  // In-place steps from node to node, to find references that lead back to themselves.
  std::vector<std::vector<uint32_t>> in_place_;
  std::map<std::string, uint32_t> patterns_;     // cell of each source
  std::map<uint32_t, PatternProgram> programs_;  // by cell
};

// Whether a text holds a match, by the program alone: for the compiler and its tests.
[[nodiscard]] bool program_matches(const PatternProgram& program, std::string_view text);

}  // namespace edgehose
