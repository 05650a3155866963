#include "shared/enrich/rule_unpack.h"

#include <cstring>

#include "shared/base/rare.h"
#include "shared/enrich/rule_program.h"

namespace edgehose {
namespace {

// What stands in a program's source beside its instructions (rules/user_agent/blob.ts). A text
// stands as it is; a run has its kind and its bounds in one byte.
constexpr uint8_t kClose = 19;    // where a choice or an optional part ends
constexpr uint8_t kCounted = 20;  // a text with its number of bytes before it
constexpr uint8_t kTextFirst = 0x20;
constexpr uint8_t kSave = 0x80;
constexpr uint8_t kRun = 0xa0;

class Unpacker {
 public:
  Unpacker(RuleColumn& source, uint8_t* code) : source_(source), code_(code), optional_(code) {}

  // Goes on to the end of what began last: a part of a choice (at its jump), the last one or an
  // optional part (where it closes), or the program.
  void go_on() {
    for (;;) {
      const uint8_t first = *source_.at();
      if (first >= kTextFirst && first < kSave) {
        plain_text();
        continue;
      }
      source_.skip(1);
      if (first >= kRun) {
        run(first - kRun);
      } else if (first >= kSave) {
        *code_++ = static_cast<uint8_t>(RuleOp::save);
        *code_++ = first - kSave;
      } else if (first == kClose) {
        return;
      } else if (first == kCounted) {
        text(source_.byte());
      } else {
        *code_++ = first;
        const auto op = static_cast<RuleOp>(first);
        operands(op);
        if (op == RuleOp::match || op == RuleOp::jump) return;
      }
    }
  }

  uint8_t* end() const { return code_; }

 private:
  void plain_text() {
    const uint8_t* end = source_.at() + 1;
    while (*end >= kTextFirst && *end < kSave) ++end;
    text(static_cast<size_t>(end - source_.at()));
  }

  void text(size_t bytes) {
    *code_++ = static_cast<uint8_t>(bytes == 1 ? RuleOp::byte : RuleOp::text);
    if (bytes > 1) *code_++ = static_cast<uint8_t>(bytes);
    take_bytes(bytes);
  }

  void run(unsigned kind_and_bounds) {
    *code_++ = static_cast<uint8_t>(static_cast<unsigned>(RuleOp::run) + kind_and_bounds / 4);
    put(source_.number());
    put(0);
    const unsigned bounds = kind_and_bounds % 4;
    *code_++ = static_cast<uint8_t>(bounds == 3 ? source_.number() : bounds % 2);
    put(bounds == 3 ? source_.number() - 1 : bounds == 2 ? 1 : size_t{0xffff});
  }

  void operands(RuleOp op) {
    switch (op) {
      case RuleOp::not_ahead:
      case RuleOp::not_behind:
        *code_++ = source_.byte();
        take_bytes(code_[-1]);
        return;
      case RuleOp::one:
        put(source_.number());
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
      case RuleOp::jump:
        code_ += 2;
        return;
      default:
        return;
    }
  }

  void choice(bool by_class) {
    const size_t n = source_.byte();
    *code_++ = static_cast<uint8_t>(n);
    uint8_t* const table = code_;
    uint8_t* const parts = table + (by_class ? 4 : 3) * n;
    uint8_t* part = parts;
    for (size_t i = 0; i < n; ++i) {
      uint8_t* const forward = by_class ? table + 4 * i + 2 : table + n + 2 * i;
      if (by_class) put_at(forward - 2, 0);
      put_at(forward, static_cast<size_t>(part - parts));
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
    put(0);
    put(0);
    uint8_t* const body = code_ + 2;
    code_ = body;
    go_on();
    put_at(body - 2, static_cast<size_t>(code_ - body));
    optional_ = outer;
  }

  void take_bytes(size_t count) {
    std::memcpy(code_, source_.at(), count);
    source_.skip(count);
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

  RuleColumn& source_;
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

EDGEHOSE_RARE uint8_t* unpack_program(RuleColumn& source, uint8_t* code) {
  Unpacker unpacker(source, code);
  unpacker.go_on();
  return unpacker.end();
}

}  // namespace edgehose
