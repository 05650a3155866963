// The `edgehose` program: reads the command line and calls one function a command.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>

#include "simulator/adapters/compressors.h"
#include "simulator/http/fault_command.h"
#include "simulator/http/replay_command.h"
#include "simulator/http/up_command.h"
#include "simulator/lake/query_command.h"
#include "simulator/load/http/get.h"
#include "simulator/load/load_command.h"
#include "simulator/report/report_command.h"
#include "simulator/scenario/audit_command.h"
#include "simulator/shaping/plan_command.h"
#include "simulator/shaping/shape_command.h"
#include "simulator/shaping/shaper_function.h"
#include "simulator/shaping/validate_command.h"

namespace {

using edgehose::AuditOptions;
using edgehose::FaultOptions;
using edgehose::LoadOptions;
using edgehose::PlanOptions;
using edgehose::QueryOptions;
using edgehose::QuotaOptions;
using edgehose::ReplayOptions;
using edgehose::ReportOptions;
using edgehose::ShapeOptions;
using edgehose::UpOptions;
using edgehose::ValidateOptions;

struct Commands {
  UpOptions up;
  FaultOptions fault;
  QuotaOptions quota;
  LoadOptions load;
  QueryOptions query;
  AuditOptions audit;
  ReplayOptions replay;
  AuditOptions replay_audit;
  ReportOptions report;
  PlanOptions plan;
  ValidateOptions validate;
  ShapeOptions shape;
};

void add_up(CLI::App& app, UpOptions& options) {
  CLI::App& up =
      *app.add_subcommand("up", "Serve Firehose, S3, SQS and Lambda on a port of this machine");
  up.add_option("--data", options.data, "Folder of objects and journal");
  up.add_option("--port", options.port, "Port on 127.0.0.1; 0 picks a free one");
  up.add_option("--quota", options.quota, "tokyo-2020, tokyo-2026, virginia-2026 or unlimited");
  up.add_option("--region", options.region, "Region named in ARNs");
  up.add_option("--bucket", options.buckets, "Bucket made at start (repeatable)");
  up.add_option("--access-key-id", options.access_key_id, "Verify signatures by this key")
      ->envname("EDGEHOSE_ACCESS_KEY_ID");
  up.add_option("--secret-access-key", options.secret_access_key, "The secret of that key")
      ->envname("EDGEHOSE_SECRET_ACCESS_KEY");
  up.add_flag("--no-fsync", options.no_fsync, "Do not wait for the device: faster, not power-safe");
  up.add_flag("--json", options.json, "Print one JSON line when ready (always so)");
  up.add_option("--clock-speed,--speed", options.clock_speed,
                "Run the simulator's clock this much faster")
      ->check(CLI::Range(1, 86'400));
  up.add_option("--seed", options.seed, "Seed of names and ids; 0 takes one from the system");
  up.add_option("--creating-seconds", options.creating_s,
                "How long a new stream is CREATING, in simulated time");
  up.add_option(
      "--control-calls", options.control_calls_s,
      "Control-plane calls a second and operation; 0: unlimited, as with --quota unlimited");
  up.add_option("--active-partitions", options.active_partitions,
                "Active partitions of a stream; AWS gives 500, up to 2,500 when asked")
      ->check(CLI::Range(1, 100'000));
  up.add_option(
      "--function", options.functions,
      "A Lambda function (repeatable): NAME=FILE[:HANDLER], a .js, .mjs, .cjs or .py file; or "
      "NAME=shaper:BUCKET, which shapes raw objects into the bucket");
  up.add_flag("--control", options.control,
              "Let `edgehose fault` and `edgehose quota` change what is running");
  up.add_option("--alarms", options.alarms, "Alarms: {\"webhook\":URL,\"alarms\":[...]}");
  up.add_option("--faults", options.faults,
                "Plan of faults from the start: a file {\"faults\":[...]}, or an incident's name");
  up.add_option("--auto-raise", options.auto_raise_s,
                "Raise a stream's quota after this many seconds of throttling; 0: never");
  up.add_option("--sqs-duplicates", options.sqs_duplicates,
                "Share of deleted messages of which a copy comes back: at least once")
      ->check(CLI::Range(0.0, 1.0));
  up.add_option("--sqs-reorder", options.sqs_reorder,
                "Share of receives that pass over up to ten messages: best-effort order")
      ->check(CLI::Range(0.0, 1.0));
  up.add_option("--api", options.api,
                "OpenAPI document of a REST API whose integrations call Firehose");
  up.add_option("--api-port", options.api_port,
                "The API also on a port of its own, as /STAGE/PATH; 0 picks a free one");
  up.add_option("--api-rate", options.api_rate, "Requests a second to all APIs of the account");
  up.add_option("--api-burst", options.api_burst, "Requests that the account's bucket holds");
  up.add_option("--plant", options.plant, "Plant a fault: drop_record or double_line");
}

void add_fault(CLI::App& app, FaultOptions& options) {
  CLI::App& fault = *app.add_subcommand("fault", "Make a running simulator fail, as AWS does");
  fault.require_subcommand(1);
  CLI::App& add = *fault.add_subcommand("add", "One more fault");
  add.add_option("--service", options.service,
                 "firehose, s3, delivery (Firehose's own writes), sqs, lambda, apigateway")
      ->required();
  add.add_option("--operation", options.operation, "As AWS names it; without: all");
  add.add_option("--stream", options.stream, "Only this stream");
  add.add_option("--bucket", options.bucket, "Only this bucket");
  add.add_option("--queue", options.queue, "Only this queue");
  add.add_option("--function", options.function, "Only this function");
  add.add_option("--api", options.api, "Only this API");
  add.add_option("--rate", options.rate, "Share of the calls, 0 to 1");
  add.add_option("--error", options.error, "Answer this error: SlowDown, InternalFailure, ...");
  add.add_option("--status", options.status, "HTTP status of an error that is not known");
  add.add_option("--message", options.message, "Text of an error that is not known");
  add.add_option("--latency", options.latency, "Answer late, in real time: 300ms, 200ms..2s");
  add.add_option("--partial", options.partial, "Refuse this share of a PutRecordBatch's rows");
  add.add_option("--partial-error", options.partial_code,
                 "ServiceUnavailableException or InternalFailure");
  add.add_flag("--duplicate", options.duplicate,
               "Do what is asked, and answer an error all the same");
  add.add_option("--from", options.from, "Simulated time: 30s from now, or ISO 8601");
  add.add_option("--until", options.until, "Simulated time: 10m from now, or ISO 8601");
  add.add_option("--for", options.duration, "How long, in simulated time: 10m");
  CLI::App& plan = *fault.add_subcommand("plan", "All faults of a plan, or of an incident");
  plan.add_option("plan", options.plan, "A file {\"faults\":[...]}, or an incident's name")
      ->required();
  fault.add_subcommand("incidents", "The incidents of AWS that come as plans");
  CLI::App& list = *fault.add_subcommand("list", "The faults and how many calls each has met");
  CLI::App& clear = *fault.add_subcommand("clear", "End one fault, or all");
  clear.add_option("id", options.id, "Its number; without: all");
  for (CLI::App* verb : {&add, &plan, &list, &clear}) {
    verb->add_option("--endpoint", options.endpoint, "The simulator; http://127.0.0.1:4566");
    verb->add_flag("--json", options.json, "The simulator's answer as JSON");
  }
}

void add_quota(CLI::App& app, QuotaOptions& options) {
  CLI::App& quota = *app.add_subcommand("quota", "Show or raise the quotas of running streams");
  quota.require_subcommand(1);
  CLI::App& show = *quota.add_subcommand("show", "What each stream may take a second");
  CLI::App& raise = *quota.add_subcommand("raise", "Raise it; the three figures keep proportion");
  raise.add_option("--stream", options.stream, "A stream's name, or all")->required();
  raise.add_option("--factor", options.factor, "Of the profile's figures: 2; 1 takes a raise back");
  raise.add_option("--bytes-s", options.bytes_s, "Bytes a second");
  for (CLI::App* verb : {&show, &raise}) {
    verb->add_option("--endpoint", options.endpoint, "The simulator; http://127.0.0.1:4566");
    verb->add_flag("--json", options.json, "The simulator's answer as JSON");
  }
}

// The client that the commands to a running simulator are given.
edgehose::AskControl ask_at(const std::string& endpoint) {
  return [endpoint](const std::string& method, const std::string& path,
                    const std::string& body) -> std::optional<edgehose::ControlAnswer> {
    auto url = edgehose::parse_http_url(endpoint);
    if (!url) return std::nullopt;
    url->target = path;
    auto answer = edgehose::http_ask(*url, method, body);
    if (!answer) return std::nullopt;
    return edgehose::ControlAnswer{answer.value().status, answer.value().body};
  };
}

int run_fault(const CLI::App& app, FaultOptions& options) {
  if (app.got_subcommand("add")) options.verb = FaultOptions::Verb::add;
  if (app.got_subcommand("plan")) options.verb = FaultOptions::Verb::plan;
  if (app.got_subcommand("incidents")) options.verb = FaultOptions::Verb::incidents;
  if (app.got_subcommand("clear")) options.verb = FaultOptions::Verb::clear;
  return edgehose::run_fault(options, ask_at(options.endpoint), std::cout, std::cerr);
}

int run_quota(const CLI::App& app, QuotaOptions& options) {
  if (app.got_subcommand("raise")) options.verb = QuotaOptions::Verb::raise;
  return edgehose::run_quota(options, ask_at(options.endpoint), std::cout, std::cerr);
}

void add_replay(CLI::App& app, ReplayOptions& options, AuditOptions& audit) {
  CLI::App& replay =
      *app.add_subcommand("replay", "Bring back what dead-letter queues and error prefixes hold");
  replay.add_flag("--dead-letters", options.dead_letters,
                  "Messages of every dead-letter queue go back to where they came from");
  replay.add_option("--raw", options.raw, "BUCKET[/PREFIX]: tell of these objects again");
  replay.add_option("--errors", options.errors,
                    "BUCKET/PREFIX: put Firehose's error records again, with --stream");
  replay.add_option("--stream", options.stream, "The stream that takes them");
  replay.add_option("--endpoint", options.endpoint, "The simulator; http://127.0.0.1:4566");
  replay.add_flag("--json", options.json, "The simulator's answer as JSON");
  replay.add_option("--ledger", audit.ledgers,
                    "Then wait until nothing is in flight, and audit (repeatable)");
  replay.add_option("--data", audit.data, "Folder of objects and journal, for the audit");
  replay.add_option("--bucket", audit.bucket, "Bucket of the lake, for the audit");
}

// The replay, and with a ledger the audit of what it came to.
int run_replay(const ReplayOptions& options, AuditOptions audit) {
  const int status = edgehose::run_replay(options, ask_at(options.endpoint), std::cout, std::cerr);
  if (status != 0 || audit.ledgers.empty()) return status;
  constexpr int kTries = 600;
  audit.in_flight_ok = audit.json = true;
  for (int i = 0; i < kTries; ++i) {
    std::ostringstream text;
    if (edgehose::run_audit(audit, text, std::cerr) == 2) return 2;
    if (text.str().find("\"in_flight\":0,") != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  audit.in_flight_ok = false;
  audit.json = options.json;
  return edgehose::run_audit(audit, std::cout, std::cerr);
}

void add_load(CLI::App& app, LoadOptions& options) {
  CLI::App& load = *app.add_subcommand("load", "Send events to a collector at a fixed rate");
  load.add_option("--url", options.url, "Collector, http://HOST:PORT")->required();
  load.add_option("--rate", options.rate, "Events a second");
  load.add_option("--duration", options.duration, "30, 30s, 500ms, 2m");
  load.add_option("--events-per-request", options.events_per_request, "Events in one POST");
  load.add_option("--replay", options.replay, "Combined-format access log, plain or .gz");
  load.add_option("--ledger", options.ledger, "NDJSON file that gets every event's fate");
  load.add_option("--attempts", options.attempts, "Sends of one request in all");
  load.add_option("--connections", options.connections, "Most sockets at a time");
  load.add_option("--seed", options.seed, "Seed of the synthetic visits");
  load.add_option("--content-type", options.content_types, "Only these kinds (repeatable)");
  load.add_option("--pad", options.pad, "Bytes added to each event's properties");
  load.add_option("--site", options.site, "Where the pages of the events live");
  load.add_option("--arrivals", options.arrivals, "uniform or poisson");
  load.add_option("--timeout-ms", options.timeout_ms, "For one attempt's answer");
  load.add_flag("--lean", options.lean, "Few members an event");
  load.add_flag("--json", options.json, "The report as one JSON line");
}

void add_query(CLI::App& app, QueryOptions& options) {
  CLI::App& query = *app.add_subcommand("query", "SQL over the delivered lake");
  query.add_option("sql", options.sql, "Views: events, failed_events")->required();
  query.add_option("--data", options.data, "Folder given to `edgehose up`")->required();
  query.add_option("--bucket", options.bucket, "Bucket of the lake");
  query.add_option("--threads", options.threads, "0 leaves the choice to DuckDB");
  query.add_option("--memory-mb", options.memory_mb, "Bound on DuckDB's memory");
  query.add_flag("--json", options.json, "One JSON object a row");
}

void add_audit(CLI::App& app, AuditOptions& options) {
  CLI::App& audit = *app.add_subcommand("audit", "Account for every event of a ledger");
  audit.add_option("--ledger", options.ledgers, "File written by `edgehose load` (repeatable)")
      ->required();
  audit.add_option("--data", options.data, "Folder given to `edgehose up`")->required();
  audit.add_option("--bucket", options.bucket, "Bucket of the lake");
  audit.add_option("--collector", options.collector, "Collector to ask for what it holds");
  audit.add_flag("--foreign-ok", options.foreign_ok, "Other senders wrote into the lake too");
  audit.add_flag("--in-flight-ok", options.in_flight_ok, "The run is not drained yet");
  audit.add_flag("--json", options.json, "The result as JSON");
}

void add_report(CLI::App& app, ReportOptions& options) {
  CLI::App& report = *app.add_subcommand("report", "Headroom, objects and the bill of a run");
  report.add_option("--endpoint", options.endpoint, "A running simulator");
  report.add_option("--collector", options.collector, "The run's edge worker, for its bill");
  report.add_option("--worker-cpu-ms", options.cpu_ms,
                    "CPU time of the edge worker in the run, which no status tells");
  report.add_option("--data", options.data, "Folder given to `edgehose up`");
  report.add_option("--bucket", options.bucket, "Bucket of the lake");
  report.add_option("--region", options.region, "Region of the price book");
  report.add_option("--duration-s", options.duration_s, "Length of the run; 0: since its start");
  report.add_flag("--json", options.json, "The report as JSON");
}

void add_plan(CLI::App& app, PlanOptions& options) {
  CLI::App& plan = *app.add_subcommand("plan", "Check or compile a tracking plan");
  plan.require_subcommand(1);
  CLI::App& check = *plan.add_subcommand("check", "Name what is wrong with it, and the mend");
  check.add_option("file", options.file, "The plan: JSON, or YAML by its name (.yaml, .yml)")
      ->required();
  CLI::App& compile = *plan.add_subcommand("compile", "Write the flat binary that the core maps");
  compile.add_option("file", options.file, "The plan: JSON, or YAML by its name (.yaml, .yml)")
      ->required();
  compile.add_option("-o,--out", options.out, "File that gets the binary")->required();
}

void add_validate(CLI::App& app, ValidateOptions& options) {
  CLI::App& validate = *app.add_subcommand(
      "validate", "Hold instances on stdin, one a line, to a schema: a verdict a line");
  validate.add_option("--schema", options.schema, "JSON Schema 2020-12: JSON, or YAML by its name")
      ->required();
  validate.add_flag_callback(
      "--exit-status", [&options] { options.exit_status = edgehose::ExitStatus::of_the_instances; },
      "End 1 when an instance is not valid");
}

int run_plan(const CLI::App& plan, const PlanOptions& options) {
  if (plan.got_subcommand("check")) return edgehose::run_plan_check(options, std::cout, std::cerr);
  return edgehose::run_plan_compile(options, std::cout, std::cerr);
}

void add_shape(CLI::App& app, ShapeOptions& options) {
  CLI::App& shape =
      *app.add_subcommand("shape", "What the collector would deliver for requests on stdin");
  shape.add_option("--plan", options.plan, "Tracking plan: JSON, YAML or compiled");
  shape.add_option("--configuration", options.configuration, "The collector's configuration");
  shape.add_option("--region", options.region, "Region of the price book");
  shape.add_option(
      "--now", options.now_ms,
      "When a first request was received that has no received_ms, in ms; without: now");
  shape.add_flag("--ndjson", options.ndjson, "One JSON object a line, in and out (always so)");
}

int run(const CLI::App& app, Commands& commands) {
  if (app.got_subcommand("up")) {
    if (commands.up.buckets.empty()) commands.up.buckets = {"lake"};
    const edgehose::Compressors compressor;
    const edgehose::RealClock clock;
    const auto make = [&](const std::string& kind, const std::string& bucket,
                          edgehose::ObjectAccess& objects) {
      std::unique_ptr<edgehose::BuiltinFunction> function;
      if (kind == "shaper") {
        function = std::make_unique<edgehose::ShaperFunction>(bucket, objects, compressor, clock);
      }
      return function;
    };
    return edgehose::run_up(commands.up, std::cout, std::cerr, make);
  }
  if (app.got_subcommand("fault")) return run_fault(*app.get_subcommand("fault"), commands.fault);
  if (app.got_subcommand("replay")) return run_replay(commands.replay, commands.replay_audit);
  if (app.got_subcommand("quota")) return run_quota(*app.get_subcommand("quota"), commands.quota);
  if (app.got_subcommand("load")) return edgehose::run_load(commands.load, std::cout, std::cerr);
  if (app.got_subcommand("query")) return edgehose::run_query(commands.query, std::cout, std::cerr);
  if (app.got_subcommand("shape")) {
    return edgehose::run_shape(commands.shape, std::cin, std::cout, std::cerr);
  }
  if (app.got_subcommand("audit")) return edgehose::run_audit(commands.audit, std::cout, std::cerr);
  if (app.got_subcommand("plan")) return run_plan(*app.get_subcommand("plan"), commands.plan);
  if (app.got_subcommand("validate")) {
    return edgehose::run_validate(commands.validate, std::cin, std::cout, std::cerr);
  }
  return edgehose::run_report(commands.report, std::cout, std::cerr);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("edgehose: an event's way from page to lake, simulated on one machine");
  app.require_subcommand(1);
  Commands commands;
  commands.shape.now_ms = edgehose::RealClock().now_ms();
  add_up(app, commands.up);
  add_fault(app, commands.fault);
  add_quota(app, commands.quota);
  add_replay(app, commands.replay, commands.replay_audit);
  add_load(app, commands.load);
  add_query(app, commands.query);
  add_audit(app, commands.audit);
  add_report(app, commands.report);
  add_plan(app, commands.plan);
  add_validate(app, commands.validate);
  add_shape(app, commands.shape);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help is no error; any other is 2, as a file that cannot be read is.
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(app, commands);
}
