// Containers: their members and elements, and what is known once all of them were walked.
#include <algorithm>
#include <cstring>

#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/plan/json_equal.h"
#include "shared/plan/key_table.h"
#include "shared/plan/pattern_match.h"
#include "shared/plan/validator_walk.h"

namespace edgehose {

using namespace plan_binary;

namespace {

constexpr uint32_t kFirstEntries = 64;
constexpr size_t kPairwiseMax = 8;

std::string_view inside(std::string_view raw_string) {
  return raw_string.substr(1, raw_string.size() - 2);
}

// How many words the entries beyond the first 64 take.
size_t further_words(uint32_t entries) {
  return entries > kFirstEntries ? (entries - kFirstEntries + 63) / 64 : 0;
}

}  // namespace

bool ValidatorWalk::object(uint32_t node, uint32_t flags) {
  if ((flags & kObject) == 0) return fail_type(flags, "object");
  if (depth_ >= depth_max_) return fail_json();
  const bool whole = (flags & kNodeWhole) != 0;
  if (whole) flush_to(at_);
  const char* const from = at_;
  const size_t out_from = out_.size();

  ObjectWalk walk;
  walk.checks = view_[node + kNodeObject];
  size_t further = 0;
  if (walk.checks != 0) {
    walk.table = view_[walk.checks + kObjectTable];
    walk.rest = view_[walk.checks + kObjectRest];
    if (walk.table != 0) {
      walk.entries = view_[walk.table + kTableEntries];
      walk.count = view_[walk.table + kTableCount];
      further = further_words(walk.count);
    }
    walk.direct =
        view_[walk.checks + kObjectNames] == 0 && (!edits_ || empty_ == EmptyString::keep);
  }
  walk.keys_from = owner_.keys_.size();
  walk.seen_from = owner_.seen_.size();
  // Seen ones, then absent ones.
  if (further > 0) owner_.seen_.resize(walk.seen_from + 2 * further, 0);

  ++depth_;
  bool ok = members(walk);
  --depth_;
  ok = ok && finish_object(walk);
  owner_.keys_.resize(walk.keys_from);
  if (further > 0) owner_.seen_.resize(walk.seen_from);
  return ok && (!whole || check_whole(node, from, out_from));
}

bool ValidatorWalk::members(ObjectWalk& walk) {
  ++at_;
  skip_blanks();
  if (peek() == '}') {
    ++at_;
    return true;
  }
  while (true) {
    if (!member(walk)) return false;
    skip_blanks();
    const char c = peek();
    if (c != ',' && c != '}') return fail_json();
    ++at_;
    if (c == '}') return true;
    if (walk.comma_goes) {
      copied_ = at_;
      walk.comma_goes = false;
    }
    skip_blanks();
  }
}

inline bool ValidatorWalk::take_colon() {
  skip_blanks();
  if (peek() != ':') return fail_json();
  ++at_;
  skip_blanks();
  return true;
}

// A key that stands there as the table has it is taken without a look for its end.
inline uint32_t ValidatorWalk::take_predicted(ObjectWalk& walk) {
  if (walk.predicted >= walk.count || !walk.direct) return 0;
  const uint32_t entry = walk.entries + walk.predicted * kEntryCells;
  const size_t bytes = view_[entry + kEntryBytes];
  constexpr size_t kWord = sizeof(uint64_t);
  if (static_cast<size_t>(end_ - at_) < bytes + kWord + 2 || *at_ != '"') return 0;
  const char* const key = at_ + 1;
  uint64_t head = 0;
  std::memcpy(&head, key, kWord);
  if (bytes < kWord) head &= (uint64_t{1} << (8 * bytes)) - 1;
  if (head != view_.wide(entry + kEntryHeadLow) || key[bytes] != '"') return 0;
  if (bytes > kWord &&
      std::memcmp(key + kWord, view_.pool(view_[entry + kEntryText]) + kWord, bytes - kWord) != 0) {
    return 0;
  }
  const uint32_t node = direct_node(walk, walk.predicted, {key, bytes});
  if (node != 0) at_ = key + bytes + 1;
  return node;
}

inline uint32_t ValidatorWalk::direct_node(ObjectWalk& walk, uint32_t entry,
                                           std::string_view raw_key) {
  const uint32_t at = walk.entries + entry * kEntryCells;
  const uint64_t bit = uint64_t{1} << (entry & 63);
  if (!walk.direct || entry >= kFirstEntries || view_[at + kEntryFlags] != 0 ||
      (walk.seen & bit) != 0) {
    return 0;
  }
  walk.seen |= bit;
  walk.predicted = entry + 1;
  ++walk.members;
  path_[depth_ - 1] = step_into(raw_key);
  return view_[at + kEntryNode];
}

bool ValidatorWalk::member(ObjectWalk& walk) {
  if (const uint32_t node = take_predicted(walk); node != 0) return take_colon() && value(node);
  if (peek() != '"') return fail_json();
  const char* const key_begin = at_;
  size_t out_begin = 0;
  if (empty_ == EmptyString::absent && edits_) {
    flush_to(at_);
    out_begin = out_.size();
  }
  Text key;
  if (!scan_string(key)) return false;
  path_[depth_ - 1] = step_into(inside(key.raw));
  if (walk.checks != 0 && view_[walk.checks + kObjectNames] != 0 &&
      !check_name(view_[walk.checks + kObjectNames], key)) {
    return false;
  }
  if (walk.table != 0) {
    const char* const limit = key.ascii ? end_ : key.body.data() + key.body.size();
    const uint32_t entry = find_key(view_, walk.table, key.body, limit);
    if (entry != kNone) {
      const uint32_t node = direct_node(walk, entry, inside(key.raw));
      if (node != 0) return take_colon() && value(node);
    }
    if (entry != kNone) return known_member(walk, entry, key_begin, out_begin);
  }
  return unknown_member(walk, key, out_begin);
}

EDGEHOSE_RARE bool ValidatorWalk::known_member(ObjectWalk& walk, uint32_t entry,
                                               const char* key_begin, size_t out_begin) {
  const uint32_t at = view_[walk.table + kTableEntries] + entry * kEntryCells;
  if (!mark_seen(walk, entry)) return fail_twice(path_[depth_ - 1].key_text());
  if ((view_[at + kEntryFlags] & kEntryRefused) != 0) {
    return fail("additionalProperties", "a member that the schema names",
                path_[depth_ - 1].key_text());
  }
  const uint32_t node = view_[at + kEntryNode];
  const auto pii = static_cast<Pii>(view_[node + kNodePlace] & kPiiMask);
  if (pii == Pii::drop && edits_) {
    flush_to(key_begin);
    out_begin = out_.size();
  }
  if (!take_colon()) return false;
  std::array<uint32_t, kMemberNodesMax> nodes = {node};
  uint32_t count = 1;
  if (const uint32_t more = view_[at + kEntryMore]; more != 0) {
    for (uint32_t i = 0; i < view_[more]; ++i) nodes[count++] = view_[more + 1 + i];
  }
  const uint32_t before = walk.members;
  const size_t hidden = owner_.pii_.size();
  if (!member_value(walk, {nodes.data(), count}, out_begin)) return false;
  if (walk.members == before) {
    mark_absent(walk, entry);
  } else if (pii == Pii::drop && owner_.pii_.size() > hidden) {
    owner_.pii_.back().begin = out_begin;
    owner_.pii_.back().member = true;
  }
  return true;
}

bool ValidatorWalk::unknown_member(ObjectWalk& walk, const Text& key, size_t out_begin) {
  if (edits_) owner_.keys_.push_back(inside(key.raw));
  std::array<uint32_t, kMemberNodesMax> nodes;
  uint32_t count = 0;
  const uint32_t patterns = walk.checks != 0 ? view_[walk.checks + kObjectPatterns] : 0;
  if (patterns != 0) {
    for (uint32_t i = 0; i < view_[patterns]; ++i) {
      const uint32_t pattern = view_[patterns + 1 + i * 2];
      if (matches_pattern(view_, pattern, key.body, owner_.pattern_states_)) {
        nodes[count++] = view_[patterns + 2 + i * 2];
      }
    }
  }
  if (count == 0) {
    if (walk.rest == kNone) {
      return fail("additionalProperties", "a member that the schema names", inside(key.raw));
    }
    nodes[count++] = walk.rest == 0 ? view_.any() : walk.rest;
  }
  return take_colon() && member_value(walk, {nodes.data(), count}, out_begin);
}

EDGEHOSE_RARE bool ValidatorWalk::check_name(uint32_t names, Text& key) {
  if (!check_quietly(names, key.raw)) {
    return fail("propertyNames", "a name that its schema takes", inside(key.raw));
  }
  // The check may have decoded other text over this key's.
  if (!key.ascii && key.raw.find('\\') != std::string_view::npos) {
    owner_.scratch_.clear();
    json_append_decoded(owner_.scratch_, key.raw);
    key.body = owner_.scratch_;
  }
  return true;
}

bool ValidatorWalk::member_value(ObjectWalk& walk, std::span<const uint32_t> nodes,
                                 size_t out_begin) {
  bool done = false;
  if (edits_ && empty_ != EmptyString::keep && is_empty_string() &&
      !empty_member(walk, nodes.front(), out_begin, done)) {
    return false;
  }
  if (done) return true;
  ++walk.members;
  if (nodes.size() == 1) return value(nodes.front());
  flush_to(at_);
  const char* const from = at_;
  const size_t out_from = out_.size();
  if (!value(nodes.front())) return false;
  flush_to(at_);
  const std::string_view json = edits_ ? out_.view().substr(out_from)
                                       : std::string_view(from, static_cast<size_t>(at_ - from));
  return std::all_of(nodes.begin() + 1, nodes.end(),
                     [&](uint32_t node) { return check(node, json); });
}

// "" by the content type's policy; left to the schema where null does not fit.
EDGEHOSE_RARE bool ValidatorWalk::empty_member(ObjectWalk& walk, uint32_t node, size_t out_begin,
                                               bool& done) {
  if (empty_ == EmptyString::absent) {
    at_ += 2;
    note_coerced();
    take_out(walk, out_begin);
    done = true;
    return true;
  }
  if ((view_[node + kNodeFlags] & kNull) == 0) return true;
  const char* const begin = at_;
  at_ += 2;
  replace(begin, "null");
  note_coerced();
  ++walk.members;
  done = true;
  return check_scalar(node, "null");
}

EDGEHOSE_RARE void ValidatorWalk::take_out(ObjectWalk& walk, size_t out_begin) {
  out_.truncate(out_begin);
  copied_ = at_;
  if (walk.members > 0) {
    out_.truncate(out_begin - 1);
  } else {
    walk.comma_goes = true;
  }
}

bool ValidatorWalk::mark_seen(ObjectWalk& walk, uint32_t entry) {
  uint64_t& word = entry < kFirstEntries
                       ? walk.seen
                       : owner_.seen_[walk.seen_from + (entry - kFirstEntries) / 64];
  const uint64_t bit = uint64_t{1} << (entry & 63);
  const bool first = (word & bit) == 0;
  word |= bit;
  return first;
}

void ValidatorWalk::mark_absent(ObjectWalk& walk, uint32_t entry) {
  const uint64_t bit = uint64_t{1} << (entry & 63);
  if (entry < kFirstEntries) {
    walk.absent |= bit;
    return;
  }
  const size_t further = further_words(view_[walk.table + kTableCount]);
  owner_.seen_[walk.seen_from + further + (entry - kFirstEntries) / 64] |= bit;
}

bool ValidatorWalk::is_present(const ObjectWalk& walk, uint32_t entry) const {
  const uint64_t bit = uint64_t{1} << (entry & 63);
  if (entry < kFirstEntries) return (walk.seen & ~walk.absent & bit) != 0;
  const size_t further = further_words(view_[walk.table + kTableCount]);
  const size_t at = walk.seen_from + (entry - kFirstEntries) / 64;
  return (owner_.seen_[at] & ~owner_.seen_[at + further] & bit) != 0;
}

std::string_view ValidatorWalk::entry_name(const ObjectWalk& walk, uint32_t entry) const {
  return view_.text_at(view_[walk.table + kTableEntries] + entry * kEntryCells + kEntryText);
}

bool ValidatorWalk::finish_object(const ObjectWalk& walk) {
  if (edits_ && owner_.keys_.size() - walk.keys_from > 1 && !check_unknown_twice(walk)) {
    return false;
  }
  if (walk.checks == 0) return true;
  const uint64_t required = view_.wide(walk.checks + kObjectRequiredLow);
  if ((required & ~(walk.seen & ~walk.absent)) != 0 && !check_required(walk)) return false;
  if (walk.table != 0 && view_[walk.table + kTableCount] > kFirstEntries && !check_required(walk)) {
    return false;
  }
  if (walk.members < view_[walk.checks + kObjectMin]) {
    return fail_count("minProperties", "at least ", view_[walk.checks + kObjectMin], walk.members,
                      " members");
  }
  if (walk.members > view_[walk.checks + kObjectMax]) {
    return fail_count("maxProperties", "at most ", view_[walk.checks + kObjectMax], walk.members,
                      " members");
  }
  return view_[walk.checks + kObjectDependents] == 0 || check_dependents(walk);
}

EDGEHOSE_RARE bool ValidatorWalk::check_required(const ObjectWalk& walk) {
  const uint32_t list = view_[walk.checks + kObjectRequired];
  if (list == 0) return true;
  for (uint32_t i = 0; i < view_[list]; ++i) {
    const uint32_t entry = view_[list + 1 + i];
    if (!is_present(walk, entry)) return fail_missing("required", entry_name(walk, entry), {});
  }
  return true;
}

EDGEHOSE_RARE bool ValidatorWalk::check_dependents(const ObjectWalk& walk) {
  const uint32_t list = view_[walk.checks + kObjectDependents];
  for (uint32_t i = 0; i < view_[list]; ++i) {
    const uint32_t entry = view_[list + 1 + i * 2];
    if (!is_present(walk, entry)) continue;
    const uint32_t needs = view_[list + 2 + i * 2];
    for (uint32_t j = 0; j < view_[needs]; ++j) {
      const uint32_t needed = view_[needs + 1 + j];
      if (is_present(walk, needed)) continue;
      return fail_missing("dependentRequired", entry_name(walk, needed), entry_name(walk, entry));
    }
  }
  return true;
}

// Known members were noticed on the way; the others are compared here.
EDGEHOSE_RARE bool ValidatorWalk::check_unknown_twice(const ObjectWalk& walk) {
  const auto first = owner_.keys_.begin() + static_cast<ptrdiff_t>(walk.keys_from);
  const auto last = owner_.keys_.end();
  if (static_cast<size_t>(last - first) <= kPairwiseMax) {
    for (auto a = first; a != last; ++a) {
      for (auto b = first; b != a; ++b) {
        if (equal_raw_strings(*a, *b)) return fail_unknown_twice(*a);
      }
    }
    return true;
  }
  const auto before = [](std::string_view a, std::string_view b) {
    return compare_raw_strings(a, b) < 0;
  };
  // A heap's code is a fifth of std::sort's.
  std::make_heap(first, last, before);
  std::sort_heap(first, last, before);
  const auto twice = std::adjacent_find(first, last, equal_raw_strings);
  return twice == last || fail_unknown_twice(*twice);
}

// The object was left already.
bool ValidatorWalk::fail_unknown_twice(std::string_view raw_key) {
  path_[depth_++] = step_into(raw_key);
  (void)fail_twice(raw_key);
  --depth_;
  return false;
}

bool ValidatorWalk::array(uint32_t node, uint32_t flags) {
  if ((flags & kArray) == 0) return fail_type(flags, "array");
  if (depth_ >= depth_max_) return fail_json();
  const bool whole = (flags & kNodeWhole) != 0;
  if (whole) flush_to(at_);
  const char* const from = at_;
  const size_t out_from = out_.size();
  uint32_t count = 0;
  ++depth_;
  const bool ok = elements(view_[node + kNodeArray], count);
  --depth_;
  if (!ok) return false;
  if (const uint32_t checks = view_[node + kNodeArray]; checks != 0) {
    if (count < view_[checks + kArrayMin]) {
      return fail_count("minItems", "at least ", view_[checks + kArrayMin], count, " elements");
    }
    if (count > view_[checks + kArrayMax]) {
      return fail_count("maxItems", "at most ", view_[checks + kArrayMax], count, " elements");
    }
  }
  return !whole || check_whole(node, from, out_from);
}

bool ValidatorWalk::elements(uint32_t checks, uint32_t& count) {
  uint32_t items = view_.any();
  uint32_t prefix = 0;
  uint32_t prefix_count = 0;
  if (checks != 0) {
    if (view_[checks + kArrayItems] != 0) items = view_[checks + kArrayItems];
    prefix = view_[checks + kArrayPrefix];
    if (prefix != 0) prefix_count = view_[prefix];
  }
  ++at_;
  skip_blanks();
  if (peek() == ']') {
    ++at_;
    return true;
  }
  while (true) {
    path_[depth_ - 1] = step_to(count);
    if (!value(count < prefix_count ? view_[prefix + 1 + count] : items)) return false;
    ++count;
    skip_blanks();
    const char c = peek();
    if (c != ',' && c != ']') return fail_json();
    ++at_;
    if (c == ']') return true;
    skip_blanks();
  }
}

}  // namespace edgehose
