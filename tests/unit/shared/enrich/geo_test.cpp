#include "shared/enrich/geo.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/text.h"

using namespace edgehose;

TEST_CASE("geo: the headers of a visit become its place") {
  Geo geo;
  read_geo({"JP", "13", "Tokyo", "2516"}, geo);
  CHECK(geo.country == "JP");
  CHECK(geo.region == "13");
  CHECK(geo.city == "Tokyo");
  CHECK(geo.asn == "2516");
  read_geo({}, geo);
  CHECK((geo.country + geo.region + geo.city + geo.asn).empty());
}

TEST_CASE("geo: a country is two letters, and Tor is none") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"jp", "JP"}, {"T1", ""}, {"XX", ""}, {"xx", ""},      {"JPN", ""},
      {"", ""},     {"1T", ""}, {"J ", ""}, {"\xc3\x83", ""}};
  for (const auto& [header, country] : cases) {
    CAPTURE(header);
    Geo geo;
    read_geo({.country = header, .region = {}, .city = {}, .asn = {}}, geo);
    CHECK(geo.country == country);
  }
}

TEST_CASE("geo: a city's name is UTF-8 however it came") {
  const std::string sao = "S\xc3\xa3o Paulo";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"S%C3%A3o%20Paulo", sao},
      {"S%C3%A3o Paulo", sao},
      {sao, sao},
      {"S\xe3o Paulo", sao},              // Latin-1
      {"S\xc3\x83\xc2\xa3o Paulo", sao},  // UTF-8 read as Latin-1
      {"\xe6\x9d\xb1\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac"},
      {"%E6%9D%B1%E4%BA%AC", "\xe6\x9d\xb1\xe4\xba\xac"},
      {"\xc3\xa6\xc2\x9d\xc2\xb1", "\xe6\x9d\xb1"},
      {"100%", "100%"},
      {"A+B", "A+B"},
      {"a%0ab", ""},
      {"a\x7f", ""},
      {"", ""},
      {std::string(200, 'x'), std::string(128, 'x')},
  };
  for (const auto& [header, city] : cases) {
    CAPTURE(header);
    Geo geo;
    read_geo({.country = {}, .region = {}, .city = header, .asn = {}}, geo);
    CHECK(geo.city == city);
    CHECK(is_utf8(geo.city));
  }
}

TEST_CASE("geo: an autonomous system is a number") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"2516", "2516"}, {"AS2516", "2516"}, {"as1", "1"},  {"0", ""},
      {"", ""},         {"AS", ""},         {"25 16", ""}, {"12345678901", ""}};
  for (const auto& [header, asn] : cases) {
    CAPTURE(header);
    Geo geo;
    read_geo({.country = {}, .region = {}, .city = {}, .asn = header}, geo);
    CHECK(geo.asn == asn);
  }
}
