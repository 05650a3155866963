// The audit: every event a sender numbered against every place an event can be.
//
// Each event of the ledger is exactly one of delivered, failed, refused, unanswered, in flight,
// failed in processing, dropped by a transformation, dead-lettered, left in a raw object, lost by
// AWS's own rule, or lost. Nothing is
// computed as a difference: the book is told what each holder has, one event at a time, and knows
// nothing of files, so that live and simulated runs are judged by the same rules.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/scenario/ledger.h"

namespace edgehose {

enum class FaultKind : uint8_t {
  lost,          // acknowledged (or told to have failed), and nowhere
  changed,       // delivered with another content than was sent
  too_many,      // in the lake more often than its sends explain
  foreign,       // in the lake, and in no ledger
  both,          // delivered and failed
  contradicted,  // told to have failed but delivered, or acknowledged but failed
  unreadable,    // a line of the lake that is no event
  damaged,       // an object whose bytes are not those that were stored
  repeated,      // an id that the ledger has twice
  in_flight,     // not drained: somebody still holds events
};
inline constexpr size_t kFaultKinds = 10;

[[nodiscard]] std::string_view to_text(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::lost;
  std::string event_id;  // may be empty where no id can be told
  std::string place;
};

struct AuditRules {
  uint64_t ambiguous_lines = 0;  // copies the collector says it may have made in all
  bool foreign_ok = false;
  bool in_flight_ok = false;
};

struct AuditResult {
  uint64_t events = 0;  // of the ledger: the sum of those below
  uint64_t delivered = 0;
  uint64_t failed = 0;
  uint64_t refused = 0;
  uint64_t unanswered = 0;
  uint64_t in_flight = 0;
  uint64_t processing_failed = 0;  // in an error prefix: can be replayed
  uint64_t dropped = 0;            // by a transformation, as its author wants
  uint64_t dead_lettered = 0;      // told of in a dead-letter queue: can be replayed
  uint64_t left_raw = 0;           // in a raw object that nobody is told of any more: as above
  uint64_t lost_by_rule = 0;       // S3 could not be written for as long as Firehose keeps records
  uint64_t lost = 0;

  uint64_t duplicates = 0;       // copies beyond the first that resends explain
  uint64_t foreign = 0;          // lines of events that no ledger knows
  uint64_t failed_nameless = 0;  // failed events whose raw text holds no id
  std::array<uint64_t, kFaultKinds> fault_counts{};
  std::vector<Fault> faults;  // at most kFaultsNamed of a kind, in a fixed order

  [[nodiscard]] bool balanced() const { return faults.empty(); }
};

inline constexpr size_t kFaultsNamed = 10;

// About 64 bytes an event, plus the text of ids that are not lower-case UUIDs.
class AuditBook {
 public:
  // The ledger first, all of it; then open_lake() once; then what the holders have.
  void expect(const LedgerEntry& entry);
  void open_lake();

  // A place is an object's key or a holder's name; the lines that follow are in it.
  void enter_place(std::string place);
  void see_delivered(std::string_view event_id, uint64_t digest);
  void see_failed(std::string_view event_id);
  void see_in_flight(std::string_view event_id);
  // By a rule that the user or AWS made: no fault.
  // Of raw objects: `queued` is in flight, the next two can be replayed.
  enum class Rule : uint8_t { queued, processing_failed, dropped, dead_letter, left_raw, lost };
  static constexpr size_t kRules = 6;
  void see_by_rule(Rule rule, std::string_view event_id);
  // The first of those lost by AWS's rule, with their places: at most kFaultsNamed.
  [[nodiscard]] const std::vector<Fault>& lost_by_rule() const { return lost_by_rule_; }
  // Something wrong with the place itself, with the ids that tell where.
  void see_fault(FaultKind kind, const std::vector<std::string>& event_ids, std::string_view text);
  // Events that a holder counts without naming them.
  void see_held(uint64_t events, std::string_view holder);

  [[nodiscard]] AuditResult finish(const AuditRules& rules);

 private:
  struct Key {
    uint64_t high = 0;
    uint64_t low = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Event {
    Key key;
    uint64_t digest = 0;
    uint32_t attempts = 0;
    uint32_t delivered = 0;
    uint32_t failed = 0;
    uint32_t in_flight = 0;
    std::array<uint8_t, kRules> by_rule{};  // whether it was seen, by Rule
    uint32_t name = 0;   // 1 + index into names_, 0 for a UUID that the key holds itself
    uint32_t place = 0;  // where it was seen last
    uint16_t status = 0;
    EventOutcome outcome = EventOutcome::unanswered;
  };

  static Key key_of(std::string_view event_id, bool& is_uuid);
  [[nodiscard]] std::string id_of(const Event& event) const;
  Event* find(std::string_view event_id);
  void see_foreign(std::string_view event_id);
  void add_fault(FaultKind kind, std::string event_id, std::string place);
  void judge(const Event& event);
  void judge_nowhere(const Event& event);
  void judge_copies(const AuditRules& rules);
  [[nodiscard]] std::string here(std::string_view text) const;

  std::vector<Event> events_;  // sorted by key once the lake is open
  std::vector<std::string> names_;
  std::vector<std::string> places_{""};
  uint64_t lines_here_ = 0;
  uint64_t held_ = 0;
  std::vector<Fault> lost_by_rule_;
  AuditResult result_;
};

}  // namespace edgehose
