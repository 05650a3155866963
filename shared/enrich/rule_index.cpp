#include "shared/enrich/rule_index.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr unsigned kHashBits = 17;
constexpr size_t kTextBytesMax = 12;
constexpr size_t kSkip = 16;  // added to a depth: step over what stands before a text

// What most agents share: bytes found here tell little.
constexpr std::string_view kCommonplace =
    "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) "
    "chrome/138.0.0.0 safari/537.36 edg/138.0.0.0 "
    "mozilla/5.0 (iphone; cpu iphone os 18_5 like mac os x) applewebkit/605.1.15 version/18.5 "
    "mobile/15e148 safari/604.1 (macintosh; intel mac os x 10_15_7) (linux; android 10; k) "
    "chrome/138.0.0.0 mobile safari/537.36 rv:140.0) gecko/20100101 firefox/140.0 build/ "
    "(compatible; +http://www. .com/bot.html) samsungbrowser/28.0 sm- ; wv) u; android 14; x11; ";

constexpr uint32_t hash_of(uint32_t key) { return (key * 0x9E3779B1u) >> (32 - kHashBits); }

uint32_t key_at(const char* text) {
  uint32_t key = 0;
  for (unsigned i = 0; i < 3; ++i) {
    key |= static_cast<uint32_t>(static_cast<uint8_t>(to_lower(text[i]))) << (8 * i);
  }
  return key;
}

bool is_commonplace(const char* text) {
  const char lower[3] = {to_lower(text[0]), to_lower(text[1]), to_lower(text[2])};
  return kCommonplace.find(std::string_view(lower, 3)) != std::string_view::npos;
}

size_t popcount(uint32_t word) { return static_cast<size_t>(__builtin_popcount(word)); }

// Spells the texts with which a program goes on at an offset. The generator's walk
// (rules/user_agent/trigger.ts) is the same and has judged them.
class Speller {
 public:
  Speller(const ByteClass* classes, size_t depth, std::vector<std::string>& out)
      : classes_(classes), depth_(depth % kSkip), skips_(depth >= kSkip), out_(out) {}

  void walk(const uint8_t* pc, std::string text) {
    while (text.size() < kTextBytesMax && step(pc, text)) {
    }
    if (!forked_) out_.push_back(text.substr(0, kTextBytesMax));
    forked_ = false;
  }

 private:
  // Goes on by one instruction; false where the text ends or has forked.
  bool step(const uint8_t*& pc, std::string& text) {
    switch (static_cast<RuleOp>(*pc)) {
      case RuleOp::text:
        text.append(reinterpret_cast<const char*>(pc + 2), pc[1]);
        pc += 2 + pc[1];
        return true;
      case RuleOp::byte:
        text.push_back(static_cast<char>(pc[1]));
        pc += 2;
        return true;
      case RuleOp::save:
        pc += 2;
        return true;
      case RuleOp::boundary:
      case RuleOp::start:
        pc += 1;
        return true;
      case RuleOp::jump:
        pc += 3 + rule_u16(pc + 1);
        return true;
      case RuleOp::back:
        pc += 3 - rule_u16(pc + 1);
        return true;
      case RuleOp::one:
        if (!skips_ || !text.empty() || count(pc + 1) <= spelled_max(0)) {
          return fork_bytes(pc + 1, pc + 3, text);
        }
        pc += 3;
        return true;
      case RuleOp::run:
      case RuleOp::run_only:
      case RuleOp::run_lazy:
        if (!skips_ || !text.empty()) return pc[5] > 0 && fork_bytes(pc + 1, nullptr, text);
        pc += 8;
        return true;
      default:
        return text.size() < depth_ && fork(pc, text);
    }
  }

  bool fork(const uint8_t* pc, const std::string& text) {
    const auto op = static_cast<RuleOp>(*pc);
    if (op == RuleOp::optional || op == RuleOp::optional_lazy) {
      walk(pc + 7, text);
      walk(pc + 7 + rule_u16(pc + 5), text);
    } else if (op == RuleOp::choose || op == RuleOp::choose_byte) {
      const size_t n = pc[1];
      const uint8_t* const table = pc + 2 + (op == RuleOp::choose ? 2 : n);
      const size_t step = op == RuleOp::choose ? 4 : 2;
      const uint8_t* const parts = op == RuleOp::choose ? pc + 2 + 4 * n : table + 2 * n;
      for (size_t i = 0; i < n; ++i) walk(parts + rule_u16(table + step * i), text);
    } else {
      return false;
    }
    forked_ = true;
    return false;
  }

