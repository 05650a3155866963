#include "simulator/scenario/audit.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <tuple>
#include <utility>

#include "shared/base/sha256.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::array<std::string_view, kFaultKinds> kFaultNames = {
    "lost",         "changed",    "too many copies", "foreign",  "delivered and failed",
    "contradicted", "unreadable", "damaged",         "repeated", "in flight"};

constexpr size_t kUuidChars = 36;

bool is_dash_place(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// Sixteen bytes of a UUID in its lower-case form; other spellings are other ids.
bool parse_uuid(std::string_view text, uint64_t& high, uint64_t& low) {
  if (text.size() != kUuidChars) return false;
  for (size_t i = 0; i < kUuidChars; ++i) {
    if (is_dash_place(i)) {
      if (text[i] != '-') return false;
      continue;
    }
    if (is_upper(text[i]) || hex_value(text[i]) < 0) return false;
    uint64_t& half = i < 18 ? high : low;
    half = (half << 4) | static_cast<uint64_t>(hex_value(text[i]));
  }
  return true;
}

}  // namespace

std::string_view to_text(FaultKind kind) { return kFaultNames[static_cast<size_t>(kind)]; }

// Other ids than UUIDs are told apart by 128 bits of their SHA-256.
AuditBook::Key AuditBook::key_of(std::string_view event_id, bool& is_uuid) {
  Key key;
  is_uuid = parse_uuid(event_id, key.high, key.low);
  if (is_uuid) return key;
  const Sha256 hash = sha256(event_id);
  key = {};
  for (size_t i = 0; i < 8; ++i) {
    key.high = (key.high << 8) | hash[i];
    key.low = (key.low << 8) | hash[i + 8];
  }
  return key;
}

std::string AuditBook::id_of(const Event& event) const {
  if (event.name > 0) return names_[event.name - 1];
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(event.key.high >> (56 - 8 * i));
    bytes[i + 8] = static_cast<uint8_t>(event.key.low >> (56 - 8 * i));
  }
  std::string text = hex(std::span<const uint8_t>(bytes));
  for (const size_t dash : {20U, 16U, 12U, 8U}) text.insert(dash, 1, '-');
  return text;
}

void AuditBook::expect(const LedgerEntry& entry) {
  bool is_uuid = false;
  Event event;
  event.key = key_of(entry.event_id, is_uuid);
  event.digest = entry.digest;
  event.attempts = entry.attempts;
  event.status = static_cast<uint16_t>(entry.status);
  event.outcome = entry.outcome;
  if (!is_uuid) {
    names_.push_back(entry.event_id);
    event.name = static_cast<uint32_t>(names_.size());
  }
  events_.push_back(event);
}

// Sorting once makes every later look-up a binary search, and the order of faults the same on
// every machine.
void AuditBook::open_lake() {
  // Of an id that comes twice the same line is kept on every machine.
  const auto order = [](const Event& e) {
    return std::make_tuple(e.key, e.outcome, e.attempts, e.status, e.digest, e.name);
  };
  std::sort(events_.begin(), events_.end(),
            [&](const Event& a, const Event& b) { return order(a) < order(b); });
  const auto same = [](const Event& a, const Event& b) { return a.key == b.key; };
  auto at = std::adjacent_find(events_.begin(), events_.end(), same);
  while (at != events_.end()) {
    add_fault(FaultKind::repeated, id_of(*at), "the ledger");
    at = std::adjacent_find(at + 1, events_.end(), same);
  }
  events_.erase(std::unique(events_.begin(), events_.end(), same), events_.end());
}

void AuditBook::enter_place(std::string place) {
  places_.push_back(std::move(place));
  lines_here_ = 0;
}

AuditBook::Event* AuditBook::find(std::string_view event_id) {
  bool is_uuid = false;
  const Key key = key_of(event_id, is_uuid);
  const auto found = std::lower_bound(events_.begin(), events_.end(), key,
                                      [](const Event& a, const Key& b) { return a.key < b; });
  return found != events_.end() && found->key == key ? &*found : nullptr;
}

void AuditBook::see_delivered(std::string_view event_id, uint64_t digest) {
  ++lines_here_;
  Event* event = find(event_id);
  if (event == nullptr) return see_foreign(event_id);
  ++event->delivered;
  event->place = static_cast<uint32_t>(places_.size() - 1);
  if (digest != event->digest) {
    add_fault(FaultKind::changed, std::string(event_id), here("digest differs from the ledger's"));
  }
}

void AuditBook::see_failed(std::string_view event_id) {
  ++lines_here_;
  if (event_id.empty()) {
    ++result_.failed_nameless;
    return;
  }
  Event* event = find(event_id);
  if (event == nullptr) return see_foreign(event_id);
  ++event->failed;
  event->place = static_cast<uint32_t>(places_.size() - 1);
}

// A holder may have foreign events too: they are nobody's fault until they reach the lake.
void AuditBook::see_in_flight(std::string_view event_id) {
  ++lines_here_;
  if (Event* event = find(event_id)) {
    ++event->in_flight;
    event->place = static_cast<uint32_t>(places_.size() - 1);
  }
}

void AuditBook::see_by_rule(Rule rule, std::string_view event_id) {
  ++lines_here_;
  Event* event = find(event_id);
  if (event == nullptr) return;
  event->by_rule[static_cast<size_t>(rule)] = 1;
  event->place = static_cast<uint32_t>(places_.size() - 1);
  if (rule == Rule::lost && lost_by_rule_.size() < kFaultsNamed) {
    lost_by_rule_.push_back({FaultKind::lost, std::string(event_id), places_.back()});
  }
}

void AuditBook::see_foreign(std::string_view event_id) {
  ++result_.foreign;
  add_fault(FaultKind::foreign, std::string(event_id), here("no ledger names it"));
}

