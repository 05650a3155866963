// Runs the program of one rule over a prepared user agent: a backtracking matcher with the meaning
// of JavaScript's regular expressions, over the few constructs that rules use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "shared/enrich/agent_text.h"

namespace edgehose {

// The instructions, as shared/enrich/rules/user_agent/program.ts makes them; numbers of 16 bits
// are little-endian. A class is a set of bytes by number; class 0 takes everything, class 1 all but
// line ends. next16 and first16 are classes of what may follow the instruction or begin a part of
// it. Seven bytes behind a program may be read.
enum class RuleOp : uint8_t {
  match = 0,
  text = 1,         // n, bytes
  byte = 2,         // byte
  one = 3,          // class16
  run = 4,          // class16 next16 min8 max16: as much as it can, and gives back
  run_only = 5,     // the same, and never gives back
  run_lazy = 6,     // the same, as little as it can
  save = 7,         // slot
  choose = 8,       // n, n * (first16, forward16)
  choose_byte = 9,  // n, n * byte, n * forward16: no two begin alike
  optional = 10,    // first16 next16 forward16
  optional_lazy = 11,
  jump = 12,  // forward16
  back = 13,  // back16
  start = 14,
  end = 15,
  boundary = 16,
  not_ahead = 17,  // bytes of the list, n, n * (n, bytes)
  not_behind = 18,
};

inline constexpr uint16_t kDotClass = 1;

struct ByteClass {
  std::array<uint32_t, 8> words{};
  bool has(uint8_t byte) const { return ((words[byte >> 5] >> (byte & 31u)) & 1u) != 0; }
};

inline constexpr size_t kRuleRunBytes = 8;       // of a run and its operands
inline constexpr size_t kRuleOptionalBytes = 7;  // of an optional part's test
// Bytes of an instruction: of a choice or an optional part, those before its parts.
size_t rule_op_bytes(const uint8_t* pc);

inline uint16_t rule_u16(const uint8_t* at) { return static_cast<uint16_t>(at[0] | (at[1] << 8)); }

// Steps that all rules together may take over one text: bytes that runs look at, and returns. Real
// agents take a few hundred. Once it is spent nothing matches any more.
inline constexpr int32_t kRuleStepsMax = 100'000;

// Bytes that stand behind a program, whatever they are: texts are compared in words.
inline constexpr size_t kBehindProgram = 8;

class RuleMatcher {
 public:
  // Trusts its program: it is a product of this project's build.
  void begin(const AgentText& text, const ByteClass* classes) {
    text_ = &text;
    classes_ = classes;
    one_line_ = text.line_end() == text.size();
    steps_ = kRuleStepsMax;
  }

  // Whether a match begins at `start`; kBehindProgram bytes behind `code` may be read. Then group()
  // gives its groups, 0 the whole match.
  bool match(const uint8_t* code, bool folded, size_t start);

  struct Group {
    uint16_t from;
    uint16_t to;
  };
  // An absent group is empty.
  Group group(size_t index) const;

  // Whether steps are left.
  bool spent() const { return steps_ <= 0; }
  int32_t steps() const { return kRuleStepsMax - steps_; }

 private:
  struct Frame {
    const uint8_t* pc;
    uint16_t at;
    uint16_t limit;
  };
  // Where a thread of the search stands.
  struct Place {
    const uint8_t* pc;
    size_t at;
  };
  static constexpr size_t kSlots = 20;
  static constexpr uint16_t kAbsent = 0xffff;
  static constexpr size_t kFramesMax = 1024;

  bool has(const uint8_t* operand, uint8_t byte) const {
    return classes_[rule_u16(operand)].has(byte);
  }
  bool push(const uint8_t* pc, size_t at, size_t limit);
  bool run(Place& place);
  bool run_lazy(Place& place);
  bool extend_lazy(Place& place, size_t limit);
  bool choose(Place& place, size_t from);
  bool choose_byte(Place& place) const;
  bool optional(Place& place);
  bool optional_lazy(Place& place);
  bool is_boundary(size_t at) const;
  bool stands(const Place& place, bool ahead) const;
  bool step(Place& place);
  bool resume(Place& place);

  const AgentText* text_ = nullptr;
  const ByteClass* classes_ = nullptr;
  const uint8_t* bytes_ = nullptr;
  bool one_line_ = true;
  int32_t steps_ = 0;
  size_t frames_ = 0;
  std::array<uint16_t, kSlots> slots_{};
  std::array<Frame, kFramesMax> stack_;
};

}  // namespace edgehose
