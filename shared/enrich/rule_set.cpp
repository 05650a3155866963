#include "shared/enrich/rule_set.h"

#include "shared/base/rare.h"
#include "shared/enrich/rule_unpack.h"

namespace edgehose {
namespace {

constexpr size_t kMagicBytes = 4;
constexpr size_t kClassBytes = 17;
constexpr uint8_t kClassMask = 0x55;  // rules/user_agent/blob.ts
// Room for the sets of what follows: all rules together have half as many.
constexpr size_t kClassesFollowing = 1024;
constexpr unsigned kFolded = 1;
constexpr unsigned kAnchored = 2;
constexpr unsigned kTriggered = 4;
constexpr unsigned kHasStartMax = 8;
constexpr unsigned kHasLast = 16;
constexpr unsigned kClosed = 32;
constexpr unsigned kHasBefore = 64;
constexpr unsigned kHasNeeds = 128;

size_t texts_of(size_t list) {
  constexpr std::array<size_t, kRuleLists> kTexts = {4, 4, 3, 1, 0};
  return kTexts[list];
}

ByteClass byte_class(RuleColumn& column) {
  ByteClass set;
  for (size_t i = 0; i < kClassBytes; ++i) {
    set.words[i / 4] |= static_cast<uint32_t>(column.byte() ^ kClassMask) << (8 * (i % 4));
  }
  return set;
}

size_t count_bytes(const ByteClass& set) {
  size_t bytes = 0;
  for (const uint32_t word : set.words) bytes += static_cast<size_t>(__builtin_popcount(word));
  return bytes;
}

EDGEHOSE_RARE void read_head(RuleColumns& columns, Rule& rule, std::vector<RulePlace>& places) {
  const size_t flags = columns.number(RulePart::flags);
  rule.folded = (flags & kFolded) != 0;
  rule.anchored = (flags & kAnchored) != 0;
  rule.closed = (flags & kClosed) != 0;
  rule.triggered = (flags & kTriggered) != 0;
  if (rule.triggered) {
    rule.places = static_cast<uint8_t>(columns.number(RulePart::places));
    rule.place = static_cast<uint32_t>(places.size());
    for (size_t i = 0; i < rule.places; ++i) {
      const uint16_t offset = columns.short_number(RulePart::places);
      places.push_back({offset, static_cast<uint8_t>(columns.number(RulePart::places))});
    }
  }
  if ((flags & kHasBefore) != 0) {
    rule.before_min = columns.short_number(RulePart::trigger);
    rule.before_max = columns.short_number(RulePart::trigger);
    rule.before_class = columns.short_number(RulePart::trigger);
  }
  if ((flags & kHasStartMax) != 0) rule.start_max = columns.short_number(RulePart::ends);
  if ((flags & kHasLast) != 0) rule.last = columns.short_number(RulePart::ends);
  if ((flags & kHasNeeds) != 0) {
    rule.needs = static_cast<uint32_t>(columns.number(RulePart::needs));
  }
}

}  // namespace

EDGEHOSE_RARE RuleSet::RuleSet(std::span<const uint8_t> bytes) {
  RuleColumn head(bytes.data() + kMagicBytes);
  for (size_t list = 0; list < kRuleLists; ++list)
    begins_[list + 1] = begins_[list] + head.number();
  const size_t classes = head.number();
  classes_.reserve(classes + kClassesFollowing);
  for (size_t i = 0; i < classes; ++i) classes_.push_back(byte_class(head));
  texts_.resize(head.number() + 1);
  for (size_t i = 1; i < texts_.size(); ++i) texts_[i] = head.text();
  words_.resize(head.number());
  for (std::string_view& word : words_) word = head.text();
  // Written whole below, so it is not cleared first.
  code_.reset(new uint8_t[head.number() + kBehindProgram]);
  RuleColumns columns(head);
  rules_.resize(begins_[kRuleLists]);
  uint16_t newest = 0;
  uint8_t* code = code_.get();
  for (size_t list = 0; list < kRuleLists; ++list) {
    for (size_t i = begins_[list]; i < begins_[list + 1]; ++i) {
      Rule& rule = rules_[i];
      read_head(columns, rule, places_);
      for (size_t text = 0; text < texts_of(list); ++text) {
        const uint16_t reference = columns.short_number(RulePart::references);
        rule.texts[text] = reference == 0   ? ++newest
                           : reference == 1 ? uint16_t{0}
                                            : static_cast<uint16_t>(reference - 1);
      }
      rule.code = code;
      code = unpack_program(columns.of(RulePart::programs), code);
    }
  }
  class_bytes_.resize(classes_.size());
  for (size_t i = 0; i < classes_.size(); ++i) {
    class_bytes_[i] = static_cast<uint8_t>(count_bytes(classes_[i]));
  }
}

EDGEHOSE_RARE void RuleSet::work_out(Rule& rule) {
  rule.ready = true;
  rule.first = follow_.fill(rule.code);
}

}  // namespace edgehose
