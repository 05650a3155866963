#include "shared/base/calendar.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace edgehose {
namespace {

constexpr int64_t kDayMs = 86'400'000;

// Days since 1970-01-01. Counts in years that start in March, so that the leap day is a year's
// last.
constexpr int32_t days_from_civil(int32_t year, unsigned month, unsigned day) {
  if (month <= 2) --year;
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<int32_t>(day_of_era) - 719'468;
}

constexpr bool is_leap(int32_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

constexpr unsigned days_in_month(int32_t year, unsigned month) {
  constexpr std::array<uint8_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

// Takes text apart from the left; once anything is missing, ok stays false.
struct Reader {
  std::string_view text;
  bool ok = true;

  bool done() const { return text.empty(); }
  char next() const { return text.empty() ? '\0' : text.front(); }
  bool skip(char c) {
    if (next() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok = skip(c) && ok; }
  unsigned digits(size_t count) {
    unsigned value = 0;
    for (size_t i = 0; i < count; ++i) {
      const char c = next();
      if (c < '0' || c > '9') {
        ok = false;
        return 0;
      }
      value = value * 10 + static_cast<unsigned>(c - '0');
      text.remove_prefix(1);
    }
    return value;
  }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `.123456` -> 123; at least one digit, the rest is cut.
unsigned read_millis(Reader& in) {
  unsigned millis = 0;
  unsigned seen = 0;
  while (is_digit(in.next())) {
    const unsigned digit = in.digits(1);
    if (seen < 3) millis = millis * 10 + digit;
    ++seen;
  }
  if (seen == 0) in.ok = false;
  for (; seen < 3; ++seen) millis *= 10;
  return millis;
}

// Minutes east of UTC.
int read_offset(Reader& in) {
  if (in.done() || in.skip('Z') || in.skip('z')) return 0;
  const int sign = in.next() == '-' ? -1 : 1;
  if (!in.skip('+') && !in.skip('-')) {
    in.ok = false;
    return 0;
  }
  const unsigned hours = in.digits(2);
  unsigned minutes = 0;
  if (in.skip(':') || is_digit(in.next())) minutes = in.digits(2);
  if (hours > 23 || minutes > 59) in.ok = false;
  return sign * static_cast<int>(hours * 60 + minutes);
}

// 00, 01, ... 99.
constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = static_cast<char>('0' + (i % 2 == 0 ? i / 20 : i / 2 % 10));
  }
  return pairs;
}();

char* write_two_digits(char* to, unsigned value) {
  std::memcpy(to, kPairs.data() + size_t{2} * value, 2);
  return to + 2;
}

bool is_instant(int64_t ms) { return ms >= kInstantMsMin && ms <= kInstantMsMax; }

}  // namespace

CivilTime civil_from_ms(int64_t unix_ms) {
  unix_ms = std::clamp(unix_ms, kInstantMsMin, kInstantMsMax);
  int64_t days = unix_ms / kDayMs;
  int64_t ms_of_day = unix_ms - days * kDayMs;
  if (ms_of_day < 0) {
    ms_of_day += kDayMs;
    --days;
  }
  // From here on everything fits 32 bits, which WASM divides several times faster.
  const auto ms = static_cast<uint32_t>(ms_of_day);
  const auto shifted = static_cast<int32_t>(days) + 719'468;
  const int32_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto day_of_era = static_cast<uint32_t>(shifted - era * 146'097);
  const uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t month_of_year = (5 * day_of_year + 2) / 153;

  CivilTime time;
  time.day = static_cast<uint8_t>(day_of_year - (153 * month_of_year + 2) / 5 + 1);
  time.month = static_cast<uint8_t>(month_of_year < 10 ? month_of_year + 3 : month_of_year - 9);
  time.year = static_cast<int32_t>(year_of_era) + era * 400 + (time.month <= 2 ? 1 : 0);
  time.hour = static_cast<uint8_t>(ms / 3'600'000);
  time.minute = static_cast<uint8_t>(ms / 60'000 % 60);
  time.second = static_cast<uint8_t>(ms / 1000 % 60);
  time.millis = static_cast<uint16_t>(ms % 1000);
  return time;
}

int64_t ms_from_civil(const CivilTime& time) {
  const int64_t days{days_from_civil(time.year, time.month, time.day)};
  return ((days * 24 + time.hour) * 60 + time.minute) * 60'000 + time.second * int64_t{1000} +
         time.millis;
}

char* write_iso_ms(char* to, int64_t unix_ms) {
  const CivilTime time = civil_from_ms(unix_ms);
  const auto year = static_cast<unsigned>(time.year);
  to = write_two_digits(to, year / 100);
  to = write_two_digits(to, year % 100);
  *to++ = '-';
  to = write_two_digits(to, time.month);
  *to++ = '-';
  to = write_two_digits(to, time.day);
  *to++ = 'T';
  to = write_two_digits(to, time.hour);
  *to++ = ':';
  to = write_two_digits(to, time.minute);
  *to++ = ':';
  to = write_two_digits(to, time.second);
  *to++ = '.';
  *to++ = static_cast<char>('0' + time.millis / 100);
  to = write_two_digits(to, time.millis % 100U);
  *to++ = 'Z';
  return to;
}

void append_iso_ms(std::string& out, int64_t unix_ms) {
  std::array<char, kIsoMsBytes> text;
  out.append(text.data(), static_cast<size_t>(write_iso_ms(text.data(), unix_ms) - text.data()));
}

std::string iso_ms(int64_t unix_ms) {
  std::string text;
  append_iso_ms(text, unix_ms);
  return text;
}

namespace {

// Eight bytes of a form, in which 0 stands for any digit; the first byte is the lowest.
struct FormWord {
  uint64_t zeros = 0;  // the form itself
  uint64_t fixed = 0;  // all bits of what is no digit

  constexpr explicit FormWord(std::string_view form) {
    for (size_t i = 0; i < 8; ++i) {
      zeros |= uint64_t{static_cast<uint8_t>(form[i])} << (8 * i);
      if (form[i] != '0') fixed |= uint64_t{0xff} << (8 * i);
    }
  }
  // The digits that `text` has where the form has some, each in its byte; a bit of `wrong` where it
  // has another form.
  uint64_t digits(const char* text, uint64_t& wrong) const {
    uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);  // little endian, as every target is
    word ^= zeros;
    constexpr uint64_t kOnes = 0x0101010101010101U;
    // Above nine the sum has its high bit; a byte that has it already is wrong as well.
    wrong |= ((word | (word + kOnes * (0x7f - 9))) & (kOnes * 0x80)) | (word & fixed);
    return word;
  }
};

// The form that browsers write, 2026-11-22T13:00:00.123Z, read without a branch for each digit.
// Nothing when the text is of another form or names no instant: then the general reader says why.
std::optional<int64_t> parse_usual_iso_ms(std::string_view text) {
  constexpr FormWord kDate("0000-00-");
  constexpr FormWord kDayAndMinute("00T00:00");
  constexpr FormWord kSecond(":00.000Z");
  uint64_t wrong = 0;
  const uint64_t date = kDate.digits(text.data(), wrong);
  const uint64_t middle = kDayAndMinute.digits(text.data() + 8, wrong);
  const uint64_t end = kSecond.digits(text.data() + 16, wrong);
  if (wrong != 0) return std::nullopt;
  const auto digit = [](uint64_t word, unsigned at) {
    return static_cast<unsigned>(word >> (8 * at)) & 15U;
  };
  const auto pair = [digit](uint64_t word, unsigned at) {
    return digit(word, at) * 10 + digit(word, at + 1);
  };
  const auto year = static_cast<int32_t>(pair(date, 0) * 100 + pair(date, 2));
  const unsigned month = pair(date, 5);
  const unsigned day = pair(middle, 0);
  const unsigned hour = pair(middle, 3);
  const unsigned minute = pair(middle, 6);
  const unsigned second = pair(end, 1);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
      minute > 59 || second > 59) {
    return std::nullopt;
  }
  const unsigned millis = pair(end, 4) * 10 + digit(end, 6);
  return days_from_civil(year, month, day) * kDayMs +
         static_cast<int64_t>(((hour * 60 + minute) * 60 + second) * 1000 + millis);
}

}  // namespace

std::optional<int64_t> parse_iso_ms(std::string_view text) {
  if (text.size() == kIsoMsBytes) {
    if (const auto usual = parse_usual_iso_ms(text)) return usual;
  }
  Reader in{text};
  CivilTime time;
  time.year = static_cast<int32_t>(in.digits(4));
  in.expect('-');
  time.month = static_cast<uint8_t>(in.digits(2));
  in.expect('-');
  time.day = static_cast<uint8_t>(in.digits(2));
  if (!in.ok || time.month < 1 || time.month > 12) return std::nullopt;
  if (time.day < 1 || time.day > days_in_month(time.year, time.month)) return std::nullopt;
  if (in.done()) return ms_from_civil(time);

  if (!in.skip('T') && !in.skip('t') && !in.skip(' ')) return std::nullopt;
  time.hour = static_cast<uint8_t>(in.digits(2));
  in.expect(':');
  time.minute = static_cast<uint8_t>(in.digits(2));
  if (in.skip(':')) {
    time.second = static_cast<uint8_t>(in.digits(2));
    if (in.skip('.') || in.skip(',')) time.millis = static_cast<uint16_t>(read_millis(in));
  }
  const int offset_minutes = read_offset(in);
  if (!in.ok || !in.done() || time.hour > 23 || time.minute > 59 || time.second > 60) {
    return std::nullopt;
  }
  const int64_t ms = ms_from_civil(time) - offset_minutes * int64_t{60'000};
  return is_instant(ms) ? std::optional(ms) : std::nullopt;
}

std::optional<int64_t> parse_epoch_ms(std::string_view text) {
  Reader in{text};
  const bool negative = in.skip('-');
  uint64_t whole = 0;
  size_t count = 0;
  for (; is_digit(in.next()); ++count) {
    if (count == 19) return std::nullopt;
    whole = whole * 10 + in.digits(1);
  }
  unsigned millis = 0;
  if (count == 0) return std::nullopt;
  if (in.skip('.')) millis = read_millis(in);
  if (!in.ok || !in.done()) return std::nullopt;

  uint64_t size_ms = whole / 1'000'000;
  if (whole < 100'000'000'000) {
    size_ms = whole * 1000 + millis;
  } else if (whole < 100'000'000'000'000) {
    size_ms = whole;
  } else if (whole < 100'000'000'000'000'000) {
    size_ms = whole / 1000;
  }
  const auto ms = negative ? -static_cast<int64_t>(size_ms) : static_cast<int64_t>(size_ms);
  return is_instant(ms) ? std::optional(ms) : std::nullopt;
}

}  // namespace edgehose
