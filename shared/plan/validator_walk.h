// The walk of Validator::read(), for its own sources alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shared/base/byte_kernels.h"
#include "shared/plan/decimal.h"
#include "shared/plan/plan_binary.h"
#include "shared/plan/validator.h"

namespace edgehose {

// Schemas that one member's value must satisfy: its own, and those of patternProperties.
inline constexpr uint32_t kMemberNodesMax = 17;

class ValidatorWalk {
 public:
  ValidatorWalk(Validator& owner, const ContentTypePlan& plan, std::string_view text,
                uint32_t depth_max, ByteBuffer& out);

  // Walks the value at the start of the text, and writes it.
  bool run(uint32_t root);
  // One past the value.
  size_t end_of_value() const { return static_cast<size_t>(at_ - text_.data()); }

 private:
  using View = plan_binary::View;

  // What is known of the string that was scanned last.
  struct Text {
    std::string_view raw;   // with its quotes
    std::string_view body;  // what it stands for
    bool ascii = true;
  };
  // A member by its raw key, without quotes, or an element: then there is no key. Without
  // initializers: most of a walk's steps are never taken.
  struct PathStep {
    const char* key;
    uint32_t bytes_or_index;

    std::string_view key_text() const { return {key, bytes_or_index}; }
  };
  static PathStep step_into(std::string_view raw_key) {
    return {raw_key.data(), static_cast<uint32_t>(raw_key.size())};
  }
  static PathStep step_to(uint32_t index) { return {nullptr, index}; }
  // An object that is walked.
  struct ObjectWalk {
    uint32_t checks = 0;
    uint32_t table = 0;
    uint32_t rest = 0;
    uint32_t entries = 0;    // of the table
    uint32_t count = 0;      // of them
    uint32_t predicted = 0;  // senders write members in one order: the entry after the last
    bool direct = false;     // members need nothing but their node
    uint64_t seen = 0;       // members it has, by entry: the first 64
    uint64_t absent = 0;     // of these, empty strings that were taken out
    size_t seen_from = 0;    // where the further ones stand in Validator::seen_
    size_t keys_from = 0;    // where its unknown members stand in Validator::keys_
    uint32_t members = 0;
    bool comma_goes = false;  // nothing was written before the next comma
  };

  // ---- Bytes ----
  char peek() const { return at_ < end_ ? *at_ : '\0'; }
  void skip_blanks() {
    if (at_ < end_ && static_cast<uint8_t>(*at_) <= 0x20) skip_more_blanks();
  }
  void skip_more_blanks();
  bool scan_string(Text& text);
  bool scan_long_string(Text& text);
  bool scan_odd_string(Text& text);
  // The output lags behind: what was read and is kept as it stands is copied when something
  // differs.
  void flush_to(const char* to) {
    if (edits_ && to > copied_) {
      out_.append({copied_, static_cast<size_t>(to - copied_)});
      copied_ = to;
    }
  }
  // What stands from `from` to where the walk is becomes `text`.
  void replace(const char* from, std::string_view text);

  // ---- Values ----
  bool value(uint32_t node);
  bool value_here(uint32_t node, uint32_t flags);
  bool value_at_place(uint32_t node, uint32_t flags);
  bool string(uint32_t node, uint32_t flags);
  bool number(uint32_t node, uint32_t flags);
  bool literal(uint32_t node, uint32_t flags);
  bool object(uint32_t node, uint32_t flags);
  bool array(uint32_t node, uint32_t flags);
  bool elements(uint32_t checks, uint32_t& count);
  bool scan_number(std::string_view& raw, SmallDecimal& small);
  bool coerce_string(uint32_t node, uint32_t flags, const Text& text);
  bool coerce_to_string(uint32_t node, uint32_t flags, std::string_view raw);
  bool coerce_time(uint32_t node, bool& done);
  std::string_view decoded_here(std::string_view& raw);

