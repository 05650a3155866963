#include "shared/base/json_scan.h"

#include <algorithm>
#include <vector>

#include "shared/base/json_escape.h"
#include "shared/base/json_write.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace edgehose {
namespace {

constexpr size_t kPointerBytesMax = 256;

// Most of East Asian text: three bytes whose lead leaves the second free.
bool starts_common_three(const char* at, const char* end) {
  if (end - at < 3) return false;
  const auto lead = static_cast<uint8_t>(at[0]);
  return lead > 0xe0 && lead < 0xf0 && lead != 0xed && (at[1] & 0xc0) == 0x80 &&
         (at[2] & 0xc0) == 0x80;
}

char decoded_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

// One past the closing quote of the string that opens at `at`; text.size() + 1 when it does not
// close.
size_t string_end(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size() + 1;
}

// The exponent after `e`, bounded far outside what a double has.
int64_t read_exponent(std::string_view text) {
  constexpr int64_t kBound = 1'000'000'000;
  const bool negative = !text.empty() && text.front() == '-';
  int64_t value = 0;
  for (char c : text) {
    if (is_digit(c)) value = std::min(value * 10 + (c - '0'), kBound);
  }
  return negative ? -value : value;
}

constexpr int64_t kLargestExponent = 308;

// Whether a number lies within a double's range. Readers of the lines keep numbers as doubles and
// refuse a line with one that has none, so such a number must not get into any.
EDGEHOSE_RARE bool has_double(std::string_view number) {
  constexpr std::string_view kLargestDigits = "17976931348623157";
  const size_t e = std::min(number.find_first_of("eE"), number.size());

  // d.ddd times ten to `exponent`, from the first digit that is not zero.
  std::string digits;
  int64_t exponent = e < number.size() ? read_exponent(number.substr(e + 1)) - 1 : -1;
  bool after_point = false;
  for (char c : number.substr(0, e)) {
    if (c == '.') after_point = true;
    if (!is_digit(c)) continue;
    const bool leads = digits.empty() && c == '0';
    if (!leads && digits.size() < kLargestDigits.size()) digits.push_back(c);
    if (!leads && !after_point) ++exponent;
    if (leads && after_point) --exponent;
  }
  if (digits.empty() || exponent < kLargestExponent) return true;
  return exponent == kLargestExponent && digits <= kLargestDigits;
}

#if defined(__x86_64__)
// Marks the bytes that are not plain.
__attribute__((target("avx2"))) inline __m256i special_of(const __m256i* from) {
  const __m256i bytes = _mm256_loadu_si256(from);
  // Signed: bytes above 0x7f are negative and so below 0x20 too.
  const __m256i control = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
  const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
  const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
  return _mm256_or_si256(control, _mm256_or_si256(quote, backslash));
}

// Skips plain bytes 64 at a time; stops at the first 64 that hold another, or where fewer are left.
__attribute__((target("avx2"))) const char* skip_plain_wide(const char* at, const char* end) {
  constexpr ptrdiff_t kWide = 64;
  for (; end - at >= kWide; at += kWide) {
    const auto* const words = reinterpret_cast<const __m256i*>(at);
    const __m256i special = _mm256_or_si256(special_of(words), special_of(words + 1));
    if (_mm256_testz_si256(special, special) == 0) break;
  }
  return at;
}
#endif

// Some of the plain bytes at `at`, as many as wide steps find.
const char* skip_plain_start(const char* at, [[maybe_unused]] const char* end) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return skip_plain_wide(at, end);
#endif
  return at;
}

// A step of the way to a place: a member's raw key, or an element's index where the key is empty.
struct Step {
  std::string_view key;
  size_t index;
  bool is_array;
};

EDGEHOSE_RARE std::string to_pointer(const std::vector<Step>& steps) {
  std::string pointer;
  for (const Step& step : steps) {
    if (step.is_array) {
      pointer.push_back('/');
      append_number(pointer, static_cast<int64_t>(step.index));
      continue;
    }
    std::string key;
    if (step.key.size() >= 2) json_append_decoded(key, step.key);
    json_append_pointer_step(pointer, key);
  }
  if (pointer.size() > kPointerBytesMax) pointer.resize(kPointerBytesMax);
  // The cut, or a key with bytes that are no UTF-8, must not break the line this goes into.
  while (!is_utf8(pointer)) pointer.pop_back();
  return pointer;
}

}  // namespace

