#include "shared/wire/prefix.h"

#include <array>
#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

// 2026-11-02T03:04:05.067Z, a Monday.
constexpr CivilTime kTime{2026, 11, 2, 3, 4, 5, 67};

std::string formatted(std::string_view pattern, const CivilTime& time = kTime) {
  std::string text = "<";
  return append_formatted(text, pattern, time) ? text.substr(1) : "refused";
}

std::string evaluated(std::string_view text, PrefixUse use = PrefixUse::objects) {
  const Prefix prefix = parse_prefix(text, use);
  if (!prefix.fault.empty()) return "fault: " + prefix.fault;
  constexpr std::array<uint64_t, 2> kRandom = {0, UINT64_MAX};
  std::string out;
  append_prefix(out, prefix, {kTime, kRandom, "processing-failed"});
  return out;
}

}  // namespace

// Expectations: java.time.format.DateTimeFormatter, Locale.ENGLISH, UTC.
TEST_CASE("prefix: timestamps follow Java's patterns") {
  const auto [pattern, expected] = GENERATE(table<std::string, std::string>({
      {"yyyy/MM/dd/HH", "2026/11/02/03"},
      {"yy M d H", "26 11 2 3"},
      {"y u uuuu yyyyy", "2026 2026 2026 02026"},
      {"MMM MMMM LLL", "Nov November Nov"},
      {"D DDD", "306 306"},
      {"E EEE EEEE", "Mon Mon Monday"},
      {"Q QQ", "4 04"},
      {"h hh a K k", "3 03 AM 3 3"},
      {"mm:ss.SSS", "04:05.067"},
      {"S SS SSSS SSSSSSSSS", "0 06 0670 067000000"},
      {"A", "11045067"},
      {"'year='yyyy'/it''s'", "year=2026/it's"},
      {"''yyyy''", "'2026'"},
      {"", ""},
  }));
  REQUIRE(formatted(pattern) == expected);
}

TEST_CASE("prefix: the edges of day and year") {
  REQUIRE(formatted("HH h hh k kk K a", {2026, 1, 1, 0, 0, 0, 0}) == "00 12 12 24 24 0 AM");
  REQUIRE(formatted("HH h a", {2026, 1, 1, 12, 0, 0, 0}) == "12 12 PM");
  REQUIRE(formatted("DDD EEE", {2024, 12, 31, 23, 59, 59, 999}) == "366 Tue");
  REQUIRE(formatted("D E", {1969, 1, 1, 0, 0, 0, 0}) == "1 Wed");
}

TEST_CASE("prefix: patterns that are not known are refused whole") {
  for (const char* pattern : {"yyyy-MM-dd'T", "Z", "VV", "MMMMM", "ddd", "HHH", "aa", "G", "w", "e",
                              "n", "{", "[", "#", "EEEEE", "DDDD", "p", "SSSSSSSSSS"}) {
    REQUIRE(formatted(pattern) == "refused");
  }
}

TEST_CASE("prefix: expressions are replaced, text stays") {
  REQUIRE(evaluated("content_type=x/year=!{timestamp:yyyy}/hour=!{timestamp:HH}/") ==
          "content_type=x/year=2026/hour=03/");
  REQUIRE(evaluated("a/!{timestamp:yyyy}") == "a/2026");
  // The values of the random strings here are 0 and 2^64 - 1: in base 36, lowest digit first.
  REQUIRE(evaluated("!{firehose:random-string}-!{timestamp:dd}-!{firehose:random-string}") ==
          "00000000000-02-fsgs46211e5");
}

TEST_CASE("prefix: a random string has 11 characters, a new one at each place") {
  const std::string text =
      evaluated("!{firehose:random-string}/!{firehose:random-string}/!{timestamp:dd}");
  REQUIRE(text.size() == 11 + 1 + 11 + 3);
  REQUIRE(text.substr(0, 11) != text.substr(12, 11));
  REQUIRE(text.substr(0, 11).find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") ==
          std::string::npos);
}

TEST_CASE("prefix: objects without a timestamp get yyyy/MM/dd/HH/, errors do not") {
  REQUIRE(evaluated("") == "2026/11/02/03/");
  REQUIRE(evaluated("raw/") == "raw/2026/11/02/03/");
  REQUIRE(evaluated("errors/!{firehose:error-output-type}/", PrefixUse::errors) ==
          "errors/processing-failed/");
  REQUIRE(evaluated("errors/", PrefixUse::errors) == "errors/");
}

TEST_CASE("prefix: what is wrong is named with its place") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"a/!{timestamp:yyyy", "'!{timestamp:yyyy' at offset 2 is not closed"},
      {"!{time:yyyy}", "'!{time:yyyy}' at offset 0 is no expression of Firehose"},
      {"!{}", "'!{}' at offset 0 is no expression of Firehose"},
      {"x!{timestamp:}", "'!{timestamp:}' at offset 1 is not a timestamp pattern"},
      {"!{timestamp:VV}", "is not a timestamp pattern this simulator knows"},
      {"!{firehose:error-output-type}", "is allowed in ErrorOutputPrefix only"},
      {"!{partitionKeyFromQuery:k}", "needs dynamic partitioning to be enabled"},
      {"!{partitionKeyFromLambda:k}", "needs dynamic partitioning to be enabled"},
  }));
  REQUIRE_THAT(evaluated(text), Catch::Contains(expected));
  REQUIRE(evaluated(std::string(1025, 'x')) == "fault: is longer than 1024 characters");
  REQUIRE(evaluated(std::string(1024, 'x')).size() == 1024 + 14);
}

TEST_CASE("prefix: expressions are counted") {
  const Prefix prefix = parse_prefix("a!{timestamp:yyyy}b!{timestamp:MM}", PrefixUse::objects);
  REQUIRE(prefix.count(PrefixPiece::Kind::timestamp) == 2);
  REQUIRE(prefix.count(PrefixPiece::Kind::text) == 2);
  REQUIRE(prefix.has_expressions());
  REQUIRE_FALSE(parse_prefix("errors/", PrefixUse::errors).has_expressions());
}

TEST_CASE("prefix: partition keys stand where the stream is partitioned, and need no timestamp") {
  const std::vector<PartitionKey> query = {{"site", "note"}, {"day", "02"}};
  const std::vector<PartitionKey> lambda = {{"site", "from lambda"}};
  const auto text_of = [&](std::string_view text) {
    const Prefix prefix = parse_prefix(text, PrefixUse::partitioned);
    REQUIRE(prefix.fault.empty());
    std::string out;
    append_prefix(out, prefix,
                  {.time = kTime,
                   .random = {},
                   .error_output_type = {},
                   .query_keys = query,
                   .lambda_keys = lambda});
    return out;
  };
  REQUIRE(text_of("s=!{partitionKeyFromQuery:site}/d=!{partitionKeyFromQuery:day}/") ==
          "s=note/d=02/");
  REQUIRE(text_of("!{partitionKeyFromLambda:site}/!{timestamp:yyyy}/") == "from lambda/2026/");
  REQUIRE(text_of("!{partitionKeyFromQuery:absent}/") == "/");
  REQUIRE(text_of("raw/") == "raw/2026/11/02/03/");
  REQUIRE_THAT(parse_prefix("!{partitionKeyFromQuery:}", PrefixUse::partitioned).fault,
               Catch::Contains("names no partition key"));
  REQUIRE_THAT(parse_prefix("!{partitionKeyFromQuery:k}", PrefixUse::errors).fault,
               Catch::Contains("is allowed in Prefix only"));
}
