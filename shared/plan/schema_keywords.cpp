// What each keyword may look like.
#include <algorithm>

#include "shared/base/text.h"
#include "shared/plan/schema_draft.h"

namespace edgehose {

using namespace plan_binary;

namespace {

constexpr std::string_view kDialect = "https://json-schema.org/draft/2020-12/schema";

// Keywords of JSON Schema that are left out on purpose, and what to write instead.
struct LeftOut {
  std::string_view name;
  std::string_view mend;
};
constexpr std::array<LeftOut, 20> kLeftOut = {{
    {"definitions", "2020-12 calls it $defs"},
    {"dependencies", "use dependentRequired"},
    {"dependentSchemas", "use if with required, and then"},
    {"additionalItems", "2020-12 calls it items, beside prefixItems"},
    {"unevaluatedProperties", "use additionalProperties in each branch"},
    {"unevaluatedItems", "use items beside prefixItems"},
    {"$anchor", "refer to it by its path: #/$defs/NAME"},
    {"$dynamicAnchor", "use $ref"},
    {"$dynamicRef", "use $ref"},
    {"$recursiveRef", "use $ref"},
    {"$recursiveAnchor", "use $ref"},
    {"$vocabulary", "leave it out"},
    {"id", "2020-12 calls it $id"},
    {"contentEncoding", "leave it out, or use pattern"},
    {"contentMediaType", "leave it out"},
    {"contentSchema", "leave it out"},
    {"nullable", "use type: [\"...\", \"null\"]"},
    {"formatMinimum", "leave it out"},
    {"formatMaximum", "leave it out"},
    {"discriminator", "use if and then, or oneOf"},
}};

// Steps from one word to the other: a letter more, less, another or swapped with its neighbour. The
// case of letters is no step.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  const auto same = [&](size_t i, size_t j) { return to_lower(a[i]) == to_lower(b[j]); };
  for (size_t i = 0; i < a.size(); ++i) {
    next[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      next[j + 1] = std::min({row[j + 1] + 1, next[j] + 1, row[j] + (same(i, j) ? 0 : 1)});
      const bool is_swapped = i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j);
      if (is_swapped) next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

uint32_t type_bit(std::string_view name) {
  for (uint32_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return 1U << i;
  }
  return 0;
}

constexpr std::string_view kTypesMend =
    "use null, boolean, object, array, number, string or integer";

}  // namespace

std::span<const SchemaCompiler::KeywordRule> SchemaCompiler::rules() {
  using C = SchemaCompiler;
  static constexpr std::array<KeywordRule, 47> kRules = {{
      {"title", &C::read_remark},
      {"description", &C::read_remark},
      {"default", &C::read_nothing},
      {"examples", &C::read_nothing},
      {"deprecated", &C::read_nothing},
      {"readOnly", &C::read_nothing},
      {"writeOnly", &C::read_nothing},
      {"$comment", &C::read_remark},
      {"$schema", &C::read_dialect},
      {"$id", &C::read_id},
      {"$defs", &C::read_definitions},
      {"$ref", &C::read_reference},
      {"type", &C::read_type},
      {"enum", &C::read_enum},
      {"const", &C::read_const},
      {"minimum", &C::read_bound<kMinimum>},
      {"exclusiveMinimum", &C::read_bound<kExclusiveMinimum>},
      {"maximum", &C::read_bound<kMaximum>},
      {"exclusiveMaximum", &C::read_bound<kExclusiveMaximum>},
      {"multipleOf", &C::read_multiple_of},
      {"minLength", &C::read_count<&Draft::length_min>},
      {"maxLength", &C::read_count<&Draft::length_max>},
      {"pattern", &C::read_pattern},
      {"format", &C::read_format},
      {"properties", &C::read_schema_map<&Draft::properties>},
      {"patternProperties", &C::read_schema_map<&Draft::pattern_properties>},
      {"additionalProperties", &C::read_schema<&Draft::additional>},
      {"propertyNames", &C::read_schema<&Draft::names>},
      {"minProperties", &C::read_count<&Draft::members_min>},
      {"maxProperties", &C::read_count<&Draft::members_max>},
      {"required", &C::read_required},
      {"dependentRequired", &C::read_dependent_required},
      {"items", &C::read_schema<&Draft::items>},
      {"prefixItems", &C::read_schema_list<&Draft::prefix>},
      {"contains", &C::read_schema<&Draft::contains>},
      {"minContains", &C::read_count<&Draft::contains_min>},
      {"maxContains", &C::read_count<&Draft::contains_max>},
      {"minItems", &C::read_count<&Draft::items_min>},
      {"maxItems", &C::read_count<&Draft::items_max>},
      {"uniqueItems", &C::read_unique_items},
      {"allOf", &C::read_schema_list<&Draft::all_of>},
      {"anyOf", &C::read_schema_list<&Draft::any_of>},
      {"oneOf", &C::read_schema_list<&Draft::one_of>},
      {"not", &C::read_schema<&Draft::not_schema>},
      {"if", &C::read_schema<&Draft::if_schema>},
      {"then", &C::read_schema<&Draft::then_schema>},
      {"else", &C::read_schema<&Draft::else_schema>},
  }};
  return kRules;
}

const SchemaCompiler::KeywordRule* SchemaCompiler::find_rule(std::string_view name) {
  for (const KeywordRule& rule : rules()) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

// The keyword that `name` was likely meant to be; empty when it is like none.
std::string_view SchemaCompiler::nearest_keyword(std::string_view name) {
  constexpr size_t kDistanceMax = 2;
  std::string_view nearest;
  size_t nearest_distance = kDistanceMax + 1;
  for (const KeywordRule& rule : rules()) {
    const size_t distance = edit_distance(name, rule.name);
    // With half of the letters wrong it is another word.
    if (distance < nearest_distance && 2 * distance < std::max(name.size(), rule.name.size())) {
      nearest_distance = distance;
      nearest = rule.name;
    }
  }
  return nearest;
}

void SchemaCompiler::refuse_keyword(const PlanValue& at, std::string_view name) {
  for (const LeftOut& left_out : kLeftOut) {
    if (left_out.name != name) continue;
    return problem(at, "the keyword \"" + std::string(name) + "\" is not supported",
                   std::string(left_out.mend));
  }
  const std::string_view nearest = nearest_keyword(name);
  problem(at, "unknown keyword \"" + std::string(name) + "\"",
          nearest.empty() ? "leave it out, or put it into description"
                          : "did you mean \"" + std::string(nearest) + "\"?");
}

void SchemaCompiler::read_nothing(const PlanValue& /*value*/, Draft& /*draft*/) {}

void SchemaCompiler::read_remark(const PlanValue& value, Draft& /*draft*/) {
  if (value.kind != JsonKind::string) problem(value, "must be a string", "put it into quotes");
}

void SchemaCompiler::read_dialect(const PlanValue& value, Draft& /*draft*/) {
  std::string_view name = value.text;
  if (name.ends_with('#')) name.remove_suffix(1);
  if (value.kind != JsonKind::string || name != kDialect) {
    problem(value, "$schema names another dialect", "use \"" + std::string(kDialect) + "\"");
  }
}

void SchemaCompiler::read_id(const PlanValue& value, Draft& /*draft*/) {
  if (value.kind != JsonKind::string) problem(value, "$id must be a string", "write a URI");
  if (value.pointer != document_->pointer + "/$id") {
    problem(value, "$id inside a schema would move its references", "keep $id at the root alone");
  }
}

void SchemaCompiler::read_definitions(const PlanValue& value, Draft& /*draft*/) {
  if (value.kind != JsonKind::object) {
    return problem(value, "$defs must be an object", "write {\"NAME\": {schema}}");
  }
  // What nobody refers to is checked all the same.
  for (const auto& [name, schema] : value.members) (void)node_of(schema, nullptr);
}

void SchemaCompiler::read_type(const PlanValue& value, Draft& draft) {
  draft.types = 0;
  if (value.kind == JsonKind::string) {
    draft.types = type_bit(value.text);
    if (draft.types == 0) {
      problem(value, "unknown type \"" + value.text + "\"", std::string(kTypesMend));
    }
    return;
  }
  if (value.kind != JsonKind::array || value.elements.empty()) {
    return problem(value, "type must be a name or a list of names", std::string(kTypesMend));
  }
  for (const PlanValue& name : value.elements) {
    const uint32_t bit = name.kind == JsonKind::string ? type_bit(name.text) : 0;
    if (bit == 0) problem(name, "unknown type " + std::string(name.raw), std::string(kTypesMend));
    if ((draft.types & bit) != 0) problem(name, "a type twice", "leave one out");
    draft.types |= bit;
  }
}

void SchemaCompiler::read_enum(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::array || value.elements.empty()) {
    return problem(value, "enum must be a list of values", "write [\"a\", \"b\"]");
  }
  draft.enum_values = &value;
}

void SchemaCompiler::read_const(const PlanValue& value, Draft& draft) {
  draft.const_value = &value;
}

template <uint32_t kBound>
void SchemaCompiler::read_bound(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::number) return problem(value, "must be a number", "write a number");
  draft.bounds[kBound] = &value;
}

void SchemaCompiler::read_multiple_of(const PlanValue& value, Draft& draft) {
  DecimalDivisor divisor;
  if (value.kind != JsonKind::number || !read_divisor(value.raw, divisor)) {
    return problem(value, "multipleOf must be a number above 0 with at most 18 digits",
                   "write for example 0.01");
  }
  draft.multiple_of = &value;
}

std::optional<uint32_t> SchemaCompiler::count_of(const PlanValue& value) {
  const bool is_count = value.kind == JsonKind::number && is_integral(value.raw) &&
                        compare_decimals(value.raw, "0") >= 0 &&
                        compare_decimals(value.raw, "4294967294") <= 0;
  if (!is_count) {
    problem(value, "must be a whole number from 0 to 4294967294", "write for example 1");
    return std::nullopt;
  }
  uint32_t count = 0;
  const SmallDecimal small = read_small_decimal(value.raw);
  if (small.fits) {
    int64_t whole = small.mantissa;
    for (uint32_t i = 0; i < small.scale; ++i) whole /= 10;
    count = static_cast<uint32_t>(whole);
  } else {
    problem(value, "is written in an unusual way", "write it without exponent");
  }
  return count;
}

template <uint32_t SchemaCompiler::Draft::* kMember>
void SchemaCompiler::read_count(const PlanValue& value, Draft& draft) {
  if (const auto count = count_of(value)) draft.*kMember = *count;
}

bool SchemaCompiler::is_schema(const PlanValue& value) {
  if (value.kind == JsonKind::object || value.kind == JsonKind::boolean) return true;
  problem(value, "must be a schema: an object, true or false", "write {schema}");
  return false;
}

template <const PlanValue* SchemaCompiler::Draft::* kMember>
void SchemaCompiler::read_schema(const PlanValue& value, Draft& draft) {
  if (is_schema(value)) draft.*kMember = &value;
}

template <const PlanValue* SchemaCompiler::Draft::* kMember>
void SchemaCompiler::read_schema_list(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::array || value.elements.empty()) {
    return problem(value, "must be a list of schemas", "write [{schema}, {schema}]");
  }
  if (std::all_of(value.elements.begin(), value.elements.end(),
                  [&](const PlanValue& schema) { return is_schema(schema); })) {
    draft.*kMember = &value;
  }
}

