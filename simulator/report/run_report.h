// What a run came to: the figures that both forms of the report show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/cost/bill.h"
#include "simulator/lake/lake_objects.h"
#include "simulator/report/simulator_status.h"

namespace edgehose {

// Objects of one content type, or of the failed events.
struct LakeRow {
  std::string name;
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t partitions = 0;  // hours that have objects
};

// How much of a quota the busiest second took.
struct Headroom {
  std::string stream;
  std::string quota;  // records, requests or bytes a second
  uint64_t peak = 0;
  uint64_t limit = 0;          // 0: unlimited
  uint64_t used_permille = 0;  // of the limit, rounded to nearest
};

// What the run's collector was called: an edge worker with its Durable Objects.
struct EdgeUse {
  uint64_t requests = 0;  // that reached a shard
  uint64_t shards = 0;
  std::optional<uint64_t> cpu_ms;  // of all of them; nobody in a worker can count it
};

// A month of 30 days at the run's rate.
struct MonthlyBill {
  Usage usage{};
  Bill bill;
  std::optional<uint64_t> nano_usd_per_million_events;
};

struct RunReport {
  std::optional<SimulatorStatus> status;  // nothing: no simulator was asked
  std::optional<std::vector<LakeRow>> lake;
  std::vector<Headroom> headroom;
  std::optional<EdgeUse> edge;  // nothing: no collector was asked
  std::string region;
  uint64_t duration_s = 0;
  uint64_t events = 0;  // lines that Firehose accepted
  uint64_t events_monthly = 0;
  std::optional<MonthlyBill> packed;  // as the run was
  std::optional<MonthlyBill> single;  // had each event been a record of its own
};

inline constexpr uint64_t kMonthS = 30ULL * 86'400;

[[nodiscard]] std::vector<LakeRow> lake_rows(const std::vector<LakeObject>& objects);
[[nodiscard]] std::vector<Headroom> headroom_of(const SimulatorStatus& status);

// What a reader of the bill must know of its counts, a text each; none without an edge worker.
[[nodiscard]] std::vector<std::string> bill_notes(const RunReport& report);

// Fills headroom, events and both bills from `report.status` and `report.edge`, for a run of
// `duration_s` (above 0).
void fill_from_status(RunReport& report, const PriceBook& book, uint64_t duration_s);

}  // namespace edgehose
