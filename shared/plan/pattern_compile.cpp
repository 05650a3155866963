#include "shared/plan/pattern_compile.h"

#include <algorithm>
#include <map>
#include <utility>

#include "shared/base/text.h"
#include "shared/plan/pattern_syntax.h"

namespace edgehose {
namespace {

using namespace plan_binary;

constexpr uint32_t kLineItemsMax = 64;

void add_byte(ByteSet& set, uint32_t byte) {
  set[byte >> 3] = static_cast<uint8_t>(set[byte >> 3] | (1U << (byte & 7)));
}
bool has_byte(const ByteSet& set, uint32_t byte) { return (set[byte >> 3] >> (byte & 7) & 1) != 0; }

bool is_ascii(const CodePointRanges& set) { return set.empty() || set.back().second < 0x80; }

ByteSet ascii_bytes(const CodePointRanges& set) {
  ByteSet bytes{};
  for (const auto& [first, last] : set) {
    for (uint32_t code = first; code <= last && code < 0x80; ++code) add_byte(bytes, code);
  }
  return bytes;
}

bool is_word_byte(uint32_t byte) {
  const auto c = static_cast<char>(byte);
  return byte < 0x80 && (is_alnum(c) || c == '_');
}

// ---- A line of sets ----

class LineBuilder {
 public:
  LineBuilder(const PatternSyntax& syntax, PatternProgram& program)
      : syntax_(syntax), program_(program) {}

  // Whether the whole pattern is a line; the program then holds it.
  bool build() {
    const PatternTree& root = syntax_.nodes[syntax_.root];
    if (root.kind != PatternNode::sequence || root.children.size() < 2) return false;
    if (!is_assertion(root.children.front(), kAtStart)) return false;
    if (!is_assertion(root.children.back(), kAtEnd)) return false;
    for (size_t i = 1; i + 1 < root.children.size(); ++i) {
      if (!add(root.children[i])) return false;
    }
    program_.kind = kPatternLine;
    return true;
  }

 private:
  bool is_assertion(uint32_t node, uint32_t which) const {
    const PatternTree& tree = syntax_.nodes[node];
    return tree.kind == PatternNode::assertion && tree.assertion == which;
  }

  bool add(uint32_t node) {
    const PatternTree& tree = syntax_.nodes[node];
    if (tree.kind == PatternNode::set) return add_set(tree.set, 1, 1);
    if (tree.kind == PatternNode::sequence) {
      return std::all_of(tree.children.begin(), tree.children.end(),
                         [&](uint32_t child) { return add(child); });
    }
    if (tree.kind != PatternNode::repeat) return false;
    const PatternTree& inner = syntax_.nodes[tree.children.front()];
    return inner.kind == PatternNode::set && add_set(inner.set, tree.min, tree.max);
  }

  bool add_set(const CodePointRanges& set, uint32_t min, uint32_t max) {
    if (!is_ascii(set) || program_.counts.size() == kLineItemsMax) return false;
    if (min != max) {
      if (program_.variable != kNone) return false;
      program_.variable = static_cast<uint32_t>(program_.counts.size());
      program_.variable_max = max;
    }
    program_.counts.push_back(min);
    program_.sets.push_back(ascii_bytes(set));
    return true;
  }

  const PatternSyntax& syntax_;
  PatternProgram& program_;
};

// ---- The automaton over bytes ----

struct ByteRange {
  uint8_t first;
  uint8_t last;
};
using ByteSequence = std::vector<ByteRange>;

size_t encode(uint32_t code, uint8_t (&bytes)[4]) {
  std::string text;
  append_utf8(text, code);
  for (size_t i = 0; i < text.size(); ++i) bytes[i] = static_cast<uint8_t>(text[i]);
  return text.size();
}

// The byte sequences of the code points from `first` to `last` that are scalar values above ASCII.
void utf8_sequences(uint32_t first, uint32_t last, std::vector<ByteSequence>& out) {
  if (first < 0x80) first = 0x80;
  if (first > last) return;
  // Surrogates have no UTF-8.
  if (first < 0xe000 && last >= 0xd800) {
    if (first < 0xd800) utf8_sequences(first, 0xd7ff, out);
    if (last > 0xdfff) utf8_sequences(0xe000, last, out);
    return;
  }
  for (uint32_t edge : {0x7ffU, 0xffffU}) {
    if (first <= edge && edge < last) {
      utf8_sequences(first, edge, out);
      utf8_sequences(edge + 1, last, out);
      return;
    }
  }
  for (uint32_t i = 1; i < 4; ++i) {
    const uint32_t mask = (1U << (6 * i)) - 1;
    if ((first & ~mask) == (last & ~mask)) continue;
    if ((first & mask) != 0) {
      utf8_sequences(first, first | mask, out);
      utf8_sequences((first | mask) + 1, last, out);
      return;
    }
    if ((last & mask) != mask) {
      utf8_sequences(first, (last & ~mask) - 1, out);
      utf8_sequences(last & ~mask, last, out);
      return;
    }
  }
  uint8_t low[4] = {};
  uint8_t high[4] = {};
  const size_t count = encode(first, low);
  (void)encode(last, high);
  ByteSequence sequence;
  for (size_t i = 0; i < count; ++i) sequence.push_back({low[i], high[i]});
  out.push_back(std::move(sequence));
}

// Writes instructions from the end: each part knows what follows it.
class CodeBuilder {
 public:
  CodeBuilder(const PatternSyntax& syntax, PatternProgram& program)
      : syntax_(syntax), program_(program) {}

