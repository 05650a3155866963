#include "shared/base/calendar.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

// What the C library says of an instant.
CivilTime reference_civil(int64_t ms) {
  int64_t seconds = ms / 1000;
  int64_t millis = ms % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const auto time = static_cast<time_t>(seconds);
  std::tm tm{};
  REQUIRE(gmtime_r(&time, &tm) != nullptr);
  CivilTime civil;
  civil.year = tm.tm_year + 1900;
  civil.month = static_cast<uint8_t>(tm.tm_mon + 1);
  civil.day = static_cast<uint8_t>(tm.tm_mday);
  civil.hour = static_cast<uint8_t>(tm.tm_hour);
  civil.minute = static_cast<uint8_t>(tm.tm_min);
  civil.second = static_cast<uint8_t>(tm.tm_sec);
  civil.millis = static_cast<uint16_t>(millis);
  return civil;
}

std::string reference_iso(const CivilTime& t) {
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day,
                t.hour, t.minute, t.second, t.millis);
  return text;
}

int64_t ms_of(int year, int month, int day, int hour = 0, int minute = 0, int second = 0,
              int millis = 0) {
  std::tm tm{};
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  tm.tm_mday = day;
  tm.tm_hour = hour;
  tm.tm_min = minute;
  tm.tm_sec = second;
  return static_cast<int64_t>(timegm(&tm)) * 1000 + millis;
}

}  // namespace

TEST_CASE("calendar: random instants of years 0000 to 9999 agree with gmtime and come back") {
  std::mt19937_64 random(5);
  std::uniform_int_distribution<int64_t> any(kInstantMsMin, kInstantMsMax);
  for (int i = 0; i < 200'000; ++i) {
    const int64_t ms = any(random);
    const CivilTime civil = civil_from_ms(ms);
    REQUIRE(civil == reference_civil(ms));
    REQUIRE(ms_from_civil(civil) == ms);
    REQUIRE(iso_ms(ms) == reference_iso(civil));
    REQUIRE(parse_iso_ms(iso_ms(ms)) == ms);
  }
}

TEST_CASE("calendar: each day from 1890 to 2110 begins and ends where gmtime says") {
  for (int64_t ms = ms_of(1890, 1, 1); ms < ms_of(2110, 1, 1); ms += 86'400'000) {
    REQUIRE(civil_from_ms(ms) == reference_civil(ms));
    REQUIRE(civil_from_ms(ms - 1) == reference_civil(ms - 1));
  }
}

TEST_CASE("calendar: the ends of the range have their text and nothing lies beyond") {
  CHECK(iso_ms(kInstantMsMin) == "0000-01-01T00:00:00.000Z");
  CHECK(iso_ms(kInstantMsMax) == "9999-12-31T23:59:59.999Z");
  CHECK(parse_iso_ms("0000-01-01T00:00:00.000Z") == kInstantMsMin);
  CHECK(parse_iso_ms("9999-12-31T23:59:59.999Z") == kInstantMsMax);
  CHECK(parse_iso_ms("0000-01-01T00:00:00+00:01") == std::nullopt);
  CHECK(parse_iso_ms("9999-12-31T23:59:59.999-00:01") == std::nullopt);
  CHECK(parse_iso_ms("9999-12-31T23:59:60Z") == std::nullopt);
}

TEST_CASE("calendar: the forms of ISO 8601 and RFC 3339 that senders use are read") {
  const int64_t whole = ms_of(2026, 11, 22, 13, 0, 0);
  const std::vector<std::pair<std::string, int64_t>> forms = {
      {"2026-11-22T13:00:00.123Z", whole + 123},
      {"2026-11-22T13:00:00Z", whole},
      {"2026-11-22t13:00:00z", whole},
      {"2026-11-22 13:00:00Z", whole},
      {"2026-11-22T13:00:00", whole},
      {"2026-11-22T13:00Z", whole},
      {"2026-11-22T13:00", whole},
      {"2026-11-22", ms_of(2026, 11, 22)},
      {"2026-11-22T13:00:00.1Z", whole + 100},
      {"2026-11-22T13:00:00.12Z", whole + 120},
      {"2026-11-22T13:00:00,123Z", whole + 123},
      {"2026-11-22T13:00:00.1239999999999Z", whole + 123},
      {"2026-11-22T22:00:00+09:00", whole},
      {"2026-11-22T22:00:00+0900", whole},
      {"2026-11-22T22:00:00+09", whole},
      {"2026-11-22T22:00:00.5+09:00", whole + 500},
      {"2026-11-22T07:30-05:30", whole},
      {"2026-11-22T13:00:00-00:00", whole},
      {"2026-11-21T23:00:00-14:00", whole},
      {"2026-12-31T23:59:60Z", ms_of(2027, 1, 1)},
      {"2024-02-29T00:00:00Z", ms_of(2024, 2, 29)},
      {"2000-02-29", ms_of(2000, 2, 29)},
      {"1969-12-31T23:59:59.999Z", -1},
  };
  for (const auto& [text, ms] : forms) {
    CAPTURE(text);
    CHECK(parse_iso_ms(text) == ms);
  }
}

