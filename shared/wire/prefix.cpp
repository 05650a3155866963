#include "shared/wire/prefix.h"

#include <algorithm>
#include <array>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kDefaultPattern = "yyyy/MM/dd/HH/";
constexpr size_t kRandomStringChars = 11;
constexpr int64_t kDayMs = 86'400'000;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
// From Thursday: the day of the week of 1970-01-01.
constexpr std::array<std::string_view, 7> kDays = {"Thursday", "Friday",  "Saturday", "Sunday",
                                                   "Monday",   "Tuesday", "Wednesday"};

// Days since 1970-01-01, and hence day of week and of year, come from the calendar alone.
int64_t day_number(const CivilTime& time) {
  const CivilTime midnight{time.year, time.month, time.day, 0, 0, 0, 0};
  return ms_from_civil(midnight) / kDayMs - (ms_from_civil(midnight) % kDayMs < 0 ? 1 : 0);
}

int64_t day_of_year(const CivilTime& time) {
  return day_number(time) - day_number(CivilTime{time.year, 1, 1, 0, 0, 0, 0}) + 1;
}

std::string_view day_name(const CivilTime& time) {
  return kDays[static_cast<size_t>((day_number(time) % 7 + 7) % 7)];
}

void append_padded(std::string& out, int64_t value, size_t width) {
  std::string digits;
  append_number(digits, value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out.append(digits);
}

bool append_number_field(std::string& out, int64_t value, size_t letters, size_t letters_max) {
  if (letters > letters_max) return false;
  append_padded(out, value, letters);
  return true;
}

// One letter is the number, three its short name, four its long one.
bool append_named(std::string& out, std::string_view name, size_t letters) {
  if (letters > 4) return false;
  out.append(letters <= 3 ? name.substr(0, 3) : name);
  return true;
}

bool append_year(std::string& out, int32_t year, size_t letters) {
  if (letters == 2) return append_number_field(out, year % 100, 2, 2);
  return append_number_field(out, year, letters, 9);
}

bool append_month(std::string& out, const CivilTime& time, size_t letters) {
  if (letters <= 2) return append_number_field(out, time.month, letters, 2);
  return append_named(out, kMonths[time.month - 1U], letters);
}

bool append_fraction(std::string& out, const CivilTime& time, size_t letters) {
  if (letters > 9) return false;
  std::string digits;
  append_padded(digits, time.millis, 3);
  digits.append(6, '0');
  out.append(digits, 0, letters);
  return true;
}

int64_t twelve_hour(const CivilTime& time) { return time.hour % 12 == 0 ? 12 : time.hour % 12; }

bool append_field(std::string& out, char letter, size_t letters, const CivilTime& time) {
  switch (letter) {
    case 'y':
    case 'u':
      return append_year(out, time.year, letters);
    case 'M':
    case 'L':
      return append_month(out, time, letters);
    case 'd':
      return append_number_field(out, time.day, letters, 2);
    case 'D':
      return append_number_field(out, day_of_year(time), letters, 3);
    case 'H':
      return append_number_field(out, time.hour, letters, 2);
    case 'k':
      return append_number_field(out, time.hour == 0 ? 24 : time.hour, letters, 2);
    case 'K':
      return append_number_field(out, time.hour % 12, letters, 2);
    case 'h':
      return append_number_field(out, twelve_hour(time), letters, 2);
    case 'a':
      out.append(letters == 1 ? (time.hour < 12 ? "AM" : "PM") : "");
      return letters == 1;
    case 'm':
      return append_number_field(out, time.minute, letters, 2);
    case 's':
      return append_number_field(out, time.second, letters, 2);
    case 'S':
      return append_fraction(out, time, letters);
    case 'A': {
      const CivilTime midnight{time.year, time.month, time.day, 0, 0, 0, 0};
      return append_number_field(out, ms_from_civil(time) - ms_from_civil(midnight), letters, 19);
    }
    case 'E':
      return append_named(out, day_name(time), letters);
    case 'Q':
      return append_number_field(out, (time.month + 2) / 3, letters, 2);
    default:
      return false;
  }
}

// Text in single quotes from pattern[at] on; two of them stand for one. False when it does not end.
bool append_quoted(std::string& out, std::string_view pattern, size_t& at) {
  ++at;
  if (at < pattern.size() && pattern[at] == '\'') {
    out.push_back('\'');
    ++at;
    return true;
  }
  while (at < pattern.size()) {
    const char c = pattern[at++];
    if (c != '\'') {
      out.push_back(c);
    } else if (at < pattern.size() && pattern[at] == '\'') {
      out.push_back('\'');
      ++at;
    } else {
      return true;
    }
  }
  return false;
}

bool is_letter(char c) { return is_lower(c) || is_upper(c); }
// Java reserves these outside quotes.
bool is_reserved(char c) { return std::string_view("{}#[]").find(c) != std::string_view::npos; }

bool append_pattern(std::string& out, std::string_view pattern, const CivilTime& time) {
  size_t at = 0;
  while (at < pattern.size()) {
    const char c = pattern[at];
    if (c == '\'') {
      if (!append_quoted(out, pattern, at)) return false;
    } else if (is_letter(c)) {
      const size_t end = std::min(pattern.find_first_not_of(c, at), pattern.size());
      if (!append_field(out, c, end - at, time)) return false;
      at = end;
    } else {
      if (is_reserved(c)) return false;
      out.push_back(c);
      ++at;
    }
  }
  return true;
}

void append_random_string(std::string& out, uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (size_t i = 0; i < kRandomStringChars; ++i) {
    out.push_back(kDigits[value % kDigits.size()]);
    value /= kDigits.size();
  }
}

void append_key(std::string& out, std::span<const PartitionKey> keys, std::string_view name) {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [name](const PartitionKey& key) { return key.first == name; });
  if (found != keys.end()) out.append(found->second);
}

