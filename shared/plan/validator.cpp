#include "shared/plan/validator.h"

#include <algorithm>

#include "shared/base/calendar.h"
#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/plan/pii.h"
#include "shared/plan/validator_walk.h"

namespace edgehose {

using namespace plan_binary;

namespace {

// The number that a string holds and nothing else, as JSON writes it.
bool is_json_number(std::string_view text) {
  if (text.empty() || (text.front() != '-' && !is_digit(text.front()))) return false;
  JsonScanner in(text, 1);
  return in.take_value().size() == text.size();
}

bool is_whole(std::string_view raw, const SmallDecimal& small) {
  return (small.fits && small.scale == 0) || is_integral(raw);
}

}  // namespace

// ---- The entry ----

bool Validator::read(const ContentTypePlan& plan, JsonScanner& in, ByteBuffer& out,
                     std::string_view pii_key) {
  fault_.kind = FaultKind::none;
  coerced_.count = 0;
  coerced_.json.clear();
  steps_ = 0;
  pii_.clear();
  keys_.clear();
  seen_.clear();
  (void)in.peek();
  const size_t start = in.at();
  const size_t out_start = out.size();
  ValidatorWalk walk(*this, plan, in.text().substr(start), in.depth_max() - in.open(), out);
  if (in.ok() && walk.run(plan.root())) {
    if (!pii_.empty()) hide_places(out_start, out, pii_key);
    in.resume(start + walk.end_of_value(), in.open());
    if (coerced_.count > 0) coerced_.json.push_back(']');
    return true;
  }
  out.truncate(out_start);
  // What is no JSON is no JSON, whatever the schema said before it came to that.
  (void)in.take_value();
  if (!in.ok()) {
    fault_ = {};
    fault_.kind = FaultKind::json;
    fault_.expected = to_text(in.fault());
  } else if (fault_.kind == FaultKind::none || fault_.kind == FaultKind::json) {
    fault_.kind = FaultKind::too_costly;
    fault_.expected = "less deeply nested";
  }
  return false;
}

// Personal places lie in the output in order and apart. They are hidden last, so that every check
// saw the values themselves.
EDGEHOSE_RARE void Validator::hide_places(size_t out_start, ByteBuffer& out,
                                          std::string_view pii_key) {
  const std::string_view text = out.view();
  rewritten_.clear();
  size_t copied = out_start;
  for (const PiiPlace& place : pii_) {
    const size_t from = place.begin;
    rewritten_.append(text.substr(copied, from - copied));
    copied = place.end;
    if (place.action == Pii::drop && place.member) {
      if (rewritten_.ends_with(',')) {
        rewritten_.pop_back();
      } else if (copied < text.size() && text[copied] == ',') {
        ++copied;
      }
      continue;
    }
    append_hidden(rewritten_, place.action, text.substr(from, place.end - from), pii_key);
  }
  rewritten_.append(text.substr(copied));
  out.truncate(out_start);
  out.append(rewritten_);
}

ValidatorWalk::ValidatorWalk(Validator& owner, const ContentTypePlan& plan, std::string_view text,
                             uint32_t depth_max, ByteBuffer& out)
    : owner_(owner),
      view_(plan.view()),
      text_(text),
      out_(out),
      at_(text.data()),
      end_(text.data() + text.size()),
      copied_(text.data()),
      placed_(plan.coerces_every_time() ? kNodePlaced | kNodeDateTime : kNodePlaced),
      coerces_(plan.coerces_types()),
      empty_(plan.empty_string()),
      depth_max_(std::min(depth_max, kPlanDepthMax)),
      walked_(text.data()) {}

bool ValidatorWalk::run(uint32_t root) {
  if (!value(root)) return false;
  flush_to(at_);
  return true;
}

// ---- Bytes ----

EDGEHOSE_RARE void ValidatorWalk::skip_more_blanks() {
  const char* const from = at_;
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  if (!edits_ || at_ == from) return;
  if (from > copied_) out_.append({copied_, static_cast<size_t>(from - copied_)});
  copied_ = at_;
}

bool ValidatorWalk::scan_long_string(Text& text) {
  const char* const begin = at_;
  const char* const stop = skip_plain_bytes(begin + 1, end_);
  if (stop == end_ || *stop != '"') return scan_odd_string(text);
  at_ = stop + 1;
  text.raw = {begin, static_cast<size_t>(at_ - begin)};
  text.body = {begin + 1, static_cast<size_t>(stop - begin - 1)};
  text.ascii = true;
  return true;
}

// A string with escapes or with characters beyond ASCII.
EDGEHOSE_RARE bool ValidatorWalk::scan_odd_string(Text& text) {
  const char* const begin = at_;
  JsonScanner in({begin, static_cast<size_t>(end_ - begin)}, 1);
  text.raw = in.take_value();
  if (!in.ok()) return fail_json();
  at_ = begin + in.at();
  text.body = text.raw.substr(1, text.raw.size() - 2);
  text.ascii = false;
  if (in.taken_escaped()) {
    owner_.scratch_.clear();
    json_append_decoded(owner_.scratch_, text.raw);
    text.body = owner_.scratch_;
  }
  if (!in.taken_compact() && edits_) {
    owner_.second_scratch_.clear();
    json_append_compact(owner_.second_scratch_, text.raw);
    replace(begin, owner_.second_scratch_);
  }
  return true;
}

void ValidatorWalk::replace(const char* from, std::string_view text) {
  if (!edits_) return;
  flush_to(from);
  out_.append(text);
  copied_ = at_;
}

// ---- Values ----

bool ValidatorWalk::value(uint32_t node) {
  const uint32_t flags = view_[node + kNodeFlags];
  return (flags & placed_) == 0 ? value_here(node, flags) : value_at_place(node, flags);
}

bool ValidatorWalk::value_here(uint32_t node, uint32_t flags) {
  switch (peek()) {
    case '"':
      return string(node, flags);
    case '{':
      return object(node, flags);
    case '[':
      return array(node, flags);
    case 't':
    case 'f':
    case 'n':
      return literal(node, flags);
    default:
      return number(node, flags);
  }
}

// A place that the settings name: a time, a personal place, or both.
bool ValidatorWalk::value_at_place(uint32_t node, uint32_t flags) {
  const uint32_t place = view_[node + kNodePlace];
  const auto action = static_cast<Pii>(place & kPiiMask);
  const bool is_time = (place & kPlaceTime) != 0 || (flags & placed_ & kNodeDateTime) != 0;
  size_t begin = 0;
  if (action != Pii::none) {
    flush_to(at_);
    begin = out_.size();
  }
  bool done = false;
  if (is_time && !coerce_time(node, done)) return false;
  if (!done && !value_here(node, flags)) return false;
  if (action != Pii::none) {
    flush_to(at_);
    owner_.pii_.push_back({begin, out_.size(), action, false});
  }
  return true;
}

bool ValidatorWalk::string(uint32_t node, uint32_t flags) {
  Text text;
  if (!scan_string(text)) return false;
  if ((flags & kString) == 0) return coerce_string(node, flags, text);
  if (view_[node + kNodeString] != 0 && !check_string(node, text)) return false;
  return (flags & kNodeMore) == 0 || check_scalar(node, text.raw);
}

bool ValidatorWalk::literal(uint32_t node, uint32_t flags) {
  const std::string_view word = *at_ == 't' ? "true" : *at_ == 'f' ? "false" : "null";
  if (static_cast<size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) {
    return fail_json();
  }
  at_ += word.size();
  if ((flags & (word == "null" ? kNull : kBoolean)) != 0) {
    return (flags & kNodeMore) == 0 || check_scalar(node, word);
  }
  if (word != "null" && (flags & kString) != 0 && coerces_ && edits_) {
    return coerce_to_string(node, flags, word);
  }
  return fail_type(flags, word);
}

bool ValidatorWalk::number(uint32_t node, uint32_t flags) {
  std::string_view raw;
  SmallDecimal small;
  if (!scan_number(raw, small)) return false;
  if ((flags & kNumber) == 0 && ((flags & kInteger) == 0 || !is_whole(raw, small))) {
    const bool to_string = (flags & (kString | kInteger)) == kString && coerces_ && edits_;
    return to_string ? coerce_to_string(node, flags, raw) : fail_type(flags, raw);
  }
  if (view_[node + kNodeNumber] != 0 && !check_number(node, raw, small)) return false;
  return (flags & kNodeMore) == 0 || check_scalar(node, raw);
}

// Digits, perhaps with a point; what has an exponent or many digits goes the long way.
bool ValidatorWalk::scan_number(std::string_view& raw, SmallDecimal& small) {
  const char* const begin = at_;
  const char* at = at_;
  const bool negative = at < end_ && *at == '-';
  if (negative) ++at;
  const char* const first = at;
  int64_t mantissa = 0;
  uint32_t digits = 0;
  for (; at < end_ && is_digit(*at) && digits < kSmallDecimalDigitsMax; ++at, ++digits) {
    mantissa = mantissa * 10 + (*at - '0');
  }
  uint32_t scale = 0;
  bool simple = digits > 0 && (digits == 1 || *first != '0');
  if (simple && at < end_ && *at == '.') {
    ++at;
    for (; at < end_ && is_digit(*at) && digits < kSmallDecimalDigitsMax; ++at, ++digits, ++scale) {
      mantissa = mantissa * 10 + (*at - '0');
    }
    simple = scale > 0;
  }
  if (simple && at < end_ && (is_digit(*at) || *at == '.' || *at == 'e' || *at == 'E')) {
    simple = false;
  }
  if (simple) {
    at_ = at;
    raw = {begin, static_cast<size_t>(at - begin)};
    small = {negative ? -mantissa : mantissa, scale, true};
    return true;
  }
  if (begin == end_ || (*begin != '-' && !is_digit(*begin))) return fail_json();
  JsonScanner in({begin, static_cast<size_t>(end_ - begin)}, 1);
  raw = in.take_value();
  if (!in.ok()) return fail_json();
  at_ = begin + raw.size();
  small = read_small_decimal(raw);
  return true;
}

// ---- Adjustment ----

EDGEHOSE_RARE bool ValidatorWalk::coerce_string(uint32_t node, uint32_t flags, const Text& text) {
  if (!edits_ || !coerces_) return fail_type(flags, text.raw);
  const std::string_view body = text.body;
  if ((flags & (kNumber | kInteger)) != 0 && is_json_number(body)) {
    const SmallDecimal small = read_small_decimal(body);
    if ((flags & kNumber) == 0 && !is_whole(body, small)) return fail_type(flags, text.raw);
    replace(text.raw.data(), body);
    note_coerced();
    if (view_[node + kNodeNumber] != 0 && !check_number(node, body, small)) return false;
    return check_scalar(node, body);
  }
  if ((flags & kBoolean) != 0 && (body == "true" || body == "false")) {
    replace(text.raw.data(), body);
    note_coerced();
    return check_scalar(node, body);
  }
  return fail_type(flags, text.raw);
}

// A number or a boolean where only a string fits.
EDGEHOSE_RARE bool ValidatorWalk::coerce_to_string(uint32_t node, uint32_t flags,
                                                   std::string_view raw) {
  if ((flags & kString) == 0) return fail_type(flags, raw);
  std::string& quoted = owner_.second_scratch_;
  quoted.assign(1, '"');
  quoted.append(raw);
  quoted.push_back('"');
  replace(at_ - raw.size(), quoted);
  note_coerced();
  const Text text = {quoted, std::string_view(quoted).substr(1, raw.size()), true};
  if (view_[node + kNodeString] != 0 && !check_string(node, text)) return false;
  return check_scalar(node, quoted);
}

// What a string with escapes stands for: some writers of JSON escape the plus of an offset. Empty
// where it is no string, which is found once more when it is walked.
EDGEHOSE_RARE std::string_view ValidatorWalk::decoded_here(std::string_view& raw) {
  JsonScanner in({at_, static_cast<size_t>(end_ - at_)}, 1);
  raw = in.take_value();
  if (!in.ok()) return {};
  owner_.scratch_.clear();
  json_append_decoded(owner_.scratch_, raw);
  return owner_.scratch_;
}

// Writes a time in its one form. Left as it is, for the schema to judge, when it names no instant.
EDGEHOSE_RARE bool ValidatorWalk::coerce_time(uint32_t node, bool& done) {
  const char* const begin = at_;
  const char c = peek();
  std::string_view raw;
  std::optional<int64_t> time_ms;
  if (c == '"') {
    const char* const stop = skip_plain_bytes(begin + 1, end_);
    if (stop == end_) return true;
    std::string_view body(begin + 1, static_cast<size_t>(stop - begin - 1));
    raw = {begin, body.size() + 2};
    if (*stop != '"') body = decoded_here(raw);
    time_ms = parse_iso_ms(body);
    if (!time_ms) time_ms = parse_epoch_ms(body);
    if (!time_ms) return true;
    at_ = begin + raw.size();
  } else if (c == '-' || is_digit(c)) {
    SmallDecimal small;
    if (!scan_number(raw, small)) return false;
    time_ms = parse_epoch_ms(raw);
  }
  if (!time_ms) {
    at_ = begin;
    return true;
  }
  done = true;
  std::string& quoted = owner_.second_scratch_;
  quoted.assign(1, '"');
  append_iso_ms(quoted, *time_ms);
  quoted.push_back('"');
  if (quoted != raw) {
    replace(begin, quoted);
    note_coerced();
  }
  const Text text = {quoted, std::string_view(quoted).substr(1, quoted.size() - 2), true};
  const uint32_t flags = view_[node + kNodeFlags];
  if ((flags & kString) == 0) return fail_type(flags, quoted);
  if (view_[node + kNodeString] != 0 && !check_string(node, text)) return false;
  return check_scalar(node, quoted);
}

EDGEHOSE_RARE void ValidatorWalk::note_coerced() {
  CoercedPlaces& coerced = owner_.coerced_;
  if (coerced.count++ >= kCoercedPlacesMax) return;
  coerced.json.push_back(coerced.count == 1 ? '[' : ',');
  owner_.rewritten_.clear();
  append_pointer(owner_.rewritten_);
  json_append_string(coerced.json, owner_.rewritten_);
}

}  // namespace edgehose
