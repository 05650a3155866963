#include "shared/plan/plan_check.h"

#include <cstdint>
#include <cstring>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/plan/format.h"
#include "shared/plan/key_table.h"
#include "shared/plan/plan_binary.h"

namespace edgehose {
namespace {

using namespace plan_binary;

constexpr uint32_t kTrieDepthMax = 64;
constexpr uint32_t kMemberPatternsMax = 16;

// Each function answers whether what it names is sound. Every node is checked once, so references
// between nodes need no walk; lists may be shared, and each check of one takes steps from `steps_`,
// so that a damaged binary cannot make checking long.
class Checker {
 public:
  explicit Checker(std::string_view bytes) : bytes_(bytes), view_(bytes) {}

  bool run() {
    if (bytes_.size() < size_t{kHeaderCount} * 4 || bytes_.size() > UINT32_MAX) return false;
    if (view_[kHeaderMagic] != kMagic || view_[kHeaderBytes] != bytes_.size()) return false;
    cells_ = view_[kHeaderCells];
    if (cells_ < kHeaderCount || uint64_t{cells_} * 4 > bytes_.size()) return false;
    steps_ = uint64_t{64} * bytes_.size() + 65'536;
    first_node_ = view_[kHeaderNodes];
    nodes_ = view_[kHeaderNodeCount];
    if (nodes_ == 0 || !has_cells(first_node_, uint64_t{nodes_} * kNodeCells)) return false;
    return is_text(kHeaderVersion) && patterns() && all_nodes() && types();
  }

 private:
  // ---- Cells, text, lists ----
  bool spend(uint64_t steps) {
    if (steps > steps_) return false;
    steps_ -= steps;
    return true;
  }
  bool has_cells(uint32_t first, uint64_t count) {
    return first >= kHeaderCount && first <= cells_ && count <= cells_ - first && spend(1);
  }
  bool is_bytes(uint32_t offset, uint64_t count) const {
    return offset >= cells_ * 4 && offset <= bytes_.size() && count <= bytes_.size() - offset;
  }
  bool is_text(uint32_t cell) {
    return is_bytes(view_[cell], view_[cell + 1]) && spend(view_[cell + 1]) &&
           is_utf8(view_.text_at(cell));
  }
  // A list: its count, then `width` cells for each.
  bool is_list(uint32_t at, uint32_t width) {
    return has_cells(at, 1) && has_cells(at, 1 + uint64_t{view_[at]} * width) &&
           spend(uint64_t{view_[at]} * width);
  }
  bool is_node(uint32_t at) const {
    return at >= first_node_ && (at - first_node_) % kNodeCells == 0 &&
           (at - first_node_) / kNodeCells < nodes_;
  }
  bool is_node_or_none(uint32_t at) const { return at == 0 || is_node(at); }
  bool are_nodes(uint32_t list) {
    if (!is_list(list, 1)) return false;
    for (uint32_t i = 0; i < view_[list]; ++i) {
      if (!is_node(view_[list + 1 + i])) return false;
    }
    return true;
  }

  // Slots lead to entries, at least one is free, and entries hold the words of their texts.
  bool is_table(uint32_t at) {
    if (!has_cells(at, kTableCells)) return false;
    const uint32_t count = view_[at + kTableCount];
    const uint32_t shift = view_[at + kTableShift];
    if (shift < 64 - kTableBitsMax || shift > 63) return false;
    const uint32_t slots = 1U << (64 - shift);
    const uint32_t first_slot = view_[at + kTableSlots];
    const uint32_t entries = view_[at + kTableEntries];
    if (!has_cells(first_slot, slots) || !spend(slots)) return false;
    if (!has_cells(entries, uint64_t{count} * kEntryCells)) return false;
    uint32_t full = 0;
    for (uint32_t i = 0; i < slots; ++i) {
      const uint32_t entry = view_[first_slot + i];
      if (entry > count) return false;
      if (entry != 0) ++full;
    }
    if (full > slots / 2) return false;
    for (uint32_t i = 0; i < count; ++i) {
      if (!is_text(entries + i * kEntryCells + kEntryText)) return false;
    }
    return spend(count);
  }
  uint32_t entry_at(uint32_t table, uint32_t entry) const {
    return view_[table + kTableEntries] + entry * kEntryCells;
  }