  // Takes each byte of a class, if it has few, and goes on at `next`.
  bool fork_bytes(const uint8_t* operand, const uint8_t* next, const std::string& text) {
    const ByteClass& set = classes_[rule_u16(operand)];
    if (count(operand) > spelled_max(text.size())) return false;
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (!set.has(static_cast<uint8_t>(byte))) continue;
      const std::string longer = text + static_cast<char>(byte);
      if (next == nullptr) {
        out_.push_back(longer);
      } else {
        walk(next, longer);
      }
    }
    forked_ = true;
    return false;
  }

  size_t count(const uint8_t* operand) const {
    size_t bytes = 0;
    for (const uint32_t word : classes_[rule_u16(operand)].words) bytes += popcount(word);
    return bytes;
  }

  size_t spelled_max(size_t bytes) const {
    if (bytes >= depth_) return 0;
    return bytes == 0 ? 4 : bytes == 1 ? 12 : bytes == 2 ? 64 : 4;
  }

  const ByteClass* classes_;
  size_t depth_;
  bool skips_;
  std::vector<std::string>& out_;
  bool forked_ = false;
};

}  // namespace

RuleIndex::RuleIndex(const RuleSet& set) : set_(&set) {
  const size_t words = (set.rules().size() + 63) / 64;
  always_.resize(words);
  woken_.resize(words);
  hits_.resize(set.rules().size());
  for (size_t i = 0; i < set.rules().size(); ++i) {
    if (set.rules()[i].triggered) {
      spell(i);
    } else {
      always_[i / 64] |= uint64_t{1} << (i % 64);
    }
  }
  arrange();
}

void RuleIndex::spell(size_t rule) {
  const Rule& r = set_->rules()[rule];
  std::vector<std::string> texts;
  for (size_t i = 0; i < r.places; ++i) {
    const RulePlace place = set_->places(r)[i];
    Speller(set_->classes(), place.depth, texts).walk(r.code + place.offset, {});
  }
  for (const std::string& text : texts) add(rule, text);
}

// Enters a text under its three bytes that tell most: the last ones that are no commonplace. A text
// of two bytes is entered with each byte that may follow.
void RuleIndex::add(size_t rule, std::string_view text) {
  Entry entry{static_cast<uint32_t>(texts_.size()),
              static_cast<uint16_t>(rule),
              static_cast<uint8_t>(text.size()),
              0,
              0,
              kRuleBoundNone,
              false};
  const Rule& r = set_->rules()[rule];
  entry.folded = r.folded;
  if (r.anchored) entry.from_max = r.before_max;
  texts_ += text;
  if (text.size() == 2) {
    for (unsigned third = 0; third <= kLineEndCharacter; ++third) {
      const char bytes[3] = {text[0], text[1], static_cast<char>(third)};
      if (is_upper(bytes[2])) continue;
      entry.key = key_at(bytes);
      entries_.push_back(entry);
    }
    return;
  }
  size_t offset = text.size() - 3;
  while (offset > 0 && is_commonplace(text.data() + offset)) --offset;
  if (is_commonplace(text.data() + offset)) offset = text.size() - 3;
  entry.offset = static_cast<uint8_t>(offset);
  entry.key = key_at(text.data() + offset);
  entries_.push_back(entry);
}

// Sorts the entries by slot: the n-th hash that has one.
void RuleIndex::arrange() {
  bits_.assign(size_t{1} << (kHashBits - 5), 0);
  for (const Entry& entry : entries_) {
    const uint32_t hash = hash_of(entry.key);
    bits_[hash / 32] |= 1u << (hash % 32);
  }
  ranks_.resize(bits_.size());
  size_t slots = 0;
  for (size_t i = 0; i < bits_.size(); ++i) {
    ranks_[i] = static_cast<uint16_t>(slots);
    slots += popcount(bits_[i]);
  }
  const auto slot_of = [&](const Entry& entry) {
    const uint32_t hash = hash_of(entry.key);
    return ranks_[hash / 32] + popcount(bits_[hash / 32] & ((1u << (hash % 32)) - 1));
  };
  starts_.assign(slots + 1, 0);
  for (const Entry& entry : entries_) ++starts_[slot_of(entry) + 1];
  for (size_t i = 0; i < slots; ++i)
    starts_[i + 1] = static_cast<uint16_t>(starts_[i + 1] + starts_[i]);
  std::vector<uint16_t> at(starts_.begin(), starts_.end() - 1);
  std::vector<Entry> sorted(entries_.size());
  for (const Entry& entry : entries_) sorted[at[slot_of(entry)]++] = entry;
  entries_.swap(sorted);
}