TEST_CASE("calendar: text that names no instant is refused") {
  const std::vector<std::string> bad = {"",
                                        "2",
                                        "2026",
                                        "2026-11",
                                        "2026-11-2",
                                        "2026-1-22",
                                        "26-11-22",
                                        "2026/11/22",
                                        "20261122",
                                        "2026-00-22",
                                        "2026-13-22",
                                        "2026-11-00",
                                        "2026-11-31",
                                        "2026-02-29",
                                        "1900-02-29",
                                        "2100-02-29",
                                        "2026-04-31",
                                        "2026-11-22T",
                                        "2026-11-22T13",
                                        "2026-11-22T13Z",
                                        "2026-11-22T1:00Z",
                                        "2026-11-22T24:00:00Z",
                                        "2026-11-22T13:60:00Z",
                                        "2026-11-22T13:00:61Z",
                                        "2026-11-22T13:00:00.Z",
                                        "2026-11-22T13:00:00.",
                                        "2026-11-22T13:00:00ZZ",
                                        "2026-11-22T13:00:00Z ",
                                        " 2026-11-22T13:00:00Z",
                                        "2026-11-22T13:00:00+",
                                        "2026-11-22Z",
                                        "2026-11-22T13:00:00+9",
                                        "2026-11-22T13:00:00+24:00",
                                        "2026-11-22T13:00:00+09:60",
                                        "2026-11-22T13:00:00+09:",
                                        "2026-11-22T13:00:00+09:0",
                                        "2026-11-22T13:00:00+09:000",
                                        "2026-11-22T13:00:00.123+",
                                        "-2026-11-22T13:00:00Z",
                                        "+2026-11-22T13:00:00Z",
                                        "2026-11-22T13:00:0xZ",
                                        "2026-11-22X13:00:00Z",
                                        "2026-11-22T13.00.00Z",
                                        "yesterday",
                                        std::string("2026-11-22\0", 11),
                                        "2026-11-22T-1:00:00Z"};
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK(parse_iso_ms(text) == std::nullopt);
  }
}

// Any text with one byte changed is either refused or means what its own digits say.
TEST_CASE("calendar: a mutated instant is refused or reads as its canonical text says") {
  std::mt19937_64 random(6);
  const std::string bytes = "0123456789-:TZ.+ ";
  for (int i = 0; i < 100'000; ++i) {
    std::string text = "2026-11-22T13:00:00.123Z";
    text[random() % text.size()] = bytes[random() % bytes.size()];
    const auto ms = parse_iso_ms(text);
    if (!ms) continue;
    // The zone's letter is all that may differ, or a second of 60 that became the next minute.
    const bool is_canonical =
        text.size() == 24 && text[10] == 'T' && text[23] == 'Z' && text[19] == '.';
    if (is_canonical && text.substr(17, 2) != "60") REQUIRE(iso_ms(*ms) == text);
  }
}

TEST_CASE("calendar: in the form of browsers each other byte is seen, at each place") {
  const std::string usual = "2026-11-22T13:00:00.123Z";
  for (size_t at = 0; at < usual.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = usual;
      text[at] = static_cast<char>(byte);
      const auto ms = parse_iso_ms(text);
      CAPTURE(text);
      // Digits stay digits; of the rest, what the other forms of ISO 8601 have there.
      const bool was_digit = usual[at] >= '0' && usual[at] <= '9';
      const bool is_digit = byte >= '0' && byte <= '9';
      if (was_digit && !is_digit) REQUIRE_FALSE(ms);
      if (!was_digit && is_digit && at + 1 < usual.size()) REQUIRE_FALSE(ms);
      if (ms && was_digit) REQUIRE((iso_ms(*ms) == text || text.substr(17, 2) == "60"));
      if (!was_digit && !is_digit && ms && text[at] != usual[at]) {
        REQUIRE(std::string("Tt Zz.,").find(text[at]) != std::string::npos);
      }
    }
  }
}

TEST_CASE("calendar: an epoch is told apart by its size") {
  const std::vector<std::pair<std::string, int64_t>> epochs = {
      {"0", 0},
      {"-0", 0},
      {"1795381200", 1'795'381'200'000},
      {"1795381200.123", 1'795'381'200'123},
      {"1795381200.1239", 1'795'381'200'123},
      {"1795381200123", 1'795'381'200'123},
      {"1795381200123.9", 1'795'381'200'123},
      {"1795381200123456", 1'795'381'200'123},
      {"1795381200123456789", 1'795'381'200'123},
      {"-1.5", -1'500},
      {"99999999999", 99'999'999'999'000},
      {"100000000000", 100'000'000'000},
      {"99999999999999", 99'999'999'999'999},
      {"100000000000000", 100'000'000'000},
      {"99999999999999999", 99'999'999'999'999},
      {"100000000000000000", 100'000'000'000},
  };
  for (const auto& [text, ms] : epochs) {
    CAPTURE(text);
    CHECK(parse_epoch_ms(text) == ms);
  }
  for (const std::string text : {"", "-", "1.", ".5", "1e3", "+1", " 1", "1 ", "1795381200x",
                                 "0x10", "--1", "1.2.3", "99999999999999999999", "-99999999999"}) {
    CAPTURE(text);
    CHECK(parse_epoch_ms(text) == std::nullopt);
  }
}
