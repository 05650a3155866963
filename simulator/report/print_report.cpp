#include "simulator/report/print_report.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <string_view>

namespace edgehose {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kNano = 1'000'000'000;

void cell(std::ostream& out, std::string_view text, int width) { out << std::setw(width) << text; }

// Column texts, the first to the left, the others to the right.
void print_streams(const SimulatorStatus& status, std::ostream& out) {
  out << "streams (quota profile " << status.quota_profile << ")\n" << std::left;
  cell(out, "  name", 22);
  out << std::right;
  for (const char* name : {"requests", "records", "lines", "bytes", "billed bytes", "throttled",
                           "objects", "buffered"}) {
    cell(out, name, 14);
  }
  out << "\n";
  for (const StreamStatus& stream : status.streams) {
    out << std::left;
    cell(out, "  " + stream.name, 22);
    out << std::right;
    for (const uint64_t value :
         {stream.requests, stream.records, stream.lines, stream.bytes, stream.billed_bytes,
          stream.throttled_requests + stream.throttled_records, stream.delivered_objects,
          stream.buffered_records}) {
      cell(out, grouped(value), 14);
    }
    out << "\n";
  }
  out << "\n";
}

void print_lake(const std::vector<LakeRow>& lake, std::ostream& out) {
  out << "lake\n" << std::left;
  cell(out, "  objects under", 36);
  out << std::right;
  for (const char* name : {"objects", "partitions", "stored bytes"}) cell(out, name, 14);
  out << "\n";
  for (const LakeRow& row : lake) {
    out << std::left;
    cell(out, "  " + row.name, 36);
    out << std::right;
    for (const uint64_t value : {row.objects, row.partitions, row.bytes}) {
      cell(out, grouped(value), 14);
    }
    out << "\n";
  }
  out << "\n";
}

std::string percent(uint64_t permille) {
  return std::to_string(permille / 10) + "." + std::to_string(permille % 10) + " %";
}

// A bucket holds one second of its rate: the busiest second may take more than the limit.
void print_headroom(const std::vector<Headroom>& rows, std::ostream& out) {
  out << "quota headroom (busiest second against the limit)\n" << std::left;
  cell(out, "  stream", 22);
  cell(out, "quota", 12);
  out << std::right;
  for (const char* name : {"peak", "limit", "used", "left"}) cell(out, name, 14);
  out << "\n";
  for (const Headroom& row : rows) {
    out << std::left;
    cell(out, "  " + row.stream, 22);
    cell(out, row.quota, 12);
    out << std::right;
    cell(out, grouped(row.peak), 14);
    cell(out, row.limit == 0 ? "unlimited" : grouped(row.limit), 14);
    cell(out, row.limit == 0 ? "-" : percent(row.used_permille), 14);
    const uint64_t left = row.used_permille > 1'000 ? 0 : 1'000 - row.used_permille;
    cell(out, row.limit == 0 ? "-" : percent(left), 14);
    out << "\n";
  }
  out << "\n";
}

// Counts in priced units, three decimals.
std::string units_text(const BillLine& line) {
  const uint64_t milli = scale(line.count, 1'000, unit_counts(line.meter));
  std::string rest = std::to_string(milli % 1'000);
  return grouped(milli / 1'000) + "." + std::string(3 - rest.size(), '0') + rest;
}

// Every line carries where its price comes from.
void print_bill(const char* title, const MonthlyBill& month, std::ostream& out) {
  const Bill& bill = month.bill;
  out << "  " << title << "\n";
  for (const BillLine& line : bill.lines) {
    out << std::left;
    cell(out, "    " + std::string(to_text(line.meter)), 29);
    out << std::right;
    cell(out, units_text(line), 16);
    out << " " << std::left;
    cell(out, line.unit, 19);
    out << "x " << std::right;
    cell(out, line.price.nano_usd ? price_text(*line.price.nano_usd) : "unknown", 9);
    out << " = ";
    cell(out, line.nano_usd ? usd_text(*line.nano_usd) : "unknown", 12);
    if (line.nano_usd) {
      out << "   [" << line.price.confidence << ", " << line.price.date << ", " << line.price.source
          << "]";
    }
    out << "\n";
  }
  out << "    total " << (bill.is_lower_bound ? "at least " : "") << "USD "
      << usd_text(bill.total_nano_usd);
  if (month.nano_usd_per_million_events) {
    out << ", USD " << usd_text(*month.nano_usd_per_million_events) << " per 1,000,000 events";
  }
  out << "\n";
}

// The comparison is only made where both totals are whole.
void print_bills(const RunReport& report, std::ostream& out) {
  out << "the bill, a month of 30 days at this run's rate (" << grouped(report.events)
      << " events in " << grouped(report.duration_s) << " s, " << grouped(report.events_monthly)
      << " a month), " << report.region << "\n";
  print_bill("as this run was", *report.packed, out);
  for (const std::string& note : bill_notes(report)) out << "    " << note << "\n";
  const uint64_t packed = report.packed->bill.total_nano_usd;
  const uint64_t single = report.single->bill.total_nano_usd;
  if (packed == single) return;  // each event was a record of its own already
  print_bill("one event a record", *report.single, out);
  if (packed > 0 && !report.packed->bill.is_lower_bound && !report.single->bill.is_lower_bound) {
    const uint64_t tenths = scale(single, 10, packed);
    out << "  one event a record costs " << tenths / 10 << "." << tenths % 10 << " times as much\n";
  }
}

double usd(uint64_t nano) { return static_cast<double>(nano) / static_cast<double>(kNano); }

// Money as a number for reading; counts are the exact figures.
Json bill_json(const MonthlyBill& month) {
  Json json;
  json["lines"] = Json::array();
  for (const BillLine& line : month.bill.lines) {
    Json entry;
    entry["meter"] = to_text(line.meter);
    entry["count"] = line.count;
    entry["unit"] = line.unit;
    entry["unit_counts"] = unit_counts(line.meter);
    entry["unit_usd"] = line.price.nano_usd ? Json(usd(*line.price.nano_usd)) : Json("unknown");
    entry["usd"] = line.nano_usd ? Json(usd(*line.nano_usd)) : Json("unknown");
    entry["source"] = line.price.source;
    entry["date"] = line.price.date;
    entry["confidence"] = line.price.confidence;
    json["lines"].push_back(std::move(entry));
  }
  json["total_usd"] = usd(month.bill.total_nano_usd);
  json["is_lower_bound"] = month.bill.is_lower_bound;
  if (month.nano_usd_per_million_events) {
    json["usd_per_million_events"] = usd(*month.nano_usd_per_million_events);
  }
  return json;
}

Json stream_json(const StreamStatus& stream) {
  return {{"name", stream.name},
          {"requests", stream.requests},
          {"records", stream.records},
          {"lines", stream.lines},
          {"bytes", stream.bytes},
          {"billed_bytes", stream.billed_bytes},
          {"billed_bytes_single", stream.billed_bytes_single},
          {"throttled_requests", stream.throttled_requests},
          {"throttled_records", stream.throttled_records},
          {"delivered_objects", stream.delivered_objects},
          {"delivered_bytes", stream.delivered_bytes},
          {"buffered_records", stream.buffered_records}};
}

}  // namespace

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string price_text(uint64_t nano_usd) {
  constexpr size_t kDecimalsMin = 2;
  std::string decimals = std::to_string(kNano + nano_usd % kNano).substr(1);
  while (decimals.size() > kDecimalsMin && decimals.back() == '0') decimals.pop_back();
  return grouped(nano_usd / kNano) + "." + decimals;
}

std::string usd_text(uint64_t nano_usd) {
  const uint64_t parts =
      nano_usd >= kNano ? 100 : 10'000;  // of a dollar: cents, or hundredths of one
  const uint64_t rounded = scale(nano_usd, parts, kNano);
  if (rounded == 0 && nano_usd > 0) return "<0.0001";
  const std::string decimals = std::to_string(parts + rounded % parts).substr(1);
  return grouped(rounded / parts) + "." + decimals;
}

void print_report(const RunReport& report, std::ostream& out) {
  if (report.status) print_streams(*report.status, out);
  if (report.lake) print_lake(*report.lake, out);
  if (report.status) print_headroom(report.headroom, out);
  if (report.packed && report.single) print_bills(report, out);
}

void print_report_json(const RunReport& report, std::ostream& out) {
  Json json;
  if (report.status) {
    json["quota_profile"] = report.status->quota_profile;
    json["streams"] = Json::array();
    for (const StreamStatus& stream : report.status->streams) {
      json["streams"].push_back(stream_json(stream));
    }
    json["headroom"] = Json::array();
    for (const Headroom& row : report.headroom) {
      json["headroom"].push_back({{"stream", row.stream},
                                  {"quota", row.quota},
                                  {"peak", row.peak},
                                  {"limit", row.limit},
                                  {"used_permille", row.used_permille}});
    }
  }
  if (report.lake) {
    json["lake"] = Json::array();
    for (const LakeRow& row : *report.lake) {
      json["lake"].push_back({{"name", row.name},
                              {"objects", row.objects},
                              {"partitions", row.partitions},
                              {"stored_bytes", row.bytes}});
    }
  }
  if (report.packed && report.single) {
    json["bill"] = {{"region", report.region},
                    {"duration_s", report.duration_s},
                    {"events", report.events},
                    {"events_monthly", report.events_monthly},
                    {"notes", bill_notes(report)},
                    {"packed", bill_json(*report.packed)},
                    {"single", bill_json(*report.single)}};
  }
  out << json.dump() << "\n";
}

}  // namespace edgehose