  // The first instruction, or kNone when there are too many. The start stands first in the code.
  bool build() {
    const uint32_t jump = emit(kNfaSplit, 0, 0);
    const uint32_t match = emit(kNfaMatch, 0, 0);
    const uint32_t start = part(syntax_.root, match);
    if (overflow_) return false;
    patch(jump, start, start);
    return true;
  }

 private:
  uint32_t emit(uint32_t op, uint32_t a, uint32_t b) {
    const auto at = static_cast<uint32_t>(program_.code.size() / 3);
    if (at >= kPatternCodeMax) {
      overflow_ = true;
      return 0;
    }
    program_.code.insert(program_.code.end(), {op, a, b});
    return at;
  }
  void patch(uint32_t at, uint32_t a, uint32_t b) {
    program_.code[at * 3 + 1] = a;
    program_.code[at * 3 + 2] = b;
  }
  uint32_t set_index(const ByteSet& set) {
    const auto found = sets_.find(set);
    if (found != sets_.end()) return found->second;
    const auto index = static_cast<uint32_t>(program_.sets.size());
    program_.sets.push_back(set);
    sets_.emplace(set, index);
    return index;
  }

  uint32_t part(uint32_t node, uint32_t next) {
    if (overflow_) return 0;
    const PatternTree& tree = syntax_.nodes[node];
    switch (tree.kind) {
      case PatternNode::empty:
        return next;
      case PatternNode::set:
        return set(tree.set, next);
      case PatternNode::sequence:
        for (size_t i = tree.children.size(); i > 0; --i) next = part(tree.children[i - 1], next);
        return next;
      case PatternNode::choice: {
        uint32_t at = part(tree.children.back(), next);
        for (size_t i = tree.children.size() - 1; i > 0; --i) {
          at = emit(kNfaSplit, part(tree.children[i - 1], next), at);
        }
        return at;
      }
      case PatternNode::repeat:
        return repeat(tree, next);
      case PatternNode::assertion:
        return emit(kNfaAssert, tree.assertion, next);
    }
    return next;
  }

  uint32_t repeat(const PatternTree& tree, uint32_t next) {
    const uint32_t child = tree.children.front();
    if (tree.max == kUnbounded) {
      const uint32_t loop = emit(kNfaSplit, 0, 0);
      const uint32_t body = part(child, loop);
      if (!overflow_) patch(loop, body, next);
      next = loop;
    } else {
      const uint32_t end = next;
      for (uint32_t i = tree.min; i < tree.max && !overflow_; ++i) {
        next = emit(kNfaSplit, part(child, next), end);
      }
    }
    for (uint32_t i = 0; i < tree.min && !overflow_; ++i) next = part(child, next);
    return next;
  }

  uint32_t set(const CodePointRanges& ranges, uint32_t next) {
    uint32_t at = emit(kNfaSet, set_index(ascii_bytes(ranges)), next);
    std::vector<ByteSequence> sequences;
    for (const auto& [first, last] : ranges) utf8_sequences(first, last, sequences);
    for (const ByteSequence& sequence : sequences) {
      uint32_t head = next;
      for (size_t i = sequence.size(); i > 0; --i) {
        ByteSet bytes{};
        for (uint32_t b = sequence[i - 1].first; b <= sequence[i - 1].last; ++b) add_byte(bytes, b);
        head = emit(kNfaSet, set_index(bytes), head);
      }
      at = emit(kNfaSplit, head, at);
    }
    return at;
  }

  const PatternSyntax& syntax_;
  PatternProgram& program_;
  std::map<ByteSet, uint32_t> sets_;
  bool overflow_ = false;
};

// ---- The table of states ----

// What stands before a position, or after it.
enum Side : uint32_t { kEdge, kWord, kOther, kUnknown };

class TableBuilder {
 public:
  explicit TableBuilder(PatternProgram& program) : program_(program) {}

  // False when the table would be too large: the program then stays an automaton.
  bool build() {
    find_classes();
    const uint32_t stride = classes_ + 1;
    add_state({}, kOther);              // dead
    add_state({kMatchedMark}, kOther);  // matched
    const uint32_t start = state_of({0}, kEdge);
    std::vector<uint16_t> next(size_t{2} * stride, 0);
    for (size_t i = stride; i < next.size(); ++i) next[i] = kDfaMatched;
    for (size_t i = 2; i < states_.size(); ++i) {
      for (uint32_t c = 0; c <= classes_; ++c) {
        next.push_back(static_cast<uint16_t>(c < classes_ ? step(i, c) : at_end(i)));
      }
      if (states_.size() > kPatternStatesMax || states_.size() * stride > kPatternTableMax) {
        return false;
      }
    }
    program_.kind = kPatternDfa;
    program_.states = static_cast<uint32_t>(states_.size());
    program_.classes = classes_;
    program_.start = start;
    program_.next = std::move(next);
    return true;
  }

