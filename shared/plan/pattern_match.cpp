#include "shared/plan/pattern_match.h"

#include <cstring>

#include "shared/base/text.h"

namespace edgehose {
namespace {

using namespace plan_binary;

bool has_byte(const char* set, uint8_t byte) {
  return (static_cast<uint8_t>(set[byte >> 3]) >> (byte & 7) & 1) != 0;
}

bool match_line(const View& view, uint32_t at, std::string_view text) {
  const uint32_t items = view[at + kLineItems];
  const uint32_t counts = view[at + kLineCounts];
  const uint32_t variable = view[at + kLineVariable];
  size_t least = 0;
  for (uint32_t i = 0; i < items; ++i) least += view[counts + i];
  if (text.size() < least) return false;
  const size_t more = text.size() - least;
  const uint32_t max = view[at + kLineMax];
  if (variable == kNone ? more > 0 : max != kNone && more > max - view[counts + variable]) {
    return false;
  }
  const char* set = view.pool(view[at + kLineSets]);
  size_t position = 0;
  for (uint32_t i = 0; i < items; ++i, set += 32) {
    uint64_t words[4];
    std::memcpy(words, set, sizeof words);
    const size_t end = position + view[counts + i] + (i == variable ? more : 0);
    for (; position < end; ++position) {
      const auto byte = static_cast<uint8_t>(text[position]);
      if ((words[byte >> 6] >> (byte & 63) & 1) == 0) return false;
    }
  }
  return true;
}

bool match_table(const View& view, uint32_t at, std::string_view text) {
  const uint32_t stride = view[at + kDfaClasses] + 1;
  const char* class_of = view.pool(view[at + kDfaClassOf]);
  const char* next = view.pool(view[at + kDfaNext]);
  uint32_t state = view[at + kDfaStart];
  const auto follow = [&](uint32_t column) {
    uint16_t to = 0;
    std::memcpy(&to, next + (size_t{state} * stride + column) * 2, 2);
    state = to;
  };
  for (char c : text) {
    if (state <= kDfaMatched) break;
    follow(static_cast<uint8_t>(class_of[static_cast<uint8_t>(c)]));
  }
  if (state > kDfaMatched) follow(stride - 1);
  return state == kDfaMatched;
}

bool is_word_byte(uint8_t byte) {
  const auto c = static_cast<char>(byte);
  return byte < 0x80 && (is_alnum(c) || c == '_');
}

// Follows all states side by side.
class Follower {
 public:
  // `buffer` holds two lists of instructions, a stack, and for each instruction the position at
  // which it was last added.
  Follower(const View& view, uint32_t at, std::string_view text, std::vector<uint32_t>& buffer)
      : view_(view),
        code_(view[at + kNfaCode]),
        count_(view[at + kNfaCount]),
        sets_(view.pool(view[at + kNfaSets])),
        text_(text) {
    // Each instruction is pushed at most twice, by the two that lead to it, and the start once
    // more.
    buffer.assign(size_t{count_} * 6 + 8, 0);
    current_ = buffer.data();
    next_ = current_ + count_;
    marks_ = next_ + count_;
    stack_ = marks_ + count_;
  }

  bool run() {
    for (size_t position = 0; position <= text_.size(); ++position) {
      // A match may start anywhere: the start joins what the last byte led to.
      if (add(0, position)) return true;
      if (position == text_.size()) return false;
      if (step(position)) return true;
    }
    return false;
  }

 private:
  bool step(size_t position) {
    const auto byte = static_cast<uint8_t>(text_[position]);
    uint32_t* const list = current_;
    const uint32_t count = current_count_;
    current_ = next_;
    next_ = list;
    current_count_ = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t at = code_ + list[i] * 3;
      if (!has_byte(sets_ + size_t{view_[at + 1]} * 32, byte)) continue;
      if (add(view_[at + 2], position + 1)) return true;
    }
    return false;
  }

  bool holds(uint32_t assertion, size_t position) const {
    if (assertion == kAtStart) return position == 0;
    if (assertion == kAtEnd) return position == text_.size();
    const bool before = position > 0 && is_word_byte(static_cast<uint8_t>(text_[position - 1]));
    const bool after =
        position < text_.size() && is_word_byte(static_cast<uint8_t>(text_[position]));
    return (before != after) == (assertion == kAtWordEdge);
  }

  // Adds an instruction and what it leads to without a byte; true when that is a match.
  bool add(uint32_t first, size_t position) {
    const auto mark = static_cast<uint32_t>(position + 1);
    uint32_t depth = 0;
    stack_[depth++] = first;
    while (depth > 0) {
      const uint32_t instruction = stack_[--depth];
      if (marks_[instruction] == mark) continue;
      marks_[instruction] = mark;
      const uint32_t at = code_ + instruction * 3;
      switch (view_[at]) {
        case kNfaMatch:
          return true;
        case kNfaSplit:
          stack_[depth++] = view_[at + 2];
          stack_[depth++] = view_[at + 1];
          break;
        case kNfaAssert:
          if (holds(view_[at + 1], position)) stack_[depth++] = view_[at + 2];
          break;
        default:
          current_[current_count_++] = instruction;
      }
    }
    return false;
  }

  const View& view_;
  uint32_t code_;
  uint32_t count_;
  const char* sets_;
  std::string_view text_;
  uint32_t* current_ = nullptr;
  uint32_t* next_ = nullptr;
  uint32_t* marks_ = nullptr;
  uint32_t* stack_ = nullptr;
  uint32_t current_count_ = 0;
};

}  // namespace

bool matches_pattern(const View& view, uint32_t pattern, std::string_view text,
                     std::vector<uint32_t>& states) {
  switch (view[pattern]) {
    case kPatternLine:
      return match_line(view, pattern, text);
    case kPatternDfa:
      return match_table(view, pattern, text);
    default:
      return Follower(view, pattern, text, states).run();
  }
}

}  // namespace edgehose
