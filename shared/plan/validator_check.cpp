// What keywords say of a value: of scalars on the way, of containers and compositions at their
// finished text. And how a fault is told.
#include <algorithm>

#include "shared/base/byte_kernels.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/plan/format.h"
#include "shared/plan/json_equal.h"
#include "shared/plan/key_table.h"
#include "shared/plan/pattern_match.h"
#include "shared/plan/validator_walk.h"

namespace edgehose {

using namespace plan_binary;

namespace {

constexpr size_t kPointerBytesMax = 256;

// Characters of UTF-8 text: bytes that do not continue one.
uint64_t count_code_points(std::string_view text) {
  uint64_t count = 0;
  for (char c : text) count += (static_cast<uint8_t>(c) & 0xc0U) != 0x80 ? 1 : 0;
  return count;
}

// A text of at most `bytes_max` bytes, with dots where it was cut.
EDGEHOSE_RARE void assign_bounded(std::string& to, std::string_view text) {
  to.assign(utf8_prefix(text, kFaultTextBytesMax));
  if (to.size() < text.size()) to += "...";
}

}  // namespace

// ---- Scalars ----

bool ValidatorWalk::check_string(uint32_t node, const Text& text) {
  const uint32_t checks = view_[node + kNodeString];
  const uint32_t min = view_[checks + kStringMin];
  const uint32_t max = view_[checks + kStringMax];
  if (min > 0 || max != kNone) {
    const uint64_t length = text.ascii ? text.body.size() : count_code_points(text.body);
    if (length < min) return fail_count("minLength", "at least ", min, length, " characters");
    if (length > max) return fail_count("maxLength", "at most ", max, length, " characters");
  }
  if (const uint32_t pattern = view_[checks + kStringPattern]; pattern != 0) {
    if (!matches_pattern(view_, pattern, text.body, owner_.pattern_states_)) {
      return fail("pattern", view_.text_at(pattern + kLineSource), text.raw);
    }
  }
  const auto format = static_cast<Format>(view_[checks + kStringFormat]);
  if (format != Format::none && !has_format(format, text.body)) {
    return fail("format", to_text(format), text.raw);
  }
  return true;
}

bool ValidatorWalk::check_number(uint32_t node, std::string_view raw, const SmallDecimal& small) {
  const uint32_t checks = view_[node + kNodeNumber];
  const uint32_t has = view_[checks + kNumberHas];
  for (uint32_t bound = 0; bound < kBounds; ++bound) {
    if ((has >> bound & 1) == 0) continue;
    if (!check_bound(checks + kNumberBounds + bound * kBoundCells, bound, raw, small)) return false;
  }
  if ((has >> kBounds & 1) == 0) return true;
  const uint32_t at = checks + kNumberDivisor;
  const DecimalDivisor divisor = {view_.wide(at), static_cast<int32_t>(view_[at + 2])};
  return is_multiple(raw, divisor) || fail("multipleOf", view_.text_at(at + 3), raw);
}

bool ValidatorWalk::check_bound(uint32_t at, uint32_t bound, std::string_view raw,
                                const SmallDecimal& small) {
  const SmallDecimal limit = {static_cast<int64_t>(view_.wide(at + kBoundLow)),
                              view_[at + kBoundScale], view_[at + kBoundFits] != 0};
  const std::string_view text = view_.text_at(at + kBoundText);
  const int order = compare_small_decimals(small, limit, raw, text);
  switch (bound) {
    case kMinimum:
      return order >= 0 || fail("minimum", text, raw);
    case kExclusiveMinimum:
      return order > 0 || fail("exclusiveMinimum", text, raw);
    case kMaximum:
      return order <= 0 || fail("maximum", text, raw);
    default:
      return order < 0 || fail("exclusiveMaximum", text, raw);
  }
}

bool ValidatorWalk::check_scalar(uint32_t node, std::string_view json) {
  if (view_[node + kNodeValues] != 0 && !check_values(node, json)) return false;
  const uint32_t composition = view_[node + kNodeComposition];
  return composition == 0 || check_composition(composition, json);
}

bool ValidatorWalk::check_values(uint32_t node, std::string_view json) {
  for (uint32_t at = view_[node + kNodeValues]; at != 0; at = view_[at + kValuesNext]) {
    if (is_among(at, json)) continue;
    if (stopped_) return false;
    return fail(view_[at + kValuesIsConst] != 0 ? "const" : "enum",
                view_.text_at(at + kValuesExpected), json);
  }
  return true;
}

bool ValidatorWalk::is_among(uint32_t values, std::string_view json) {
  if (json.front() == '"') {
    const uint32_t table = view_[values + kValuesStrings];
    if (table == 0) return false;
    std::string_view body = json.substr(1, json.size() - 2);
    if (find_byte(body, '\\') != body.size()) {
      owner_.scratch_.clear();
      json_append_decoded(owner_.scratch_, json);
      body = owner_.scratch_;
    }
    return find_key(view_, table, body, body.data() + body.size()) != kNone;
  }
  const uint32_t others = view_[values + kValuesOthers];
  if (others == 0) return false;
  for (uint32_t i = 0; i < view_[others]; ++i) {
    JsonEquality equality(kStepsFree);
    const bool equal = equality.equal(json, view_.text_at(others + 1 + i * 2));
    if (!spend(equality.steps())) return false;
    if (equality.gave_up()) return fail_cost("values to compare");
    if (equal) return true;
  }
  return false;
}

// ---- Containers ----

bool ValidatorWalk::check_whole(uint32_t node, const char* from, size_t out_from) {
  flush_to(at_);
  const std::string_view json = edits_ ? out_.view().substr(out_from)
                                       : std::string_view(from, static_cast<size_t>(at_ - from));
  if (*from == '[' && view_[node + kNodeArray] != 0 &&
      !check_array(view_[node + kNodeArray], json)) {
    return false;
  }
  return check_scalar(node, json);
}

EDGEHOSE_RARE bool ValidatorWalk::check_array(uint32_t checks, std::string_view json) {
  if (view_[checks + kArrayUnique] != 0 && !check_unique(json)) return false;
  const uint32_t contains = view_[checks + kArrayContains];
  if (contains == 0) return true;
  if (!spend(json.size())) return false;
  JsonScanner in(json, kPlanDepthMax);
  (void)in.enter_array();
  uint32_t count = 0;
  ++depth_;
  for (uint32_t index = 0; in.next_element(); ++index) {
    path_[depth_ - 1] = step_to(index);
    if (check_quietly(contains, in.take_value())) ++count;
    if (stopped_) return false;
  }
  --depth_;
  if (count < view_[checks + kArrayContainsMin]) {
    return fail_count(view_[checks + kArrayContainsMin] > 1 ? "minContains" : "contains",
                      "at least ", view_[checks + kArrayContainsMin], count,
                      " elements that its schema takes");
  }
  if (count > view_[checks + kArrayContainsMax]) {
    return fail_count("maxContains", "at most ", view_[checks + kArrayContainsMax], count,
                      " elements that its schema takes");
  }
  return true;
}

// By hashes first; only elements of one hash are compared.
EDGEHOSE_RARE bool ValidatorWalk::check_unique(std::string_view json) {
  const size_t first = owner_.elements_.size();
  JsonEquality equality(~uint64_t{0});
  JsonScanner in(json, kPlanDepthMax);
  (void)in.enter_array();
  while (in.next_element()) {
    const std::string_view element = in.take_value();
    owner_.elements_.emplace_back(equality.hash(element), element);
  }
  const auto from = owner_.elements_.begin() + static_cast<ptrdiff_t>(first);
  const auto by_hash = [](const auto& a, const auto& b) { return a.first < b.first; };
  // A heap's code is a fifth of std::sort's.
  std::make_heap(from, owner_.elements_.end(), by_hash);
  std::sort_heap(from, owner_.elements_.end(), by_hash);
  bool unique = spend(equality.steps());
  const size_t last = owner_.elements_.size();
  for (size_t i = first; unique && i < last;) {
    size_t next = i + 1;
    while (next < last && owner_.elements_[next].first == owner_.elements_[i].first) ++next;
    unique = check_same_hash(i, next);
    i = next;
  }
  owner_.elements_.resize(first);
  return unique;
}

EDGEHOSE_RARE bool ValidatorWalk::check_same_hash(size_t first, size_t last) {
  for (size_t i = first; i < last; ++i) {
    for (size_t j = first; j < i; ++j) {
      JsonEquality equality(kStepsFree);
      const std::string_view element = owner_.elements_[i].second;
      const bool equal = equality.equal(element, owner_.elements_[j].second);
      if (!spend(equality.steps())) return false;
      if (equality.gave_up()) return fail_cost("elements to compare");
      if (equal) return fail("uniqueItems", "elements that differ", element);
    }
  }
  return true;
}

// ---- Composition ----

EDGEHOSE_RARE bool ValidatorWalk::check_composition(uint32_t list, std::string_view json) {
  const uint32_t end = list + 1 + view_[list];
  for (uint32_t at = list + 1; at < end;) {
    const uint32_t op = view_[at];
    const uint32_t count = view_[at + 1];
    const uint32_t nodes = at + 2;
    at = nodes + count;
    bool holds = true;
    switch (op) {
      case kAllOf:
      case kRef:
        for (uint32_t i = 0; holds && i < count; ++i) holds = check(view_[nodes + i], json);
        break;
      case kNot:
        holds = !check_quietly(view_[nodes], json);
        if (!holds) fail("not", "a value that the schema under `not` refuses", json);
        break;
      case kIf:
        holds = check_if(nodes, json);
        break;
      default:
        holds = check_some(op, nodes, count, json);
    }
    if (!holds || stopped_) return false;
  }
  return true;
}

EDGEHOSE_RARE bool ValidatorWalk::check_some(uint32_t op, uint32_t nodes, uint32_t count,
                                             std::string_view json) {
  uint32_t matches = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (check_quietly(view_[nodes + i], json)) ++matches;
    if (stopped_) return false;
    if (op == kAnyOf && matches > 0) return true;
  }
  if (op == kAnyOf) return fail("anyOf", "a value that at least one of its schemas takes", json);
  if (matches == 1) return true;
  return fail("oneOf",
              matches == 0 ? "a value that one of its schemas takes; none does"
                           : "a value that one of its schemas takes; more than one does",
              json);
}

