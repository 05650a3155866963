#include "shared/plan/schema_compile.h"

#include <algorithm>

#include "shared/base/text.h"
#include "shared/plan/pattern_match.h"
#include "shared/plan/schema_draft.h"

namespace edgehose {

using namespace plan_binary;

namespace {

constexpr size_t kExpectedBytesMax = 120;

// Keywords that change nothing, so that a $ref beside them stands alone.
bool is_annotation(std::string_view name) {
  constexpr std::array<std::string_view, 11> kNames = {
      "title",     "description", "default", "examples", "deprecated", "readOnly",
      "writeOnly", "$comment",    "$schema", "$id",      "$defs"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// A key that JSON cannot write as it stands.
bool is_odd_key(std::string_view key) {
  return std::any_of(key.begin(), key.end(), [](char c) {
    return c == '"' || c == '\\' || static_cast<uint8_t>(c) < 0x20;
  });
}

uint32_t index_of(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return static_cast<uint32_t>(found - names.begin());
}

}  // namespace

bool program_matches(const PatternProgram& program, std::string_view text) {
  BinaryWriter writer;
  const uint32_t at = writer.add_pattern(program, {});
  const std::string bytes = writer.finish();
  std::vector<uint32_t> states;
  return matches_pattern(View(bytes), at, text, states);
}

SchemaCompiler::SchemaCompiler(BinaryWriter& writer, std::vector<PlanProblem>& problems)
    : writer_(writer), problems_(problems) {
  if (writer.node_count() > 0) return;
  const uint32_t any = writer.add_node();
  writer.set_node_cell(any, kNodeFlags, uint32_t{kAnyType} | kNodeAny);
}

uint32_t SchemaCompiler::compile(const PlanValue& document, const PlaceTree* places) {
  document_ = &document;
  nodes_.clear();
  checked_.clear();
  in_place_.assign(writer_.node_count(), {});
  schema_of_node_.assign(writer_.node_count(), nullptr);
  types_at_.clear();
  const uint32_t root = node_of(document, places);
  if (places != nullptr) check_places(*places);
  if (problems_.empty()) check_loops();
  return root;
}

// ---- Schemas ----

uint32_t SchemaCompiler::add_node(const PlanValue* schema) {
  const uint32_t node = writer_.add_node();
  in_place_.resize(writer_.node_count());
  schema_of_node_.resize(writer_.node_count(), nullptr);
  schema_of_node_[node] = schema;
  return node;
}

uint32_t SchemaCompiler::false_node() {
  if (!false_node_) {
    false_node_ = add_node(nullptr);
    writer_.set_node_cell(*false_node_, kNodeFlags, kNodeFalse);
  }
  return *false_node_;
}

const PlanValue* SchemaCompiler::referenced(const PlanValue& reference) {
  if (reference.kind != JsonKind::string || !reference.text.starts_with('#')) {
    problem(reference, "$ref must point into the same schema", "write \"#/$defs/NAME\"");
    return nullptr;
  }
  std::string pointer;
  append_url_decoded(pointer, std::string_view(reference.text).substr(1));
  const PlanValue* target = document_->resolve(pointer);
  if (target == nullptr) {
    problem(reference, "$ref points to nothing: " + reference.text,
            "define it under $defs, or mend the path");
    return nullptr;
  }
  return is_schema(*target) ? target : nullptr;
}

// What a schema that says nothing but $ref stands for.
const PlanValue* SchemaCompiler::skip_lone_references(const PlanValue& schema) {
  const PlanValue* at = &schema;
  for (uint32_t steps = 0; at != nullptr; ++steps) {
    const PlanValue* reference = at->find("$ref");
    const auto says_nothing_more = [](const auto& member) {
      return member.first == "$ref" || is_annotation(member.first);
    };
    if (reference == nullptr ||
        !std::all_of(at->members.begin(), at->members.end(), says_nothing_more)) {
      return at;
    }
    if (steps > kSchemaDepthMax) {
      problem(schema, "$ref leads back to itself", "let it lead to a schema that says something");
      return nullptr;
    }
    // Its own annotations and definitions are checked where it is met.
    Draft draft;
    for (const auto& [name, value] : at->members) {
      if (name == "$ref") continue;
      // Once is enough: a lone reference may be met many times.
      if (checked_.insert(&value).second) {
        (this->*find_rule(name)->read)(value, draft);
      }
    }
    at = referenced(*reference);
  }
  return at;
}

uint32_t SchemaCompiler::node_at(const PlanValue* schema, const PlaceTree* places) {
  if (schema != nullptr) return node_of(*schema, places);
  if (places == nullptr) return 0;
  // A place that no schema describes: anything, with what the settings do there.
  const auto [entry, added] = nodes_.emplace(std::make_pair(nullptr, places), 0);
  if (!added) return entry->second;
  const uint32_t node = add_node(nullptr);
  entry->second = node;
  fill(node, anything_, places);
  return node;
}

uint32_t SchemaCompiler::node_of(const PlanValue& schema, const PlaceTree* places) {
  const PlanValue* target = skip_lone_references(schema);
  if (target == nullptr || !is_schema(*target)) return 0;
  if (target->is_false()) return false_node();
  if (places == nullptr && (target->is_true() || target->members.empty())) return 0;
  const auto key = std::make_pair(target, places);
  if (const auto found = nodes_.find(key); found != nodes_.end()) return found->second;
  if (writer_.node_count() >= kSchemaNodesMax || depth_ >= kSchemaDepthMax) {
    problem(*target, "the schema is too large or nested too deep", "split it, or use $ref");
    return 0;
  }
  const uint32_t node = add_node(target);
  nodes_.emplace(key, node);
  ++depth_;
  fill(node, *target, places);
  --depth_;
  return node;
}

void SchemaCompiler::fill(uint32_t node, const PlanValue& schema, const PlaceTree* places) {
  Draft draft;
  for (const auto& [name, value] : schema.members) {
    if (const KeywordRule* rule = find_rule(name)) {
      (this->*rule->read)(value, draft);
    } else {
      refuse_keyword(value, name);
    }
  }
  uint32_t flags = draft.types;
  uint32_t values = 0;
  if (draft.enum_values != nullptr) values = write_values(draft.enum_values, false, 0);
  if (draft.const_value != nullptr) values = write_values(draft.const_value, true, values);
  const uint32_t array = write_array(draft, places);
  const uint32_t object = write_object(draft, places);
  const uint32_t composition = write_composition(draft);
  for (const PlanValue* list : {draft.all_of, draft.any_of, draft.one_of}) {
    if (list == nullptr) continue;
    for (const PlanValue& branch : list->elements) note_in_place(node, node_of(branch, nullptr));
  }
  for (const PlanValue* branch :
       {draft.not_schema, draft.if_schema, draft.then_schema, draft.else_schema, draft.reference}) {
    if (branch != nullptr) note_in_place(node, node_of(*branch, nullptr));
  }
  if (values != 0 || composition != 0 || draft.unique || draft.contains != nullptr) {
    flags |= kNodeWhole;
  }
  if (values != 0 || composition != 0) flags |= kNodeMore;
  if (draft.format == Format::date_time) flags |= kNodeDateTime;
  if (places != nullptr && (places->is_time || places->pii != Pii::none)) flags |= kNodePlaced;
  writer_.set_node_cell(node, kNodeFlags, flags);
  writer_.set_node_cell(node, kNodeString, write_string(draft));
  writer_.set_node_cell(node, kNodeNumber, write_number(draft));
  writer_.set_node_cell(node, kNodeObject, object);
  writer_.set_node_cell(node, kNodeArray, array);
  writer_.set_node_cell(node, kNodeValues, values);
  writer_.set_node_cell(node, kNodeComposition, composition);
  write_places(node, places, draft.types);
}

void SchemaCompiler::write_places(uint32_t node, const PlaceTree* places, uint32_t types) {
  if (places == nullptr) return;
  uint32_t place = static_cast<uint32_t>(places->pii);
  if (places->is_time) place |= kPlaceTime;
  writer_.set_node_cell(node, kNodePlace, place);
  if (places->is_time && (types & kString) == 0) {
    problem(*places->named_at, "a time is written as text, and the schema takes no string there",
            "add \"string\" to its type");
  }
  types_at_[places] |= types;
  if (places->pii == Pii::none) return;
  for (const auto& [step, below] : places->steps) {
    problem(below->named(), "a personal place inside a personal place", "name the outer one alone");
  }
}

void SchemaCompiler::check_places(const PlaceTree& places) {
  const auto types = types_at_.find(&places);
  // A type that is not known is a problem already.
  if (types != types_at_.end() && types->second != 0) check_steps(places, types->second);
  for (const auto& [step, below] : places.steps) check_places(*below);
}

// A step that no type of its value has would never be taken.
void SchemaCompiler::check_steps(const PlaceTree& places, uint32_t types) {
  const bool takes_object = (types & kObject) != 0;
  const bool takes_array = (types & kArray) != 0;
  for (const auto& [step, below] : places.steps) {
    if (step == "*" && !takes_array) {
      problem(below->named(), "the schema takes no list there, so * names nothing",
              takes_object ? "name its members one by one"
                           : "mend the place, or add \"array\" to the type");
    } else if (step != "*" && !takes_object) {
      problem(below->named(), "the schema takes no object there, so \"" + step + "\" names nothing",
              takes_array ? "write * for every element of a list"
                          : "mend the place, or add \"object\" to the type");
    }
  }
}

// A schema that looks at the same value through others must come to an end.
void SchemaCompiler::check_loops() {
  std::vector<uint8_t> state(in_place_.size(), 0);
  for (uint32_t node = 0; node < in_place_.size(); ++node) {
    if (!finds_loop(node, state)) continue;
    const PlanValue* at = schema_of_node_[node];
    return problem(at != nullptr ? *at : *document_, "a $ref leads back to the value it started at",
                   "let it lead into a member or an element");
  }
}

bool SchemaCompiler::finds_loop(uint32_t node, std::vector<uint8_t>& state) const {
  struct Visit {
    uint32_t node;
    size_t next;
  };
  constexpr uint8_t kOpen = 1;
  constexpr uint8_t kDone = 2;
  if (state[node] == kDone) return false;
  std::vector<Visit> stack = {{node, 0}};
  state[node] = kOpen;
  while (!stack.empty()) {
    Visit& top = stack.back();
    const std::vector<uint32_t>& steps = in_place_[top.node];
    if (top.next == steps.size()) {
      state[top.node] = kDone;
      stack.pop_back();
      continue;
    }
    const uint32_t to = steps[top.next++];
    if (state[to] == kOpen) return true;
    if (state[to] == kDone) continue;
    state[to] = kOpen;
    stack.push_back({to, 0});
  }
  return false;
}

// ---- What a node refers to ----

uint32_t SchemaCompiler::pattern_of(const PlanValue& at, const std::string& source) {
  const auto found = patterns_.find(source);
  if (found != patterns_.end()) return found->second;
  PatternProgram program = compile_pattern(source);
  if (!program.problem.empty()) {
    problem(at, "the pattern " + program.problem, program.mend);
    return 0;
  }
  const uint32_t cell = writer_.add_pattern(program, source);
  patterns_.emplace(source, cell);
  programs_.emplace(cell, std::move(program));
  return cell;
}

uint32_t SchemaCompiler::write_string(const Draft& draft) {
  if (!draft.has_string_checks()) return 0;
  const uint32_t at = writer_.add_cells(kStringCells);
  writer_.set(at + kStringMin, draft.length_min);
  writer_.set(at + kStringMax, draft.length_max);
  writer_.set(at + kStringPattern, draft.pattern);
  writer_.set(at + kStringFormat, static_cast<uint32_t>(draft.format));
  return at;
}

uint32_t SchemaCompiler::write_number(const Draft& draft) {
  if (!draft.has_number_checks()) return 0;
  const uint32_t at = writer_.add_cells(kNumberCells);
  uint32_t has = 0;
  for (uint32_t bound = 0; bound < kBounds; ++bound) {
    if (draft.bounds[bound] == nullptr) continue;
    has |= 1U << bound;
    const std::string_view text = draft.bounds[bound]->raw;
    const SmallDecimal small = read_small_decimal(text);
    const uint32_t cell = at + kNumberBounds + bound * kBoundCells;
    writer_.set_wide(cell + kBoundLow, static_cast<uint64_t>(small.mantissa));
    writer_.set(cell + kBoundScale, small.scale);
    writer_.set(cell + kBoundFits, small.fits ? 1 : 0);
    writer_.set_text(cell + kBoundText, text);
  }
  if (draft.multiple_of != nullptr) {
    has |= 1U << kBounds;
    DecimalDivisor divisor;
    (void)read_divisor(draft.multiple_of->raw, divisor);
    writer_.set_wide(at + kNumberDivisor, divisor.digits);
    writer_.set(at + kNumberDivisor + 2, static_cast<uint32_t>(divisor.exponent));
    writer_.set_text(at + kNumberDivisor + 3, draft.multiple_of->raw);
  }
  writer_.set(at + kNumberHas, has);
  return at;
}

bool SchemaCompiler::matches(uint32_t pattern, std::string_view name) {
  return pattern != 0 && program_matches(programs_.at(pattern), name);
}

uint32_t SchemaCompiler::write_object(const Draft& draft, const PlaceTree* places) {
  const bool has_places =
      places != nullptr && std::any_of(places->steps.begin(), places->steps.end(),
                                       [](const auto& step) { return step.first != "*"; });
  if (!draft.has_object_checks() && !has_places) return 0;
  // Every member that some keyword or setting names has an entry.
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (draft.properties != nullptr) {
    for (const auto& member : draft.properties->members) add(member.first);
  }
  if (draft.required != nullptr) {
    for (const PlanValue& name : draft.required->elements) add(name.text);
  }
  if (draft.dependents != nullptr) {
    for (const auto& [name, needs] : draft.dependents->members) {
      add(name);
      for (const PlanValue& needed : needs.elements) add(needed.text);
    }
  }
  if (has_places) {
    for (const auto& step : places->steps) {
      if (step.first != "*") add(step.first);
    }
  }
  const uint32_t at = writer_.add_cells(kObjectCells);
  writer_.set(at + kObjectMin, draft.members_min);
  writer_.set(at + kObjectMax, draft.members_max);
  if (!names.empty()) {
    const uint32_t table = writer_.add_table(names);
    writer_.set(at + kObjectTable, table);
    write_entries(draft, places, table, names);
  }
  if (draft.additional != nullptr) {
    if (draft.additional->is_false()) {
      writer_.set(at + kObjectRest, kNone);
    } else {
      writer_.set_node(at + kObjectRest, node_of(*draft.additional, nullptr));
    }
  }
  if (draft.names != nullptr) writer_.set_node(at + kObjectNames, node_of(*draft.names, nullptr));
  if (draft.pattern_properties != nullptr) {
    const auto& members = draft.pattern_properties->members;
    const uint32_t list = writer_.add_cells(1 + 2 * static_cast<uint32_t>(members.size()));
    writer_.set(list, static_cast<uint32_t>(members.size()));
    uint32_t cell = list + 1;
    for (const auto& [source, schema] : members) {
      writer_.set(cell, pattern_of(schema, source));
      writer_.set_node(cell + 1, node_of(schema, nullptr));
      cell += 2;
    }
    if (members.size() > kPatternPropertiesMax) {
      problem(*draft.pattern_properties, "more than 16 patterns in one object",
              "join some of them with |");
    }
    writer_.set(at + kObjectPatterns, list);
  }
  write_required(draft, at, names);
  write_dependents(draft, at, names);
  return at;
}

void SchemaCompiler::write_entries(const Draft& draft, const PlaceTree* places, uint32_t table,
                                   const std::vector<std::string>& names) {
  uint32_t entry = writer_.entries(table);
  for (const std::string& name : names) {
    std::vector<const PlanValue*> schemas;
    uint32_t flags = is_odd_key(name) ? kEntryOdd : 0U;
    if (draft.properties != nullptr && draft.properties->find(name) != nullptr) {
      schemas.push_back(draft.properties->find(name));
    }
    if (draft.pattern_properties != nullptr) {
      for (const auto& [source, schema] : draft.pattern_properties->members) {
        if (matches(pattern_of(schema, source), name)) schemas.push_back(&schema);
      }
    }
    if (schemas.empty()) {
      schemas.push_back(draft.additional);
      if (draft.additional != nullptr && draft.additional->is_false()) {
        flags |= kEntryRefused;
      }
    }
    const PlaceTree* below = places == nullptr || name == "*" ? nullptr : places->below(name);
    writer_.set_node(entry + kEntryNode, node_at(schemas.front(), below));
    if (schemas.size() > 1) {
      const auto count = static_cast<uint32_t>(schemas.size() - 1);
      const uint32_t list = writer_.add_cells(1 + count);
      writer_.set(list, count);
      for (uint32_t i = 0; i < count; ++i) {
        writer_.set_node(list + 1 + i, node_of(*schemas[i + 1], nullptr));
      }
      writer_.set(entry + kEntryMore, list);
      flags |= kEntryOdd;
    }
    if (below != nullptr && below->pii == Pii::drop) flags |= kEntryOdd;
    writer_.set(entry + kEntryFlags, flags);
    entry += kEntryCells;
  }
}

void SchemaCompiler::write_required(const Draft& draft, uint32_t checks,
                                    const std::vector<std::string>& names) {
  if (draft.required == nullptr || draft.required->elements.empty()) return;
  const auto count = static_cast<uint32_t>(draft.required->elements.size());
  const uint32_t list = writer_.add_cells(1 + count);
  writer_.set(list, count);
  uint64_t mask = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t entry = index_of(names, draft.required->elements[i].text);
    writer_.set(list + 1 + i, entry);
    if (entry < 64) mask |= uint64_t{1} << entry;
  }
  writer_.set(checks + kObjectRequired, list);
  writer_.set_wide(checks + kObjectRequiredLow, mask);
}

void SchemaCompiler::write_dependents(const Draft& draft, uint32_t checks,
                                      const std::vector<std::string>& names) {
  if (draft.dependents == nullptr || draft.dependents->members.empty()) return;
  const auto count = static_cast<uint32_t>(draft.dependents->members.size());
  const uint32_t list = writer_.add_cells(1 + 2 * count);
  writer_.set(list, count);
  uint32_t cell = list + 1;
  for (const auto& [name, needs] : draft.dependents->members) {
    const auto need_count = static_cast<uint32_t>(needs.elements.size());
    const uint32_t need_list = writer_.add_cells(1 + need_count);
    writer_.set(need_list, need_count);
    for (uint32_t i = 0; i < need_count; ++i) {
      writer_.set(need_list + 1 + i, index_of(names, needs.elements[i].text));
    }
    writer_.set(cell, index_of(names, name));
    writer_.set(cell + 1, need_list);
    cell += 2;
  }
  writer_.set(checks + kObjectDependents, list);
}

uint32_t SchemaCompiler::write_array(const Draft& draft, const PlaceTree* places) {
  const PlaceTree* each = places != nullptr ? places->below("*") : nullptr;
  if (!draft.has_array_checks() && each == nullptr) return 0;
  const uint32_t at = writer_.add_cells(kArrayCells);
  writer_.set(at + kArrayMin, draft.items_min);
  writer_.set(at + kArrayMax, draft.items_max);
  writer_.set_node(at + kArrayItems, node_at(draft.items, each));
  if (draft.prefix != nullptr) {
    const auto count = static_cast<uint32_t>(draft.prefix->elements.size());
    const uint32_t list = writer_.add_cells(1 + count);
    writer_.set(list, count);
    for (uint32_t i = 0; i < count; ++i) {
      writer_.set_node(list + 1 + i, node_of(draft.prefix->elements[i], each));
    }
    writer_.set(at + kArrayPrefix, list);
  }
  if (draft.contains != nullptr) {
    writer_.set_node(at + kArrayContains, node_of(*draft.contains, nullptr));
  }
  writer_.set(at + kArrayContainsMin, draft.contains_min);
  writer_.set(at + kArrayContainsMax, draft.contains_max);
  writer_.set(at + kArrayUnique, draft.unique ? 1 : 0);
  return at;
}

uint32_t SchemaCompiler::write_values(const PlanValue* list, bool is_const, uint32_t next) {
  std::vector<const PlanValue*> values;
  if (is_const) {
    values.push_back(list);
  } else {
    for (const PlanValue& value : list->elements) values.push_back(&value);
  }
  std::vector<std::string> strings;
  std::vector<std::string> others;
  std::string expected;
  for (const PlanValue* value : values) {
    std::string compact;
    json_append_compact(compact, value->raw);
    if (expected.size() < kExpectedBytesMax) {
      if (!expected.empty()) expected += ", ";
      expected += compact;
    }
    if (value->kind != JsonKind::string) {
      others.push_back(std::move(compact));
    } else if (std::find(strings.begin(), strings.end(), value->text) == strings.end()) {
      strings.push_back(value->text);
    }
  }
  const uint32_t at = writer_.add_cells(kValuesCells);
  writer_.set(at + kValuesNext, next);
  writer_.set(at + kValuesIsConst, is_const ? 1 : 0);
  writer_.set_text(at + kValuesExpected, utf8_prefix(expected, kExpectedBytesMax));
  if (!strings.empty()) {
    const uint32_t table = writer_.add_table(strings);
    writer_.set(at + kValuesStrings, table);
    // Their entries lead nowhere, but every entry names a node.
    for (uint32_t i = 0; i < strings.size(); ++i) {
      writer_.set_node(writer_.entries(table) + i * kEntryCells + kEntryNode, 0);
    }
  }
  if (!others.empty()) {
    const uint32_t cells = writer_.add_cells(1 + 2 * static_cast<uint32_t>(others.size()));
    writer_.set(cells, static_cast<uint32_t>(others.size()));
    for (uint32_t i = 0; i < others.size(); ++i) writer_.set_text(cells + 1 + 2 * i, others[i]);
    writer_.set(at + kValuesOthers, cells);
  }
  return at;
}

uint32_t SchemaCompiler::write_composition(const Draft& draft) {
  struct Part {
    uint32_t op;
    std::vector<const PlanValue*> schemas;
  };
  std::vector<Part> parts;
  const auto add_list = [&](uint32_t op, const PlanValue* list) {
    if (list == nullptr) return;
    parts.push_back({op, {}});
    for (const PlanValue& schema : list->elements) parts.back().schemas.push_back(&schema);
  };
  if (draft.reference != nullptr) parts.push_back({kRef, {draft.reference}});
  add_list(kAllOf, draft.all_of);
  add_list(kAnyOf, draft.any_of);
  add_list(kOneOf, draft.one_of);
  if (draft.not_schema != nullptr) parts.push_back({kNot, {draft.not_schema}});
  // then and else say nothing without if.
  if (draft.if_schema != nullptr) {
    parts.push_back({kIf, {draft.if_schema, draft.then_schema, draft.else_schema}});
  } else {
    for (const PlanValue* unused : {draft.then_schema, draft.else_schema}) {
      if (unused != nullptr) (void)node_of(*unused, nullptr);
    }
  }
  if (parts.empty()) return 0;
  uint32_t cells = 0;
  for (const Part& part : parts) cells += 2 + static_cast<uint32_t>(part.schemas.size());
  const uint32_t list = writer_.add_cells(1 + cells);
  writer_.set(list, cells);
  uint32_t at = list + 1;
  for (const Part& part : parts) {
    writer_.set(at, part.op);
    writer_.set(at + 1, static_cast<uint32_t>(part.schemas.size()));
    at += 2;
    for (const PlanValue* schema : part.schemas) {
      if (schema != nullptr) writer_.set_node(at, node_of(*schema, nullptr));
      ++at;
    }
  }
  return list;
}

}  // namespace edgehose
