#include "shared/enrich/rule_set.h"

namespace edgehose {
namespace {

constexpr size_t kMagicBytes = 4;
constexpr size_t kClassBytes = 17;
constexpr unsigned kFolded = 1;
constexpr unsigned kAnchored = 2;
constexpr unsigned kTriggered = 4;
constexpr unsigned kHasStartMax = 8;
constexpr unsigned kHasLast = 16;
constexpr unsigned kClosed = 32;
constexpr unsigned kHasNeeds = 64;

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : at_(bytes.data() + kMagicBytes) {}

  const uint8_t* at() const { return at_; }
  size_t number() {
    size_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const size_t byte = *at_++;
      value |= (byte & 127u) << shift;
      if (byte < 128) return value;
    }
  }
  uint16_t short_number() { return static_cast<uint16_t>(number()); }
  std::string_view text() {
    const size_t bytes = number();
    const std::string_view text(reinterpret_cast<const char*>(at_), bytes);
    at_ += bytes;
    return text;
  }
  ByteClass byte_class() {
    ByteClass set;
    for (size_t i = 0; i < kClassBytes; ++i) {
      set.words[i / 4] |= static_cast<uint32_t>(*at_++) << (8 * (i % 4));
    }
    return set;
  }

 private:
  const uint8_t* at_;
};

size_t texts_of(size_t list) {
  constexpr std::array<size_t, kRuleLists> kTexts = {4, 4, 3, 1, 0};
  return kTexts[list];
}

size_t count_bytes(const ByteClass& set) {
  size_t bytes = 0;
  for (const uint32_t word : set.words) bytes += static_cast<size_t>(__builtin_popcount(word));
  return bytes;
}

// Gives the bytes of its program.
size_t read_head(Reader& reader, size_t list, Rule& rule, std::vector<RulePlace>& places) {
  const size_t code_bytes = reader.number();
  const size_t flags = reader.number();
  rule.folded = (flags & kFolded) != 0;
  rule.anchored = (flags & kAnchored) != 0;
  rule.closed = (flags & kClosed) != 0;
  rule.triggered = (flags & kTriggered) != 0;
  rule.first = reader.short_number();
  if (rule.triggered) {
    rule.places = static_cast<uint8_t>(reader.number());
    rule.place = static_cast<uint32_t>(places.size());
    for (size_t i = 0; i < rule.places; ++i) {
      const uint16_t offset = reader.short_number();
      places.push_back({offset, static_cast<uint8_t>(reader.number())});
    }
    rule.before_min = reader.short_number();
    rule.before_max = reader.short_number();
    rule.before_class = reader.short_number();
  }
  if ((flags & kHasStartMax) != 0) rule.start_max = reader.short_number();
  if ((flags & kHasLast) != 0) rule.last = reader.short_number();
  if ((flags & kHasNeeds) != 0) rule.needs = static_cast<uint32_t>(reader.number());
  for (size_t i = 0; i < texts_of(list); ++i) rule.texts[i] = reader.short_number();
  return code_bytes;
}

}  // namespace

RuleSet::RuleSet(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  for (size_t list = 0; list < kRuleLists; ++list)
    begins_[list + 1] = begins_[list] + reader.number();
  classes_.resize(reader.number());
  for (ByteClass& set : classes_) set = reader.byte_class();
  texts_.resize(reader.number() + 1);
  for (size_t i = 1; i < texts_.size(); ++i) texts_[i] = reader.text();
  words_.resize(reader.number());
  for (std::string_view& word : words_) word = reader.text();
  rules_.resize(begins_[kRuleLists]);
  std::vector<size_t> code_bytes(rules_.size());
  for (size_t list = 0; list < kRuleLists; ++list) {
    for (size_t i = begins_[list]; i < begins_[list + 1]; ++i) {
      code_bytes[i] = read_head(reader, list, rules_[i], places_);
    }
  }
  class_bytes_.resize(classes_.size());
  for (size_t i = 0; i < classes_.size(); ++i) {
    class_bytes_[i] = static_cast<uint8_t>(count_bytes(classes_[i]));
  }
  const uint8_t* code = reader.at();
  for (size_t i = 0; i < rules_.size(); code += code_bytes[i++]) rules_[i].code = code;
}

}  // namespace edgehose