EDGEHOSE_RARE bool ValidatorWalk::check_if(uint32_t nodes, std::string_view json) {
  const bool holds = check_quietly(view_[nodes], json);
  if (stopped_) return false;
  const uint32_t branch = view_[nodes + (holds ? 1 : 2)];
  return branch == 0 || check(branch, json);
}

bool ValidatorWalk::check(uint32_t node, std::string_view json) {
  if (edits_) walked_ = at_;
  if (!spend(json.size() + 1)) return false;
  if (in_place_ >= kInPlaceDepthMax) return fail_cost("schemas through schemas");
  const char* const at = at_;
  const char* const end = end_;
  const bool edits = edits_;
  const uint32_t placed = placed_;
  at_ = json.data();
  end_ = at_ + json.size();
  edits_ = false;
  placed_ = 0;
  ++in_place_;
  const bool holds = value(node);
  --in_place_;
  at_ = at;
  end_ = end;
  edits_ = edits;
  placed_ = placed;
  return holds;
}

bool ValidatorWalk::check_quietly(uint32_t node, std::string_view json) {
  ++quiet_;
  const bool holds = check(node, json);
  --quiet_;
  return holds;
}

bool ValidatorWalk::spend(uint64_t steps) {
  owner_.steps_ += steps;
  if (edits_) walked_ = at_;
  const uint64_t bytes = static_cast<uint64_t>(walked_ - text_.data());
  return owner_.steps_ <= kStepsFree + kStepsPerByte * bytes || fail_cost("schemas to try");
}

