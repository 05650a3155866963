// Finds the rules of a set that can match a text, by the texts that wake them, and tries them in
// order.
//
// Each triggered rule is entered under three bytes of each text of its trigger. A scan looks three
// bytes of the agent at a time up in a bitmap; a hit compares the whole text. What is left is a few
// rules an agent, each with the window in which its match begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/enrich/agent_text.h"
#include "shared/enrich/rule_program.h"
#include "shared/enrich/rule_set.h"

namespace edgehose {

inline constexpr size_t kNoRule = SIZE_MAX;

class RuleIndex {
 public:
  // Spells the triggers: less than a millisecond. The set must outlive it.
  explicit RuleIndex(const RuleSet& set);

  // Finds the rules that `text` wakes; `text` must stay until the last find().
  void scan(const AgentText& text);

  const AgentText& text() const { return *text_; }

  // The first rule of a list that matches the scanned text, or kNoRule. Its groups are the
  // matcher's.
  size_t find(RuleList list);

  const RuleMatcher& matcher() const { return matcher_; }

 private:
  struct Entry {
    uint32_t text;  // offset in texts_
    uint16_t rule;
    uint8_t bytes;      // of the text
    uint8_t offset;     // of the three bytes in the text
    uint32_t key;       // the three bytes, in lower case
    uint16_t from_max;  // where the text may stand at most
    bool folded;        // as Rule::folded
  };
  struct Hits {
    uint16_t first;
    uint16_t last;
  };

  void spell(size_t rule);
  void add(size_t rule, std::string_view text);
  void arrange();
  void wake(size_t slot, uint32_t key, size_t at);
  bool try_rule(size_t number);
  bool try_at_byte(const Rule& rule, const uint8_t* bytes, size_t from, size_t end);

  const RuleSet* set_;
  std::string texts_;
  std::vector<Entry> entries_;    // by slot
  std::vector<uint32_t> bits_;    // by hash: whether a slot is there
  std::vector<uint16_t> ranks_;   // slots before each word of bits_
  std::vector<uint16_t> starts_;  // of slots in entries_
  std::vector<uint64_t> always_;  // rules without a trigger, a bit each
  std::vector<uint64_t> woken_;   // and those that the text wakes
  std::vector<Hits> hits_;        // of triggers, by rule
  const AgentText* text_ = nullptr;
  RuleMatcher matcher_;
};

}  // namespace edgehose
