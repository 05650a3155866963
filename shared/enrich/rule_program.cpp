#include "shared/enrich/rule_program.h"

#include <algorithm>
#include <cstring>

#include "shared/base/rare.h"

namespace edgehose {
namespace {

constexpr bool is_word(uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
constexpr size_t kNoBound = 0xffff;

// Whether n bytes are the same; up to seven behind either may be read.
inline bool same_bytes(const uint8_t* a, const uint8_t* b, size_t n) {
  for (; n > 8; n -= 8, a += 8, b += 8) {
    if (load_8(a) != load_8(b)) return false;
  }
  return (load_8(a) ^ load_8(b)) << (64 - 8 * n) == 0;
}

}  // namespace

EDGEHOSE_RARE size_t rule_op_bytes(const uint8_t* pc) {
  switch (static_cast<RuleOp>(*pc)) {
    case RuleOp::text:
    case RuleOp::not_ahead:
    case RuleOp::not_behind:
      return 2 + size_t{pc[1]};
    case RuleOp::byte:
    case RuleOp::save:
      return 2;
    case RuleOp::one:
    case RuleOp::jump:
    case RuleOp::back:
      return 3;
    case RuleOp::run:
    case RuleOp::run_only:
    case RuleOp::run_lazy:
      return kRuleRunBytes;
    case RuleOp::choose:
      return 2 + 4 * size_t{pc[1]};
    case RuleOp::choose_byte:
      return 2 + 3 * size_t{pc[1]};
    case RuleOp::optional:
    case RuleOp::optional_lazy:
      return kRuleOptionalBytes;
    default:
      return 1;
  }
}

bool RuleMatcher::match(const uint8_t* code, bool folded, size_t start) {
  bytes_ = folded ? text_->folded() : text_->exact();
  frames_ = 0;
  slots_.fill(kAbsent);
  slots_[0] = static_cast<uint16_t>(start);
  Place place{code, start};
  --steps_;
  while (steps_ > 0) {
    if (*place.pc == static_cast<uint8_t>(RuleOp::match)) {
      slots_[1] = static_cast<uint16_t>(place.at);
      return true;
    }
    if (!step(place) && !resume(place)) return false;
  }
  return false;
}

RuleMatcher::Group RuleMatcher::group(size_t index) const {
  const uint16_t from = slots_[2 * index];
  const uint16_t to = slots_[2 * index + 1];
  if (from == kAbsent || to == kAbsent || to < from) return {0, 0};
  return {from, to};
}

// A full stack ends the search: no rule nests that deep on a text it can match.
bool RuleMatcher::push(const uint8_t* pc, size_t at, size_t limit) {
  if (frames_ == kFramesMax) {
    steps_ = 0;
    return false;
  }
  stack_[frames_++] = {pc, static_cast<uint16_t>(at), static_cast<uint16_t>(limit)};
  return true;
}

// One instruction; false when it does not hold.
inline bool RuleMatcher::step(Place& place) {
  const uint8_t* pc = place.pc;
  switch (static_cast<RuleOp>(*pc)) {
    case RuleOp::text: {
      const size_t n = pc[1];
      if (!same_bytes(bytes_ + place.at, pc + 2, n)) return false;
      place = {pc + 2 + n, place.at + n};
      return true;
    }
    case RuleOp::byte:
      if (bytes_[place.at] != pc[1]) return false;
      place = {pc + 2, place.at + 1};
      return true;
    case RuleOp::one:
      if (!has(pc + 1, bytes_[place.at])) return false;
      place = {pc + 3, place.at + 1};
      return true;
    case RuleOp::run:
    case RuleOp::run_only:
      return run(place);
    case RuleOp::run_lazy:
      return run_lazy(place);
    case RuleOp::save:
      if (frames_ > 0 && !push(pc, slots_[pc[1]], 0)) return false;
      slots_[pc[1]] = static_cast<uint16_t>(place.at);
      place.pc = pc + 2;
      return true;
    case RuleOp::choose:
      return choose(place, 0);
    case RuleOp::choose_byte:
      return choose_byte(place);
    case RuleOp::optional:
      return optional(place);
    case RuleOp::optional_lazy:
      return optional_lazy(place);
    case RuleOp::jump:
      place.pc = pc + 3 + rule_u16(pc + 1);
      return true;
    case RuleOp::back:
      place.pc = pc + 3 - rule_u16(pc + 1);
      return true;
    case RuleOp::start:
      place.pc = pc + 1;
      return place.at == 0;
    case RuleOp::end:
      place.pc = pc + 1;
      return place.at == text_->size();
    case RuleOp::boundary:
      place.pc = pc + 1;
      return is_boundary(place.at);
    case RuleOp::not_ahead:
    case RuleOp::not_behind:
      if (stands(place, static_cast<RuleOp>(*pc) == RuleOp::not_ahead)) return false;
      place.pc = pc + 2 + pc[1];
      return true;
    case RuleOp::match:
      break;
  }
  return false;
}

// Goes back to the last place with another way on.
bool RuleMatcher::resume(Place& place) {
  while (frames_ > 0 && steps_ > 0) {
    --steps_;
    const Frame frame = stack_[--frames_];
    switch (static_cast<RuleOp>(*frame.pc)) {
      case RuleOp::save:
        slots_[frame.pc[1]] = frame.at;
        continue;
      case RuleOp::run: {
        size_t at = size_t{frame.at} - 1;
        const ByteClass& next = classes_[rule_u16(frame.pc + 3)];
        while (at > frame.limit && !next.has(bytes_[at])) --at;
        steps_ -= static_cast<int32_t>(frame.at - at);
        if (!next.has(bytes_[at])) continue;
        if (at > frame.limit) push(frame.pc, at, frame.limit);
        place = {frame.pc + kRuleRunBytes, at};
        return true;
      }
      case RuleOp::run_lazy: {
        place = {frame.pc, frame.at};
        if (place.at >= frame.limit || !has(frame.pc + 1, bytes_[place.at])) continue;
        ++place.at;
        if (extend_lazy(place, frame.limit)) return true;
        continue;
      }
      case RuleOp::choose:
        place = {frame.pc, frame.at};
        if (choose(place, frame.limit)) return true;
        continue;
      case RuleOp::optional:
        place = {frame.pc + kRuleOptionalBytes + rule_u16(frame.pc + 5), frame.at};
        return true;
      default:  // optional_lazy
        place = {frame.pc + kRuleOptionalBytes, frame.at};
        return true;
    }
  }
  return false;
}

bool RuleMatcher::run(Place& place) {
  const uint8_t* const pc = place.pc;
  const ByteClass& set = classes_[rule_u16(pc + 1)];
  const size_t max = rule_u16(pc + 6);
  const size_t low = place.at + pc[5];
  const size_t high = max == kNoBound ? text_->size() : place.at + max;
  size_t at = place.at;
  if (rule_u16(pc + 1) == kDotClass && one_line_) {
    at = std::min(high, text_->size());
    --steps_;
  } else {
    // No class has the zero at the text's end.
    while (at < high && set.has(bytes_[at])) ++at;
    steps_ -= static_cast<int32_t>(at - place.at);
  }
  if (at < low) return false;
  const ByteClass& next = classes_[rule_u16(pc + 3)];
  if (*pc == static_cast<uint8_t>(RuleOp::run_only)) {
    if (!next.has(bytes_[at])) return false;
  } else {
    while (at > low && !next.has(bytes_[at])) --at;
    if (!next.has(bytes_[at])) return false;
    if (at > low && !push(pc, at, low)) return false;
  }
  place = {pc + kRuleRunBytes, at};
  return true;
}

bool RuleMatcher::run_lazy(Place& place) {
  const uint8_t* const pc = place.pc;
  const size_t max = rule_u16(pc + 6);
  const size_t limit = max == kNoBound ? text_->size() : place.at + max;
  for (size_t i = 0; i < pc[5]; ++i, ++place.at) {
    if (!has(pc + 1, bytes_[place.at])) return false;
  }
  return extend_lazy(place, limit);
}

// Takes bytes until what follows can begin.
bool RuleMatcher::extend_lazy(Place& place, size_t limit) {
  const uint8_t* const pc = place.pc;
  const ByteClass& set = classes_[rule_u16(pc + 1)];
  const ByteClass& next = classes_[rule_u16(pc + 3)];
  size_t at = place.at;
  while (!next.has(bytes_[at])) {
    if (at >= limit || !set.has(bytes_[at])) return false;
    ++at;
  }
  steps_ -= static_cast<int32_t>(at - place.at);
  if (at < limit && !push(pc, at, limit)) return false;
  place = {pc + kRuleRunBytes, at};
  return true;
}

// Takes the first alternative from number `from` on that can begin here.
bool RuleMatcher::choose(Place& place, size_t from) {
  const uint8_t* const pc = place.pc;
  const size_t n = pc[1];
  const uint8_t byte = bytes_[place.at];
  const uint8_t* const table = pc + 2;
  size_t taken = from;
  while (taken < n && !has(table + 4 * taken, byte)) ++taken;
  if (taken == n) return false;
  size_t other = taken + 1;
  while (other < n && !has(table + 4 * other, byte)) ++other;
  if (other < n && !push(pc, place.at, other)) return false;
  place.pc = table + 4 * n + rule_u16(table + 4 * taken + 2);
  return true;
}

bool RuleMatcher::choose_byte(Place& place) const {
  const size_t n = place.pc[1];
  const uint8_t* const bytes = place.pc + 2;
  const uint8_t byte = bytes_[place.at];
  for (size_t i = 0; i < n; ++i) {
    if (bytes[i] != byte) continue;
    place.pc = bytes + 3 * n + rule_u16(bytes + n + 2 * i);
    return true;
  }
  return false;
}

bool RuleMatcher::optional(Place& place) {
  const uint8_t* const pc = place.pc;
  const uint8_t byte = bytes_[place.at];
  if (!has(pc + 1, byte)) {
    place.pc = pc + kRuleOptionalBytes + rule_u16(pc + 5);
    return true;
  }
  // Without the part, what follows has to begin here.
  if (has(pc + 3, byte) && !push(pc, place.at, 0)) return false;
  place.pc = pc + kRuleOptionalBytes;
  return true;
}

bool RuleMatcher::optional_lazy(Place& place) {
  const uint8_t* const pc = place.pc;
  const uint8_t byte = bytes_[place.at];
  if (has(pc + 3, byte)) {
    if (has(pc + 1, byte) && !push(pc, place.at, 0)) return false;
    place.pc = pc + kRuleOptionalBytes + rule_u16(pc + 5);
    return true;
  }
  if (!has(pc + 1, byte)) return false;
  place.pc = pc + kRuleOptionalBytes;
  return true;
}

bool RuleMatcher::is_boundary(size_t at) const {
  const bool before = at > 0 && is_word(bytes_[at - 1]);
  return before != is_word(bytes_[at]);
}

// Whether one of a list of texts stands ahead of (or behind) a place.
bool RuleMatcher::stands(const Place& place, bool ahead) const {
  const uint8_t* text = place.pc + 3;
  for (size_t i = 0; i < place.pc[2]; ++i, text += 1 + *text) {
    const size_t bytes = *text;
    if (ahead ? bytes > text_->size() - place.at : bytes > place.at) continue;
    const uint8_t* const there = bytes_ + place.at - (ahead ? 0 : bytes);
    if (std::memcmp(there, text + 1, bytes) == 0) return true;
  }
  return false;
}

}  // namespace edgehose
