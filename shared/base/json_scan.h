// A scanner over JSON text (RFC 8259) that builds no document: it walks once, checks grammar and
// UTF-8, and hands out spans of the text itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "shared/base/byte_kernels.h"

namespace edgehose {

enum class JsonFault : uint8_t {
  none = 0,
  truncated,        // the text ends inside a value
  unexpected_byte,  // a byte that no value may have here
  bad_escape,       // \x, \u12, ...
  control_byte,     // a byte below 0x20 inside a string
  bad_utf8,         // bytes that are not UTF-8 inside a string
  bad_number,       // 01, 1., .5, +1, ... and numbers above a double's range
  too_deep,         // more nesting than the scanner was told to take
};

enum class JsonKind : uint8_t { none, object, array, string, number, boolean, null };

// The kind that a value's first byte announces.
[[nodiscard]] JsonKind json_kind(std::string_view raw);

// The word of a fault, for messages: "truncated", "unexpected byte", ...
[[nodiscard]] std::string_view to_text(JsonFault fault);

// A key as it stands behind another member in compact text, `,"name":`, for comparisons of whole
// words. Names have at most 20 bytes, and none that JSON would escape.
struct KeyText {
  static constexpr size_t kBytesMax = 24;
  std::array<uint64_t, kBytesMax / 8> words{};
  std::array<uint64_t, kBytesMax / 8> masks{};
  size_t bytes = 0;

  constexpr explicit KeyText(std::string_view name) {
    add(',');
    add('"');
    for (char c : name) add(c);
    add('"');
    add(':');
  }

 private:
  // Little endian, as every target is.
  constexpr void add(char c) {
    const size_t shift = 8 * (bytes % 8);
    words[bytes / 8] |= uint64_t{static_cast<uint8_t>(c)} << shift;
    masks[bytes / 8] |= uint64_t{0xff} << shift;
    ++bytes;
  }
};

// Walks `text`. Every function that returns false or an empty span has either met the end of its
// container or set fault(); at() is then the offset of the byte at fault. After a fault the scanner
// moves no further.
class JsonScanner {
 public:
  // Nesting above `depth_max` containers is a fault: the walk recurses no deeper.
  explicit JsonScanner(std::string_view text, uint32_t depth_max = 64, size_t at = 0)
      : text_(text), at_(at), depth_max_(depth_max) {}

  JsonFault fault() const { return fault_; }
  size_t at() const { return at_; }
  bool ok() const { return fault_ == JsonFault::none; }
  std::string_view text() const { return text_; }

  // Steps over blanks; the next byte, or '\0' at the end of the text.
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  // Steps over blanks and then `c`; false, without a fault, when another byte stands there.
  bool try_take(char c) {
    if (peek() != c || at_ >= text_.size() || !ok()) return false;
    ++at_;
    return true;
  }

  // Takes `{`; then next_member() gives each key (raw, with its quotes) and stands before its
  // value; false at `}`.
  bool enter_object();
  bool next_member(std::string_view& raw_key);
  // next_member() for a caller who guesses the key: takes the member if it follows another one, is
  // written without blanks and its key is `key`. False, and nothing taken, where it is not.
  bool take_guessed_member(const KeyText& key);
  // Takes `[`; then next_element() stands before each element; false at `]`.
  bool enter_array();
  bool next_element();

  // Clears the fault and goes on at `at`, inside the container that was open: behind a value that
  // the caller set aside. The value counts as taken.
  void resume(size_t at, uint32_t open);
  uint32_t open() const { return open_; }
  uint32_t depth_max() const { return depth_max_; }

  // Checks one whole value and gives its text, without blanks around it. Empty on a fault.
  std::string_view take_value() { return take_usual_value(); }
  // The same, inlined, for where most values are short strings.
  [[gnu::always_inline]] std::string_view take_usual_value() {
    if (peek() != '"' || !ok()) return take_any_value();
    const size_t start = at_;
    escaped_ = false;
    compact_ = true;
    first_ = false;
    return skip_short_string() ? text_.substr(start, at_ - start) : std::string_view{};
  }

  // The same for a value that is probably a string of a kilobyte or more.
  std::string_view take_long_value();

  // Of the value that take_value() gave last, or the key of next_member(): whether it holds a
  // backslash, and whether json_append_compact() would change it (blanks between its parts, or an
  // escape that may be half a surrogate pair). A string without a backslash stands for its own
  // bytes.
  bool taken_escaped() const { return escaped_; }
  bool taken_compact() const { return compact_; }

