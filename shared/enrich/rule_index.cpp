#include "shared/enrich/rule_index.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "shared/base/rare.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kTextBytesMax = 8;
constexpr size_t kSkip = 16;  // added to a depth: step over what stands before a text
constexpr uint32_t kFullWord = 0xffffffff;

// How most agents begin. The generator has marked what cannot match then (spare.ts).
constexpr std::string_view kOpener = "Mozilla/5.0 (";

// What most agents share: bytes found here tell little.
constexpr std::string_view kCommonplace =
    "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) "
    "chrome/138.0.0.0 safari/537.36 edg/138.0.0.0 "
    "mozilla/5.0 (iphone; cpu iphone os 18_5 like mac os x) applewebkit/605.1.15 version/18.5 "
    "mobile/15e148 safari/604.1 (macintosh; intel mac os x 10_15_7) (linux; android 10; k) "
    "chrome/138.0.0.0 mobile safari/537.36 rv:140.0) gecko/20100101 firefox/140.0 build/ "
    "(compatible; +http://www. .com/bot.html) samsungbrowser/28.0 sm- ; wv) u; android 14; x11; ";

// A key is two or three bytes in lower case, the first lowest. Without capitals, six bits tell one
// byte from another.
constexpr uint32_t kPairMask = 0x5f7f;
constexpr uint32_t pair_of(uint32_t key) { return key & kPairMask; }
constexpr uint32_t third_of(uint32_t key) { return (key >> 16) & 31u; }

constexpr uint16_t bucket_of(uint32_t key) {
  return static_cast<uint16_t>((key * 0x9E3779B1u) >> (32 - RuleIndex::kBucketBits));
}

size_t lowest_bit(uint64_t word) { return static_cast<size_t>(__builtin_ctzll(word)); }

// Of an entry: four bits for the bytes of its text, three for the key's offset, one for its case.
constexpr unsigned kFoldedBit = 128;
constexpr uint8_t shape_of(size_t bytes, size_t offset, bool folded) {
  return static_cast<uint8_t>(bytes | (offset << 4) | (folded ? kFoldedBit : 0));
}

// A text as it is spelled: its bytes, the first lowest, then zeros.
struct Spelled {
  uint64_t bytes = 0;
  size_t size = 0;

  void add(uint8_t byte) { add(byte, 1); }
  // The lowest `count` of eight bytes, as far as there is room.
  void add(uint64_t more, size_t count) {
    if (size == kTextBytesMax) return;
    count = std::min(count, kTextBytesMax - size);
    bytes |= (more << (64 - 8 * count) >> (64 - 8 * count)) << (8 * size);
    size += count;
  }
};

// Spells the texts with which a program goes on at an offset, and gives each to `take`. The
// generator's walk (rules/user_agent/trigger.ts) is the same and has judged them.
template <typename Take>
class Speller {
 public:
  Speller(const ByteClass* classes, const uint8_t* class_bytes, size_t depth, const Take& take)
      : classes_(classes),
        class_bytes_(class_bytes),
        depth_(depth % kSkip),
        skips_(depth >= kSkip),
        take_(take) {}

  void walk(const uint8_t* pc, Spelled text) {
    while (text.size < kTextBytesMax) {
      const Next next = step(pc, text);
      if (next == Next::forked) return;
      if (next == Next::stop) break;
    }
    take_(text);
  }

 private:
  enum class Next { on, stop, forked };

  // Goes on by one instruction, or into each of its ways.
  Next step(const uint8_t*& pc, Spelled& text) {
    switch (static_cast<RuleOp>(*pc)) {
      case RuleOp::text:
        text.add(load_8(pc + 2), pc[1]);
        pc += 2 + pc[1];
        return Next::on;
      case RuleOp::byte:
        text.add(pc[1]);
        pc += 2;
        return Next::on;
      case RuleOp::save:
        pc += 2;
        return Next::on;
      case RuleOp::boundary:
      case RuleOp::start:
        pc += 1;
        return Next::on;
      case RuleOp::jump:
        pc += 3 + rule_u16(pc + 1);
        return Next::on;
      case RuleOp::back:
        pc += 3 - rule_u16(pc + 1);
        return Next::on;
      case RuleOp::end:
        // Zeros stand behind the text, and nowhere in it.
        text.add(0);
        text.add(0);
        return Next::stop;
      case RuleOp::one:
        if (skips_ && text.size == 0 && count(pc + 1) > spelled_max(0)) {
          pc += 3;
          return Next::on;
        }
        return fork_bytes(pc + 1, pc + 3, text);
      case RuleOp::run:
      case RuleOp::run_only:
      case RuleOp::run_lazy:
        return step_run(pc, text);
      default:
        return text.size < depth_ ? fork(pc, text) : Next::stop;
    }
  }

