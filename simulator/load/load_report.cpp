#include "simulator/load/load_report.h"

#include <array>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace edgehose {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, double>, 4> kPercentiles = {
    {{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}}};

double ms(int64_t us) { return static_cast<double>(us) / 1000.0; }

// One line of the latency table, in milliseconds.
void print_row(const char* name, const Histogram& histogram, std::ostream& out) {
  out << "  " << std::left << std::setw(24) << name << std::right << std::fixed
      << std::setprecision(3);
  for (const auto& [label, percent] : kPercentiles) {
    out << std::setw(11) << ms(histogram.percentile_us(percent));
  }
  out << std::setw(11) << ms(histogram.max_us()) << "\n";
}

Json to_json(const Histogram& histogram) {
  Json json;
  for (const auto& [label, percent] : kPercentiles) {
    json[label] = ms(histogram.percentile_us(percent));
  }
  json["max"] = ms(histogram.max_us());
  json["count"] = histogram.count();
  return json;
}

// Names lines by number, so that the user can look at them.
std::string skipped_text(const SkippedLines& skipped) {
  std::string text = std::to_string(skipped.count) + " did not parse: line";
  if (skipped.count > 1) text += "s";
  for (const uint64_t number : skipped.first_numbers) text += " " + std::to_string(number);
  if (skipped.count > skipped.first_numbers.size()) text += " ...";
  return text;
}

}  // namespace

void print_load_report(const LoadReport& report, std::ostream& out) {
  const DriverSummary& driver = report.driver;
  out << "requests   " << driver.started << " in " << driver.attempts << " attempts over "
      << driver.connects << " connections";
  if (driver.not_started > 0) out << ", " << driver.not_started << " not started";
  if (driver.interrupted) out << ", ended by a signal";
  out << "\nevents     " << report.events << ": acknowledged " << report.acknowledged << ", failed "
      << report.failed << ", refused " << report.refused << ", unanswered " << report.unanswered
      << "\n";
  if (report.skipped.count > 0) out << "log lines  " << skipped_text(report.skipped) << "\n";
  out << "statuses  ";
  for (const auto& [status, count] : report.statuses) {
    out << " " << (status == 0 ? "none" : std::to_string(status)) << ": " << count;
  }
  if (report.unreadable_answers > 0) out << " (" << report.unreadable_answers << " unreadable)";
  out << std::fixed << std::setprecision(1) << "\nrate       wanted " << report.wanted_events_s
      << " events/s, achieved " << report.achieved_events_s;
  if (report.behind_schedule) out << "  BEHIND SCHEDULE: the figures below are the sender's too";
  out << "\n\nlatency, ms                       p50        p90        p99      p99.9        max\n";
  print_row("from the intended start", report.latency, out);
  print_row("service time", report.service, out);
  print_row("start behind intention", report.lag, out);
}

void print_load_report_json(const LoadReport& report, std::ostream& out) {
  const DriverSummary& driver = report.driver;
  Json json;
  json["requests"] = driver.started;
  json["attempts"] = driver.attempts;
  json["not_started"] = driver.not_started;
  json["connects"] = driver.connects;
  json["waiting_requests_max"] = driver.waiting_max;
  json["events"] = report.events;
  json["acknowledged"] = report.acknowledged;
  json["failed"] = report.failed;
  json["refused"] = report.refused;
  json["unanswered"] = report.unanswered;
  json["body_bytes"] = report.bytes;
  json["unreadable_answers"] = report.unreadable_answers;
  json["statuses"] = Json::object();
  for (const auto& [status, count] : report.statuses) {
    json["statuses"][std::to_string(status)] = count;
  }
  json["wanted_events_s"] = report.wanted_events_s;
  json["achieved_events_s"] = report.achieved_events_s;
  json["behind_schedule"] = report.behind_schedule;
  json["interrupted"] = driver.interrupted;
  json["elapsed_s"] = static_cast<double>(driver.elapsed_ns) / 1e9;
  json["log_lines_skipped"] = report.skipped.count;
  json["log_lines_skipped_first"] = report.skipped.first_numbers;
  json["latency_ms"] = to_json(report.latency);
  json["service_ms"] = to_json(report.service);
  json["start_lag_ms"] = to_json(report.lag);
  out << json.dump() << "\n";
}

}  // namespace edgehose
