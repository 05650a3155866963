#include "shared/event/own_data.h"

#include <algorithm>

#include "shared/base/rare.h"
#include "shared/plan/json_equal.h"

namespace edgehose {
namespace {

// Objects with more members are compared once, sorted.
constexpr size_t kPairwiseMax = 24;

std::string_view inside(std::string_view raw_key) { return raw_key.substr(1, raw_key.size() - 2); }

// Keys that are equal as they stand are of one kind; those that differ mostly are of two.
uint64_t kind_of(std::string_view raw_key) {
  const auto first = static_cast<uint8_t>(raw_key[1]);
  const auto last = static_cast<uint8_t>(raw_key[raw_key.size() - 2]);
  return uint64_t{1} << ((first + 5 * last + 11 * raw_key.size()) & 63);
}

}  // namespace

std::string_view OwnData::take(JsonScanner& in) {
  keys_.clear();
  twice_ = {};
  is_escaped_ = false;
  is_compact_ = true;
  (void)in.peek();
  const size_t start = in.at();
  const size_t bytes = take_any(in);
  if (!in.ok()) return {};
  // More than the parts have: blanks between them.
  const std::string_view value = in.text().substr(start, in.at() - start);
  is_compact_ = is_compact_ && bytes == value.size();
  return value;
}

// Gives the bytes of its parts.
size_t OwnData::take_any(JsonScanner& in) {
  const char first = in.peek();
  if (first == '{') return take_object(in);
  if (first == '[') return take_array(in);
  const size_t bytes = in.take_usual_value().size();
  note(in);
  return bytes;
}

size_t OwnData::take_object(JsonScanner& in) {
  if (!in.enter_object()) return 0;
  const size_t keys_from = keys_.size();
  uint64_t kinds = 0;
  bool has_escapes = false;
  // A brace, and with each member the colon and the comma or brace behind it.
  size_t bytes = 1;
  for (std::string_view key; in.next_member(key);) {
    has_escapes = has_escapes || in.taken_escaped();
    note(in);
    const uint64_t kind = kind_of(key);
    if ((kinds & kind) != 0) compare(keys_from, key);
    kinds |= kind;
    keys_.push_back(key);
    bytes += key.size() + 2 + take_any(in);
  }
  if (has_escapes || keys_.size() - keys_from > kPairwiseMax) compare_all(keys_from);
  keys_.resize(keys_from);
  return kinds == 0 ? 2 : bytes;
}

size_t OwnData::take_array(JsonScanner& in) {
  if (!in.enter_array()) return 0;
  size_t bytes = 1;
  while (in.next_element()) bytes += 1 + take_any(in);
  return bytes == 1 ? 2 : bytes;
}

inline void OwnData::note(const JsonScanner& in) {
  is_escaped_ = is_escaped_ || in.taken_escaped();
  is_compact_ = is_compact_ && in.taken_compact();
}

void OwnData::compare(size_t keys_from, std::string_view key) {
  if (keys_.size() - keys_from > kPairwiseMax || !twice_.empty()) return;
  const auto first = keys_.begin() + static_cast<ptrdiff_t>(keys_from);
  if (std::find(first, keys_.end(), key) != keys_.end()) twice_ = key;
}

// By what the keys stand for.
EDGEHOSE_RARE void OwnData::compare_all(size_t keys_from) {
  if (!twice_.empty()) return;
  const auto first = keys_.begin() + static_cast<ptrdiff_t>(keys_from);
  const auto last = keys_.end();
  // A heap's code is a fifth of std::sort's.
  const auto before = [](std::string_view a, std::string_view b) {
    return compare_raw_strings(inside(a), inside(b)) < 0;
  };
  std::make_heap(first, last, before);
  std::sort_heap(first, last, before);
  const auto twice = std::adjacent_find(first, last, [](std::string_view a, std::string_view b) {
    return equal_raw_strings(inside(a), inside(b));
  });
  if (twice != last) twice_ = *twice;
}

}  // namespace edgehose
