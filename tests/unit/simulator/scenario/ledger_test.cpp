#include "simulator/scenario/ledger.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/base/sha256.h"
#include "tests/unit/simulator/load/temporary_folder.h"

namespace edgehose {
namespace {

LedgerEntry sample() {
  return {.event_id = "an \"id\"",
          .content_type = "page_view",
          .event_time = "2026-11-22T13:00:00.123Z",
          .attempts = 3,
          .outcome = EventOutcome::refused,
          .status = 503,
          .digest = 0x00ab'cdef'0123'4567};
}

}  // namespace

TEST_CASE("ledger line: is read back as it was written") {
  for (const EventOutcome outcome : {EventOutcome::acknowledged, EventOutcome::failed,
                                     EventOutcome::refused, EventOutcome::unanswered}) {
    LedgerEntry entry = sample();
    entry.outcome = outcome;
    std::string text;
    append_ledger_line(text, entry);
    REQUIRE(text.back() == '\n');
    const auto read = parse_ledger_line(text);
    REQUIRE(read);
    CHECK(read->event_id == entry.event_id);
    CHECK(read->content_type == entry.content_type);
    CHECK(read->event_time == entry.event_time);
    CHECK(read->attempts == entry.attempts);
    CHECK(read->outcome == outcome);
    CHECK(read->status == entry.status);
    CHECK(read->digest == entry.digest);
  }
}

TEST_CASE("ledger line: has the form other programs read") {
  std::string text;
  append_ledger_line(text, sample());
  CHECK(
      text ==
      R"({"event_id":"an \"id\"","content_type":"page_view","event_time":"2026-11-22T13:00:00.123Z",)"
      R"("attempts":3,"outcome":"refused","status":503,"digest":"00abcdef01234567"})"
      "\n");
}

TEST_CASE("ledger line: what is torn or of another form is refused") {
  std::string good;
  append_ledger_line(good, sample());
  for (size_t cut = 0; cut + 2 < good.size(); ++cut) {
    REQUIRE_FALSE(parse_ledger_line(std::string_view(good).substr(0, cut)));
  }
  for (const auto& [from, to] : {std::pair{"refused", "forgotten"},
                                 {"00abcdef", "0xabcdef"},
                                 {"00abcdef", "abcdef"},
                                 {"503", "\"503\""}}) {
    std::string bad = good;
    bad.replace(bad.find(from), std::string(from).size(), to);
    INFO(bad);
    CHECK_FALSE(parse_ledger_line(bad));
  }
}

TEST_CASE("event digest: is over the sender's members alone, whatever their order and blanks") {
  const std::string text =
      R"({"user_id":"u","event_time":"t","content_type":"c","properties":{"b":1.50,"a":[null,"\u00e9"]}})";
  const std::string canonical =
      "{\"content_type\":\"c\",\"event_time\":\"t\",\"properties\":{\"a\":[null,\"\xc3\xa9\"],"
      "\"b\":1.5},"
      "\"user_id\":\"u\"}";
  const Sha256 hash = sha256(canonical);
  uint64_t expected = 0;
  for (size_t i = 0; i < 8; ++i) expected = (expected << 8) | hash[i];
  CHECK(event_digest(text).value() == expected);
  nlohmann::json delivered = nlohmann::json::parse(text);
  delivered["received_time"] = "later";
  delivered["event_id"] = "i";
  delivered["page_host"] = "h";
  CHECK(event_digest(delivered.dump(2)).value() == expected);
  delivered["properties"]["b"] = 2;
  CHECK(event_digest(delivered.dump()).value() != expected);
}

TEST_CASE("event digest: covers every member that a sender decides") {
  for (const char* name : {"content_type", "event_time", "user_id", "anonymous_id", "session_id",
                           "page_url", "page_title", "language", "timezone", "screen_width",
                           "screen_height", "referrer_url", "user_agent", "properties"}) {
    INFO(name);
    const std::string text = std::string(R"({")") + name + R"(":"x"})";
    CHECK(event_digest(text).value() != event_digest("{}").value());
  }
}

TEST_CASE("event digest: no object, or one that nests without end, has none") {
  CHECK(event_digest("").error() == Error::malformed);
  CHECK(event_digest("[]").error() == Error::malformed);
  CHECK(event_digest("{} {}").error() == Error::malformed);
  CHECK(event_digest("{\"a\":\"\xff\"}").error() == Error::malformed);
  const std::string deep =
      R"({"properties":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(event_digest(deep).error() == Error::malformed);
}

TEST_CASE("ledger writer: appends, and a disk that is full is told") {
  const TemporaryFolder folder;
  for (int run = 0; run < 2; ++run) {
    auto writer = LedgerWriter::open(folder.file("ledger"));
    REQUIRE(writer);
    CHECK(writer.value().append(sample()));
    CHECK(writer.value().flush());
  }
  std::string line;
  append_ledger_line(line, sample());
  CHECK(read_file(folder.file("ledger")) == line + line);
  CHECK(LedgerWriter::open(folder.file("no/folder")).error() == Error::io);
  auto full = LedgerWriter::open("/dev/full");
  REQUIRE(full);
  CHECK_FALSE((full.value().append(sample()) && full.value().flush()));
}

}  // namespace edgehose
