#include "simulator/report/run_report.h"

#include <map>
#include <set>
#include <utility>

namespace edgehose {
namespace {

// Adds the three quotas of a stream.
void add_headroom(const StreamStatus& stream, std::vector<Headroom>& rows) {
  const auto add = [&](const char* quota, uint64_t peak, uint64_t limit) {
    const uint64_t used = limit == 0 ? 0 : scale(peak, 1'000, limit);
    rows.push_back({stream.name, quota, peak, limit, used});
  };
  add("records/s", stream.peak.records, stream.limits.records);
  add("requests/s", stream.peak.requests, stream.limits.requests);
  add("bytes/s", stream.peak.bytes, stream.limits.bytes);
}

uint64_t& of(Usage& usage, Meter meter) { return usage[static_cast<size_t>(meter)]; }

// The run's own counts. Objects are written by time and size of the buffer, so both ways of sending
// make the same objects; only what Firehose bills differs.
Usage usage_of_run(const SimulatorStatus& status, uint64_t firehose_bytes) {
  Usage usage{};
  of(usage, Meter::firehose_ingest) = firehose_bytes;
  of(usage, Meter::s3_put) = status.s3_puts + status.s3_lists;
  of(usage, Meter::s3_get) = status.s3_gets + status.s3_heads;
  for (const StreamStatus& stream : status.streams) {
    of(usage, Meter::s3_put) += stream.delivered_objects;
    of(usage, Meter::s3_storage) += stream.delivered_bytes;
  }
  return usage;
}

// Counts are scaled first and priced then, so that tiers are met as the month would meet them.
MonthlyBill bill_month(Usage usage, const PriceBook& book, uint64_t duration_s,
                       uint64_t events_monthly) {
  MonthlyBill month;
  for (size_t i = 0; i < kMeters; ++i) month.usage[i] = scale(usage[i], kMonthS, duration_s);
  month.bill = make_bill(month.usage, book);
  if (events_monthly > 0) {
    month.nano_usd_per_million_events = scale(month.bill.total_nano_usd, 1'000'000, events_monthly);
  }
  return month;
}

}  // namespace

// A partition is an hour of one content type.
std::vector<LakeRow> lake_rows(const std::vector<LakeObject>& objects) {
  std::map<std::string, LakeRow> rows;  // by name, so that the table has one order
  std::map<std::string, std::set<HourPartition>> hours;
  for (const LakeObject& object : objects) {
    if (object.kind == LakeObject::Kind::other) continue;
    const bool failed = object.kind == LakeObject::Kind::failed_events;
    const std::string name = failed ? "failed_events" : "content_type=" + object.content_type;
    LakeRow& row = rows[name];
    row.name = name;
    ++row.objects;
    row.bytes += object.bytes;
    if (object.hour) hours[name].insert(*object.hour);
  }
  std::vector<LakeRow> sorted;
  for (auto& [name, row] : rows) {
    row.partitions = hours[name].size();
    sorted.push_back(std::move(row));
  }
  return sorted;
}

std::vector<Headroom> headroom_of(const SimulatorStatus& status) {
  std::vector<Headroom> rows;
  for (const StreamStatus& stream : status.streams) add_headroom(stream, rows);
  return rows;
}

void fill_from_status(RunReport& report, const PriceBook& book, uint64_t duration_s) {
  const SimulatorStatus& status = *report.status;
  report.headroom = headroom_of(status);
  report.duration_s = duration_s;
  uint64_t packed = 0;
  uint64_t single = 0;
  for (const StreamStatus& stream : status.streams) {
    report.events += stream.lines;
    packed += stream.billed_bytes;
    single += stream.billed_bytes_single;
  }
  report.events_monthly = scale(report.events, kMonthS, duration_s);
  report.packed = bill_month(usage_of_run(status, packed), book, duration_s, report.events_monthly);
  report.single = bill_month(usage_of_run(status, single), book, duration_s, report.events_monthly);
}

}  // namespace edgehose
