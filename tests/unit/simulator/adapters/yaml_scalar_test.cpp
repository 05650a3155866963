#include "simulator/adapters/yaml_scalar.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string json_of(std::string_view plain, YamlScalarKind kind) {
  const YamlScalar scalar = read_yaml_scalar(plain);
  CAPTURE(plain);
  CHECK(scalar.kind == kind);
  return scalar.json;
}

}  // namespace

TEST_CASE("yaml scalar: words are null and booleans in three spellings each") {
  for (const char* word : {"", "~", "null", "Null", "NULL"}) {
    CHECK(json_of(word, YamlScalarKind::null) == "null");
  }
  for (const char* word : {"true", "True", "TRUE"}) {
    CHECK(json_of(word, YamlScalarKind::boolean) == "true");
  }
  for (const char* word : {"false", "False", "FALSE"}) {
    CHECK(json_of(word, YamlScalarKind::boolean) == "false");
  }
}

TEST_CASE("yaml scalar: integers lose signs, leading zeros and bases that JSON has not") {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"-0", "-0"},
      {"+1", "1"},
      {"010", "10"},
      {"-007", "-7"},
      {"00", "0"},
      {"0o17", "15"},
      {"0x1F", "31"},
      {"0xffffffffffffffff", "18446744073709551615"},
      {"0x0000000000000000001", "1"},
      {"123456789012345678901", "123456789012345678901"},
  };
  for (const auto& [plain, json] : cases) CHECK(json_of(plain, YamlScalarKind::integer) == json);
}

TEST_CASE("yaml scalar: floats get the digits that JSON wants around the point") {
  const std::pair<const char*, const char*> cases[] = {
      {".5", "0.5"},  {"1.", "1.0"},      {"-.5", "-0.5"},       {"+0.50", "0.50"}, {"01.5", "1.5"},
      {"1e3", "1e3"}, {"1.E+3", "1.0e3"}, {".1e-05", "0.1e-05"}, {"-2e3", "-2e3"},
  };
  for (const auto& [plain, json] : cases) CHECK(json_of(plain, YamlScalarKind::floating) == json);
}

TEST_CASE("yaml scalar: what is nearly a number or a word is text") {
  for (const char* plain :
       {"yes",   "no",    "tRue",       "nULL", "1_000", "0b1", "0o8",  "0xg", "0x",
        "0o",    "-0x10", "+",          "-",    ".",     "+.",  "e5",   "1e",  "1e+",
        "1.2.3", "1:30",  "2026-11-23", "1 2",  "--1",   "inf", ".Nan", "0x-1"}) {
    CHECK(json_of(plain, YamlScalarKind::text).empty());
  }
}

TEST_CASE("yaml scalar: numbers that JSON cannot write are named") {
  CHECK(json_of("1e400", YamlScalarKind::unfit) ==
        "1e400 is beyond the numbers of JSON: quote it if it is text");
  CHECK(json_of("0x10000000000000000", YamlScalarKind::unfit) ==
        "0x10000000000000000 is above 64 bits: quote it if it is text");
  for (const char* plain : {".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN"}) {
    CHECK(json_of(plain, YamlScalarKind::unfit) ==
          std::string(plain) + " is no number of JSON: quote it if it is text");
  }
}
