#include "simulator/scenario/audit.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "simulator/load/arrivals/mix.h"

namespace edgehose {
namespace {

constexpr uint64_t kDigest = 7;

LedgerEntry sent(const std::string& id, EventOutcome outcome, uint32_t attempts = 1) {
  return {.event_id = id,
          .content_type = {},
          .event_time = {},
          .attempts = attempts,
          .outcome = outcome,
          .status = 200,
          .digest = kDigest};
}

// What a small run has, in a form that a slow reference can judge too.
struct Seen {
  enum class Where : uint8_t { delivered, changed, failed, in_flight };
  std::string id;
  Where where;
};
struct SmallRun {
  std::vector<LedgerEntry> ledger;
  std::vector<Seen> seen;
  AuditRules rules;
};

AuditResult audit(const SmallRun& run) {
  AuditBook book;
  for (const LedgerEntry& entry : run.ledger) book.expect(entry);
  book.open_lake();
  book.enter_place("object");
  for (const Seen& seen : run.seen) {
    switch (seen.where) {
      case Seen::Where::delivered:
        book.see_delivered(seen.id, kDigest);
        break;
      case Seen::Where::changed:
        book.see_delivered(seen.id, kDigest + 1);
        break;
      case Seen::Where::failed:
        book.see_failed(seen.id);
        break;
      case Seen::Where::in_flight:
        book.see_in_flight(seen.id);
        break;
    }
  }
  return book.finish(run.rules);
}

// The rules of the plan read one by one, each event against every line: O(n^2) and nothing shared
// with the book.
struct Reference {
  std::map<FaultKind, std::multiset<std::string>> faults;
  uint64_t delivered = 0, failed = 0, refused = 0, unanswered = 0, in_flight = 0, lost = 0;
};

int count(const SmallRun& run, const std::string& id, Seen::Where where) {
  int found = 0;
  for (const Seen& seen : run.seen) found += seen.id == id && seen.where == where ? 1 : 0;
  return found;
}

Reference judge_slowly(const SmallRun& run) {
  Reference reference;
  int unexplained = 0;
  std::multiset<std::string> too_many;
  for (const LedgerEntry& entry : run.ledger) {
    const std::string& id = entry.event_id;
    const int changed = count(run, id, Seen::Where::changed);
    const int delivered = count(run, id, Seen::Where::delivered) + changed;
    const int failed = count(run, id, Seen::Where::failed);
    const int in_flight = count(run, id, Seen::Where::in_flight);
    for (int i = 0; i < changed; ++i) reference.faults[FaultKind::changed].insert(id);
    const int held = run.rules.in_flight_ok ? 0 : in_flight;
    const int extra = delivered + failed + held - static_cast<int>(entry.attempts);
    if (extra > 0) {
      unexplained += extra;
      too_many.insert(id);
    }
    const bool told_failed = entry.outcome == EventOutcome::failed;
    const bool told_accepted = entry.outcome == EventOutcome::acknowledged;
    if (delivered > 0 && failed > 0) reference.faults[FaultKind::both].insert(id);
    if (delivered > 0 && failed == 0 && told_failed) {
      reference.faults[FaultKind::contradicted].insert(id);
    }
    if (failed > 0 && delivered == 0 && told_accepted) {
      reference.faults[FaultKind::contradicted].insert(id);
    }
    if (delivered > 0) {
      ++reference.delivered;
    } else if (failed > 0) {
      ++reference.failed;
    } else if (in_flight > 0) {
      ++reference.in_flight;
      if (!run.rules.in_flight_ok) reference.faults[FaultKind::in_flight].insert(id);
    } else if (told_accepted || told_failed) {
      ++reference.lost;
      reference.faults[FaultKind::lost].insert(id);
    } else {
      ++(entry.outcome == EventOutcome::refused ? reference.refused : reference.unanswered);
    }
  }
  if (unexplained > static_cast<int>(run.rules.ambiguous_lines)) {
    reference.faults[FaultKind::too_many] = too_many;
  }
  for (const Seen& seen : run.seen) {
    bool known = seen.where == Seen::Where::in_flight;
    for (const LedgerEntry& entry : run.ledger) known = known || entry.event_id == seen.id;
    if (!known && !run.rules.foreign_ok) reference.faults[FaultKind::foreign].insert(seen.id);
  }
  std::erase_if(reference.faults, [](const auto& kind) { return kind.second.empty(); });
  return reference;
}

SmallRun random_run(uint64_t seed) {
  uint64_t draws = 0;
  const auto random = [&](uint64_t bound) { return below(draw(seed, 1, draws++), bound); };
  const auto id = [](uint64_t n) {
    // UUIDs, one upper-case UUID, and plain names: all are ids of their own.
    if (n % 3 == 0) return "01234567-89ab-7cde-8f01-00000000000" + std::to_string(n);
    if (n % 3 == 1) return "01234567-89AB-7CDE-8F01-00000000000" + std::to_string(n);
    return "event " + std::to_string(n);
  };
  SmallRun run;
  run.rules = {
      .ambiguous_lines = random(3), .foreign_ok = random(2) == 0, .in_flight_ok = random(2) == 0};
  const uint64_t events = random(7);
  for (uint64_t i = 0; i < events; ++i) {
    run.ledger.push_back(
        sent(id(i), static_cast<EventOutcome>(random(4)), 1 + static_cast<uint32_t>(random(3))));
  }
  const uint64_t lines = random(9);
  for (uint64_t i = 0; i < lines; ++i) {
    const uint64_t kind = random(8);
    const Seen::Where where = kind < 5   ? Seen::Where::delivered
                              : kind < 6 ? Seen::Where::changed
                              : kind < 7 ? Seen::Where::failed
                                         : Seen::Where::in_flight;
    run.seen.push_back({id(random(8)), where});
  }
  return run;
}

std::set<FaultKind> kinds(const AuditResult& result) {
  std::set<FaultKind> found;
  for (const Fault& fault : result.faults) found.insert(fault.kind);
  return found;
}

}  // namespace

TEST_CASE("audit: agrees with a slow reference on 20,000 random runs") {
  int balanced = 0;
  for (uint64_t seed = 0; seed < 20'000; ++seed) {
    INFO("seed " << seed);
    const SmallRun run = random_run(seed);
    const AuditResult result = audit(run);
    const Reference reference = judge_slowly(run);
    std::map<FaultKind, std::multiset<std::string>> faults;
    for (const Fault& fault : result.faults) faults[fault.kind].insert(fault.event_id);
    REQUIRE(faults == reference.faults);
    REQUIRE(result.delivered == reference.delivered);
    REQUIRE(result.failed == reference.failed);
    REQUIRE(result.refused == reference.refused);
    REQUIRE(result.unanswered == reference.unanswered);
    REQUIRE(result.in_flight == reference.in_flight);
    REQUIRE(result.lost == reference.lost);
    balanced += result.balanced() ? 1 : 0;
  }
  CHECK(balanced > 500);
  CHECK(balanced < 19'500);
}

TEST_CASE("audit: copies that resends explain are duplicates, others are faults") {
  const auto run = [](uint64_t copies, uint32_t attempts, uint64_t ambiguous) {
    SmallRun small;
    small.ledger = {sent("a", EventOutcome::acknowledged, attempts)};
    small.seen.assign(copies, {"a", Seen::Where::delivered});
    small.rules.ambiguous_lines = ambiguous;
    return audit(small);
  };
  CHECK(run(1, 1, 0).duplicates == 0);
  CHECK(run(3, 3, 0).balanced());
  CHECK(run(3, 3, 0).duplicates == 2);
  CHECK(kinds(run(2, 1, 0)) == std::set{FaultKind::too_many});
  CHECK(run(2, 1, 0).faults.at(0).event_id == "a");
  CHECK(run(2, 1, 1).balanced());
  CHECK(run(2, 1, 1).duplicates == 1);
  CHECK(kinds(run(3, 1, 1)) == std::set{FaultKind::too_many});
}

TEST_CASE("audit: an id that the ledger has twice is named") {
  SmallRun run;
  run.ledger = {sent("a", EventOutcome::refused), sent("b", EventOutcome::refused),
                sent("a", EventOutcome::refused)};
  const AuditResult result = audit(run);
  CHECK(kinds(result) == std::set{FaultKind::repeated});
  CHECK(result.faults.at(0).event_id == "a");
  CHECK(result.events == 2);
}

TEST_CASE("audit: names ten of a kind, counts all, and gives the place") {
  AuditBook book;
  for (int i = 0; i < 25; ++i) {
    book.expect(sent("id" + std::to_string(i), EventOutcome::acknowledged));
  }
  book.open_lake();
  book.enter_place("content_type=a/x");
  book.see_delivered("id0", kDigest);
  book.see_delivered("stranger", 0);
  book.see_fault(FaultKind::unreadable, {"near"}, "no event");
  const AuditResult result = book.finish({});
  CHECK(result.lost == 24);
  CHECK(result.fault_counts[static_cast<size_t>(FaultKind::lost)] == 24);
  CHECK(result.faults.size() == 10 + 1 + 1);
  CHECK(result.faults[10].place == "content_type=a/x line 2: no ledger names it");
  CHECK(result.faults[11].event_id == "near");
  CHECK(result.faults[11].place == "content_type=a/x line 3: no event");
}

TEST_CASE("audit: a holder that only counts what it holds keeps the run open") {
  AuditBook book;
  book.open_lake();
  book.see_held(0, "the collector");
  CHECK(book.finish({}).balanced());
  AuditBook holding;
  holding.open_lake();
  holding.see_held(3, "the collector");
  const AuditResult result = holding.finish({});
  CHECK(kinds(result) == std::set{FaultKind::in_flight});
  CHECK(result.faults.at(0).place == "the collector holds 3 events");
}

TEST_CASE("audit: a failed event without an id is counted and blames nobody") {
  AuditBook book;
  book.open_lake();
  book.enter_place("failed_events/x");
  book.see_failed("");
  const AuditResult result = book.finish({});
  CHECK(result.failed_nameless == 1);
  CHECK(result.balanced());
}

}  // namespace edgehose