// Reads the inside of `!{...}` into a piece; what is wrong with it, or nothing.
std::string read_expression(std::string_view inside, PrefixUse use, PrefixPiece& piece) {
  const size_t colon = inside.find(':');
  const std::string_view space = inside.substr(0, colon);
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
  if (space == "timestamp") {
    std::string unused;
    piece = {PrefixPiece::Kind::timestamp, std::string(value)};
    if (!value.empty() && append_formatted(unused, value, CivilTime())) return "";
    return "is not a timestamp pattern this simulator knows";
  }
  if (space == "firehose" && value == "random-string") {
    piece = {PrefixPiece::Kind::random_string, ""};
    return "";
  }
  if (space == "firehose" && value == "error-output-type") {
    piece = {PrefixPiece::Kind::error_output_type, ""};
    return use == PrefixUse::errors ? "" : "is allowed in ErrorOutputPrefix only";
  }
  if (space == "partitionKeyFromQuery" || space == "partitionKeyFromLambda") {
    piece = {space == "partitionKeyFromQuery" ? PrefixPiece::Kind::key_from_query
                                              : PrefixPiece::Kind::key_from_lambda,
             std::string(value)};
    if (use == PrefixUse::errors) return "is allowed in Prefix only";
    if (use == PrefixUse::objects) return "needs dynamic partitioning to be enabled";
    return value.empty() ? "names no partition key" : "";
  }
  return "is no expression of Firehose";
}

void append_fault(std::string& out, std::string_view expression, size_t at, std::string_view why) {
  out.append("'").append(expression).append("' at offset ");
  append_number(out, static_cast<int64_t>(at));
  out.append(" ").append(why);
}

}  // namespace

size_t Prefix::count(PrefixPiece::Kind kind) const {
  return static_cast<size_t>(std::count_if(pieces.begin(), pieces.end(),
                                           [kind](const auto& p) { return p.kind == kind; }));
}

bool Prefix::has_expressions() const { return count(PrefixPiece::Kind::text) != pieces.size(); }

Prefix parse_prefix(std::string_view text, PrefixUse use) {
  Prefix prefix;
  if (text.size() > kPrefixBytesMax) {
    prefix.fault = "is longer than 1024 characters";
    return prefix;
  }
  size_t at = 0;
  while (at < text.size()) {
    const size_t open = std::min(text.find("!{", at), text.size());
    if (open > at)
      prefix.pieces.push_back({PrefixPiece::Kind::text, std::string(text.substr(at, open - at))});
    if (open == text.size()) break;
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      append_fault(prefix.fault, text.substr(open), open, "is not closed");
      return prefix;
    }
    PrefixPiece piece;
    const auto why = read_expression(text.substr(open + 2, close - open - 2), use, piece);
    if (!why.empty()) {
      append_fault(prefix.fault, text.substr(open, close + 1 - open), open, why);
      return prefix;
    }
    prefix.pieces.push_back(std::move(piece));
    at = close + 1;
  }
  const size_t own_places = prefix.count(PrefixPiece::Kind::timestamp) +
                            prefix.count(PrefixPiece::Kind::key_from_query) +
                            prefix.count(PrefixPiece::Kind::key_from_lambda);
  if (use != PrefixUse::errors && own_places == 0) {
    prefix.pieces.push_back({PrefixPiece::Kind::timestamp, std::string(kDefaultPattern)});
  }
  return prefix;
}

void append_prefix(std::string& out, const Prefix& prefix, const PrefixInputs& inputs) {
  size_t random_used = 0;
  for (const PrefixPiece& piece : prefix.pieces) {
    switch (piece.kind) {
      case PrefixPiece::Kind::text:
        out.append(piece.text);
        break;
      case PrefixPiece::Kind::timestamp:
        // The pattern was tried when it was parsed.
        (void)append_formatted(out, piece.text, inputs.time);
        break;
      case PrefixPiece::Kind::random_string:
        if (random_used < inputs.random.size()) {
          append_random_string(out, inputs.random[random_used++]);
        }
        break;
      case PrefixPiece::Kind::error_output_type:
        out.append(inputs.error_output_type);
        break;
      case PrefixPiece::Kind::key_from_query:
        append_key(out, inputs.query_keys, piece.text);
        break;
      case PrefixPiece::Kind::key_from_lambda:
        append_key(out, inputs.lambda_keys, piece.text);
        break;
    }
  }
}

bool append_formatted(std::string& out, std::string_view pattern, const CivilTime& time) {
  const size_t start = out.size();
  if (append_pattern(out, pattern, time)) return true;
  out.resize(start);
  return false;
}

}  // namespace edgehose
