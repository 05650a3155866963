#include "simulator/services/apigateway/vtl.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "shared/base/text.h"
#include "simulator/services/apigateway/vtl_json_path.h"
#include "simulator/services/apigateway/vtl_methods.h"

namespace edgehose {
namespace {

constexpr size_t kItemBytes = 32;
constexpr size_t kMemberBytes = 64;
constexpr size_t kBytesAStep = 16;

// How a block ended.
enum class Flow : uint8_t { on, stop_loop, stop };

class Run {
 public:
  Run(const VtlInput& input, const VtlLimits& limits, const VtlRules& rules)
      : input_(input),
        limits_(limits),
        rules_(rules),
        heap_(limits.heap_bytes),
        steps_(limits.steps),
        calls_{heap_, limits, steps_} {
    variables_.put("input", VtlObject::input);
    variables_.put("util", VtlObject::util);
    variables_.put("stageVariables", map_of(input.stage_variables));
    variables_.put("context", context());
  }

  std::variant<VtlOutput, VtlFault> run(const VtlTemplate& script) {
    VtlOutput output;
    (void)block(script.nodes, output.text);
    if (!fault_) output.overrides = overrides();
    if (fault_) return *fault_;
    return output;
  }

 private:
  // Where the run stands is what a fault names.
  void fail(VtlFaultKind kind, std::string what) {
    if (!fault_) fault_ = VtlFault{kind, place_, std::move(what)};
  }
  void fail_over() {
    fail(VtlFaultKind::limit, "the template does more than this simulator lets it");
  }
  bool ok() {
    if (heap_.is_full()) {
      fail(VtlFaultKind::limit, "the template's values take more memory than this simulator gives");
    }
    return !fault_;
  }
  bool spend(size_t steps = 1) {
    if (!calls_.spend(steps)) fail_over();
    return ok();
  }
  VtlValue take(VtlAnswer answer) {
    if (!answer.fault.empty()) fail(answer.kind, std::move(answer.fault));
    return answer.value;
  }

  VtlMap* map_of(const VtlTexts& texts) {
    VtlMap* map = heap_.map();
    for (const auto& [name, text] : texts) {
      map->put(heap_.text(name), heap_.text(text));
      heap_.charge(kMemberBytes);
    }
    return map;
  }

  VtlMap* inner_map(VtlMap& map, std::string_view name) {
    const VtlValue* found = map.find(name);
    if (found != nullptr) {
      if (const auto* inner = std::get_if<VtlMap*>(found)) return *inner;
    }
    VtlMap* inner = heap_.map();
    map.put(heap_.text(std::string(name)), inner);
    return inner;
  }

  VtlMap* context() {
    VtlMap* root = heap_.map();
    for (const VtlContextEntry& entry : input_.context) {
      VtlMap* map = root;
      std::string_view name = entry.name;
      for (size_t dot; (dot = name.find('.')) != std::string_view::npos;) {
        map = inner_map(*map, name.substr(0, dot));
        name.remove_prefix(dot + 1);
      }
      const std::string_view text = heap_.text(entry.text);
      map->put(heap_.text(std::string(name)), entry.is_number ? vtl_number(text) : VtlValue(text));
    }
    VtlMap* request = inner_map(*root, "requestOverride");
    for (const char* part : {"header", "querystring", "path"}) (void)inner_map(*request, part);
    (void)inner_map(*inner_map(*root, "responseOverride"), "header");
    return root;
  }

  // ---- statements