 private:
  bool fail(JsonFault fault);
  std::string_view take_any_value();
  bool step_to_key();
  bool skip_value(uint32_t depth);
  bool skip_object(uint32_t depth);
  bool skip_array(uint32_t depth);
  bool skip_string();
  // The same, where it probably ends within a stride.
  [[gnu::always_inline]] bool skip_short_string() {
    const char* const at = text_.data() + at_ + 1;
    if (text_.size() - at_ > detail::kStride) {
      const size_t run = detail::plain_run(at);
      if (run < detail::kStride && at[run] == '"') {
        at_ += run + 2;
        return true;
      }
    }
    return skip_string();
  }
  // `stop` is the first byte of the string that is not plain, or the end of the text.
  bool end_string(const char* stop) {
    const char* const end = text_.data() + text_.size();
    at_ = static_cast<size_t>(stop - text_.data());
    if (stop == end || *stop != '"') return skip_rest_of_string();
    ++at_;
    return true;
  }
  bool skip_rest_of_string();
  bool skip_escape();
  bool skip_number();
  bool skip_number_text(bool& has_exponent);
  bool fail_number(size_t start);
  bool skip_digits();
  bool skip_word(std::string_view word);
  void skip_blanks() {
    if (at_ < text_.size() && static_cast<uint8_t>(text_[at_]) <= 0x20) skip_more_blanks();
  }
  void skip_more_blanks();

  std::string_view text_;
  size_t at_;
  uint32_t depth_max_;
  uint32_t open_ = 0;   // containers entered by enter_*
  bool first_ = false;  // no member or element of the innermost container was taken yet
  bool escaped_ = false;
  bool compact_ = true;
  JsonFault fault_ = JsonFault::none;
};

inline bool JsonScanner::take_guessed_member(const KeyText& key) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (first_ || !ok() || text_.size() - at_ < KeyText::kBytesMax) return false;
  uint64_t differs = 0;
  for (size_t i = 0; i < KeyText::kBytesMax / kWord; ++i) {
    uint64_t word = 0;
    std::memcpy(&word, text_.data() + at_ + i * kWord, kWord);
    differs |= (word ^ key.words[i]) & key.masks[i];
  }
  if (differs != 0) return false;
  at_ += key.bytes;
  escaped_ = false;
  compact_ = true;
  return true;
}

inline bool JsonScanner::next_member(std::string_view& raw_key) {
  // Compact text, the common case: a comma and the quote of a key.
  const bool is_usual =
      !first_ && ok() && text_.size() - at_ >= 2 && text_[at_] == ',' && text_[at_ + 1] == '"';
  if (is_usual) {
    ++at_;
  } else if (!step_to_key()) {
    return false;
  }
  const size_t start = at_;
  escaped_ = false;
  compact_ = true;
  if (!skip_short_string()) return false;
  raw_key = text_.substr(start, at_ - start);
  return try_take(':') || fail(JsonFault::unexpected_byte);
}

// Where the value that starts at `at` ends (one past it), found by brackets and quotes alone, so
// that a value with a fault inside can be set aside and its neighbours kept. text.size() + 1 when
// its end is not to be found.
[[nodiscard]] size_t json_extent_end(std::string_view text, size_t at);

// The JSON Pointer (RFC 6901) of the place in `text` where the byte at `offset` stands. Bounded to
// 256 bytes.
[[nodiscard]] std::string json_pointer_at(std::string_view text, size_t offset);

// Appends the step into the member `name` to a JSON Pointer: a slash, then the name with `~` and
// `/` escaped.
void json_append_pointer_step(std::string& pointer, std::string_view name);

// Appends the text that a raw JSON string (with its quotes, already checked) stands for. A lone
// surrogate becomes U+FFFD, since UTF-8 cannot carry it.
void json_append_decoded(std::string& out, std::string_view raw_string);

// Appends a checked value with the blanks outside its strings left out: one line, whatever the
// sender sent. Lone surrogate escapes become \ufffd, so that every reader of the line takes it.
void json_append_compact(std::string& out, std::string_view raw);

// Appends `text` as a JSON string with quotes. `text` must be UTF-8.
void json_append_string(std::string& out, std::string_view text);

}  // namespace edgehose