  // ---- Nodes ----
  bool all_nodes() {
    for (uint32_t i = 0; i < nodes_; ++i) {
      if (!node(first_node_ + i * kNodeCells)) return false;
    }
    // The first admits everything.
    constexpr uint32_t kAny = uint32_t{kAnyType} | kNodeAny;
    return (view_[first_node_ + kNodeFlags] & kAny) == kAny;
  }

  bool node(uint32_t at) {
    const auto sound = [&](NodeCell cell, bool (Checker::*check)(uint32_t)) {
      return view_[at + cell] == 0 || (this->*check)(view_[at + cell]);
    };
    return sound(kNodeString, &Checker::string) && sound(kNodeNumber, &Checker::number) &&
           sound(kNodeObject, &Checker::object) && sound(kNodeArray, &Checker::array) &&
           sound(kNodeValues, &Checker::values) && sound(kNodeComposition, &Checker::composition) &&
           (view_[at + kNodePlace] & ~uint32_t{kPiiMask | kPlaceTime}) == 0;
  }

  bool string(uint32_t at) {
    return has_cells(at, kStringCells) && view_[at + kStringFormat] < kFormats &&
           (view_[at + kStringPattern] == 0 || is_pattern(view_[at + kStringPattern]));
  }

  bool number(uint32_t at) {
    if (!has_cells(at, kNumberCells)) return false;
    const uint32_t has = view_[at + kNumberHas];
    for (uint32_t bound = 0; bound < kBounds; ++bound) {
      const uint32_t cell = at + kNumberBounds + bound * kBoundCells;
      if ((has >> bound & 1) == 0) continue;
      if (view_[cell + kBoundScale] > kSmallScaleMax || !is_text(cell + kBoundText)) return false;
    }
    if ((has >> kBounds & 1) == 0) return true;
    const uint32_t cell = at + kNumberDivisor;
    const uint64_t digits = view_.wide(cell);
    const auto exponent = static_cast<int32_t>(view_[cell + 2]);
    return digits > 0 && digits < 1'000'000'000'000'000'000U && exponent >= -kExponentMax &&
           exponent <= kExponentMax && is_text(cell + 3);
  }

  bool object(uint32_t at) {
    if (!has_cells(at, kObjectCells)) return false;
    const uint32_t table = view_[at + kObjectTable];
    const uint32_t rest = view_[at + kObjectRest];
    if (rest != kNone && !is_node_or_none(rest)) return false;
    if (!is_node_or_none(view_[at + kObjectNames])) return false;
    if (table != 0 && !members(table)) return false;
    const uint32_t entries = table == 0 ? 0 : view_[table + kTableCount];
    if (!member_patterns(view_[at + kObjectPatterns])) return false;
    return is_entry_list(view_[at + kObjectRequired], entries) &&
           dependents(view_[at + kObjectDependents], entries);
  }

  bool members(uint32_t table) {
    if (!is_table(table)) return false;
    for (uint32_t i = 0; i < view_[table + kTableCount]; ++i) {
      const uint32_t entry = entry_at(table, i);
      if (!is_node(view_[entry + kEntryNode])) return false;
      const uint32_t more = view_[entry + kEntryMore];
      if (more != 0 && (!are_nodes(more) || view_[more] > kMemberPatternsMax)) return false;
    }
    return true;
  }

  bool member_patterns(uint32_t list) {
    if (list == 0) return true;
    if (!is_list(list, 2) || view_[list] > kMemberPatternsMax) return false;
    for (uint32_t i = 0; i < view_[list]; ++i) {
      if (!is_pattern(view_[list + 1 + i * 2]) || !is_node(view_[list + 2 + i * 2])) return false;
    }
    return true;
  }

  bool is_entry_list(uint32_t list, uint32_t entries) {
    if (list == 0) return true;
    if (!is_list(list, 1)) return false;
    for (uint32_t i = 0; i < view_[list]; ++i) {
      if (view_[list + 1 + i] >= entries) return false;
    }
    return true;
  }

