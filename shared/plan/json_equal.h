// Equality of JSON values as JSON Schema means it: numbers by value, strings by the characters they
// stand for, objects whatever the order of their members.
#pragma once

#include <cstdint>
#include <string_view>

namespace edgehose {

// The bytes that a checked raw string (without its quotes) stands for, one after the other.
class DecodedBytes {
 public:
  explicit DecodedBytes(std::string_view inside) : text_(inside) {}
  // The next byte, or -1 at the end.
  int next();

 private:
  void decode_escape();

  std::string_view text_;
  size_t at_ = 0;
  char pending_[4] = {};
  uint32_t pending_count_ = 0;
  uint32_t pending_at_ = 0;
};

// Below 0, 0, above 0: the order of the decoded bytes. Raw strings without their quotes.
[[nodiscard]] int compare_raw_strings(std::string_view a, std::string_view b);
[[nodiscard]] bool equal_raw_strings(std::string_view a, std::string_view b);

// Compares checked values, and counts the bytes that took.
class JsonEquality {
 public:
  // Gives up, with equal() false, when more than `steps_max` were taken.
  explicit JsonEquality(uint64_t steps_max) : steps_max_(steps_max) {}

  [[nodiscard]] bool equal(std::string_view a, std::string_view b);
  // Equal values have equal hashes.
  [[nodiscard]] uint64_t hash(std::string_view value);

  uint64_t steps() const { return steps_; }
  bool gave_up() const { return steps_ > steps_max_; }

 private:
  bool spend(uint64_t steps) {
    steps_ += steps;
    return !gave_up();
  }
  bool equal_objects(std::string_view a, std::string_view b);
  bool equal_arrays(std::string_view a, std::string_view b);

  uint64_t steps_max_;
  uint64_t steps_ = 0;
};

}  // namespace edgehose
