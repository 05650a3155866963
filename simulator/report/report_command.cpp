#include "simulator/report/report_command.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "simulator/cost/price_book.h"
#include "simulator/load/http/get.h"
#include "simulator/report/print_report.h"
#include "simulator/report/run_report.h"
#include "simulator/scenario/collector_status.h"

namespace edgehose {
namespace {

int refuse(std::ostream& err, std::string_view text, int code) {
  err << "edgehose report: " << text << "\n";
  return code;
}

// Empty when the simulator answered.
std::string ask_simulator(const std::string& endpoint, RunReport& report) {
  std::optional<HttpUrl> url = parse_http_url(endpoint);
  if (!url) return "--endpoint must be http://HOST:PORT, not '" + endpoint + "'";
  url->target = "/_edgehose/status";
  const Result<HttpAnswer> answer = http_get(*url);
  if (!answer || answer.value().status != 200) {
    return "no simulator answers at " + endpoint + "; is `edgehose up` running there?";
  }
  report.status = parse_simulator_status(answer.value().body);
  return report.status ? "" : "what answers at " + endpoint + " is no simulator of this version";
}

// Empty when the collector answered.
std::string ask_collector(const ReportOptions& options, RunReport& report) {
  std::optional<HttpUrl> url = parse_http_url(options.collector);
  if (!url) return "--collector must be http://HOST:PORT, not '" + options.collector + "'";
  url->target = "/_edgehose/status";
  const Result<HttpAnswer> answer = http_get(*url);
  const bool is_answer = answer && answer.value().status == 200;
  const auto status = is_answer ? parse_collector_status(answer.value().body) : std::nullopt;
  if (!status) return "no collector tells its status at " + options.collector;
  report.edge = EdgeUse{status->requests, status->shards, options.cpu_ms};
  return "";
}

// Empty when the folder was read.
std::string read_lake(const ReportOptions& options, RunReport& report) {
  std::error_code error;
  if (!std::filesystem::is_directory(options.data, error)) {
    return "--data: there is no folder '" + options.data + "'";
  }
  const Result<std::vector<LakeObject>> objects = list_lake(options.data, options.bucket);
  if (!objects) return "cannot list the objects under " + options.data;
  report.lake = lake_rows(objects.value());
  return "";
}

}  // namespace

int run_report(const ReportOptions& options, std::ostream& out, std::ostream& err) {
  if (options.endpoint.empty() && options.data.empty()) {
    return refuse(err, "give --endpoint, --data or both", 2);
  }
  if (!options.collector.empty() && options.endpoint.empty()) {
    return refuse(err, "--collector adds to the bill of a simulator: give its --endpoint too", 2);
  }
  auto book = read_price_book(shipped_prices(), options.region);
  if (const auto* fault = std::get_if<std::string>(&book)) return refuse(err, *fault, 2);
  RunReport report;
  report.region = options.region;
  std::string fault = options.endpoint.empty() ? "" : ask_simulator(options.endpoint, report);
  if (fault.empty() && !options.collector.empty()) fault = ask_collector(options, report);
  if (fault.empty() && !options.data.empty()) fault = read_lake(options, report);
  if (!fault.empty()) return refuse(err, fault, 1);
  if (report.status) {
    const int64_t run_ms = report.status->now_ms - report.status->started_ms;
    const uint64_t since_start_s = static_cast<uint64_t>(std::max<int64_t>(run_ms / 1'000, 1));
    fill_from_status(report, *std::get_if<PriceBook>(&book),
                     options.duration_s > 0 ? options.duration_s : since_start_s);
  }
  if (options.json) {
    print_report_json(report, out);
  } else {
    print_report(report, out);
  }
  return 0;
}

}  // namespace edgehose
