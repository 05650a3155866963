#include "simulator/load/load_command.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "simulator/engine/clock.h"
#include "simulator/engine/duration.h"
#include "simulator/load/event_source.h"
#include "simulator/load/http/driver.h"
#include "simulator/load/load_report.h"
#include "simulator/load/load_traffic.h"
#include "simulator/scenario/ledger.h"

namespace edgehose {
namespace {

constexpr int64_t kDurationDefaultMs = 10'000;

// The options as the parts of the run take them.
struct Plan {
  DriverOptions driver;
  LoadTrafficOptions traffic;
  std::unique_ptr<EventSource> source;
  SkippedLines skipped;
};

// Text of what is wrong, empty when nothing is.
std::string check_numbers(const LoadOptions& options) {
  constexpr uint64_t kMost = 1'000'000'000;
  if (options.rate == 0 || options.rate > kMost) return "--rate must be from 1 to 10^9";
  if (options.events_per_request == 0 || options.events_per_request > 100'000) {
    return "--events-per-request must be from 1 to 100,000";
  }
  if (options.attempts == 0 || options.attempts > 1'000)
    return "--attempts must be from 1 to 1,000";
  if (options.connections == 0 || options.connections > 65'000) {
    return "--connections must be from 1 to 65,000";
  }
  if (options.pad > 4'000'000) return "--pad must be at most 4,000,000";
  if (options.arrivals != "uniform" && options.arrivals != "poisson") {
    return "--arrivals must be uniform or poisson, not " + options.arrivals;
  }
  return "";
}

// Text of what is wrong with --replay, empty when nothing is.
std::string open_source(const LoadOptions& options, Plan& plan) {
  if (options.replay.empty()) {
    plan.source =
        make_visits_source({.seed = options.seed,
                            .site = options.site,
                            .content_types = options.content_types,
                            .pad = options.pad,
                            .detail = options.lean ? EventDetail::lean : EventDetail::full});
    return "";
  }
  Result<Replay> replay = open_replay(options.replay, {.seed = options.seed, .site = options.site});
  if (!replay) {
    return replay.error() == Error::not_found
               ? "--replay: cannot open " + options.replay
               : "--replay: " + options.replay + " is damaged: its gzip does not decode";
  }
  plan.source = std::move(replay.value().source);
  plan.skipped = std::move(replay.value().skipped);
  return "";
}

// Reads the options into `plan`; text of the first thing wrong, empty when nothing is.
std::string make_plan(const LoadOptions& options, Plan& plan) {
  std::string fault = check_numbers(options);
  if (!fault.empty()) return fault;
  std::optional<HttpUrl> url = parse_http_url(options.url);
  if (!url) return "--url must be http://HOST:PORT[/PATH], not '" + options.url + "'";
  if (url->target == "/") url->target = "/collect";

  int64_t duration_ms = options.replay.empty() ? kDurationDefaultMs : 0;
  if (!options.duration.empty()) {
    const std::optional<int64_t> parsed = parse_duration_ms(options.duration);
    const bool may_be_zero = !options.replay.empty();
    if (!parsed || (*parsed == 0 && !may_be_zero)) {
      return "--duration must be like 30, 30s, 500ms or 2m, not '" + options.duration + "'";
    }
    duration_ms = *parsed;
  }
  plan.driver.url = std::move(*url);
  plan.driver.connections_max = options.connections;
  plan.driver.attempts_max = options.attempts;
  plan.driver.timeout_ms = options.timeout_ms;
  plan.driver.seed = options.seed;
  plan.traffic.duration_ns = static_cast<uint64_t>(duration_ms) * 1'000'000;
  plan.traffic.schedule = {
      .process = options.arrivals == "poisson" ? ArrivalProcess::poisson : ArrivalProcess::uniform,
      .events_per_s = options.rate,
      .events_per_request = options.events_per_request,
      .seed = options.seed};
  return open_source(options, plan);
}

// 0 when the run means something: it reached the server, and its ledger is whole.
int exit_code(const LoadReport& report, const LoadOptions& options, bool ledger_ok,
              std::ostream& err) {
  if (!report.driver.fault.empty()) {
    err << "edgehose load: cannot resolve the host of --url: " << report.driver.fault << "\n";
    return 1;
  }
  if (!ledger_ok) {
    err << "edgehose load: the ledger " << options.ledger
        << " is incomplete: a write failed (is the disk full?)\n";
    return 1;
  }
  if (report.driver.started > 0 && report.latency.count() == 0) {
    err << "edgehose load: no request was answered; does a collector listen at " << options.url
        << "?\n";
    return 1;
  }
  return 0;
}

}  // namespace

int run_load(const LoadOptions& options, std::ostream& out, std::ostream& err) {
  Plan plan;
  const std::string fault = make_plan(options, plan);
  if (!fault.empty()) {
    err << "edgehose load: " << fault << "\n";
    return 2;
  }
  std::unique_ptr<LedgerWriter> ledger;
  if (!options.ledger.empty()) {
    Result<LedgerWriter> opened = LedgerWriter::open(options.ledger);
    if (!opened) {
      err << "edgehose load: cannot write the ledger " << options.ledger << "\n";
      return 2;
    }
    ledger = std::make_unique<LedgerWriter>(std::move(opened).value());
  }

  const RealClock clock;
  plan.traffic.begin_ms = clock.now_ms();
  LoadReport report;
  report.skipped = plan.skipped;
  LoadTraffic traffic(plan.traffic, *plan.source, ledger.get(), report);
  traffic.complete(drive(plan.driver, traffic));
  if (options.json) {
    print_load_report_json(report, out);
  } else {
    print_load_report(report, out);
  }
  return exit_code(report, options, traffic.ledger_ok(), err);
}

}  // namespace edgehose
