// Finds the rules of a set that can match a text, by the texts that wake them, and tries them in
// order.
//
// Each triggered rule is entered under three bytes of each text of its trigger. A scan looks three
// bytes of the agent at a time up in a bitmap: a word by the first two, in it a bit by the third. A
// hit compares the whole texts entered there, each once for all the rules it wakes. What is left is
// a few rules an agent, each with the window in which its match begins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "shared/enrich/agent_text.h"
#include "shared/enrich/rule_program.h"
#include "shared/enrich/rule_set.h"

namespace edgehose {

inline constexpr size_t kNoRule = SIZE_MAX;

class RuleIndex {
 public:
  // Spells the triggers, in a millisecond or two. The set must outlive it.
  explicit RuleIndex(RuleSet& set);

  // Finds the rules that `text` wakes; `text` must stay until the last find().
  void scan(const AgentText& text);

  const AgentText& text() const { return *text_; }

  // The first rule of a list that matches the scanned text, or kNoRule. Its groups are the
  // matcher's.
  size_t find(RuleList list);

  const RuleMatcher& matcher() const { return matcher_; }

  static constexpr unsigned kBucketBits = 13;

 private:
  // A text of a trigger and one rule it wakes; or, from the number of rules on, a word.
  struct Entry {
    uint64_t text;  // the bytes, lowest first, then zeros
    uint16_t rule;
    uint16_t before;    // class of the byte before the text
    uint16_t from_max;  // where the text may stand at most
    uint8_t shape;      // bytes of the text, how far in them the key stands, Rule::folded
    uint8_t same;       // entries of this text from here on
  };
  struct Hits {
    uint16_t first;
    uint16_t last;
  };
  static constexpr size_t kBuckets = size_t{1} << kBucketBits;
  static constexpr size_t kPairs = 0x6000;

  void spell(std::vector<Entry>& entries, std::vector<uint16_t>& buckets);
  void arrange(const std::vector<Entry>& entries, const std::vector<uint16_t>& buckets);
  size_t look_up(const AgentText& text);
  void wake(uint32_t key, size_t at);
  void wake_rule(const Entry& entry, size_t from, const uint8_t* bytes);
  bool try_rule(size_t number);

  RuleSet* set_;
  std::array<uint32_t, kPairs> bits_{};          // by the first two bytes, one by the third
  std::array<uint16_t, kBuckets + 1> starts_{};  // of entries, by a hash of their bytes
  std::vector<Entry> entries_;
  std::vector<uint16_t> always_;  // rules without a trigger, and ...
  std::vector<uint16_t> open_;    // ... those of them that are not closed
  std::vector<uint64_t> woken_;   // a bit for each rule that the text wakes
  uint64_t woken_words_ = 0;      // a bit for each word of them that is not zero
  std::vector<Hits> hits_;        // of triggers, by rule
  // Where a bit is set, and some room.
  std::array<uint16_t, kUserAgentBytesMax + 8> found_;
  uint32_t absent_ = 0;  // words that the text does not have
  bool opened_ = false;  // the text begins as most do
  const AgentText* text_ = nullptr;
  RuleMatcher matcher_;
};

}  // namespace edgehose
