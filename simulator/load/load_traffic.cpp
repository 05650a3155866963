#include "simulator/load/load_traffic.h"

#include <algorithm>
#include <utility>

#include "shared/base/calendar.h"
#include "simulator/load/collect_answer.h"

namespace edgehose {
namespace {

// Above this share and lag the sender is not the open loop it claims to be.
constexpr double kLagPercent = 99.0;
constexpr int64_t kLagUsMax = 100'000;

}  // namespace

// A source with an end decides how many requests there are; the last may carry fewer events.
LoadTraffic::LoadTraffic(const LoadTrafficOptions& options, EventSource& source,
                         LedgerWriter* ledger, LoadReport& report)
    : options_(options),
      schedule_(options.schedule),
      source_(source),
      ledger_(ledger),
      report_(report) {
  if (const std::optional<uint64_t> events = source.count()) {
    const uint64_t per_request = options.schedule.events_per_request;
    requests_max_ = (*events + per_request - 1) / per_request;
  }
}

std::optional<uint64_t> LoadTraffic::next_start_ns() {
  if (requests_max_ && requests_ >= *requests_max_) return std::nullopt;
  const uint64_t start_ns = schedule_.next_ns();
  if (options_.duration_ns > 0 && start_ns >= options_.duration_ns) return std::nullopt;
  ++requests_;
  return start_ns;
}

// Events happen at the time their request was meant to start, so that a run behind its schedule
// still makes the same events.
std::string LoadTraffic::make_body(uint64_t index, uint64_t start_ns) {
  const int64_t time_ms = options_.begin_ms + static_cast<int64_t>(start_ns / 1'000'000);
  std::string body = "[";
  std::vector<LedgerEntry> entries;
  for (uint32_t i = 0; i < options_.schedule.events_per_request; ++i) {
    const std::optional<SentEvent> event = source_.next(time_ms);
    if (!event) break;
    add_event(*event, body, entries);
  }
  body += ']';
  report_.events += entries.size();
  report_.bytes += body.size();
  open_.emplace(index, std::make_pair(start_ns, std::move(entries)));
  return body;
}

// The digest is taken of the event as the collector will deliver it: same members, other name of
// the instant. Without a ledger nobody asks for it.
void LoadTraffic::add_event(const SentEvent& event, std::string& body,
                            std::vector<LedgerEntry>& entries) {
  if (!entries.empty()) body += ',';
  append_event_json(body, event, TimeMember::time);
  LedgerEntry& entry = entries.emplace_back();
  if (ledger_ == nullptr) return;
  entry.event_id = event.event_id;
  entry.content_type = event.content_type;
  entry.event_time = iso_ms(event.time_ms);
  digest_text_.clear();
  append_event_json(digest_text_, event, TimeMember::event_time);
  const Result<uint64_t> digest = event_digest(digest_text_);
  if (digest) entry.digest = digest.value();
}

// A 2xx that does not account for its events acknowledges none: they may have arrived or not.
void LoadTraffic::on_final(uint64_t index, const FinalAnswer& answer) {
  auto node = open_.extract(index);
  auto& [start_ns, entries] = node.mapped();
  last_start_ns_ = std::max(
      last_start_ns_, start_ns + static_cast<uint64_t>(std::max<int64_t>(answer.start_lag_ns, 0)));
  ++report_.statuses[answer.status];
  report_.lag.record_ns(answer.start_lag_ns);
  if (answer.status != 0) {
    report_.latency.record_ns(answer.latency_ns);
    report_.service.record_ns(answer.service_ns);
  }
  if (answer.status < 200 || answer.status > 299) {
    const EventOutcome outcome =
        answer.status == 0 ? EventOutcome::unanswered : EventOutcome::refused;
    for (LedgerEntry& entry : entries) settle(entry, outcome, answer);
    return;
  }
  const std::optional<CollectAnswer> said =
      parse_collect_answer(answer.body, static_cast<uint32_t>(entries.size()));
  if (!said) ++report_.unreadable_answers;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    EventOutcome outcome = EventOutcome::unanswered;
    if (said) {
      const bool failed = std::binary_search(said->failed.begin(), said->failed.end(), i);
      outcome = failed ? EventOutcome::failed : EventOutcome::acknowledged;
    }
    settle(entries[i], outcome, answer);
  }
}

void LoadTraffic::settle(LedgerEntry& entry, EventOutcome outcome, const FinalAnswer& answer) {
  switch (outcome) {
    case EventOutcome::acknowledged:
      ++report_.acknowledged;
      break;
    case EventOutcome::failed:
      ++report_.failed;
      break;
    case EventOutcome::refused:
      ++report_.refused;
      break;
    case EventOutcome::unanswered:
      ++report_.unanswered;
      break;
  }
  if (ledger_ == nullptr) return;
  entry.outcome = outcome;
  entry.attempts = answer.attempts;
  entry.status = answer.status;
  if (!ledger_->append(entry)) ledger_ok_ = false;
}

void LoadTraffic::on_second() {
  if (ledger_ != nullptr && !ledger_->flush()) ledger_ok_ = false;
}

void LoadTraffic::complete(const DriverSummary& summary) {
  report_.driver = summary;
  report_.wanted_events_s = static_cast<double>(options_.schedule.events_per_s);
  // The last request stands for one gap too: n requests take n gaps.
  const double gap_s = static_cast<double>(options_.schedule.events_per_request) /
                       static_cast<double>(options_.schedule.events_per_s);
  const double span_s = static_cast<double>(last_start_ns_) / 1e9 + gap_s;
  report_.achieved_events_s = static_cast<double>(report_.events) / span_s;
  report_.behind_schedule =
      report_.lag.percentile_us(kLagPercent) > kLagUsMax || summary.not_started > 0;
}

}  // namespace edgehose
