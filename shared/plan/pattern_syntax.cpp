#include "shared/plan/pattern_syntax.h"

#include <algorithm>

#include "shared/base/text.h"
#include "shared/plan/plan_binary.h"

namespace edgehose {
namespace {

constexpr uint32_t kCodePointMax = 0x10ffff;
constexpr uint32_t kDepthMax = 100;
constexpr uint32_t kRepeatMax = 10'000;
constexpr uint32_t kNoCodePoint = 0xffffffff;
constexpr std::string_view kSyntaxCharacters = "^$\\.*+?()[]{}|/";

void normalise(CodePointRanges& ranges) {
  std::sort(ranges.begin(), ranges.end());
  CodePointRanges merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().second + 1) {
      merged.back().second = std::max(merged.back().second, range.second);
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

CodePointRanges complement(CodePointRanges ranges) {
  normalise(ranges);
  CodePointRanges rest;
  uint32_t next = 0;
  for (const auto& [first, last] : ranges) {
    if (first > next) rest.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= kCodePointMax) rest.emplace_back(next, kCodePointMax);
  return rest;
}

CodePointRanges digits() { return {{'0', '9'}}; }
CodePointRanges words() { return {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}; }
// WhiteSpace and LineTerminator of ECMA-262.
CodePointRanges blanks() {
  return {{0x09, 0x0d},     {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
          {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}};
}
CodePointRanges all_but_line_ends() {
  return complement({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}});
}

// \d \D \s \S \w \W; false for another letter.
bool class_escape(char letter, CodePointRanges& set) {
  switch (letter) {
    case 'd':
      set = digits();
      return true;
    case 'D':
      set = complement(digits());
      return true;
    case 's':
      set = blanks();
      return true;
    case 'S':
      set = complement(blanks());
      return true;
    case 'w':
      set = words();
      return true;
    case 'W':
      set = complement(words());
      return true;
    default:
      return false;
  }
}

class PatternReader {
 public:
  explicit PatternReader(std::string_view text) : text_(text) {}

  PatternSyntax read() {
    if (!is_utf8(text_)) {
      fail("is not UTF-8", "write it as UTF-8");
      return std::move(syntax_);
    }
    const uint32_t root = choice(0);
    if (ok() && at_ < text_.size()) fail("has a `)` without its `(`", "escape it: \\)");
    syntax_.root = root;
    return std::move(syntax_);
  }

 private:
  bool ok() const { return syntax_.problem.empty(); }
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  uint32_t fail(std::string what, std::string mend) {
    if (ok()) {
      syntax_.problem = std::move(what) + ", at character " + std::to_string(at_ + 1);
      syntax_.mend = std::move(mend);
    }
    at_ = text_.size();
    return add({});
  }
  uint32_t add(PatternTree node) {
    syntax_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(syntax_.nodes.size() - 1);
  }
  uint32_t add_set(CodePointRanges set) {
    normalise(set);
    PatternTree node;
    node.kind = PatternNode::set;
    node.set = std::move(set);
    return add(std::move(node));
  }

  uint32_t choice(uint32_t depth) {
    if (depth > kDepthMax) return fail("is nested too deep", "write it with fewer groups");
    PatternTree node;
    node.kind = PatternNode::choice;
    do {
      node.children.push_back(sequence(depth));
    } while (ok() && take("|"));
    return node.children.size() == 1 ? node.children.front() : add(std::move(node));
  }

  uint32_t sequence(uint32_t depth) {
    PatternTree node;
    node.kind = PatternNode::sequence;
    while (ok() && at_ < text_.size() && peek() != '|' && peek() != ')') {
      node.children.push_back(term(depth));
    }
    return node.children.size() == 1 ? node.children.front() : add(std::move(node));
  }

  uint32_t assertion(uint32_t which) {
    PatternTree node;
    node.kind = PatternNode::assertion;
    node.assertion = which;
    if (std::string_view("*+?{").find(peek()) != std::string_view::npos && peek() != '\0') {
      return fail("repeats an assertion", "leave the repeat out");
    }
    return add(std::move(node));
  }

  uint32_t term(uint32_t depth) {
    if (take("^")) return assertion(plan_binary::kAtStart);
    if (take("$")) return assertion(plan_binary::kAtEnd);
    if (take("\\b")) return assertion(plan_binary::kAtWordEdge);
    if (take("\\B")) return assertion(plan_binary::kNotAtWordEdge);
    const uint32_t atom = read_atom(depth);
    return ok() ? repeated(atom) : atom;
  }

  uint32_t read_atom(uint32_t depth) {
    const char c = peek();
    if (c == '(') return group(depth);
    if (c == '[') return character_class();
    if (c == '.') {
      ++at_;
      return add_set(all_but_line_ends());
    }
    if (c == '\\') return escape();
    if (c == '*' || c == '+' || c == '?') {
      return fail("repeats nothing", std::string("escape it: \\") + c);
    }
    if (c == '{' || c == '}' || c == ']') {
      return fail(std::string("has a lone `") + c + "`", std::string("escape it: \\") + c);
    }
    return add_set(single(code_point()));
  }

  static CodePointRanges single(uint32_t code) { return {{code, code}}; }

  uint32_t group(uint32_t depth) {
    ++at_;
    for (std::string_view look : {"?=", "?!", "?<=", "?<!"}) {
      if (text_.substr(at_, look.size()) == look) {
        return fail(
            "has look-around (" + std::string(look) + "...)",
            "write the condition as a schema of its own: allOf with a second pattern, or not");
      }
    }
    if (take("?<")) {
      const size_t end = text_.find('>', at_);
      if (end == std::string_view::npos || end == at_)
        return fail("has a group without a name", "");
      at_ = end + 1;
    } else if (peek() == '?' && !take("?:")) {
      return fail("has a group of an unknown kind", "use (...) or (?:...)");
    }
    const uint32_t inner = choice(depth + 1);
    if (ok() && !take(")")) return fail("has a `(` without its `)`", "close the group");
    return inner;
  }

  // The code point at hand; a byte sequence was checked before.
  uint32_t code_point() {
    const size_t bytes = utf8_sequence_bytes(text_, at_);
    uint32_t code = static_cast<uint8_t>(text_[at_]);
    if (bytes > 1) code &= 0x7fU >> bytes;
    for (size_t i = 1; i < bytes; ++i) {
      code = (code << 6) | (static_cast<uint8_t>(text_[at_ + i]) & 0x3fU);
    }
    at_ += std::max<size_t>(bytes, 1);
    return code;
  }

  uint32_t hex_digits(size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      const int digit = hex_value(peek(i));
      if (digit < 0) return kNoCodePoint;
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    at_ += count;
    return value;
  }

  // Behind `\u`.
  uint32_t unicode_escape() {
    if (take("{")) {
      uint32_t value = 0;
      size_t digits = 0;
      for (int digit = hex_value(peek()); digit >= 0; digit = hex_value(peek())) {
        value = value * 16 + static_cast<uint32_t>(digit);
        if (value > kCodePointMax) return kNoCodePoint;
        ++digits;
        ++at_;
      }
      return digits > 0 && take("}") ? value : kNoCodePoint;
    }
    const uint32_t unit = hex_digits(4);
    if (unit < 0xd800 || unit >= 0xdc00 || peek() != '\\' || peek(1) != 'u') return unit;
    const size_t start = at_;
    at_ += 2;
    const uint32_t low = hex_digits(4);
    if (low >= 0xdc00 && low < 0xe000) return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    at_ = start;
    return unit;
  }

  // The character that an escape stands for, `\` being taken; kNoCodePoint and a problem otherwise.
  uint32_t character_escape(bool in_class) {
    const char letter = peek();
    ++at_;
    constexpr std::string_view kControls = "fnrtv";
    constexpr std::string_view kControlBytes = "\f\n\r\t\v";
    if (const size_t i = kControls.find(letter); letter != '\0' && i != std::string_view::npos) {
      return static_cast<uint8_t>(kControlBytes[i]);
    }
    if (letter == '0' && !is_digit(peek())) return 0;
    if (letter == 'c' && (is_lower(peek()) || is_upper(peek()))) {
      return static_cast<uint8_t>(text_[at_++]) % 32U;
    }
    uint32_t code = kNoCodePoint;
    if (letter == 'x') code = hex_digits(2);
    if (letter == 'u') code = unicode_escape();
    if (letter != '\0' && kSyntaxCharacters.find(letter) != std::string_view::npos) {
      code = static_cast<uint8_t>(letter);
    }
    if (in_class && letter == '-') code = '-';
    if (in_class && letter == 'b') code = '\b';
    if (code == kNoCodePoint) refuse_escape(letter);
    return code;
  }

  void refuse_escape(char letter) {
    if (is_digit(letter) || letter == 'k') {
      fail("has a back-reference", "a back-reference takes more than linear time; spell it out");
    } else if (letter == 'p' || letter == 'P') {
      fail("has a Unicode property class (\\p)", "write the ranges: [\\u3041-\\u309f]");
    } else if (letter == 'x' || letter == 'u') {
      fail(std::string("has a bad \\") + letter + " escape", "use \\xHH, \\uHHHH or \\u{H...}");
    } else {
      fail(std::string("has an unknown escape \\") + letter,
           "write the character without backslash");
    }
  }

  uint32_t escape() {
    ++at_;
    CodePointRanges set;
    if (class_escape(peek(), set)) {
      ++at_;
      return add_set(std::move(set));
    }
    const uint32_t code = character_escape(false);
    return ok() ? add_set(single(code)) : add({});
  }

  // An item of a class: a set, or one character that may start a range.
  uint32_t class_item(CodePointRanges& set) {
    if (peek() != '\\') return code_point();
    ++at_;
    if (class_escape(peek(), set)) {
      ++at_;
      return kNoCodePoint;
    }
    return character_escape(true);
  }

  uint32_t character_class() {
    ++at_;
    const bool negated = take("^");
    CodePointRanges all;
    while (ok() && at_ < text_.size() && peek() != ']') {
      CodePointRanges set;
      const uint32_t first = class_item(set);
      if (!ok()) break;
      if (peek() != '-' || peek(1) == ']' || at_ + 1 >= text_.size()) {
        if (first != kNoCodePoint) set = single(first);
        all.insert(all.end(), set.begin(), set.end());
        continue;
      }
      ++at_;
      const uint32_t last = class_item(set);
      if (!ok()) break;
      if (first == kNoCodePoint || last == kNoCodePoint || first > last) {
        return fail("has a range that is none", "escape the `-`, or put it last in the class");
      }
      all.emplace_back(first, last);
    }
    if (ok() && !take("]")) return fail("has a `[` without its `]`", "close the class");
    return add_set(negated ? complement(std::move(all)) : std::move(all));
  }

  bool number(uint32_t& value) {
    if (!is_digit(peek())) return false;
    value = 0;
    for (; is_digit(peek()); ++at_) {
      value = std::min(value * 10 + static_cast<uint32_t>(peek() - '0'), kRepeatMax + 1);
    }
    return true;
  }

  uint32_t repeated(uint32_t atom) {
    PatternTree node;
    node.kind = PatternNode::repeat;
    if (take("*")) {
      node.max = kUnbounded;
    } else if (take("+")) {
      node.min = 1;
      node.max = kUnbounded;
    } else if (take("?")) {
      node.max = 1;
    } else if (take("{")) {
      if (!number(node.min)) return fail("has a lone `{`", "escape it: \\{");
      node.max = node.min;
      if (take(",") && !number(node.max)) node.max = kUnbounded;
      if (!take("}")) return fail("has a repeat without its `}`", "write {n}, {n,} or {n,m}");
      if (node.max < node.min) return fail("has a repeat whose bounds cross", "write {least,most}");
      if (node.min > kRepeatMax || (node.max != kUnbounded && node.max > kRepeatMax)) {
        return fail("repeats more than 10000 times", "use minLength and maxLength");
      }
    } else {
      return atom;
    }
    take("?");  // lazy or not, the same texts match
    if (std::string_view("*+?{").find(peek()) != std::string_view::npos && peek() != '\0') {
      return fail("repeats a repeat", "put the inner one into a group");
    }
    node.children.push_back(atom);
    return add(std::move(node));
  }

  std::string_view text_;
  size_t at_ = 0;
  PatternSyntax syntax_;
};

}  // namespace

PatternSyntax read_pattern(std::string_view pattern) { return PatternReader(pattern).read(); }

}  // namespace edgehose