  bool dependents(uint32_t list, uint32_t entries) {
    if (list == 0) return true;
    if (!is_list(list, 2)) return false;
    for (uint32_t i = 0; i < view_[list]; ++i) {
      if (view_[list + 1 + i * 2] >= entries) return false;
      const uint32_t needs = view_[list + 2 + i * 2];
      if (needs == 0 || !is_entry_list(needs, entries)) return false;
    }
    return true;
  }

  bool array(uint32_t at) {
    if (!has_cells(at, kArrayCells)) return false;
    const uint32_t prefix = view_[at + kArrayPrefix];
    return is_node_or_none(view_[at + kArrayItems]) &&
           is_node_or_none(view_[at + kArrayContains]) && (prefix == 0 || are_nodes(prefix));
  }

  bool values(uint32_t at) {
    // A node has an enum and a const at most.
    for (uint32_t lists = 0; at != 0; ++lists) {
      if (lists == 2 || !has_cells(at, kValuesCells) || !is_text(at + kValuesExpected))
        return false;
      const uint32_t strings = view_[at + kValuesStrings];
      if (strings != 0 && !is_table(strings)) return false;
      const uint32_t others = view_[at + kValuesOthers];
      if (others != 0 && !is_list(others, 2)) return false;
      for (uint32_t i = 0; others != 0 && i < view_[others]; ++i) {
        if (!is_json(others + 1 + i * 2)) return false;
      }
      at = view_[at + kValuesNext];
    }
    return true;
  }

  bool is_json(uint32_t cell) {
    if (!is_text(cell)) return false;
    const std::string_view text = view_.text_at(cell);
    JsonScanner in(text, kJsonDepthMax);
    return in.take_value().size() == text.size() && !text.empty();
  }

  bool composition(uint32_t list) {
    if (!is_list(list, 1)) return false;
    const uint32_t end = list + 1 + view_[list];
    for (uint32_t at = list + 1; at < end;) {
      if (end - at < 2) return false;
      const uint32_t op = view_[at];
      const uint32_t count = view_[at + 1];
      at += 2;
      if (op >= kOps || count > end - at) return false;
      if (op == kIf && count != 3) return false;
      if (op == kNot && count != 1) return false;
      for (uint32_t i = 0; i < count; ++i, ++at) {
        const bool may_lack = op == kIf && i > 0;
        if (!is_node(view_[at]) && !(may_lack && view_[at] == 0)) return false;
      }
    }
    return true;
  }

  // ---- Patterns ----
  bool patterns() {
    first_pattern_ = view_[kHeaderPatterns];
    patterns_ = view_[kHeaderPatternCount];
    if (!has_cells(first_pattern_, patterns_)) return false;
    uint32_t before = 0;
    for (uint32_t i = 0; i < patterns_; ++i) {
      const uint32_t at = view_[first_pattern_ + i];
      // In order, so that a reference is found by halves.
      if (at <= before || !has_cells(at, kLineCells) || !is_text(at + kLineSource)) return false;
      before = at;
      const bool sound = view_[at] == kPatternLine  ? line(at)
                         : view_[at] == kPatternDfa ? dfa(at)
                                                    : view_[at] == kPatternNfa && nfa(at);
      if (!sound) return false;
    }
    return true;
  }

