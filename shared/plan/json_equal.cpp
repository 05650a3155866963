#include "shared/plan/json_equal.h"

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/plan/decimal.h"

namespace edgehose {
namespace {

// What is compared was scanned before, and its depth checked then.
constexpr uint32_t kDepth = 1024;
constexpr uint64_t kPrime = 0x100000001b3U;

std::string_view inside(std::string_view raw_string) {
  return raw_string.substr(1, raw_string.size() - 2);
}

int32_t read_unit(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int32_t unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

uint64_t hash_raw_string(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325U;
  DecodedBytes bytes(text);
  for (int byte = bytes.next(); byte >= 0; byte = bytes.next()) {
    hash = (hash ^ static_cast<uint64_t>(byte)) * kPrime;
  }
  return hash * 0x9e3779b97f4a7c15U;
}

uint64_t mixed(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93U;
  return hash ^ (hash >> 29);
}

}  // namespace

int DecodedBytes::next() {
  if (pending_at_ < pending_count_) return static_cast<uint8_t>(pending_[pending_at_++]);
  if (at_ >= text_.size()) return -1;
  if (text_[at_] != '\\') return static_cast<uint8_t>(text_[at_++]);
  decode_escape();
  return static_cast<uint8_t>(pending_[pending_at_++]);
}

void DecodedBytes::decode_escape() {
  pending_at_ = 0;
  pending_count_ = 1;
  int32_t unit = read_unit(text_, at_);
  if (unit < 0) {
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\\';
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kBytes = "\b\f\n\r\t";
    const size_t found = kLetters.find(letter);
    pending_[0] = found == std::string_view::npos ? letter : kBytes[found];
    at_ += 2;
    return;
  }
  at_ += 6;
  auto code = static_cast<uint32_t>(unit);
  if (code >= 0xd800 && code < 0xe000) {
    const int32_t low = code < 0xdc00 ? read_unit(text_, at_) : -1;
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<uint32_t>(low) - 0xdc00);
      at_ += 6;
    } else {
      code = 0xfffd;
    }
  }
  if (code < 0x80) {
    pending_[0] = static_cast<char>(code);
    return;
  }
  pending_count_ = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (uint32_t i = pending_count_ - 1; i > 0; --i) {
    pending_[i] = static_cast<char>(0x80 | (code & 0x3f));
    code >>= 6;
  }
  constexpr uint32_t kLeads[5] = {0, 0, 0xc0, 0xe0, 0xf0};
  pending_[0] = static_cast<char>(kLeads[pending_count_] | code);
}

int compare_raw_strings(std::string_view a, std::string_view b) {
  DecodedBytes x(a);
  DecodedBytes y(b);
  while (true) {
    const int i = x.next();
    const int j = y.next();
    if (i != j) return i < j ? -1 : 1;
    if (i < 0) return 0;
  }
}

bool equal_raw_strings(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const bool plain =
      a.find('\\') == std::string_view::npos && b.find('\\') == std::string_view::npos;
  return !plain && compare_raw_strings(a, b) == 0;
}

bool JsonEquality::equal(std::string_view a, std::string_view b) {
  if (!spend(a.size() + 1)) return false;
  const JsonKind kind = json_kind(a);
  if (kind != json_kind(b)) return false;
  switch (kind) {
    case JsonKind::string:
      return equal_raw_strings(inside(a), inside(b));
    case JsonKind::number:
      return compare_decimals(a, b) == 0;
    case JsonKind::object:
      return equal_objects(a, b);
    case JsonKind::array:
      return equal_arrays(a, b);
    default:
      return a == b;
  }
}

bool JsonEquality::equal_arrays(std::string_view a, std::string_view b) {
  JsonScanner x(a, kDepth);
  JsonScanner y(b, kDepth);
  (void)x.enter_array();
  (void)y.enter_array();
  while (true) {
    const bool more_x = x.next_element();
    const bool more_y = y.next_element();
    if (!more_x || !more_y) return more_x == more_y;
    if (!equal(x.take_value(), y.take_value())) return false;
  }
}

bool JsonEquality::equal_objects(std::string_view a, std::string_view b) {
  JsonScanner x(a, kDepth);
  (void)x.enter_object();
  size_t members = 0;
  for (std::string_view key; x.next_member(key);) {
    const std::string_view value = x.take_value();
    ++members;
    if (!spend(b.size())) return false;
    JsonScanner y(b, kDepth);
    (void)y.enter_object();
    bool found = false;
    for (std::string_view other; !found && y.next_member(other);) {
      const std::string_view other_value = y.take_value();
      if (!equal_raw_strings(inside(key), inside(other))) continue;
      if (!equal(value, other_value)) return false;
      found = true;
    }
    if (!found) return false;
  }
  // Keys are distinct on both sides, so equal counts leave nothing over.
  JsonScanner y(b, kDepth);
  (void)y.enter_object();
  for (std::string_view key; y.next_member(key); --members) {
    (void)y.take_value();
    if (members == 0) return false;
  }
  return members == 0;
}

uint64_t JsonEquality::hash(std::string_view value) {
  if (!spend(value.size() + 1)) return 0;
  switch (json_kind(value)) {
    case JsonKind::string:
      return hash_raw_string(inside(value));
    case JsonKind::number:
      return hash_decimal(value);
    case JsonKind::object: {
      uint64_t hash = 0x51;
      JsonScanner in(value, kDepth);
      (void)in.enter_object();
      for (std::string_view key; in.next_member(key);) {
        // Any order gives the same sum.
        const uint64_t key_hash = hash_raw_string(inside(key));
        hash += mixed(key_hash * 31 + this->hash(in.take_value()));
      }
      return mixed(hash);
    }
    case JsonKind::array: {
      uint64_t hash = 0xa1;
      JsonScanner in(value, kDepth);
      (void)in.enter_array();
      while (in.next_element()) hash = mixed(hash * kPrime + this->hash(in.take_value()));
      return hash;
    }
    default:
      return hash_raw_string(value);
  }
}

}  // namespace edgehose
