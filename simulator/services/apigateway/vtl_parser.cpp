#include "simulator/services/apigateway/vtl_parser.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "shared/base/text.h"

namespace edgehose {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_space(char c) { return is_blank(c) || c == '\n' || c == '\r'; }
bool starts_name(char c) { return is_alpha(c) || c == '_'; }
bool is_name(char c) { return is_alnum(c) || c == '_' || c == '-'; }
bool is_word(char c) { return is_alnum(c) || c == '_' || c == '@'; }

// Directives of Velocity that API Gateway's templates have no use for, or may not use.
constexpr std::array<std::string_view, 6> kNotModelled = {"macro",  "parse",    "include",
                                                          "define", "evaluate", "literal"};
constexpr std::array<std::string_view, 8> kDirectives = {"set", "if",      "elseif", "else",
                                                         "end", "foreach", "break",  "stop"};

bool is_directive(std::string_view word) {
  const auto has = [&](const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return has(kDirectives) || has(kNotModelled);
}

// \u00e9 in a double-quoted literal, the one escape that Velocity 1.7 undoes there.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t code = 0;
    bool is_escape = text[i] == '\\' && text.size() - i >= 6 && text[i + 1] == 'u';
    for (size_t k = 2; is_escape && k < 6; ++k) {
      const int digit = hex_value(text[i + k]);
      is_escape = digit >= 0;
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    if (!is_escape) {
      out.push_back(text[i]);
      continue;
    }
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    append_utf8(out, is_surrogate ? 0xfffd : code);
    i += 5;
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, VtlPlace base, uint32_t depth_max)
      : text_(text), base_(base), depth_max_(depth_max) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  std::optional<VtlFault> fault() const { return fault_; }

  // A whole template or the inside of a string.
  std::vector<VtlNode> read_all() {
    std::vector<VtlNode> nodes = block();
    if (!ok() || at_ == text_.size()) return nodes;
    fail(VtlFaultKind::syntax,
         "#" + std::string(directive_word()) + " without its #if or #foreach");
    return nodes;
  }

 private:
  bool ok() const { return !fault_; }
  bool fail(VtlFaultKind kind, std::string what) { return fail_at(at_, kind, std::move(what)); }
  bool fail_at(size_t at, VtlFaultKind kind, std::string what) {
    if (!fault_) fault_ = VtlFault{kind, place_at(at), std::move(what)};
    return false;
  }
  bool expected(std::string_view what) {
    return fail(VtlFaultKind::syntax, "expected " + std::string(what));
  }

  VtlPlace place_at(size_t at) const {
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
    const auto lines = static_cast<uint32_t>(next - line_starts_.begin());
    if (lines == 0) return {base_.line, base_.column + static_cast<uint32_t>(at)};
    return {base_.line + lines, static_cast<uint32_t>(at - *std::prev(next)) + 1};
  }

  char look(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool stands(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  bool try_take(std::string_view word) {
    if (!stands(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  // Blanks and a newline, if nothing else stands before the newline.
  void take_line_end() {
    size_t end = at_;
    while (end < text_.size() && is_blank(text_[end])) ++end;
    if (end < text_.size() && text_[end] == '\r') {
      at_ = end + 1;
      if (look() == '\n') ++at_;
    } else if (end < text_.size() && text_[end] == '\n') {
      at_ = end + 1;
    }
  }

  // The name after the # at `at`, `{name}` too; empty when there is none.
  std::string_view word_at(size_t at, size_t& end) const {
    end = at + 1;
    const bool is_braced = end < text_.size() && text_[end] == '{';
    const size_t start = is_braced ? end + 1 : end;
    if (start >= text_.size() || !(starts_name(text_[start]) || text_[start] == '@')) return {};
    end = start;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view word = text_.substr(start, end - start);
    if (!is_braced) return word;
    if (end >= text_.size() || text_[end] != '}') return {};
    ++end;
    return word;
  }
  std::string_view directive_word() const {
    size_t end = 0;
    return look() == '#' ? word_at(at_, end) : std::string_view{};
  }

  class Deeper {
   public:
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser.depth_ > parser.depth_max_) {
        parser.fail(VtlFaultKind::limit, "directives and expressions nested deeper than " +
                                             std::to_string(parser.depth_max_));
      }
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  // Up to the end of the text or an #end, #else or #elseif, which stays.
  std::vector<VtlNode> block() {
    std::vector<VtlNode> nodes;
    const Deeper deeper(*this);
    while (ok() && at_ < text_.size()) {
      const std::string_view word = directive_word();
      if (word == "end" || word == "else" || word == "elseif") break;
      statement(nodes);
    }
    return nodes;
  }

  void add_text(std::vector<VtlNode>& nodes, std::string_view text) {
    if (text.empty()) return;
    if (nodes.empty() || nodes.back().kind != VtlNode::Kind::text) {
      nodes.push_back({.kind = VtlNode::Kind::text, .place = place_at(at_)});
    }
    nodes.back().text.append(text);
  }

  void statement(std::vector<VtlNode>& nodes) {
    if (try_set(nodes)) return;
    switch (look()) {
      case '\\':
        return escape(nodes);
      case '#':
        return hash(nodes);
      case '$':
        if (!try_reference(nodes, 0)) {
          add_text(nodes, "$");
          ++at_;
        }
        return;
      default:
        const size_t end = std::min(text_.find_first_of("$#\\", at_), text_.size());
        add_text(nodes, text_.substr(at_, end - at_));
        at_ = end;
    }
  }

  // #set with the blanks before it.
  bool try_set(std::vector<VtlNode>& nodes) {
    size_t at = at_;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    if (at >= text_.size() || text_[at] != '#') return false;
    size_t end = 0;
    if (word_at(at, end) != "set") return false;
    while (end < text_.size() && text_[end] == ' ') ++end;
    if (end >= text_.size() || text_[end] != '(') return false;
    VtlNode node{.kind = VtlNode::Kind::set, .place = place_at(at)};
    at_ = end + 1;
    set_body(node);
    if (ok()) nodes.push_back(std::move(node));
    return true;
  }

  void set_body(VtlNode& node) {
    skip_spaces();
    if (!reference(node.reference)) {
      expected("a reference to set, as in #set($a = 1)");
      return;
    }
    if (!node.reference.steps.empty() &&
        node.reference.steps.back().kind == VtlStep::Kind::method) {
      fail(VtlFaultKind::syntax, "the answer of a method cannot be set");
      return;
    }
    skip_spaces();
    if (!try_take("=")) {
      expected("=");
      return;
    }
    node.expression = expression();
    close_directive();
  }

  void close_directive() {
    if (!ok()) return;
    skip_spaces();
    if (!try_take(")")) {
      expected(")");
      return;
    }
    take_line_end();
  }

  // Backslashes hide a directive or a reference behind them from Velocity, and nothing else.
  void escape(std::vector<VtlNode>& nodes) {
    const size_t start = at_;
    while (look() == '\\') ++at_;
    const size_t count = at_ - start;
    if (look() == '$') {
      if (try_reference(nodes, static_cast<uint32_t>(count))) return;
    } else if (look() == '#') {
      size_t end = 0;
      if (is_directive(word_at(at_, end))) {
        add_text(nodes, std::string(count / 2, '\\'));
        if (count % 2 == 0) return;
        add_text(nodes, text_.substr(at_, end - at_));
        at_ = end;
        return;
      }
    }
    add_text(nodes, text_.substr(start, count));
  }

  void hash(std::vector<VtlNode>& nodes) {
    if (stands("##")) return line_comment();
    if (stands("#*")) return skip_to("*#", "#* without its *#");
    if (stands("#[[")) return raw_text(nodes);
    size_t end = 0;
    const std::string_view word = word_at(at_, end);
    if (word == "if") return choice(nodes, end);
    if (word == "foreach") return loop(nodes, end);
    if (word == "break" || word == "stop") {
      const auto kind = word == "stop" ? VtlNode::Kind::stop : VtlNode::Kind::stop_loop;
      nodes.push_back({.kind = kind, .place = place_at(at_)});
      at_ = end;
      return;
    }
    for (const std::string_view other : kNotModelled) {
      if (word != other) continue;
      fail(VtlFaultKind::not_modelled, "#" + std::string(word) + " is not modelled");
      return;
    }
    add_text(nodes, "#");
    ++at_;
  }

  void line_comment() {
    const size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }
  void skip_to(std::string_view mark, const char* fault) {
    const size_t end = text_.find(mark, at_ + 2);
    if (end == std::string_view::npos) {
      fail(VtlFaultKind::syntax, fault);
      return;
    }
    at_ = end + mark.size();
  }
  void raw_text(std::vector<VtlNode>& nodes) {
    const size_t start = at_ + 3;
    const size_t end = text_.find("]]#", start);
    if (end == std::string_view::npos) {
      fail(VtlFaultKind::syntax, "#[[ without its ]]#");
      return;
    }
    add_text(nodes, text_.substr(start, end - start));
    at_ = end + 3;
  }

  bool open_directive(size_t word_end, const char* what) {
    const size_t start = at_;
    at_ = word_end;
    skip_spaces();
    if (try_take("(")) return true;
    return fail_at(start, VtlFaultKind::syntax, std::string(what) + " without its (");
  }

  VtlBranch branch(size_t word_end, const char* what) {
    VtlBranch made;
    if (!open_directive(word_end, what)) return made;
    made.condition = expression();
    close_directive();
    if (ok()) made.body = block();
    return made;
  }

  void choice(std::vector<VtlNode>& nodes, size_t word_end) {
    const size_t start = at_;
    VtlNode node{.kind = VtlNode::Kind::choice, .place = place_at(start)};
    node.branches.push_back(branch(word_end, "#if"));
    size_t end = 0;
    while (ok() && directive_word() == "elseif") {
      (void)word_at(at_, end);
      node.branches.push_back(branch(end, "#elseif"));
    }
    if (ok() && directive_word() == "else") {
      (void)word_at(at_, end);
      at_ = end;
      take_line_end();
      node.body = block();
    }
    close_block(start, "#if");
    if (ok()) nodes.push_back(std::move(node));
  }

  void close_block(size_t start, const char* what) {
    if (!ok()) return;
    if (directive_word() != "end") {
      fail_at(start, VtlFaultKind::syntax, std::string(what) + " without its #end");
      return;
    }
    size_t end = 0;
    (void)word_at(at_, end);
    at_ = end;
    take_line_end();
  }

  void loop(std::vector<VtlNode>& nodes, size_t word_end) {
    const size_t start = at_;
    VtlNode node{.kind = VtlNode::Kind::foreach, .place = place_at(start)};
    if (!open_directive(word_end, "#foreach")) return;
    skip_spaces();
    if (!reference(node.reference) || !node.reference.steps.empty()) {
      expected("a variable, as in #foreach($x in $list)");
      return;
    }
    skip_spaces();
    if (!try_take("in") || is_word(look())) {
      expected("in, as in #foreach($x in $list)");
      return;
    }
    node.expression = parameter();
    close_directive();
    if (ok()) node.body = block();
    close_block(start, "#foreach");
    if (ok()) nodes.push_back(std::move(node));
  }

  // At a $: adds the reference, or leaves everything as it is.
  bool try_reference(std::vector<VtlNode>& nodes, uint32_t backslashes) {
    VtlNode node{.kind = VtlNode::Kind::reference, .place = place_at(at_)};
    if (!reference(node.reference)) return !ok();
    node.reference.backslashes = backslashes;
    nodes.push_back(std::move(node));
    return true;
  }

  bool reference(VtlReference& made) {
    const size_t start = at_;
    if (look() != '$') return false;
    made.place = place_at(start);
    ++at_;
    made.is_quiet = try_take("!");
    const bool is_braced = try_take("{");
    if (!starts_name(look())) {
      at_ = start;
      return false;
    }
    const Deeper deeper(*this);
    made.name = name();
    steps(made.steps);
    if (is_braced && ok() && !try_take("}")) return expected("} of a ${reference}");
    made.source = text_.substr(start, at_ - start);
    return ok();
  }

  std::string name() {
    const size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  void steps(std::vector<VtlStep>& made) {
    while (ok()) {
      if (look() == '[') {
        ++at_;
        VtlStep step(VtlStep::Kind::index, {});
        step.arguments.push_back(parameter());
        if (!ok()) return;
        if (!try_take("]")) {
          expected("]");
          return;
        }
        made.push_back(std::move(step));
      } else if (look() == '.' && is_alpha(look(1))) {
        ++at_;
        VtlStep step(VtlStep::Kind::property, name());
        if (try_take("(")) {
          step.kind = VtlStep::Kind::method;
          step.arguments = parameters(")");
        }
        made.push_back(std::move(step));
      } else {
        return;
      }
    }
  }

  // What stands between brackets, with the closing one.
  std::vector<VtlExpression> parameters(std::string_view close) {
    std::vector<VtlExpression> made;
    skip_spaces();
    if (try_take(close)) return made;
    while (ok()) {
      made.push_back(parameter());
      if (!ok() || try_take(close)) return made;
      if (!try_take(",")) expected(", or " + std::string(close));
    }
    return made;
  }

  // What may be an argument, an element or a bound: Velocity 1.7 takes no operators there.
  VtlExpression parameter() {
    const Deeper deeper(*this);
    skip_spaces();
    VtlExpression made(place_at(at_));
    if (ok()) operand(made);
    skip_spaces();
    return made;
  }

  void operand(VtlExpression& made) {
    const char c = look();
    if (c == '"' || c == '\'') return string(made);
    if (c == '[') return list(made);
    if (c == '{') return map(made);
    if (is_digit(c) || c == '-' || c == '.') return number(made);
    if (c == '$') {
      made.kind = VtlExpression::Kind::reference;
      if (!reference(made.reference)) expected("a reference");
      return;
    }
    const size_t start = at_;
    while (is_word(look())) ++at_;
    made.text = text_.substr(start, at_ - start);
    made.kind = VtlExpression::Kind::boolean;
    if (made.text == "true" || made.text == "false") return;
    at_ = start;
    expected("a value");
  }

  // The string goes on over \" when another quote follows.
  size_t string_end(size_t start, char quote) const {
    size_t last = std::string_view::npos;
    for (size_t i = start; i < text_.size(); ++i) {
      if (text_[i] != quote) continue;
      last = i;
      if (quote == '\'' || text_[i - 1] != '\\' || i == start) break;
    }
    return last;
  }

  void string(VtlExpression& made) {
    const char quote = look();
    const size_t start = at_ + 1;
    const size_t end = string_end(start, quote);
    if (end == std::string_view::npos) {
      fail(VtlFaultKind::syntax, std::string("a string without its ") + quote);
      return;
    }
    const std::string_view inside = text_.substr(start, end - start);
    made.kind = VtlExpression::Kind::text;
    made.text = quote == '"' ? unescaped(inside) : std::string(inside);
    if (quote == '"' && made.text.find_first_of("$#") != std::string::npos)
      interpolate(made, start);
    at_ = end + 1;
  }

  void interpolate(VtlExpression& made, size_t start) {
    made.kind = VtlExpression::Kind::interpolated;
    if (depth_ >= depth_max_) {
      fail(VtlFaultKind::limit,
           "directives and expressions nested deeper than " + std::to_string(depth_max_));
      return;
    }
    Parser inner(made.text, place_at(start), depth_max_ - depth_);
    made.body = inner.read_all();
    if (inner.fault_) fault_ = inner.fault_;
  }

  void list(VtlExpression& made) {
    const size_t start = at_;
    ++at_;
    made.kind = VtlExpression::Kind::list;
    skip_spaces();
    if (try_take("]")) return;
    made.parts.push_back(parameter());
    if (!ok()) return;
    if (try_take("..")) {
      made.kind = VtlExpression::Kind::range;
      made.parts.push_back(parameter());
      if (ok() && !try_take("]")) expected("]");
      return;
    }
    if (try_take("]")) return;
    if (!try_take(",")) {
      expected(", or .. or ]");
      return;
    }
    for (VtlExpression& part : parameters("]")) made.parts.push_back(std::move(part));
    // A comma promises another element.
    if (ok() && made.parts.size() == 1)
      fail_at(start, VtlFaultKind::syntax, "a list ends in a comma");
  }

  void map(VtlExpression& made) {
    ++at_;
    made.kind = VtlExpression::Kind::map;
    skip_spaces();
    if (try_take("}")) return;
    while (ok()) {
      made.parts.push_back(parameter());
      if (!ok()) return;
      if (!try_take(":")) {
        expected(": after a key");
        return;
      }
      made.parts.push_back(parameter());
      if (!ok() || try_take("}")) return;
      if (!try_take(",")) expected(", or }");
    }
  }

  void number(VtlExpression& made) {
    const size_t start = at_;
    made.kind = VtlExpression::Kind::number;
    if (look() == '-') ++at_;
    const size_t digits = at_;
    while (is_digit(look())) ++at_;
    size_t count = at_ - digits;
    // 1..3 is a range of integers.
    if (look() == '.' && look(1) != '.') {
      ++at_;
      while (is_digit(look())) {
        ++at_;
        ++count;
      }
    }
    if (count == 0) {
      at_ = start;
      expected("a value");
      return;
    }
    exponent();
    made.text = text_.substr(start, at_ - start);
  }
  void exponent() {
    if (look() != 'e' && look() != 'E') return;
    const size_t sign = look(1) == '+' || look(1) == '-' ? 1 : 0;
    if (!is_digit(look(1 + sign))) return;
    at_ += 1 + sign;
    while (is_digit(look())) ++at_;
  }

  struct Word {
    std::string_view text;
    VtlOperator op;
    uint8_t level;
  };
  static constexpr uint8_t kLevels = 6;
  // Longer ones first; words stand for signs.
  static constexpr std::array<Word, 21> kOperators = {{
      {"||", VtlOperator::logical_or, 0},
      {"or", VtlOperator::logical_or, 0},
      {"&&", VtlOperator::logical_and, 1},
      {"and", VtlOperator::logical_and, 1},
      {"==", VtlOperator::equal, 2},
      {"eq", VtlOperator::equal, 2},
      {"!=", VtlOperator::not_equal, 2},
      {"ne", VtlOperator::not_equal, 2},
      {"<=", VtlOperator::less_or_equal, 3},
      {"le", VtlOperator::less_or_equal, 3},
      {">=", VtlOperator::greater_or_equal, 3},
      {"ge", VtlOperator::greater_or_equal, 3},
      {"<", VtlOperator::less, 3},
      {"lt", VtlOperator::less, 3},
      {">", VtlOperator::greater, 3},
      {"gt", VtlOperator::greater, 3},
      {"+", VtlOperator::add, 4},
      {"-", VtlOperator::subtract, 4},
      {"*", VtlOperator::multiply, 5},
      {"/", VtlOperator::divide, 5},
      {"%", VtlOperator::modulo, 5},
  }};

  std::optional<VtlOperator> try_operator(uint8_t level) {
    skip_spaces();
    for (const Word& word : kOperators) {
      if (!stands(word.text)) continue;
      if (is_alpha(word.text.front()) && is_word(look(word.text.size()))) continue;
      if (word.level != level) return std::nullopt;
      if (word.op == VtlOperator::subtract && is_digit(look(1))) {
        fail(VtlFaultKind::syntax, "Velocity reads -1 as a number: write a blank behind the minus");
        return std::nullopt;
      }
      at_ += word.text.size();
      return word.op;
    }
    return std::nullopt;
  }

  VtlExpression expression() {
    const Deeper deeper(*this);
    return ok() ? chain(0) : VtlExpression();
  }

  VtlExpression chain(uint8_t level) {
    if (level == kLevels) return unary();
    VtlExpression first = chain(level + 1);
    auto op = ok() ? try_operator(level) : std::nullopt;
    if (!op) return first;
    VtlExpression made(first.place);
    made.kind = VtlExpression::Kind::chain;
    made.parts.push_back(std::move(first));
    while (op) {
      made.operators.push_back(*op);
      made.parts.push_back(chain(level + 1));
      op = ok() ? try_operator(level) : std::nullopt;
    }
    return made;
  }

  VtlExpression unary() {
    const Deeper deeper(*this);
    skip_spaces();
    VtlExpression made(place_at(at_));
    if (!ok()) return made;
    const bool is_word_not = stands("not") && !is_word(look(3));
    if (is_word_not || look() == '!') {
      at_ += is_word_not ? 3 : 1;
      made.kind = VtlExpression::Kind::negation;
      made.parts.push_back(unary());
      return made;
    }
    if (!try_take("(")) return parameter();
    made = expression();
    skip_spaces();
    if (ok() && !try_take(")")) expected(")");
    return made;
  }

  std::string_view text_;
  VtlPlace base_;
  uint32_t depth_max_;
  uint32_t depth_ = 0;
  size_t at_ = 0;
  std::vector<size_t> line_starts_;
  std::optional<VtlFault> fault_;
};

}  // namespace

VtlStep::VtlStep(Kind step_kind, std::string step_name)
    : kind(step_kind), name(std::move(step_name)) {}
VtlStep::VtlStep(VtlStep&&) noexcept = default;
VtlStep& VtlStep::operator=(VtlStep&&) noexcept = default;
VtlStep::~VtlStep() = default;

VtlExpression::VtlExpression(VtlPlace at) : place(at) {}
VtlExpression::VtlExpression(VtlExpression&&) noexcept = default;
VtlExpression& VtlExpression::operator=(VtlExpression&&) noexcept = default;
VtlExpression::~VtlExpression() = default;

std::string to_text(const VtlFault& fault) {
  return "line " + std::to_string(fault.place.line) + ", column " +
         std::to_string(fault.place.column) + ": " + fault.what;
}

std::variant<VtlTemplate, VtlFault> vtl_parse(std::string_view text, const VtlLimits& limits) {
  if (text.size() > limits.template_bytes) {
    return VtlFault{VtlFaultKind::limit,
                    {},
                    "a template of more than " + std::to_string(limits.template_bytes) + " bytes"};
  }
  Parser parser(text, {}, limits.depth);
  VtlTemplate made{parser.read_all()};
  if (parser.fault()) return *parser.fault();
  return made;
}

}  // namespace edgehose