// ---- Faults ----

EDGEHOSE_RARE bool ValidatorWalk::fail(std::string_view keyword, std::string_view expected,
                                       std::string_view actual) {
  if (quiet_ == 0 && !stopped_) describe(keyword, expected, actual);
  return false;
}

EDGEHOSE_RARE void ValidatorWalk::describe(std::string_view keyword, std::string_view expected,
                                           std::string_view actual) {
  PlanFault& fault = owner_.fault_;
  fault.kind = FaultKind::schema;
  fault.keyword = keyword;
  fault.pointer.clear();
  append_pointer(fault.pointer);
  assign_bounded(fault.expected, expected);
  assign_bounded(fault.actual, actual);
}

EDGEHOSE_RARE bool ValidatorWalk::fail_count(std::string_view keyword, std::string_view bound,
                                             uint64_t expected, uint64_t actual,
                                             std::string_view unit) {
  if (quiet_ > 0 || stopped_) return false;
  describe(keyword, bound, {});
  append_number(owner_.fault_.expected, static_cast<int64_t>(expected));
  owner_.fault_.expected += unit;
  append_number(owner_.fault_.actual, static_cast<int64_t>(actual));
  return false;
}

EDGEHOSE_RARE bool ValidatorWalk::fail_type(uint32_t flags, std::string_view actual) {
  if (quiet_ > 0 || stopped_) return false;
  if ((flags & kNodeFalse) != 0) return fail("false", "no value at all", actual);
  describe("type", {}, actual);
  std::string& expected = owner_.fault_.expected;
  for (uint32_t i = 0; i < kTypeNames.size(); ++i) {
    if ((flags >> i & 1) == 0) continue;
    if (!expected.empty()) expected += " or ";
    expected += kTypeNames[i];
  }
  return false;
}