  Next step_run(const uint8_t*& pc, const Spelled& text) {
    if (skips_ && text.size == 0) {
      pc += kRuleRunBytes;
      return Next::on;
    }
    if (count(pc + 1) > spelled_max(text.size)) return Next::stop;
    if (pc[5] == 0) walk(pc + kRuleRunBytes, text);
    return fork_bytes(pc + 1, rule_u16(pc + 6) == 1 ? pc + kRuleRunBytes : nullptr, text);
  }

  Next fork(const uint8_t* pc, const Spelled& text) {
    const auto op = static_cast<RuleOp>(*pc);
    if (op == RuleOp::optional || op == RuleOp::optional_lazy) {
      walk(pc + kRuleOptionalBytes, text);
      walk(pc + kRuleOptionalBytes + rule_u16(pc + 5), text);
    } else if (op == RuleOp::choose || op == RuleOp::choose_byte) {
      const size_t n = pc[1];
      const uint8_t* const table = pc + 2 + (op == RuleOp::choose ? 2 : n);
      const size_t step = op == RuleOp::choose ? 4 : 2;
      const uint8_t* const parts = op == RuleOp::choose ? pc + 2 + 4 * n : table + 2 * n;
      for (size_t i = 0; i < n; ++i) walk(parts + rule_u16(table + step * i), text);
    } else {
      return Next::stop;
    }
    return Next::forked;
  }

  // Takes each byte of a class, if it has few, and goes on at `next`.
  Next fork_bytes(const uint8_t* operand, const uint8_t* next, const Spelled& text) {
    const ByteClass& set = classes_[rule_u16(operand)];
    if (count(operand) > spelled_max(text.size)) return Next::stop;
    for (size_t word = 0; word < set.words.size(); ++word) {
      for (uint32_t bits = set.words[word]; bits != 0; bits &= bits - 1) {
        Spelled longer = text;
        longer.add(static_cast<uint8_t>(32 * word + lowest_bit(bits)));
        if (next == nullptr) {
          take_(longer);
        } else {
          walk(next, longer);
        }
      }
    }
    return Next::forked;
  }

  size_t count(const uint8_t* operand) const { return class_bytes_[rule_u16(operand)]; }

  size_t spelled_max(size_t bytes) const {
    if (bytes >= depth_) return 0;
    return bytes == 0 ? 4 : bytes == 1 ? 12 : bytes == 2 ? 64 : 4;
  }

  const ByteClass* classes_;
  const uint8_t* class_bytes_;
  size_t depth_;
  bool skips_;
  const Take& take_;
};

// Three bytes at a time that are commonplace.
class Commonplace {
 public:
  Commonplace() {
    uint32_t key = 0;
    for (const char c : kCommonplace) {
      key = (key >> 8) | static_cast<uint32_t>(static_cast<uint8_t>(c)) << 16;
      bits_[pair_of(key)] |= 1u << third_of(key);
    }
  }
  bool has(uint32_t key) const { return ((bits_[pair_of(key)] >> third_of(key)) & 1u) != 0; }

 private:
  std::vector<uint32_t> bits_ = std::vector<uint32_t>(kPairMask + 1);
};

// Where the three bytes of a lower-cased text stand that tell most: the last ones that are no
// commonplace.
EDGEHOSE_RARE size_t telling_offset(uint64_t text, size_t size, const Commonplace& commonplace) {
  const size_t last = size - 3;
  for (size_t offset = last + 1; offset-- > 0;) {
    if (!commonplace.has(static_cast<uint32_t>(text >> (8 * offset)))) return offset;
  }
  return last;
}

}  // namespace

EDGEHOSE_RARE RuleIndex::RuleIndex(RuleSet& set)
    : set_(&set), woken_((set.rules().size() + 63) / 64), hits_(set.rules().size()) {
  for (size_t i = 0; i < set.rules().size(); ++i) {
    if (set.rules()[i].triggered) continue;
    always_.push_back(static_cast<uint16_t>(i));
    if (!set.rules()[i].closed) open_.push_back(static_cast<uint16_t>(i));
  }
  std::vector<Entry> entries;
  std::vector<uint16_t> buckets;
  spell(entries, buckets);
  arrange(entries, buckets);
}