  // ---- Objects ----
  bool members(ObjectWalk& walk);
  bool member(ObjectWalk& walk);
  // Takes a member whose key is the predicted one, up to its value; 0 when it is another.
  uint32_t take_predicted(ObjectWalk& walk);
  // The node of a member that needs nothing but it; 0 when the long way is to be gone.
  uint32_t direct_node(ObjectWalk& walk, uint32_t entry, std::string_view raw_key);
  bool known_member(ObjectWalk& walk, uint32_t entry, const char* key_begin, size_t out_begin);
  bool unknown_member(ObjectWalk& walk, const Text& key, size_t out_begin);
  bool check_name(uint32_t names, Text& key);
  bool take_colon();
  // A member's value; `nodes` are what it must satisfy, the first of them adjusts it.
  bool member_value(ObjectWalk& walk, std::span<const uint32_t> nodes, size_t out_begin);
  bool empty_member(ObjectWalk& walk, uint32_t node, size_t out_begin, bool& done);
  void take_out(ObjectWalk& walk, size_t out_begin);
  bool is_empty_string() const { return end_ - at_ >= 2 && at_[0] == '"' && at_[1] == '"'; }
  bool mark_seen(ObjectWalk& walk, uint32_t entry);
  void mark_absent(ObjectWalk& walk, uint32_t entry);
  bool is_present(const ObjectWalk& walk, uint32_t entry) const;
  std::string_view entry_name(const ObjectWalk& walk, uint32_t entry) const;
  bool finish_object(const ObjectWalk& walk);
  bool check_required(const ObjectWalk& walk);
  bool check_dependents(const ObjectWalk& walk);
  bool check_unknown_twice(const ObjectWalk& walk);
  bool fail_unknown_twice(std::string_view raw_key);

  // ---- Checks ----
  bool check_string(uint32_t node, const Text& text);
  bool check_number(uint32_t node, std::string_view raw, const SmallDecimal& small);
  bool check_bound(uint32_t at, uint32_t bound, std::string_view raw, const SmallDecimal& small);
  bool check_scalar(uint32_t node, std::string_view json);
  bool check_values(uint32_t node, std::string_view json);
  bool is_among(uint32_t values, std::string_view json);
  // Looks at a whole container once it was walked; its text starts at `from` in what is read, at
  // `out_from` in what is written.
  bool check_whole(uint32_t node, const char* from, size_t out_from);
  bool check_array(uint32_t checks, std::string_view json);
  bool check_unique(std::string_view json);
  bool check_same_hash(size_t first, size_t last);
  bool check_composition(uint32_t list, std::string_view json);
  bool check_some(uint32_t op, uint32_t nodes, uint32_t count, std::string_view json);
  bool check_if(uint32_t nodes, std::string_view json);
  // Judges a checked value by a node, changing nothing.
  bool check(uint32_t node, std::string_view json);
  bool check_quietly(uint32_t node, std::string_view json);
  bool spend(uint64_t steps);

  // ---- Faults ----
  bool fail(std::string_view keyword, std::string_view expected, std::string_view actual);
  bool fail_count(std::string_view keyword, std::string_view bound, uint64_t expected,
                  uint64_t actual, std::string_view unit);
  bool fail_type(uint32_t flags, std::string_view actual);
  bool fail_missing(std::string_view keyword, std::string_view name, std::string_view because);
  bool fail_twice(std::string_view raw_key);
  bool fail_json();
  bool fail_cost(std::string_view what);
  void describe(std::string_view keyword, std::string_view expected, std::string_view actual);
  void append_pointer(std::string& pointer) const;
  void note_coerced();

  Validator& owner_;
  const View view_;
  std::string_view text_;
  ByteBuffer& out_;
  const char* at_;
  const char* end_;
  const char* copied_;
  bool edits_ = true;  // the main walk: it writes, and adjusts
  uint32_t placed_;    // flags of nodes whose place needs more than its value
  bool coerces_;
  EmptyString empty_;
  bool stopped_ = false;  // no branch may go on: no JSON, or too costly
  uint32_t quiet_ = 0;    // inside a branch whose faults nobody reads
  uint32_t depth_ = 0;
  uint32_t depth_max_;
  uint32_t in_place_ = 0;
  const char* walked_;  // how far the main walk is
  std::array<PathStep, kPlanDepthMax> path_;
};

// Most keys and values are short and plain: they end within a stride.
inline bool ValidatorWalk::scan_string(Text& text) {
  const char* const begin = at_;
  if (static_cast<size_t>(end_ - begin) > detail::kStride) {
    const size_t run = detail::plain_run(begin + 1);
    if (run < detail::kStride && begin[run + 1] == '"') {
      at_ = begin + run + 2;
      text.raw = {begin, run + 2};
      text.body = {begin + 1, run};
      text.ascii = true;
      return true;
    }
  }
  return scan_long_string(text);
}

}  // namespace edgehose
