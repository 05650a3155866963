#include "shared/enrich/rule_follow.h"

#include "shared/base/rare.h"

namespace edgehose {
namespace {

constexpr uint32_t kEverything = 0xffffffff;

void add_byte(ByteClass& set, uint8_t byte) { set.words[byte >> 5] |= uint32_t{1} << (byte & 31u); }

void add_class(ByteClass& set, const ByteClass& more) {
  for (size_t i = 0; i < set.words.size(); ++i) set.words[i] |= more.words[i];
}

uint32_t hash_of(const ByteClass& set) {
  uint32_t hash = 0;
  for (const uint32_t word : set.words) hash = (hash ^ word) * 0x9e3779b1u ^ hash >> 15;
  return hash ^ hash >> 15;
}

size_t choices(const uint8_t* pc) { return pc[1]; }

}  // namespace

EDGEHOSE_RARE uint16_t RuleFollow::fill(uint8_t* code) {
  uint8_t* pc = code;
  for (;;) {
    const auto op = static_cast<RuleOp>(*pc);
    switch (op) {
      case RuleOp::match: {
        ByteClass first;
        add_first(code, first);
        return class_of(first);
      }
      case RuleOp::run:
      case RuleOp::run_only:
      case RuleOp::run_lazy:
        put_first(pc + 3, pc + kRuleRunBytes);
        break;
      case RuleOp::choose: {
        uint8_t* const table = pc + 2;
        const uint8_t* const parts = table + 4 * choices(pc);
        for (size_t i = 0; i < choices(pc); ++i) {
          put_first(table + 4 * i, parts + rule_u16(table + 4 * i + 2));
        }
        break;
      }
      case RuleOp::optional:
      case RuleOp::optional_lazy:
        put_first(pc + 1, pc + kRuleOptionalBytes);
        put_first(pc + 3, pc + kRuleOptionalBytes + rule_u16(pc + 5));
        break;
      default:
        break;
    }
    pc += rule_op_bytes(pc);
  }
}

// A loop's body takes a byte at least, so that the walk comes to an end.
EDGEHOSE_RARE void RuleFollow::add_first(const uint8_t* pc, ByteClass& set) const {
  for (;;) {
    const uint8_t* next = pc + rule_op_bytes(pc);
    switch (static_cast<RuleOp>(*pc)) {
      case RuleOp::match:
        set.words.fill(kEverything);
        return;
      case RuleOp::text:
        return add_byte(set, pc[2]);
      case RuleOp::byte:
        return add_byte(set, pc[1]);
      case RuleOp::one:
        return add_class(set, classes_[rule_u16(pc + 1)]);
      case RuleOp::run:
      case RuleOp::run_only:
      case RuleOp::run_lazy:
        add_class(set, classes_[rule_u16(pc + 1)]);
        if (pc[5] > 0) return;
        break;
      case RuleOp::end:
        return add_byte(set, 0);  // stands behind the text
      case RuleOp::choose: {
        const uint8_t* const table = pc + 2;
        for (size_t i = 0; i < choices(pc); ++i) {
          add_first(table + 4 * choices(pc) + rule_u16(table + 4 * i + 2), set);
        }
        return;
      }
      case RuleOp::choose_byte:
        for (size_t i = 0; i < choices(pc); ++i) add_byte(set, pc[2 + i]);
        return;
      case RuleOp::optional:
      case RuleOp::optional_lazy:
        add_first(next, set);
        next += rule_u16(pc + 5);
        break;
      case RuleOp::jump:
        next += rule_u16(pc + 1);
        break;
      case RuleOp::back:
        next -= rule_u16(pc + 1);
        break;
      default:
        break;
    }
    pc = next;
  }
}

EDGEHOSE_RARE void RuleFollow::put_first(uint8_t* at, const uint8_t* pc) {
  ByteClass set;
  add_first(pc, set);
  const uint16_t id = class_of(set);
  at[0] = static_cast<uint8_t>(id & 255u);
  at[1] = static_cast<uint8_t>(id >> 8);
}

EDGEHOSE_RARE uint16_t RuleFollow::class_of(const ByteClass& set) {
  if (set.words == classes_[0].words) return 0;
  size_t slot = hash_of(set) % kSlots;
  for (; ids_[slot] != 0; slot = (slot + 1) % kSlots) {
    if (classes_[ids_[slot]].words == set.words) return ids_[slot];
  }
  if (classes_.size() == classes_.capacity() || classes_.size() >= kClassesMax) return 0;
  ids_[slot] = static_cast<uint16_t>(classes_.size());
  classes_.push_back(set);
  return ids_[slot];
}

}  // namespace edgehose