template <const PlanValue* SchemaCompiler::Draft::* kMember>
void SchemaCompiler::read_schema_map(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::object) {
    return problem(value, "must be an object of schemas", "write {\"NAME\": {schema}}");
  }
  if (std::all_of(value.members.begin(), value.members.end(),
                  [&](const auto& member) { return is_schema(member.second); })) {
    draft.*kMember = &value;
  }
}

void SchemaCompiler::read_pattern(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::string) {
    return problem(value, "pattern must be a string", "write a regular expression of ECMA-262");
  }
  draft.pattern = pattern_of(value, value.text);
}

void SchemaCompiler::read_format(const PlanValue& value, Draft& draft) {
  const auto format =
      value.kind == JsonKind::string ? find_format(value.text) : std::optional<Format>();
  if (!format) {
    return problem(value, "unknown format " + std::string(value.raw),
                   "use date-time, date, time, uuid, uri, email, hostname, ipv4 or ipv6; or a "
                   "pattern");
  }
  draft.format = *format;
}

bool SchemaCompiler::are_names(const PlanValue& list) {
  if (list.kind != JsonKind::array) {
    problem(list, "must be a list of names", "write [\"a\", \"b\"]");
    return false;
  }
  std::vector<std::string_view> seen;
  for (const PlanValue& name : list.elements) {
    if (name.kind != JsonKind::string) {
      problem(name, "a name must be a string", "put it into quotes");
      return false;
    }
    if (std::find(seen.begin(), seen.end(), name.text) != seen.end()) {
      problem(name, "\"" + name.text + "\" stands twice", "leave one out");
    }
    seen.push_back(name.text);
  }
  return true;
}

void SchemaCompiler::read_required(const PlanValue& value, Draft& draft) {
  if (are_names(value)) draft.required = &value;
}

void SchemaCompiler::read_dependent_required(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::object) {
    return problem(value, "dependentRequired must be an object", "write {\"a\": [\"b\"]}");
  }
  if (std::all_of(value.members.begin(), value.members.end(),
                  [&](const auto& member) { return are_names(member.second); })) {
    draft.dependents = &value;
  }
}

void SchemaCompiler::read_unique_items(const PlanValue& value, Draft& draft) {
  if (value.kind != JsonKind::boolean) {
    return problem(value, "uniqueItems must be true or false", "write true");
  }
  draft.unique = value.is_true();
}

void SchemaCompiler::read_reference(const PlanValue& value, Draft& draft) {
  draft.reference = referenced(value);
}

}  // namespace edgehose
