#include "simulator/adapters/time_zones.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "simulator/engine/random.h"

using namespace edgehose;

// Offsets as the zones' own laws have them.
TEST_CASE("time zones: offsets change where and when the zone's law says") {
  const DateTimeZones zones;
  constexpr int64_t kWinter = 1'769'000'000'000;  // 2026-01-21
  constexpr int64_t kSummer = 1'785'000'000'000;  // 2026-07-25
  REQUIRE(zones.offset_s("Asia/Tokyo", kWinter) == 9 * 3'600);
  REQUIRE(zones.offset_s("Asia/Tokyo", kSummer) == 9 * 3'600);
  REQUIRE(zones.offset_s("America/New_York", kWinter) == -5 * 3'600);
  REQUIRE(zones.offset_s("America/New_York", kSummer) == -4 * 3'600);
  REQUIRE(zones.offset_s("Australia/Adelaide", kWinter) == 10 * 3'600 + 1'800);
  // 2026-03-29T01:00Z: the second in which Berlin's clocks go forward.
  REQUIRE(zones.offset_s("Europe/Berlin", 1'774'746'000'000 - 1) == 3'600);
  REQUIRE(zones.offset_s("Europe/Berlin", 1'774'746'000'000) == 7'200);
}

TEST_CASE("time zones: unknown names are unknown") {
  const DateTimeZones zones;
  REQUIRE(zones.has("UTC"));
  REQUIRE(zones.has("Asia/Tokyo"));
  for (const char* name : {"", "Asia/Nowhere", "../etc/passwd", "/etc/passwd"}) {
    REQUIRE_FALSE(zones.has(name));
    REQUIRE(zones.offset_s(name, 0) == 0);
  }
}

// glibc reads the same data by code of its own.
TEST_CASE("time zones: agree with the C library in every zone and at any time") {
  std::ifstream in("/usr/share/zoneinfo/zone1970.tab");
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string name;
    fields >> name >> name >> name;
    names.push_back(name);
  }
  REQUIRE(names.size() > 300);
  const DateTimeZones zones;
  Random random(20'261'123);
  for (const std::string& name : names) {
    INFO(name);
    REQUIRE(zones.has(name));
    ::setenv("TZ", (":" + name).c_str(), 1);
    ::tzset();
    for (int i = 0; i < 100; ++i) {
      const auto second = static_cast<std::time_t>(random.below(2'145'916'800));  // until 2038
      std::tm local{};
      REQUIRE(::localtime_r(&second, &local) != nullptr);
      CAPTURE(second);
      REQUIRE(zones.offset_s(name, int64_t{second} * 1'000) == local.tm_gmtoff);
    }
  }
  ::unsetenv("TZ");
  ::tzset();
}