// Makes the entries of all rules and words, and sets their bits. A text of two bytes takes any
// third one, and one of one byte any second one.
EDGEHOSE_RARE void RuleIndex::spell(std::vector<Entry>& entries, std::vector<uint16_t>& buckets) {
  entries.reserve(2 * set_->rules().size());
  buckets.reserve(2 * set_->rules().size());
  const Commonplace commonplace;
  Entry entry{};
  const auto enter = [&](uint32_t key, uint32_t bits) {
    bits_[pair_of(key)] |= bits;
    entries.push_back(entry);
    buckets.push_back(bucket_of(key));
  };
  bool folded = false;
  const auto take = [&](const Spelled& text) {
    entry.text = text.bytes;
    entry.shape = shape_of(text.size, 0, folded);
    const uint64_t lower = lower_case(text.bytes);
    if (text.size >= 3) {
      const size_t offset = telling_offset(lower, text.size, commonplace);
      entry.shape = shape_of(text.size, offset, folded);
      const uint32_t key = static_cast<uint32_t>(lower >> (8 * offset)) & 0xffffffu;
      return enter(key, 1u << third_of(key));
    }
    const auto key = static_cast<uint32_t>(lower);
    if (text.size == 2) return enter(key, kFullWord);
    for (uint32_t second = 0; second <= kLineEndCharacter; ++second) {
      enter(key | second << 8, kFullWord);
    }
  };
  for (const Rule& rule : set_->rules()) {
    entry.rule = static_cast<uint16_t>(&rule - set_->rules().data());
    entry.before = rule.before_min > 0 ? rule.before_class : uint16_t{0};
    entry.from_max = rule.anchored ? rule.before_max : kRuleBoundNone;
    folded = rule.folded;
    for (size_t i = 0; rule.triggered && i < rule.places; ++i) {
      const RulePlace place = set_->places(rule)[i];
      Speller(set_->classes(), set_->class_bytes(), place.depth, take)
          .walk(rule.code + place.offset, {});
    }
  }
  entry.before = 0;
  entry.from_max = kRuleBoundNone;
  folded = false;
  for (const std::string_view word : set_->words()) {
    ++entry.rule;
    Spelled text;
    for (const char c : word) text.add(static_cast<uint8_t>(c));
    take(text);
  }
}

// Sorts the entries by bucket, and those of one text in it together.
EDGEHOSE_RARE void RuleIndex::arrange(const std::vector<Entry>& entries,
                                      const std::vector<uint16_t>& buckets) {
  for (const uint16_t bucket : buckets) ++starts_[bucket + size_t{1}];
  for (size_t i = 0; i < kBuckets; ++i) {
    starts_[i + 1] = static_cast<uint16_t>(starts_[i + 1] + starts_[i]);
  }
  const auto is_before = [](const Entry& a, const Entry& b) {
    return a.text != b.text ? a.text < b.text : a.shape < b.shape;
  };
  std::vector<uint16_t> ends(starts_.begin(), starts_.end() - 1);
  entries_.resize(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    size_t at = ends[buckets[i]]++;
    for (; at > starts_[buckets[i]] && is_before(entries[i], entries_[at - 1]); --at) {
      entries_[at] = entries_[at - 1];
    }
    entries_[at] = entries[i];
  }
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    uint8_t same = 0;
    for (size_t i = starts_[bucket + 1]; i-- > starts_[bucket];) {
      const bool more = same > 0 && same < UINT8_MAX && !is_before(entries_[i], entries_[i + 1]);
      same = more ? static_cast<uint8_t>(same + 1) : uint8_t{1};
      entries_[i].same = same;
    }
  }
}

