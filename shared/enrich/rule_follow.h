// Works out with which bytes a program may go on, for the matcher to look before it tries: the
// table of rules leaves that out. Without it a program matches the same, more slowly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shared/enrich/rule_program.h"

namespace edgehose {

class RuleFollow {
 public:
  // Adds the sets it needs to `classes`, as far as its capacity goes: it does not move. Where there
  // is no more room, everything may follow.
  explicit RuleFollow(std::vector<ByteClass>& classes) : classes_(classes), ids_(kSlots) {}

  // Sets next16 and first16 of each instruction, and gives the class of the program's first byte.
  uint16_t fill(uint8_t* code);

 private:
  static constexpr size_t kSlots = 4096;
  static constexpr size_t kClassesMax = kSlots / 2;

  // What `pc` and all behind it may begin with.
  void add_first(const uint8_t* pc, ByteClass& set) const;
  void put_first(uint8_t* at, const uint8_t* pc);
  uint16_t class_of(const ByteClass& set);

  std::vector<ByteClass>& classes_;
  std::vector<uint16_t> ids_;  // of the sets added, by their hash; 0: free
};

}  // namespace edgehose