JsonKind json_kind(std::string_view raw) {
  if (raw.empty()) return JsonKind::none;
  switch (raw.front()) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return JsonKind::number;
  }
}

EDGEHOSE_RARE std::string_view to_text(JsonFault fault) {
  switch (fault) {
    case JsonFault::none:
      return "none";
    case JsonFault::truncated:
      return "truncated";
    case JsonFault::unexpected_byte:
      return "unexpected byte";
    case JsonFault::bad_escape:
      return "bad escape";
    case JsonFault::control_byte:
      return "control byte in a string";
    case JsonFault::bad_utf8:
      return "invalid UTF-8";
    case JsonFault::bad_number:
      return "bad number";
    case JsonFault::too_deep:
      return "nested too deep";
  }
  return "";
}

EDGEHOSE_RARE bool JsonScanner::fail(JsonFault fault) {
  if (ok()) fault_ = at_ >= text_.size() ? JsonFault::truncated : fault;
  return false;
}

// A whole number of no use: the fault is where it starts, not behind it.
bool JsonScanner::fail_number(size_t start) {
  at_ = start;
  return fail(JsonFault::bad_number);
}

void JsonScanner::skip_more_blanks() {
  const size_t start = at_;
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ > start) compact_ = false;
}

bool JsonScanner::enter_object() {
  if (peek() == '{' && open_ >= depth_max_) return fail(JsonFault::too_deep);
  if (!try_take('{')) return fail(JsonFault::unexpected_byte);
  ++open_;
  first_ = true;
  return true;
}

// Steps before the quote of the next key; false at the object's end.
bool JsonScanner::step_to_key() {
  if (!ok()) return false;
  if (try_take('}')) {
    --open_;
    first_ = false;
    return false;
  }
  if (!first_ && !try_take(',')) return fail(JsonFault::unexpected_byte);
  first_ = false;
  return peek() == '"' || fail(JsonFault::unexpected_byte);
}

bool JsonScanner::enter_array() {
  if (peek() == '[' && open_ >= depth_max_) return fail(JsonFault::too_deep);
  if (!try_take('[')) return fail(JsonFault::unexpected_byte);
  ++open_;
  first_ = true;
  return true;
}

bool JsonScanner::next_element() {
  if (!ok()) return false;
  if (try_take(']')) {
    --open_;
    first_ = false;
    return false;
  }
  if (!first_ && !try_take(',')) return fail(JsonFault::unexpected_byte);
  first_ = false;
  return true;
}

void JsonScanner::resume(size_t at, uint32_t open) {
  at_ = at;
  open_ = open;
  first_ = false;
  fault_ = JsonFault::none;
}

std::string_view JsonScanner::take_any_value() {
  if (!ok()) return {};
  skip_blanks();
  const size_t start = at_;
  escaped_ = false;
  compact_ = true;
  if (!skip_value(open_)) return {};
  first_ = false;
  return text_.substr(start, at_ - start);
}

EDGEHOSE_RARE std::string_view JsonScanner::take_long_value() {
  if (peek() != '"' || !ok()) return take_any_value();
  const size_t start = at_;
  escaped_ = false;
  compact_ = true;
  first_ = false;
  const char* const end = text_.data() + text_.size();
  const char* const from = skip_plain_start(text_.data() + at_ + 1, end);
  return end_string(skip_plain_bytes(from, end)) ? text_.substr(start, at_ - start)
                                                 : std::string_view{};
}

bool JsonScanner::skip_value(uint32_t depth) {
  skip_blanks();
  if (at_ >= text_.size()) return fail(JsonFault::truncated);
  switch (text_[at_]) {
    case '{':
      return depth < depth_max_ ? skip_object(depth + 1) : fail(JsonFault::too_deep);
    case '[':
      return depth < depth_max_ ? skip_array(depth + 1) : fail(JsonFault::too_deep);
    case '"':
      return skip_string();
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      return skip_number();
  }
}