void RuleIndex::scan(const AgentText& text) {
  text_ = &text;
  matcher_.begin(text, set_->classes());
  opened_ = std::string_view(reinterpret_cast<const char*>(text.exact()), text.size())
                .starts_with(kOpener);
  absent_ = ~uint32_t{0};
  for (; woken_words_ != 0; woken_words_ &= woken_words_ - 1) {
    woken_[lowest_bit(woken_words_)] = 0;
  }
  for (const uint16_t rule : opened_ ? open_ : always_) {
    woken_[rule / 64] |= uint64_t{1} << (rule % 64);
    woken_words_ |= uint64_t{1} << (rule / 64);
  }
  const size_t found = look_up(text);
  for (size_t i = 0; i < found; ++i) {
    const size_t at = found_[i];
    const auto key = static_cast<uint32_t>(load_8(text.folded() + at)) & 0xffffffu;
    wake(key, at);
    if (bits_[pair_of(key)] == kFullWord) wake(key & 0xffffu, at);
  }
}

// Lists the places whose bit is set, without a branch: nobody could guess it.
size_t RuleIndex::look_up(const AgentText& text) {
  const uint8_t* const bytes = text.folded();
  const size_t size = text.size();
  size_t found = 0;
  // Behind the end stand zeros, with which no text begins.
  for (size_t at = 0; at < size; at += 4) {
    uint64_t keys = load_8(bytes + at);
    for (size_t i = 0; i < 4; ++i, keys >>= 8) {
      const auto key = static_cast<uint32_t>(keys);
      found_[found] = static_cast<uint16_t>(at + i);
      found += (bits_[pair_of(key)] >> third_of(key)) & 1u;
    }
  }
  return found;
}

void RuleIndex::wake(uint32_t key, size_t at) {
  const size_t bucket = bucket_of(key);
  const Entry* const end = entries_.data() + starts_[bucket + 1];
  for (const Entry* entry = entries_.data() + starts_[bucket]; entry < end; entry += entry->same) {
    const unsigned shape = entry->shape;
    const size_t offset = (shape >> 4) & 7u;
    if (offset > at) continue;
    // A text may not reach behind the end: zeros stand there, which no text but an end holds.
    const uint8_t* const bytes = (shape >= kFoldedBit ? text_->folded() : text_->exact());
    const size_t from = at - offset;
    const uint64_t other = load_8(bytes + from) ^ entry->text;
    if (other << (64 - 8 * (shape & 15u)) != 0) continue;
    for (size_t i = 0; i < entry->same; ++i) wake_rule(entry[i], from, bytes);
  }
}

inline void RuleIndex::wake_rule(const Entry& entry, size_t from, const uint8_t* bytes) {
  if (from > entry.from_max) return;
  if (entry.rule >= hits_.size()) {
    absent_ &= ~(uint32_t{1} << (entry.rule - hits_.size()));
    return;
  }
  if (entry.before != 0 && (from == 0 || !set_->classes()[entry.before].has(bytes[from - 1]))) {
    return;
  }
  const size_t word = entry.rule / 64;
  const uint64_t bit = uint64_t{1} << (entry.rule % 64);
  // A text is found by bytes inside it: a longer one that begins earlier may be found later.
  const auto here = static_cast<uint16_t>(from);
  Hits& hits = hits_[entry.rule];
  const bool first = (woken_[word] & bit) == 0;
  hits.first = first ? here : std::min(hits.first, here);
  hits.last = first ? here : std::max(hits.last, here);
  woken_[word] |= bit;
  woken_words_ |= uint64_t{1} << word;
}

size_t RuleIndex::find(RuleList list) {
  const size_t begin = set_->begin(list);
  const size_t end = set_->end(list);
  uint64_t words = woken_words_ & (~uint64_t{0} << (begin / 64));
  for (; words != 0; words &= words - 1) {
    const size_t word = lowest_bit(words);
    uint64_t bits = woken_[word];
    if (word == begin / 64) bits &= ~uint64_t{0} << (begin % 64);
    for (; bits != 0; bits &= bits - 1) {
      const size_t rule = word * 64 + lowest_bit(bits);
      if (rule >= end) return kNoRule;
      if (try_rule(rule)) return rule;
    }
  }
  return kNoRule;
}

// Tries a rule at each place where its match may begin, from the left.
bool RuleIndex::try_rule(size_t number) {
  const Rule& rule = set_->rules()[number];
  if ((rule.needs & absent_) != 0 || (rule.closed && opened_)) return false;
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
  set_->prepare(number);
  const ByteClass& first = classes[rule.first];
  for (; from <= to; ++from) {
    if (first.has(bytes[from]) && matcher_.match(rule.code, rule.folded, from)) return true;
  }
  return false;
}

}  // namespace edgehose
