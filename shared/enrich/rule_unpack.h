// Reads the columns of the rules' table (rule_set.h), and makes programs for the matcher of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace edgehose {

// A cursor in trusted bytes.
class RuleColumn {
 public:
  RuleColumn() = default;
  explicit RuleColumn(const uint8_t* at) : at_(at) {}

  const uint8_t* at() const { return at_; }
  void skip(size_t bytes) { at_ += bytes; }
  uint8_t byte() { return *at_++; }
  // Most numbers are a byte.
  [[gnu::always_inline]] size_t number() { return *at_ < 128 ? *at_++ : long_number(); }
  size_t long_number() {
    size_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const size_t byte = *at_++;
      value |= (byte & 127u) << shift;
      if (byte < 128) return value;
    }
  }
  // Ended by a zero.
  std::string_view text() {
    const std::string_view text(reinterpret_cast<const char*>(at_));
    at_ += text.size() + 1;
    return text;
  }

 private:
  const uint8_t* at_ = nullptr;
};

// The columns, in their order.
enum class RulePart : uint8_t { flags, places, trigger, ends, needs, references, programs };
inline constexpr size_t kRuleParts = 7;

class RuleColumns {
 public:
  // `head` stands where the columns' lengths are.
  explicit RuleColumns(RuleColumn head);

  RuleColumn& of(RulePart part) { return columns_[static_cast<size_t>(part)]; }
  size_t number(RulePart part) { return of(part).number(); }
  uint16_t short_number(RulePart part) { return static_cast<uint16_t>(number(part)); }

 private:
  std::array<RuleColumn, kRuleParts> columns_{};
};

// Writes the next program of a column at `code`, and gives its end. What may follow an instruction
// is left open: class 0 (rule_follow.h).
uint8_t* unpack_program(RuleColumn& source, uint8_t* code);

}  // namespace edgehose