void RuleIndex::scan(const AgentText& text) {
  text_ = &text;
  matcher_.begin(text, set_->classes());
  std::copy(always_.begin(), always_.end(), woken_.begin());
  const uint8_t* const bytes = text.folded();
  const uint32_t* const bits = bits_.data();
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    uint32_t key = 0;
    std::memcpy(&key, bytes + at, 4);
    key &= 0xffffff;
    const uint32_t hash = hash_of(key);
    const uint32_t word = bits[hash / 32];
    if (((word >> (hash % 32)) & 1u) == 0) continue;
    wake(ranks_[hash / 32] + popcount(word & ((1u << (hash % 32)) - 1)), key, at);
  }
}

void RuleIndex::wake(size_t slot, uint32_t key, size_t at) {
  for (size_t i = starts_[slot]; i < starts_[slot + 1]; ++i) {
    const Entry& entry = entries_[i];
    if (entry.key != key || entry.offset > at) continue;
    const size_t from = at - entry.offset;
    if (from > entry.from_max) continue;
    // A text may not reach behind the end: zeros stand there, which no text holds.
    const uint8_t* const bytes = (entry.folded ? text_->folded() : text_->exact()) + from;
    const char* const text = texts_.data() + entry.text;
    size_t same = 0;
    while (same < entry.bytes && bytes[same] == static_cast<uint8_t>(text[same])) ++same;
    if (same < entry.bytes) continue;
    uint64_t& word = woken_[entry.rule / 64];
    const uint64_t bit = uint64_t{1} << (entry.rule % 64);
    Hits& hits = hits_[entry.rule];
    // A text is found by bytes inside it: a longer one that begins earlier may be found later.
    const auto here = static_cast<uint16_t>(from);
    hits.first = (word & bit) == 0 ? here : std::min(hits.first, here);
    hits.last = (word & bit) == 0 ? here : std::max(hits.last, here);
    word |= bit;
  }
}

size_t RuleIndex::find(RuleList list) {
  const size_t begin = set_->begin(list);
  const size_t end = set_->end(list);
  for (size_t word = begin / 64; word * 64 < end; ++word) {
    uint64_t bits = woken_[word];
    if (word == begin / 64) bits &= ~uint64_t{0} << (begin % 64);
    for (; bits != 0; bits &= bits - 1) {
      const size_t rule = word * 64 + static_cast<size_t>(__builtin_ctzll(bits));
      if (rule >= end) return kNoRule;
      if (try_rule(rule)) return rule;
    }
  }
  return kNoRule;
}

// Tries a rule at each place where its match may begin, from the left.
bool RuleIndex::try_rule(size_t number) {
  const Rule& rule = set_->rules()[number];
  const size_t size = text_->size();
  const uint8_t* const bytes = rule.folded ? text_->folded() : text_->exact();
  const ByteClass* const classes = set_->classes();
  if (rule.last != 0 && (size == 0 || !classes[rule.last].has(bytes[size - 1]))) return false;
  size_t from = 0;
  size_t to = size;
  if (rule.triggered) {
    const Hits hits = hits_[number];
    if (hits.last < rule.before_min) return false;
    to = size_t{hits.last} - rule.before_min;
    const size_t least = hits.first - std::min(hits.first, rule.before_max);
    from = rule.before_max == rule.before_min ? least : hits.first;
    while (from > least && classes[rule.before_class].has(bytes[from - 1])) --from;
  }
  if (rule.start_max != kRuleBoundNone)
    to = std::min({to, size_t{rule.start_max}, text_->line_end()});
  if (rule.anchored) to = 0;
  if (rule.first_byte != 0) {
    return try_at_byte(rule, bytes, from, std::min(to + 1, size));
  }
  const ByteClass& first = classes[rule.first];
  for (; from <= to; ++from) {
    if (first.has(bytes[from]) && matcher_.match(rule.code, rule.folded, from)) return true;
  }
  return false;
}

// The same for a rule whose matches begin with one byte.
bool RuleIndex::try_at_byte(const Rule& rule, const uint8_t* bytes, size_t from, size_t end) {
  while (from < end) {
    const void* const found = std::memchr(bytes + from, rule.first_byte, end - from);
    if (found == nullptr) return false;
    from = static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes);
    if (matcher_.match(rule.code, rule.folded, from)) return true;
    ++from;
  }
  return false;
}

}  // namespace edgehose