void AuditBook::see_fault(FaultKind kind, const std::vector<std::string>& event_ids,
                          std::string_view text) {
  if (kind == FaultKind::unreadable) ++lines_here_;
  std::string ids;
  for (const std::string& id : event_ids) ids += (ids.empty() ? "" : " ") + id;
  add_fault(kind, std::move(ids), here(text));
}

void AuditBook::see_held(uint64_t events, std::string_view holder) {
  held_ += events;
  if (events == 0) return;
  add_fault(FaultKind::in_flight, "",
            std::string(holder) + " holds " + std::to_string(events) + " events");
}

// `<place> line <n>: <text>`. Lines are counted as they are told, from 1.
std::string AuditBook::here(std::string_view text) const {
  std::string place = places_.back();
  if (lines_here_ > 0) place += " line " + std::to_string(lines_here_);
  if (!text.empty()) place += ": " + std::string(text);
  return place;
}

void AuditBook::add_fault(FaultKind kind, std::string event_id, std::string place) {
  if (++result_.fault_counts[static_cast<size_t>(kind)] > kFaultsNamed) return;
  result_.faults.push_back({kind, std::move(event_id), std::move(place)});
}

// What the rules forgive is taken out at the end: the counts of the table stay.
AuditResult AuditBook::finish(const AuditRules& rules) {
  result_.events = events_.size();
  for (const Event& event : events_) judge(event);
  judge_copies(rules);
  const auto forgiven = [&](const Fault& fault) {
    return (fault.kind == FaultKind::foreign && rules.foreign_ok) ||
           (fault.kind == FaultKind::in_flight && rules.in_flight_ok);
  };
  if (rules.foreign_ok) result_.fault_counts[static_cast<size_t>(FaultKind::foreign)] = 0;
  if (rules.in_flight_ok) result_.fault_counts[static_cast<size_t>(FaultKind::in_flight)] = 0;
  std::vector<Fault> sorted;
  for (size_t kind = 0; kind < kFaultKinds; ++kind) {
    for (Fault& fault : result_.faults) {
      const bool is_of_kind = fault.kind == static_cast<FaultKind>(kind);
      if (is_of_kind && !forgiven(fault)) sorted.push_back(std::move(fault));
    }
  }
  result_.faults = std::move(sorted);
  assert(result_.events == result_.delivered + result_.failed + result_.refused +
                               result_.unanswered + result_.in_flight + result_.processing_failed +
                               result_.dropped + result_.dead_lettered + result_.left_raw +
                               result_.lost_by_rule + result_.lost);
  return std::move(result_);
}

// Puts the event into its one class, and names what its places say against each other.
void AuditBook::judge(const Event& event) {
  if (event.delivered == 0 && event.failed == 0) return judge_nowhere(event);
  const std::string& place = places_[event.place];
  if (event.delivered > 0 && event.failed > 0) {
    add_fault(FaultKind::both, id_of(event), place);
  } else if (event.delivered > 0 && event.outcome == EventOutcome::failed) {
    add_fault(FaultKind::contradicted, id_of(event), place + ": delivered, the answer said failed");
  } else if (event.failed > 0 && event.outcome == EventOutcome::acknowledged) {
    add_fault(FaultKind::contradicted, id_of(event), place + ": failed, the answer said accepted");
  }
  ++(event.delivered > 0 ? result_.delivered : result_.failed);
}

// Neither delivered nor failed: held by somebody, kept away by a rule, told to the sender, or lost.
void AuditBook::judge_nowhere(const Event& event) {
  if (event.in_flight > 0 || event.by_rule[static_cast<size_t>(Rule::queued)] != 0) {
    ++result_.in_flight;
    add_fault(FaultKind::in_flight, id_of(event), places_[event.place]);
    return;
  }
  const std::array<uint64_t*, kRules> counts = {&result_.in_flight, &result_.processing_failed,
                                                &result_.dropped,   &result_.dead_lettered,
                                                &result_.left_raw,  &result_.lost_by_rule};
  for (size_t rule = 0; rule < counts.size(); ++rule) {
    if (event.by_rule[rule] == 0) continue;
    ++*counts[rule];
    return;
  }
  switch (event.outcome) {
    case EventOutcome::refused:
      ++result_.refused;
      return;
    case EventOutcome::unanswered:
      ++result_.unanswered;
      return;
    case EventOutcome::acknowledged:
    case EventOutcome::failed:
      ++result_.lost;
      add_fault(FaultKind::lost, id_of(event),
                std::string(to_text(event.outcome)) + " with status " +
                    std::to_string(event.status) + ", and nowhere in the lake or its holders");
      return;
  }
}

// Copies above an event's own sends are explained only as far as the collector says that it sent
// lines again without knowing the first fate.
void AuditBook::judge_copies(const AuditRules& rules) {
  // While a run goes on, an event may move from its holder to the lake between the two looks.
  const auto copies_of = [&](const Event& event) {
    return event.delivered + event.failed + (rules.in_flight_ok ? 0 : event.in_flight);
  };
  uint64_t unexplained = 0;
  for (const Event& event : events_) {
    const uint32_t copies = copies_of(event);
    if (copies > 1) result_.duplicates += copies - 1;
    if (copies > event.attempts) unexplained += copies - event.attempts;
  }
  if (unexplained <= rules.ambiguous_lines) return;
  result_.duplicates -= unexplained;
  for (const Event& event : events_) {
    const uint32_t copies = copies_of(event);
    if (copies <= event.attempts) continue;
    add_fault(FaultKind::too_many, id_of(event),
              std::to_string(copies) + " copies of " + std::to_string(event.attempts) +
                  " sends, the last in " + places_[event.place]);
  }
}

}  // namespace edgehose
