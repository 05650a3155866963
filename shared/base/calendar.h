// Instants as milliseconds since 1970-01-01T00:00Z, their calendar form (proleptic Gregorian, UTC)
// and their text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgehose {

struct CivilTime {
  int32_t year = 1970;
  uint8_t month = 1;  // 1-12
  uint8_t day = 1;    // 1-31
  uint8_t hour = 0;
  uint8_t minute = 0;
  uint8_t second = 0;  // 0-59: a leap second is the following second
  uint16_t millis = 0;

  friend bool operator==(const CivilTime&, const CivilTime&) = default;
};

// The instants an event may name: years 0000 to 9999, so that the text always has one form.
inline constexpr int64_t kInstantMsMin = -62167219200000;
inline constexpr int64_t kInstantMsMax = 253402300799999;

// An instant outside of them is read as the nearest inside.
[[nodiscard]] CivilTime civil_from_ms(int64_t unix_ms);
[[nodiscard]] int64_t ms_from_civil(const CivilTime& time);

// `2026-11-22T13:00:00.123Z`. The instant must lie between kInstantMsMin and kInstantMsMax.
[[nodiscard]] std::string iso_ms(int64_t unix_ms);
void append_iso_ms(std::string& out, int64_t unix_ms);
// The same at a cursor, which must have room for kIsoMsBytes; gives one past its end.
inline constexpr size_t kIsoMsBytes = 24;
char* write_iso_ms(char* to, int64_t unix_ms);

// Reads ISO 8601 / RFC 3339: date, `T`, `t` or a blank, hh:mm[:ss[.digits]], then `Z` or an offset
// (+hh:mm, +hhmm, +hh); a time without zone is UTC, a date alone is its midnight. Digits past the
// millisecond are cut. Nothing when the text is anything else or the instant lies outside the years
// 0000-9999.
[[nodiscard]] std::optional<int64_t> parse_iso_ms(std::string_view text);

// Reads an epoch: a count of seconds, milliseconds, microseconds or nanoseconds, told apart by its
// size (seconds below 10^11, milliseconds below 10^14, microseconds below 10^17); a decimal
// fraction is of that unit.
[[nodiscard]] std::optional<int64_t> parse_epoch_ms(std::string_view text);

}  // namespace edgehose