  Flow block(const std::vector<VtlNode>& nodes, std::string& out) {
    for (const VtlNode& node : nodes) {
      place_ = node.place;
      if (!spend()) return Flow::stop;
      const Flow flow = statement(node, out);
      if (out.size() > limits_.output_bytes) {
        fail(VtlFaultKind::limit, "the template's text is longer than this simulator lets it be");
      }
      if (!ok()) return Flow::stop;
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  Flow statement(const VtlNode& node, std::string& out) {
    switch (node.kind) {
      case VtlNode::Kind::text:
        out.append(node.text);
        return Flow::on;
      case VtlNode::Kind::reference:
        print(node.reference, out);
        return Flow::on;
      case VtlNode::Kind::set:
        set(node);
        return Flow::on;
      case VtlNode::Kind::choice:
        return choose(node, out);
      case VtlNode::Kind::foreach:
        return loop(node, out);
      case VtlNode::Kind::stop_loop:
        return Flow::stop_loop;
      default:
        return Flow::stop;
    }
  }

  void append(std::string& out, const VtlValue& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      if (spend(text->size() / kBytesAStep)) out.append(*text);
      return;
    }
    VtlBudget budget{steps_, limits_.output_bytes, limits_.depth};
    if (!vtl_append_text(out, value, budget)) return fail_over();
    steps_ = budget.steps;
  }

  void print(const VtlReference& reference, std::string& out) {
    const VtlValue value = evaluate(reference);
    if (!ok()) return;
    if (vtl_is_null(value)) {
      // Backslashes before what is not there are text.
      out.append(reference.backslashes, '\\');
      if (!reference.is_quiet) out.append(reference.source);
      return;
    }
    out.append(reference.backslashes / 2, '\\');
    if (reference.backslashes % 2 == 1) {
      out.append(reference.source);
      return;
    }
    append(out, value);
  }

  Flow choose(const VtlNode& node, std::string& out) {
    for (const VtlBranch& branch : node.branches) {
      const bool is_taken = vtl_is_true(evaluate(branch.condition));
      if (!ok()) return Flow::stop;
      if (is_taken) return block(branch.body, out);
    }
    return block(node.body, out);
  }

  void set(const VtlNode& node) {
    const VtlValue value = evaluate(node.expression);
    // Velocity 1.7 leaves what is set to null as it was.
    if (!ok() || vtl_is_null(value)) return;
    const VtlReference& target = node.reference;
    if (target.steps.empty()) {
      variables_.put(heap_.text(target.name), value);
      heap_.charge(kMemberBytes);
      return;
    }
    VtlValue holder = variable(target.name);
    for (size_t i = 0; i + 1 < target.steps.size() && ok(); ++i) {
      holder = step(holder, target.steps[i]);
    }
    if (ok()) put(holder, target.steps.back(), value);
  }

  void put(const VtlValue& holder, const VtlStep& where, const VtlValue& value) {
    VtlValue key = heap_.text(where.name);
    if (where.kind == VtlStep::Kind::index) key = evaluate(where.arguments.front());
    if (!ok()) return;
    if (const auto* map = std::get_if<VtlMap*>(&holder)) {
      const std::array<VtlValue, 2> arguments = {key, value};
      (void)take(vtl_call(calls_, *map, "put", arguments));
      return;
    }
    if (auto* const* list = std::get_if<VtlList*>(&holder)) {
      const auto* at = std::get_if<int64_t>(&key);
      if (at == nullptr || *at < 0 || *at >= static_cast<int64_t>((*list)->items.size())) {
        return fail(VtlFaultKind::failed, "#set beyond the list's end");
      }
      (*list)->items[static_cast<size_t>(*at)] = value;
      return;
    }
    fail(VtlFaultKind::failed, "#set of a part of what has no parts");
  }

  // ---- #foreach

  Flow loop(const VtlNode& node, std::string& out) {
    const VtlValue over = evaluate(node.expression);
    if (!ok()) return Flow::stop;
    const std::vector<VtlValue> items = first_items(over);
    const std::string& name = node.reference.name;
    const std::array<std::string_view, 3> kept = {name, "foreach", "velocityCount"};
    std::array<VtlValue, 3> before;
    for (size_t i = 0; i < kept.size(); ++i) before[i] = variable(kept[i]);
    const Flow flow = iterate(node, items, before[1], out);
    for (size_t i = 0; i < kept.size(); ++i) assign(kept[i], before[i]);
    return flow == Flow::stop_loop ? Flow::on : flow;
  }

  // A copy, since the body may change the list: of no more than it takes to find it too long.
  std::vector<VtlValue> first_items(const VtlValue& over) const {
    std::vector<VtlValue> items;
    const size_t most = limits_.foreach_iterations + 1;
    if (const auto* list = std::get_if<VtlList*>(&over)) {
      const auto& all = (*list)->items;
      const auto count = static_cast<ptrdiff_t>(std::min(most, all.size()));
      items.assign(all.begin(), all.begin() + count);
    } else if (const auto* map = std::get_if<VtlMap*>(&over)) {
      for (const auto& [key, value] : (*map)->entries) {
        if (items.size() == most) break;
        items.push_back(value);
      }
    }
    return items;
  }

  Flow iterate(const VtlNode& node, const std::vector<VtlValue>& items, const VtlValue& outer,
               std::string& out) {
    VtlMap* state = heap_.map();
    const VtlPlace place = node.place;
    if (!vtl_is_null(outer)) state->put("parent", outer);
    for (size_t i = 0; i < items.size(); ++i) {
      if (i == limits_.foreach_iterations) {
        place_ = place;
        fail(VtlFaultKind::limit,
             "#foreach of more than " + std::to_string(limits_.foreach_iterations) + " iterations");
        return Flow::stop;
      }
      const auto index = static_cast<int64_t>(i);
      state->put("index", index);
      state->put("count", index + 1);
      state->put("hasNext", i + 1 < items.size());
      state->put("first", i == 0);
      state->put("last", i + 1 == items.size());
      assign(node.reference.name, items[i]);
      assign("foreach", state);
      assign("velocityCount", index + 1);
      const Flow flow = block(node.body, out);
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  void assign(std::string_view name, const VtlValue& value) {
    if (variables_.find(name) != nullptr) {
      variables_.put(name, value);
    } else {
      variables_.put(heap_.text(std::string(name)), value);
    }
  }

  // ---- references

  VtlValue variable(std::string_view name) const {
    const VtlValue* found = variables_.find(name);
    return found == nullptr ? VtlValue{} : *found;
  }

  VtlValue evaluate(const VtlReference& reference) {
    place_ = reference.place;
    VtlValue value = variable(reference.name);
    for (const VtlStep& next : reference.steps) {
      if (!ok() || vtl_is_null(value)) return {};
      value = step(value, next);
    }
    return value;
  }

  VtlValue step(const VtlValue& on, const VtlStep& next) {
    if (!spend() || vtl_is_null(on)) return {};
    const VtlPlace place = place_;
    std::vector<VtlValue> arguments;
    for (const VtlExpression& argument : next.arguments) {
      arguments.push_back(evaluate(argument));
      if (!ok()) return {};
    }
    place_ = place;
    switch (next.kind) {
      case VtlStep::Kind::property:
        return property(on, next.name);
      case VtlStep::Kind::index:
        return item(on, arguments.front());
      default:
        return call(on, next.name, arguments);
    }
  }

  VtlValue property(const VtlValue& on, std::string_view name) {
    if (const auto* map = std::get_if<VtlMap*>(&on)) {
      const VtlValue* found = (*map)->find(name);
      if (found != nullptr) return *found;
      return name == "empty" ? VtlValue((*map)->entries.empty()) : VtlValue{};
    }
    if (const auto* object = std::get_if<VtlObject>(&on)) {
      if (*object == VtlObject::input && name == "body") return input_.body;
      return {};
    }
    // What Java has as isEmpty().
    if (const auto* list = std::get_if<VtlList*>(&on); list != nullptr && name == "empty") {
      return (*list)->items.empty();
    }
    const auto* text = std::get_if<std::string_view>(&on);
    return text != nullptr && name == "empty" ? VtlValue(text->empty()) : VtlValue{};
  }

  VtlValue item(const VtlValue& on, const VtlValue& key) {
    const std::array<VtlValue, 1> arguments = {key};
    const bool has_items =
        std::holds_alternative<VtlMap*>(on) || std::holds_alternative<VtlList*>(on);
    if (has_items) return take(vtl_call(calls_, on, "get", arguments));
    fail(VtlFaultKind::failed, "an index into what is neither a list nor a map");
    return {};
  }

  VtlValue call(const VtlValue& on, std::string_view name, const std::vector<VtlValue>& arguments) {
    const auto* object = std::get_if<VtlObject>(&on);
    if (object == nullptr) return take(vtl_call(calls_, on, name, arguments));
    if (*object == VtlObject::util) return take(vtl_call_util(calls_, name, arguments));
    if (name == "params" && arguments.empty()) return parameters();
    const std::string_view* text =
        arguments.size() == 1 ? std::get_if<std::string_view>(&arguments.front()) : nullptr;
    if (text != nullptr && name == "params") return parameter(*text);
    if (text != nullptr && name == "path") return part(*text);
    if (text != nullptr && name == "json") return json(*text);
    fail(VtlFaultKind::not_modelled, "$input." + std::string(name) + "() with " +
                                         std::to_string(arguments.size()) +
                                         " arguments of this kind is not modelled");
    return {};
  }

  // ---- $input

  VtlValue parameters() {
    if (!vtl_is_null(parameters_)) return parameters_;
    VtlMap* map = heap_.map();
    map->put("path", map_of(input_.path));
    map->put("querystring", map_of(input_.querystring));
    map->put("header", map_of(input_.header));
    parameters_ = map;
    return map;
  }

  VtlValue parameter(std::string_view name) {
    for (const VtlTexts* texts : {&input_.path, &input_.querystring}) {
      for (const auto& [key, text] : *texts) {
        if (key == name) return heap_.text(text);
      }
    }
    for (const auto& [key, text] : input_.header) {
      if (equals_ignoring_case(key, name)) return heap_.text(text);
    }
    return std::string_view();
  }

  // The body as a value, read when it is first asked for.
  bool read_body() {
    if (is_body_read_) return true;
    std::string fault;
    const bool is_empty = trim(input_.body).empty();
    const std::string_view text = is_empty ? rules_.empty_body : input_.body;
    if (!spend(text.size() / kBytesAStep)) return false;
    const auto value = vtl_parse_json(heap_, text, limits_.depth, fault);
    if (!value) {
      fail(VtlFaultKind::input, fault);
      return false;
    }
    body_ = *value;
    is_body_read_ = true;
    return ok();
  }

  VtlFound find(std::string_view path_text) {
    VtlFound found;
    std::string fault;
    const auto path = vtl_read_path(path_text, fault);
    if (!path) fail(VtlFaultKind::not_modelled, fault);
    if (!ok() || !read_body()) return found;
    found = vtl_find(heap_, body_, *path, steps_);
    if (found.is_over) fail_over();
    return found;
  }

  VtlValue part(std::string_view path) {
    const VtlFound found = find(path);
    return found.is_found ? found.value : VtlValue(std::string_view());
  }

  VtlValue json(std::string_view path) {
    const VtlFound found = find(path);
    if (!ok()) return {};
    if (!found.is_found) return rules_.missing_json;
    std::string text;
    VtlBudget budget{steps_, limits_.output_bytes, limits_.depth};
    if (!vtl_append_json(text, found.value, budget)) {
      fail_over();
      return {};
    }
    steps_ = budget.steps;
    return heap_.text(std::move(text));
  }

  // ---- expressions

  VtlValue evaluate(const VtlExpression& expression) {
    place_ = expression.place;
    if (!spend()) return {};
    switch (expression.kind) {
      case VtlExpression::Kind::text:
        return std::string_view(expression.text);
      case VtlExpression::Kind::interpolated:
        return interpolate(expression);
      case VtlExpression::Kind::number:
        return vtl_number(expression.text);
      case VtlExpression::Kind::boolean:
        return expression.text == "true";
      case VtlExpression::Kind::list:
        return list(expression);
      case VtlExpression::Kind::range:
        return range(expression);
      case VtlExpression::Kind::map:
        return map(expression);
      case VtlExpression::Kind::reference:
        return evaluate(expression.reference);
      case VtlExpression::Kind::negation: {
        const VtlValue value = evaluate(expression.parts.front());
        return !vtl_is_true(value);
      }
      default:
        return chain(expression);
    }
  }

  VtlValue interpolate(const VtlExpression& expression) {
    std::string text;
    (void)block(expression.body, text);
    return ok() ? VtlValue(heap_.text(std::move(text))) : VtlValue{};
  }

  VtlValue list(const VtlExpression& expression) {
    VtlList* made = heap_.list();
    for (const VtlExpression& part : expression.parts) {
      made->items.push_back(evaluate(part));
      heap_.charge(kItemBytes);
      if (!ok()) break;
    }
    return made;
  }

  VtlValue range(const VtlExpression& expression) {
    const VtlValue from = evaluate(expression.parts.front());
    const VtlValue to = evaluate(expression.parts.back());
    const auto* first = std::get_if<int64_t>(&from);
    const auto* last = std::get_if<int64_t>(&to);
    if (first == nullptr || last == nullptr) return {};
    VtlList* made = heap_.list();
    const int64_t step = *last < *first ? -1 : 1;
    for (int64_t at = *first;; at += step) {
      made->items.emplace_back(at);
      heap_.charge(kItemBytes);
      if (at == *last || !spend()) break;
    }
    return made;
  }

  VtlValue map(const VtlExpression& expression) {
    VtlMap* made = heap_.map();
    for (size_t i = 0; i + 1 < expression.parts.size() && ok(); i += 2) {
      std::string key;
      append(key, evaluate(expression.parts[i]));
      const VtlValue value = evaluate(expression.parts[i + 1]);
      made->put(heap_.text(std::move(key)), value);
      heap_.charge(kMemberBytes);
    }
    return made;
  }

  VtlValue chain(const VtlExpression& expression) {
    VtlValue left = evaluate(expression.parts.front());
    for (size_t i = 0; i < expression.operators.size() && ok(); ++i) {
      const VtlOperator op = expression.operators[i];
      const VtlExpression& next = expression.parts[i + 1];
      if (op == VtlOperator::logical_and) {
        left = vtl_is_true(left) && vtl_is_true(evaluate(next));
      } else if (op == VtlOperator::logical_or) {
        left = vtl_is_true(left) || vtl_is_true(evaluate(next));
      } else {
        const VtlValue right = evaluate(next);
        place_ = next.place;
        if (ok()) left = apply(op, left, right);
      }
    }
    return left;
  }

  VtlValue apply(VtlOperator op, const VtlValue& left, const VtlValue& right) {
    if (op == VtlOperator::equal || op == VtlOperator::not_equal) {
      const auto same = vtl_equal(left, right, steps_);
      if (!same) fail_over();
      return same.value_or(false) == (op == VtlOperator::equal);
    }
    const bool are_numbers = vtl_is_number(left) && vtl_is_number(right);
    if (op < VtlOperator::add) return are_numbers && compare(op, left, right);
    if (are_numbers) return calculate(op, left, right);
    const bool has_text = std::holds_alternative<std::string_view>(left) ||
                          std::holds_alternative<std::string_view>(right);
    if (op != VtlOperator::add || !has_text) return {};
    std::string text;
    append(text, left);
    append(text, right);
    return ok() ? VtlValue(heap_.text(std::move(text))) : VtlValue{};
  }

  static bool compare(VtlOperator op, const VtlValue& left, const VtlValue& right) {
    const auto* a = std::get_if<int64_t>(&left);
    const auto* b = std::get_if<int64_t>(&right);
    const bool are_whole = a != nullptr && b != nullptr;
    const bool is_less = are_whole ? *a < *b : vtl_double(left) < vtl_double(right);
    const bool is_greater = are_whole ? *a > *b : vtl_double(left) > vtl_double(right);
    switch (op) {
      case VtlOperator::less:
        return is_less;
      case VtlOperator::less_or_equal:
        return !is_greater;
      case VtlOperator::greater:
        return is_greater;
      default:
        return !is_less;
    }
  }

  VtlValue calculate(VtlOperator op, const VtlValue& left, const VtlValue& right) {
    const auto* a = std::get_if<int64_t>(&left);
    const auto* b = std::get_if<int64_t>(&right);
    if (a == nullptr || b == nullptr)
      return calculate_double(op, vtl_double(left), vtl_double(right));
    int64_t result = 0;
    bool is_over = false;
    switch (op) {
      case VtlOperator::add:
        is_over = __builtin_add_overflow(*a, *b, &result);
        break;
      case VtlOperator::subtract:
        is_over = __builtin_sub_overflow(*a, *b, &result);
        break;
      case VtlOperator::multiply:
        is_over = __builtin_mul_overflow(*a, *b, &result);
        break;
      default:
        // Velocity writes a division by zero into its log and gives null.
        if (*b == 0) return {};
        is_over = *a == INT64_MIN && *b == -1;
        if (!is_over) result = op == VtlOperator::divide ? *a / *b : *a % *b;
    }
    if (is_over) fail(VtlFaultKind::not_modelled, "a number beyond 64 bits is not modelled");
    return result;
  }

  VtlValue calculate_double(VtlOperator op, double a, double b) {
    double result = 0;
    switch (op) {
      case VtlOperator::add:
        result = a + b;
        break;
      case VtlOperator::subtract:
        result = a - b;
        break;
      case VtlOperator::multiply:
        result = a * b;
        break;
      default:
        if (b == 0) return {};
        result = op == VtlOperator::divide ? a / b : std::fmod(a, b);
    }
    return VtlDecimal{heap_.text(vtl_double_text(result))};
  }

  // ---- what was set in $context

  VtlTexts texts_of(const VtlValue* value) {
    VtlTexts texts;
    const auto* map = value == nullptr ? nullptr : std::get_if<VtlMap*>(value);
    if (map == nullptr) return texts;
    for (const auto& [name, text] : (*map)->entries) {
      std::string made;
      append(made, text);
      texts.emplace_back(name, std::move(made));
    }
    return texts;
  }

  static const VtlMap* map_at(const VtlMap& map, std::string_view name) {
    const VtlValue* found = map.find(name);
    const auto* inner = found == nullptr ? nullptr : std::get_if<VtlMap*>(found);
    return inner == nullptr ? nullptr : *inner;
  }

  VtlOverrides overrides() {
    VtlOverrides made;
    const VtlMap* context = map_at(variables_, "context");
    if (context == nullptr) return made;
    if (const VtlMap* request = map_at(*context, "requestOverride")) {
      made.request_headers = texts_of(request->find("header"));
      made.request_querystring = texts_of(request->find("querystring"));
      made.request_path = texts_of(request->find("path"));
    }
    const VtlMap* response = map_at(*context, "responseOverride");
    if (response == nullptr) return made;
    made.response_headers = texts_of(response->find("header"));
    if (const VtlValue* status = response->find("status")) {
      std::string text;
      append(text, *status);
      const VtlValue number = vtl_number(text);
      const auto* whole = std::get_if<int64_t>(&number);
      if (whole == nullptr || *whole < 100 || *whole > 599) {
        fail(VtlFaultKind::failed, "$context.responseOverride.status is no HTTP status");
      } else {
        made.status = *whole;
      }
    }
    return made;
  }

  const VtlInput& input_;
  const VtlLimits& limits_;
  const VtlRules& rules_;
  VtlHeap heap_;
  size_t steps_;
  VtlCallWorld calls_;
  VtlMap variables_;
  VtlValue parameters_;
  VtlValue body_;
  bool is_body_read_ = false;
  VtlPlace place_;
  std::optional<VtlFault> fault_;
};

}  // namespace

std::variant<VtlOutput, VtlFault> vtl_run(const VtlTemplate& script, const VtlInput& input,
                                          const VtlLimits& limits, const VtlRules& rules) {
  return Run(input, limits, rules).run(script);
}

}  // namespace edgehose
