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

// A Durable Object is billed for 128 MB while it is awake, as one is that events keep coming to.
constexpr uint64_t kObjectMib = 128;

// A count that nobody has is told as one that nobody has a price for: the total is a lower bound.
void add_edge(const EdgeUse& edge, uint64_t duration_s, Usage& usage) {
  of(usage, Meter::workers_plan) = 1;
  of(usage, Meter::workers_requests) = edge.requests;
  of(usage, Meter::workers_cpu) = edge.cpu_ms.value_or(0);
  of(usage, Meter::durable_object_requests) = edge.requests;
  of(usage, Meter::durable_object_duration) = edge.shards * duration_s * 1'000 * kObjectMib;
}

// The run's own counts. Objects are written by time and size of the buffer, so both ways of sending
// make the same objects; only what Firehose bills differs.
Usage usage_of_run(const SimulatorStatus& status, uint64_t firehose_bytes) {
  Usage usage{};
  of(usage, Meter::firehose_ingest) = firehose_bytes;
  of(usage, Meter::s3_put) = status.s3_puts + status.s3_lists;
  of(usage, Meter::s3_get) = status.s3_gets + status.s3_heads;
  of(usage, Meter::s3_storage) = status.s3_put_bytes;
  of(usage, Meter::apigateway_requests) = status.apigateway_requests;
  of(usage, Meter::sqs_requests) = status.sqs_requests;
  of(usage, Meter::lambda_requests) = status.lambda_requests;
  of(usage, Meter::lambda_duration) = status.lambda_mib_ms;
  of(usage, Meter::cloudwatch_alarms) = status.alarms;
  return usage;
}

// Counts are scaled first and priced then, so that tiers are met as the month would meet them.
MonthlyBill bill_month(Usage usage, const PriceBook& book, uint64_t duration_s,
                       uint64_t events_monthly) {
  MonthlyBill month;
  for (size_t i = 0; i < kMeters; ++i) {
    const bool is_flow = !is_monthly(static_cast<Meter>(i));
    month.usage[i] = is_flow ? scale(usage[i], kMonthS, duration_s) : usage[i];
  }
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

std::vector<std::string> bill_notes(const RunReport& report) {
  if (!report.edge) return {};
  return {
      "workers_requests: those that reached a shard; what the worker refuses itself (400, 413, "
      "415) "
      "is billed too, and not counted",
      report.edge->cpu_ms ? "workers_cpu: as --worker-cpu-ms gives it"
                          : "workers_cpu: not counted; --worker-cpu-ms gives it",
      "durable_object_duration: each shard taken as awake for the whole run",
      "rows that a durable hop writes are not counted",
  };
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
  const auto bill = [&](uint64_t firehose_bytes) {
    Usage usage = usage_of_run(status, firehose_bytes);
    if (report.edge) add_edge(*report.edge, duration_s, usage);
    MonthlyBill month = bill_month(usage, book, duration_s, report.events_monthly);
    month.bill.is_lower_bound |= report.edge && !report.edge->cpu_ms;
    return month;
  };
  report.packed = bill(packed);
  report.single = bill(single);
}

}  // namespace edgehose