// The pointer names the member that is missing.
EDGEHOSE_RARE bool ValidatorWalk::fail_missing(std::string_view keyword, std::string_view name,
                                               std::string_view because) {
  if (quiet_ > 0 || stopped_) return false;
  describe(keyword, name, "absent");
  std::string& pointer = owner_.fault_.pointer;
  json_append_pointer_step(pointer, name);
  pointer.resize(utf8_prefix(pointer, kPointerBytesMax).size());
  if (!because.empty()) {
    owner_.fault_.expected += ", because there is ";
    owner_.fault_.expected += utf8_prefix(because, kFaultTextBytesMax);
  }
  return false;
}

EDGEHOSE_RARE bool ValidatorWalk::fail_twice(std::string_view raw_key) {
  describe({}, "each member once", raw_key);
  owner_.fault_.kind = FaultKind::duplicate;
  stopped_ = true;
  return false;
}

EDGEHOSE_RARE bool ValidatorWalk::fail_json() {
  if (!stopped_) owner_.fault_.kind = FaultKind::json;
  stopped_ = true;
  return false;
}

EDGEHOSE_RARE bool ValidatorWalk::fail_cost(std::string_view what) {
  if (stopped_) return false;
  describe({}, what, {});
  owner_.fault_.kind = FaultKind::too_costly;
  owner_.fault_.expected.insert(0, "fewer ");
  stopped_ = true;
  return false;
}

EDGEHOSE_RARE void ValidatorWalk::append_pointer(std::string& pointer) const {
  std::string& name = owner_.name_;
  for (uint32_t i = 0; i < depth_ && pointer.size() < kPointerBytesMax; ++i) {
    const PathStep& step = path_[i];
    if (step.key == nullptr) {
      pointer.push_back('/');
      append_number(pointer, step.bytes_or_index);
      continue;
    }
    // The key stands between its quotes.
    name.clear();
    json_append_decoded(name, {step.key - 1, step.bytes_or_index + size_t{2}});
    json_append_pointer_step(pointer, name);
  }
  pointer.resize(utf8_prefix(pointer, kPointerBytesMax).size());
}

}  // namespace edgehose
