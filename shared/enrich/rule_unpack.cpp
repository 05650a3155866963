#include "shared/enrich/rule_unpack.h"

#include <cstring>

#include "shared/base/rare.h"
#include "shared/enrich/rule_program.h"

namespace edgehose {
namespace {

// Where a choice or an optional part ends.
constexpr uint8_t kClose = 19;

class Unpacker {
 public:
  Unpacker(RuleColumns& columns, uint8_t* code) : columns_(columns), code_(code), optional_(code) {}

  // Goes on to the end of what began last: a part of a choice (at its jump), the last one or an
  // optional part (where it closes), or the program.
  RuleOp go_on() {
    for (;;) {
      const uint8_t op = columns_.of(RulePart::ops).byte();
      if (op == kClose) return RuleOp::match;
      *code_++ = op;
      const auto kind = static_cast<RuleOp>(op);
      if (kind == RuleOp::match) return kind;
      if (kind == RuleOp::jump) {
        code_ += 2;
        return kind;
      }
      operands(kind);
    }
  }

  uint8_t* end() const { return code_; }

 private:
  void operands(RuleOp op) {
    switch (op) {
      case RuleOp::text:
      case RuleOp::not_ahead:
      case RuleOp::not_behind:
        *code_++ = static_cast<uint8_t>(columns_.number(RulePart::counts));
        take_bytes(code_[-1]);
        return;
      case RuleOp::byte:
        take_bytes(1);
        return;
      case RuleOp::one:
        put(columns_.number(RulePart::classes));
        return;
      case RuleOp::run:
      case RuleOp::run_only:
      case RuleOp::run_lazy:
        put(columns_.number(RulePart::classes));
        put(columns_.number(RulePart::following));
        *code_++ = static_cast<uint8_t>(columns_.number(RulePart::bounds));
        put(columns_.number(RulePart::bounds) - 1);
        return;
      case RuleOp::save:
        *code_++ = static_cast<uint8_t>(columns_.number(RulePart::slots));
        return;
      case RuleOp::choose:
      case RuleOp::choose_byte:
        choice(op == RuleOp::choose);
        return;
      case RuleOp::optional:
      case RuleOp::optional_lazy:
        optional();
        return;
      case RuleOp::back:
        put(static_cast<size_t>(code_ + 2 - optional_));
        return;
      default:
        return;
    }
  }

  void choice(bool by_class) {
    const size_t n = columns_.number(RulePart::counts);
    *code_++ = static_cast<uint8_t>(n);
    uint8_t* const table = code_;
    uint8_t* const parts = table + (by_class ? 4 : 3) * n;
    for (size_t i = 0; by_class && i < n; ++i) {
      code_ = table + 4 * i;
      put(columns_.number(RulePart::following));
    }
    uint8_t* part = parts;
    for (size_t i = 0; i < n; ++i) {
      put_at(by_class ? table + 4 * i + 2 : table + n + 2 * i, static_cast<size_t>(part - parts));
      code_ = part;
      go_on();
      // A text or a byte.
      if (!by_class) table[i] = part[*part == static_cast<uint8_t>(RuleOp::text) ? 2 : 1];
      part = code_;
    }
    for (size_t i = 1; i < n; ++i) {
      const uint8_t* const at = by_class ? table + 4 * i + 2 : table + n + 2 * i;
      uint8_t* const next = parts + rule_u16(at);
      put_at(next - 2, static_cast<size_t>(code_ - next));
    }
  }

  void optional() {
    const uint8_t* const outer = optional_;
    optional_ = code_ - 1;
    put(columns_.number(RulePart::following));
    put(columns_.number(RulePart::following));
    uint8_t* const body = code_ + 2;
    code_ = body;
    go_on();
    put_at(body - 2, static_cast<size_t>(code_ - body));
    optional_ = outer;
  }

  void take_bytes(size_t count) {
    RuleColumn& bytes = columns_.of(RulePart::bytes);
    std::memcpy(code_, bytes.at(), count);
    bytes.skip(count);
    code_ += count;
  }
  void put(size_t number) {
    put_at(code_, number);
    code_ += 2;
  }
  static void put_at(uint8_t* at, size_t number) {
    at[0] = static_cast<uint8_t>(number & 255u);
    at[1] = static_cast<uint8_t>(number >> 8 & 255u);
  }

  RuleColumns& columns_;
  uint8_t* code_;
  const uint8_t* optional_;  // where the innermost one began
};

}  // namespace

RuleColumns::RuleColumns(RuleColumn head) {
  std::array<size_t, kRuleParts> bytes{};
  for (size_t& count : bytes) count = head.number();
  for (size_t i = 0; i < kRuleParts; ++i) {
    columns_[i] = RuleColumn(head.at());
    head.skip(bytes[i]);
  }
}

EDGEHOSE_RARE uint8_t* unpack_program(RuleColumns& columns, uint8_t* code) {
  Unpacker unpacker(columns, code);
  unpacker.go_on();
  return unpacker.end();
}

}  // namespace edgehose