  bool is_pattern(uint32_t at) const {
    uint32_t low = 0;
    uint32_t high = patterns_;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (view_[first_pattern_ + middle] < at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < patterns_ && view_[first_pattern_ + low] == at;
  }

  bool line(uint32_t at) {
    const uint32_t items = view_[at + kLineItems];
    const uint32_t variable = view_[at + kLineVariable];
    const uint32_t counts = view_[at + kLineCounts];
    if (items > 64 || !has_cells(counts, items)) return false;
    if (variable != kNone && variable >= items) return false;
    if (variable != kNone && view_[at + kLineMax] < view_[counts + variable]) return false;
    return is_bytes(view_[at + kLineSets], uint64_t{items} * 32);
  }

  bool dfa(uint32_t at) {
    const uint32_t states = view_[at + kDfaStates];
    const uint32_t classes = view_[at + kDfaClasses];
    if (states < 2 || states > 65'536 || classes == 0 || classes > 256) return false;
    const uint64_t columns = uint64_t{states} * (classes + 1);
    if (view_[at + kDfaStart] >= states || !is_bytes(view_[at + kDfaClassOf], 256)) return false;
    if (!is_bytes(view_[at + kDfaNext], columns * 2) || !spend(columns)) return false;
    const std::string_view class_of = view_.text(view_[at + kDfaClassOf], 256);
    for (char c : class_of) {
      if (static_cast<uint8_t>(c) >= classes) return false;
    }
    const char* next = view_.pool(view_[at + kDfaNext]);
    for (uint64_t i = 0; i < columns; ++i) {
      uint16_t state = 0;
      std::memcpy(&state, next + i * 2, 2);
      if (state >= states) return false;
    }
    return true;
  }

  bool nfa(uint32_t at) {
    const uint32_t count = view_[at + kNfaCount];
    const uint32_t code = view_[at + kNfaCode];
    const uint32_t sets = view_[at + kNfaSetCount];
    if (count == 0 || count > 65'536 || !has_cells(code, uint64_t{count} * 3)) return false;
    if (!is_bytes(view_[at + kNfaSets], uint64_t{sets} * 32) || !spend(count)) return false;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t op = view_[code + i * 3];
      const uint32_t a = view_[code + i * 3 + 1];
      const uint32_t b = view_[code + i * 3 + 2];
      if (op >= kNfaOps) return false;
      if (op == kNfaSet && (a >= sets || b >= count)) return false;
      if (op == kNfaSplit && (a >= count || b >= count)) return false;
      if (op == kNfaAssert && (a >= kNfaAssertions || b >= count)) return false;
    }
    return true;
  }

  // ---- Content types ----
  bool types() {
    const uint32_t count = view_[kHeaderTypeCount];
    const uint32_t first = view_[kHeaderTypes];
    const uint32_t table = view_[kHeaderTypeTable];
    if (!has_cells(first, uint64_t{count} * kTypeCells) || !is_table(table)) return false;
    for (uint32_t i = 0; i < view_[table + kTableCount]; ++i) {
      if (view_[entry_at(table, i) + kEntryNode] >= count) return false;
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t at = first + i * kTypeCells;
      if (!is_text(at + kTypeName) || !is_text(at + kTypeStream)) return false;
      if (!is_node(view_[at + kTypeRoot])) return false;
      if (((view_[at + kTypeCoerce] >> 2) & 3) > 2) return false;
      if (view_[at + kTypePii] != 0 && !trie(view_[at + kTypePii], 0)) return false;
    }
    return (view_[kHeaderFlags] & kFailedRawMask) < 3;
  }

  bool trie(uint32_t at, uint32_t depth) {
    if (depth > kTrieDepthMax || !has_cells(at, kTrieCells) || !spend(16)) return false;
    if (view_[at + kTrieEach] != 0 && !trie(view_[at + kTrieEach], depth + 1)) return false;
    const uint32_t table = view_[at + kTrieTable];
    if (table == 0) return true;
    if (!is_table(table)) return false;
    for (uint32_t i = 0; i < view_[table + kTableCount]; ++i) {
      if (!trie(view_[entry_at(table, i) + kEntryNode], depth + 1)) return false;
    }
    return true;
  }

  static constexpr uint32_t kSmallScaleMax = 18;
  static constexpr int32_t kExponentMax = 400;
  static constexpr uint32_t kJsonDepthMax = 128;

  std::string_view bytes_;
  View view_;
  uint32_t cells_ = 0;
  uint64_t steps_ = 0;
  uint32_t first_node_ = 0;
  uint32_t nodes_ = 0;
  uint32_t first_pattern_ = 0;
  uint32_t patterns_ = 0;
};

}  // namespace

bool is_sound_plan(std::string_view bytes) { return Checker(bytes).run(); }

}  // namespace edgehose