bool JsonScanner::skip_object(uint32_t depth) {
  ++at_;
  if (try_take('}')) return true;
  do {
    if (peek() != '"') return fail(JsonFault::unexpected_byte);
    if (!skip_string()) return false;
    if (!try_take(':')) return fail(JsonFault::unexpected_byte);
    if (!skip_value(depth)) return false;
  } while (try_take(','));
  return try_take('}') || fail(JsonFault::unexpected_byte);
}

bool JsonScanner::skip_array(uint32_t depth) {
  ++at_;
  if (try_take(']')) return true;
  do {
    if (!skip_value(depth)) return false;
  } while (try_take(','));
  return try_take(']') || fail(JsonFault::unexpected_byte);
}

bool JsonScanner::skip_string() {
  const char* const end = text_.data() + text_.size();
  return end_string(skip_plain_bytes(text_.data() + at_ + 1, end));
}

// Goes on where a byte of a string is not plain.
bool JsonScanner::skip_rest_of_string() {
  const char* const begin = text_.data();
  const char* const end = begin + text_.size();
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\') {
      if (!skip_escape()) return false;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      return fail(JsonFault::control_byte);
    } else {
      // Text that is not ASCII seldom changes back for one character only.
      while (at_ < text_.size() && static_cast<uint8_t>(text_[at_]) >= 0x80) {
        const size_t bytes =
            starts_common_three(begin + at_, end) ? 3 : utf8_sequence_bytes(text_, at_);
        if (bytes == 0) return fail(JsonFault::bad_utf8);
        at_ += bytes;
      }
    }
    at_ = static_cast<size_t>(skip_plain_bytes(begin + at_, end) - begin);
  }
  return fail(JsonFault::truncated);
}

EDGEHOSE_RARE bool JsonScanner::skip_escape() {
  if (at_ + 1 >= text_.size()) {
    at_ = text_.size();
    return fail(JsonFault::truncated);
  }
  escaped_ = true;
  const char letter = text_[at_ + 1];
  if (letter == 'u') {
    const int32_t unit = json_unit_at(text_, at_);
    if (unit < 0) return fail(JsonFault::bad_escape);
    if (is_high_surrogate(unit) || is_low_surrogate(unit)) compact_ = false;
    at_ += 6;
    return true;
  }
  if (std::string_view("\"\\/bfnrt").find(letter) == std::string_view::npos) {
    return fail(JsonFault::bad_escape);
  }
  at_ += 2;
  return true;
}

bool JsonScanner::skip_digits() {
  const size_t start = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ > start || fail(JsonFault::bad_number);
}

bool JsonScanner::skip_number() {
  const size_t start = at_;
  bool has_exponent = false;
  if (!skip_number_text(has_exponent)) return false;
  const std::string_view number = text_.substr(start, at_ - start);
  if (!has_exponent && number.size() < kLargestExponent) return true;
  return has_double(number) || fail_number(start);
}

bool JsonScanner::skip_number_text(bool& has_exponent) {
  const char first = text_[at_];
  if (first != '-' && !is_digit(first)) return fail(JsonFault::unexpected_byte);
  if (first == '-') ++at_;
  if (at_ < text_.size() && text_[at_] == '0') {
    ++at_;
    if (at_ < text_.size() && is_digit(text_[at_])) return fail(JsonFault::bad_number);
  } else if (!skip_digits()) {
    return false;
  }
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (!skip_digits()) return false;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    has_exponent = true;
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    return skip_digits();
  }
  return true;
}

bool JsonScanner::skip_word(std::string_view word) {
  for (char c : word) {
    if (at_ >= text_.size() || text_[at_] != c) return fail(JsonFault::unexpected_byte);
    ++at_;
  }
  return true;
}

EDGEHOSE_RARE size_t json_extent_end(std::string_view text, size_t at) {
  const size_t none = text.size() + 1;
  size_t depth = 0;
  for (size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      const size_t end = string_end(text, i);
      if (end == none || depth == 0) return end;
      i = end - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      // A bare word ends where its container does.
      if (depth == 0) return i;
      if (--depth == 0) return i + 1;
    } else if (depth == 0 && (c == ',' || is_blank(c))) {
      return i;
    }
  }
  return depth == 0 && at < text.size() ? text.size() : none;
}

