// The user-agent rules as they come from the build: one flat run of bytes, taken as a view.
//
//   "UAR3", rules of each list, number of classes, 17 masked bytes each, number of texts, each with
//   a zero behind it, the same of words, bytes of all programs, bytes of each column, the columns
//
// Numbers are 7 bits a byte, lowest first. Columns hold one kind of thing for all rules, as
// rules/user_agent/blob.ts lists them: flags; places of the trigger (number, then offset in the
// program and depth); bytes before the trigger (least, most, class); last start and class of the
// text's last byte; words that a match holds (a bit each); texts that results are made of (0 the
// next new one, 1 none, number + 1); and the programs' sources (rule_unpack.cpp), in which a choice
// and an optional part end at a place of their own: how far they reach follows from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "shared/enrich/rule_follow.h"
#include "shared/enrich/rule_program.h"

namespace edgehose {

// The rules of npm uap-core, crawler-user-agents and isbot; a table of the build.
[[nodiscard]] std::span<const uint8_t> user_agent_rules();

enum class RuleList : uint8_t { user_agent, os, device, crawler, isbot };
inline constexpr size_t kRuleLists = 5;

inline constexpr uint16_t kRuleBoundNone = 0xffff;

// Where a text of a trigger begins in the program, and how it is spelled (rule_index.cpp).
struct RulePlace {
  uint16_t offset;
  uint8_t depth;
};

struct Rule {
  uint8_t* code = nullptr;
  bool ready = false;      // RuleSet::prepare() has been asked for it
  bool folded = false;     // reads lower-cased text
  bool anchored = false;   // matches at the text's start only
  bool closed = false;     // ... and not where the text begins as most do (kOpener)
  bool triggered = false;  // is tried only where its trigger stands
  uint8_t places = 0;      // of its trigger
  uint16_t first = 0;      // class of a match's first byte, once it is ready
  uint16_t last = 0;       // class of the text's last byte
  uint16_t start_max = kRuleBoundNone;
  uint32_t place = 0;  // the first of them
  uint32_t needs = 0;  // words that a match holds
  uint16_t before_min = 0;
  uint16_t before_max = 0;          // bytes that a match has before its trigger
  uint16_t before_class = 0;        // and which ones
  std::array<uint16_t, 4> texts{};  // 0: none
};

// Rules and what they share, unpacked: some 300 KiB. The bytes must outlive it. They are trusted,
// being a product of this project's build.
class RuleSet {
 public:
  explicit RuleSet(std::span<const uint8_t> bytes);
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;

  const std::vector<Rule>& rules() const { return rules_; }
  // Makes a rule quick to try: few of the rules are ever tried. May be left out.
  void prepare(size_t rule) {
    if (!rules_[rule].ready) work_out(rules_[rule]);
  }
  const RulePlace* places(const Rule& rule) const { return places_.data() + rule.place; }
  const ByteClass* classes() const { return classes_.data(); }
  // How many bytes each class of the table has.
  const uint8_t* class_bytes() const { return class_bytes_.data(); }
  // Rules of a list have the numbers [begin, end).
  size_t begin(RuleList list) const { return begins_[static_cast<size_t>(list)]; }
  size_t end(RuleList list) const { return begins_[static_cast<size_t>(list) + 1]; }
  // A text of Rule::texts, which may have $1 ... $9 in it.
  std::string_view text(size_t number) const { return texts_[number]; }
  // Texts whose absence spares tries: bits of Rule::needs.
  const std::vector<std::string_view>& words() const { return words_; }

 private:
  void work_out(Rule& rule);

  std::vector<Rule> rules_;
  std::unique_ptr<uint8_t[]> code_;  // all programs
  std::vector<RulePlace> places_;
  std::vector<ByteClass> classes_;
  RuleFollow follow_{classes_};
  std::vector<uint8_t> class_bytes_;
  std::vector<std::string_view> texts_;
  std::vector<std::string_view> words_;
  std::array<size_t, kRuleLists + 1> begins_{};
};

}  // namespace edgehose
