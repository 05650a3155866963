#include "simulator/load/load_traffic.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/simulator/load/temporary_folder.h"

namespace edgehose {
namespace {

std::vector<LedgerEntry> ledger_of(const std::string& path) {
  std::istringstream text(read_file(path));
  std::vector<LedgerEntry> entries;
  std::string line;
  while (std::getline(text, line)) {
    const auto entry = parse_ledger_line(line);
    REQUIRE(entry);
    entries.push_back(*entry);
  }
  return entries;
}

}  // namespace

TEST_CASE("load traffic: the ledger says of each event what the answer said") {
  const TemporaryFolder folder;
  auto ledger = LedgerWriter::open(folder.file("ledger"));
  REQUIRE(ledger);
  const auto source = make_visits_source({.seed = 1});
  LoadReport report;
  LoadTraffic traffic({.schedule = {.events_per_s = 10, .events_per_request = 2},
                       .duration_ns = 1'000'000'000,
                       .begin_ms = 1'795'352'400'000},
                      *source, &ledger.value(), report);
  std::vector<uint64_t> starts;
  while (const auto start = traffic.next_start_ns()) starts.push_back(*start);
  CHECK(starts == std::vector<uint64_t>{0, 200'000'000, 400'000'000, 600'000'000, 800'000'000});

  std::vector<nlohmann::json> sent;
  for (uint64_t i = 0; i < 5; ++i) {
    for (const auto& event : nlohmann::json::parse(traffic.make_body(i, starts[i]))) {
      sent.push_back(event);
    }
  }
  CHECK(sent.at(2).at("time") == "2026-11-22T13:00:00.200Z");
  const auto answer = [](uint32_t status, std::string_view body, uint32_t attempts) {
    return FinalAnswer{.status = status, .body = body, .attempts = attempts};
  };
  traffic.on_final(0, answer(200, R"({"accepted":2,"failed":[]})", 1));
  traffic.on_final(1, answer(200, R"({"accepted":1,"failed":[{"index":1}]})", 2));
  traffic.on_final(2, answer(503, "", 3));
  traffic.on_final(3, answer(0, "", 1));
  traffic.on_final(4, answer(200, "<html>", 1));
  traffic.on_second();
  CHECK(traffic.ledger_ok());

  const auto entries = ledger_of(folder.file("ledger"));
  REQUIRE(entries.size() == 10);
  const EventOutcome outcomes[] = {EventOutcome::acknowledged, EventOutcome::acknowledged,
                                   EventOutcome::acknowledged, EventOutcome::failed,
                                   EventOutcome::refused,      EventOutcome::refused,
                                   EventOutcome::unanswered,   EventOutcome::unanswered,
                                   EventOutcome::unanswered,   EventOutcome::unanswered};
  for (size_t i = 0; i < entries.size(); ++i) {
    CHECK(entries[i].event_id == sent[i].at("event_id").get<std::string>());
    CHECK(entries[i].event_time == sent[i].at("time").get<std::string>());
    CHECK(entries[i].outcome == outcomes[i]);
    // The line as the collector delivers it: the instant under its other name, more members.
    nlohmann::json delivered = sent[i];
    delivered["event_time"] = delivered["time"];
    delivered.erase("time");
    delivered["received_time"] = "2026-11-22T13:00:01.000Z";
    CHECK(entries[i].digest == event_digest(delivered.dump()).value());
  }
  CHECK(entries[2].attempts == 2);
  CHECK(entries[4].status == 503);
  CHECK(report.acknowledged == 3);
  CHECK(report.failed == 1);
  CHECK(report.refused == 2);
  CHECK(report.unanswered == 4);
  CHECK(report.unreadable_answers == 1);
  CHECK(report.statuses == std::map<uint32_t, uint64_t>{{0, 1}, {200, 3}, {503, 1}});
}

TEST_CASE("load traffic: says when starts fell behind, and the rate that was reached") {
  const auto source = make_visits_source({.seed = 1});
  for (const int64_t lag_ms : {1, 500}) {
    LoadReport report;
    LoadTraffic traffic(
        {.schedule = {.events_per_s = 100, .events_per_request = 10}, .duration_ns = 1'000'000'000},
        *source, nullptr, report);
    for (uint64_t i = 0; i < 10; ++i) {
      const auto start = traffic.next_start_ns();
      REQUIRE(start);
      traffic.make_body(i, *start);
      traffic.on_final(i, {.status = 503, .start_lag_ns = lag_ms * 1'000'000});
    }
    traffic.complete({});
    CHECK(report.events == 100);
    CHECK(report.behind_schedule == (lag_ms == 500));
    CHECK(report.achieved_events_s == Approx(lag_ms == 500 ? 100 / 1.5 : 100 / 1.001));
  }
}

TEST_CASE("load traffic: a ledger that takes nothing more is noticed") {
  auto ledger = LedgerWriter::open("/dev/full");
  REQUIRE(ledger);
  const auto source = make_visits_source({.seed = 1});
  LoadReport report;
  LoadTraffic traffic({.schedule = {.events_per_s = 1}, .duration_ns = 1}, *source, &ledger.value(),
                      report);
  traffic.make_body(0, 0);
  traffic.on_final(0, {.status = 503});
  traffic.on_second();
  CHECK_FALSE(traffic.ledger_ok());
}

}  // namespace edgehose