EDGEHOSE_RARE void json_append_pointer_step(std::string& pointer, std::string_view name) {
  pointer.push_back('/');
  for (char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer.push_back(c);
    }
  }
}

EDGEHOSE_RARE std::string json_pointer_at(std::string_view text, size_t offset) {
  std::vector<Step> steps;
  const size_t end = std::min(offset + 1, text.size());
  bool expect_key = false;
  for (size_t i = 0; i < end; ++i) {
    const char c = text[i];
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    // A bracket itself stands where its value does, or where one is missing.
    if (i == offset && (opens || closes)) break;
    if (opens) {
      steps.push_back({{}, 0, c == '['});
      expect_key = c == '{';
    } else if (closes) {
      if (!steps.empty()) steps.pop_back();
      expect_key = false;
    } else if (c == ',' && !steps.empty()) {
      if (steps.back().is_array) ++steps.back().index;
      expect_key = !steps.back().is_array;
      if (expect_key) steps.back().key = {};
    } else if (c == '"') {
      const size_t close = string_end(text, i);
      if (expect_key && close <= text.size() && !steps.empty()) {
        steps.back().key = text.substr(i, close - i);
      }
      expect_key = false;
      i = close - 1;
    }
  }
  // An object whose member was not named yet adds no step.
  while (!steps.empty() && !steps.back().is_array && steps.back().key.empty()) steps.pop_back();
  return to_pointer(steps);
}

EDGEHOSE_RARE void json_append_decoded(std::string& out, std::string_view raw_string) {
  const std::string_view text = raw_string.substr(1, raw_string.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    const int32_t unit = json_unit_at(text, i);
    if (unit < 0) {
      if (i + 1 < text.size()) out.push_back(decoded_escape(text[++i]));
      continue;
    }
    i += 5;
    const int32_t next = is_high_surrogate(unit) ? json_unit_at(text, i + 1) : -1;
    if (is_low_surrogate(next)) {
      append_utf8(out, static_cast<uint32_t>(0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00)));
      i += 6;
    } else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
      append_utf8(out, 0xfffd);
    } else {
      append_utf8(out, static_cast<uint32_t>(unit));
    }
  }
}

namespace {

// Copies the escape at `at` of a checked string; gives how many bytes it was.
size_t append_escape(std::string& out, std::string_view raw, size_t at) {
  const int32_t unit = json_unit_at(raw, at);
  if (unit < 0) {
    out.append(raw, at, 2);
    return 2;
  }
  if (is_high_surrogate(unit) && is_low_surrogate(json_unit_at(raw, at + 6))) {
    out.append(raw, at, 12);
    return 12;
  }
  if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
    out += "\\ufffd";
  } else {
    out.append(raw, at, 6);
  }
  return 6;
}

}  // namespace

EDGEHOSE_RARE void json_append_compact(std::string& out, std::string_view raw) {
  const char* const end = raw.data() + raw.size();
  bool inside = false;
  size_t run = 0;  // start of the bytes not copied yet
  for (size_t i = 0; i < raw.size();) {
    if (inside) i = static_cast<size_t>(skip_plain_bytes(raw.data() + i, end) - raw.data());
    if (i == raw.size()) break;
    const char c = raw[i];
    if (c == '"') {
      inside = !inside;
      ++i;
    } else if (inside && c == '\\') {
      out.append(raw, run, i - run);
      i += append_escape(out, raw, i);
      run = i;
    } else if (!inside && is_blank(c)) {
      out.append(raw, run, i - run);
      run = ++i;
    } else {
      ++i;
    }
  }
  out.append(raw, run, raw.size() - run);
}

EDGEHOSE_RARE void json_append_string(std::string& out, std::string_view text) {
  const size_t start = out.size();
  out.resize(start + json_escaped_bytes_max(text.size()));
  char* to = out.data() + start;
  *to++ = '"';
  to = json_write_escaped(to, text);
  *to++ = '"';
  out.resize(static_cast<size_t>(to - out.data()));
}

}  // namespace edgehose