 private:
  static constexpr uint32_t kMatchedMark = 0xfffffffe;
  using Set = std::vector<uint32_t>;

  uint32_t op(size_t at) const { return program_.code[at * 3]; }
  uint32_t a(size_t at) const { return program_.code[at * 3 + 1]; }
  uint32_t b(size_t at) const { return program_.code[at * 3 + 2]; }

  // Bytes that no set and no assertion tells apart are one class.
  void find_classes() {
    for (size_t i = 0; i < program_.code.size() / 3; ++i) {
      const auto at = static_cast<uint32_t>(i);
      if (op(at) == kNfaAssert && a(at) >= kAtWordEdge) words_ = true;
    }
    std::map<std::string, uint32_t> known;
    program_.class_of.resize(256);
    for (uint32_t byte = 0; byte < 256; ++byte) {
      std::string signature;
      for (const ByteSet& set : program_.sets) signature.push_back(has_byte(set, byte) ? '1' : '0');
      if (words_) signature.push_back(is_word_byte(byte) ? '1' : '0');
      const auto [entry, added] = known.emplace(signature, classes_);
      if (added) {
        ++classes_;
        sample_.push_back(static_cast<uint8_t>(byte));
      }
      program_.class_of[byte] = static_cast<char>(entry->second);
    }
  }

  static bool holds(uint32_t assertion, uint32_t before, uint32_t after) {
    if (assertion == kAtStart) return before == kEdge;
    if (assertion == kAtEnd) return after == kEdge;
    return ((before == kWord) != (after == kWord)) == (assertion == kAtWordEdge);
  }

  // What is reachable without a byte; assertions wait while what comes next is not known.
  Set closure(const Set& from, uint32_t before, uint32_t after) {
    std::vector<bool> seen(program_.code.size() / 3, false);
    Set stack(from.rbegin(), from.rend());
    Set reached;
    while (!stack.empty()) {
      const uint32_t at = stack.back();
      stack.pop_back();
      if (at == kMatchedMark) return {kMatchedMark};
      if (seen[at]) continue;
      seen[at] = true;
      if (op(at) == kNfaMatch) return {kMatchedMark};
      if (op(at) == kNfaSplit) {
        stack.push_back(a(at));
        stack.push_back(b(at));
      } else if (op(at) == kNfaSet || (after == kUnknown && a(at) != kAtStart)) {
        reached.push_back(at);
      } else if (holds(a(at), before, after)) {
        stack.push_back(b(at));
      }
    }
    std::sort(reached.begin(), reached.end());
    return reached;
  }

  uint32_t add_state(Set set, uint32_t before) {
    const auto number = static_cast<uint32_t>(states_.size());
    states_.push_back({std::move(set), before});
    return number;
  }

  uint32_t state_of(const Set& raw, uint32_t before) {
    Set set = closure(raw, before, kUnknown);
    if (set.empty()) return kDfaDead;
    if (set.front() == kMatchedMark) return kDfaMatched;
    if (before == kWord && !words_) before = kOther;
    const auto [entry, added] =
        numbers_.emplace(std::make_pair(set, before), static_cast<uint32_t>(states_.size()));
    if (added) add_state(std::move(set), before);
    return entry->second;
  }

  uint32_t step(size_t state, uint32_t byte_class) {
    const uint8_t byte = sample_[byte_class];
    const uint32_t kind = words_ && is_word_byte(byte) ? kWord : kOther;
    const Set open = closure(states_[state].set, states_[state].before, kind);
    Set after = {0};  // a match may start anywhere
    for (uint32_t at : open) {
      if (at == kMatchedMark) return kDfaMatched;
      if (op(at) == kNfaSet && has_byte(program_.sets[a(at)], byte)) after.push_back(b(at));
    }
    return state_of(after, kind);
  }

  uint32_t at_end(size_t state) {
    const Set open = closure(states_[state].set, states_[state].before, kEdge);
    return !open.empty() && open.front() == kMatchedMark ? kDfaMatched : kDfaDead;
  }

  struct State {
    Set set;
    uint32_t before;
  };
  PatternProgram& program_;
  bool words_ = false;
  uint32_t classes_ = 0;
  std::vector<uint8_t> sample_;
  std::vector<State> states_;
  std::map<std::pair<Set, uint32_t>, uint32_t> numbers_;
};

}  // namespace

PatternProgram compile_pattern(std::string_view pattern) {
  PatternProgram program;
  const PatternSyntax syntax = read_pattern(pattern);
  program.problem = syntax.problem;
  program.mend = syntax.mend;
  if (!program.problem.empty()) return program;
  if (LineBuilder(syntax, program).build()) return program;
  program = {};
  if (!CodeBuilder(syntax, program).build()) {
    program.problem = "is too large: its repeats unfold to more than 10000 steps";
    program.mend = "bound the length by maxLength and repeat with * or +";
    return program;
  }
  TableBuilder(program).build();
  return program;
}

}  // namespace edgehose
