// Joins the parts of a load run: takes events from a source, gives requests to the driver, writes
// each event's fate into the ledger, and counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/load/arrivals/schedule.h"
#include "simulator/load/event_source.h"
#include "simulator/load/http/driver.h"
#include "simulator/load/load_report.h"
#include "simulator/scenario/ledger.h"

namespace edgehose {

struct LoadTrafficOptions {
  ScheduleOptions schedule;
  uint64_t duration_ns = 0;  // 0: until the source ends
  int64_t begin_ms = 0;      // Unix time of the run's begin
};

class LoadTraffic final : public Traffic {
 public:
  // `ledger` may be null. All arguments outlive this object.
  LoadTraffic(const LoadTrafficOptions& options, EventSource& source, LedgerWriter* ledger,
              LoadReport& report);

  std::optional<uint64_t> next_start_ns() override;
  std::string make_body(uint64_t index, uint64_t start_ns) override;
  void on_final(uint64_t index, const FinalAnswer& answer) override;
  void on_second() override;

  // Once the ledger could not take a line, it counts as incomplete.
  [[nodiscard]] bool ledger_ok() const { return ledger_ok_; }

  // Fills the figures that need the whole run.
  void complete(const DriverSummary& summary);

 private:
  void add_event(const SentEvent& event, std::string& body, std::vector<LedgerEntry>& entries);
  void settle(LedgerEntry& entry, EventOutcome outcome, const FinalAnswer& answer);

  LoadTrafficOptions options_;
  Schedule schedule_;
  EventSource& source_;
  LedgerWriter* ledger_;
  LoadReport& report_;
  std::optional<uint64_t> requests_max_;  // where the source has an end
  uint64_t requests_ = 0;
  uint64_t last_start_ns_ = 0;  // of a request that really started, by the real time of its start
  bool ledger_ok_ = true;
  // Events of the requests under way: bounded by the driver's connections and waiting resends.
  std::map<uint64_t, std::pair<uint64_t, std::vector<LedgerEntry>>> open_;
  std::string digest_text_;
};

}  // namespace edgehose
