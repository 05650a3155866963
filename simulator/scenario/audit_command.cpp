#include "simulator/scenario/audit_command.h"

#include <filesystem>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "simulator/load/http/get.h"
#include "simulator/scenario/audit.h"
#include "simulator/scenario/audit_lake.h"
#include "simulator/scenario/audit_queues.h"
#include "simulator/scenario/collector_status.h"

namespace edgehose {
namespace {

using Json = nlohmann::ordered_json;

// Everything that the two forms of the output show.
struct Outcomes {
  AuditResult result;
  LakeWalk walk;
  std::vector<std::string> notes;
};

int refuse(std::ostream& err, std::string_view text) {
  err << "edgehose audit: " << text << "\n";
  return 2;
}

// Empty when every line was read. A last line without its end is what a killed sender leaves.
std::string read_ledger(const std::string& path, AuditBook& book, std::vector<std::string>& notes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "cannot open the ledger " + path;
  std::string line;
  uint64_t number = 0;
  while (std::getline(file, line)) {
    ++number;
    const std::optional<LedgerEntry> entry = parse_ledger_line(line);
    if (entry) {
      book.expect(*entry);
    } else if (file.eof()) {
      notes.push_back(path + " ends in the middle of line " + std::to_string(number) +
                      "; was the sender killed?");
    } else {
      return path + ":" + std::to_string(number) + " is no line of a ledger";
    }
  }
  return file.bad() ? "cannot read the ledger " + path : "";
}

// Empty when the collector answered.
std::string ask_collector(const std::string& text, AuditBook& book, AuditRules& rules) {
  std::optional<HttpUrl> url = parse_http_url(text);
  if (!url) return "--collector must be http://HOST:PORT, not '" + text + "'";
  url->target = "/_edgehose/status";
  const Result<HttpAnswer> answer = http_get(*url);
  if (!answer || answer.value().status != 200) {
    return "the collector at " + text + " does not answer GET /_edgehose/status" +
           (answer ? " (HTTP " + std::to_string(answer.value().status) + ")" : "");
  }
  const std::optional<CollectorStatus> status = parse_collector_status(answer.value().body);
  if (!status) return "the status of the collector at " + text + " lacks its counters";
  book.see_held(status->held_lines, "the collector at " + text);
  rules.ambiguous_lines = status->ambiguous_lines;
  return "";
}

// By kind, each with its count and the first of its events.
void print_faults(const AuditResult& result, std::ostream& out) {
  std::optional<FaultKind> kind;
  for (const Fault& fault : result.faults) {
    const uint64_t count = result.fault_counts[static_cast<size_t>(fault.kind)];
    if (kind != fault.kind) {
      out << "\n" << to_text(fault.kind) << " (" << count;
      if (count > kFaultsNamed) out << ", the first " << kFaultsNamed << " are named";
      out << ")\n";
    }
    kind = fault.kind;
    out << "  " << (fault.event_id.empty() ? "-" : fault.event_id) << "  " << fault.place << "\n";
  }
}

// The table, the faults, and the verdict as the last line.
void print_text(const Outcomes& outcomes, std::ostream& out) {
  const AuditResult& result = outcomes.result;
  const auto row = [&](const char* name, uint64_t count, const char* text) {
    out << std::left << std::setw(12) << name << std::right << std::setw(12) << count << "  "
        << text << "\n";
  };
  row("ledger", result.events, "events the sender numbered");
  row("delivered", result.delivered, "in the lake");
  row("failed", result.failed, "in failed_events, with their reason");
  row("refused", result.refused, "the sender was told");
  row("unanswered", result.unanswered, "the sender got no answer; not in the lake");
  row("in flight", result.in_flight, "still held");
  if (result.processing_failed > 0) {
    row("processing", result.processing_failed,
        "failed in Firehose's processing; in an error prefix");
  }
  if (result.dropped > 0) row("dropped", result.dropped, "by a transformation");
  if (result.dead_lettered > 0) {
    row("dead letter", result.dead_lettered, "in raw objects that a dead-letter queue tells of");
  }
  if (result.left_raw > 0) {
    row("left raw", result.left_raw, "in raw objects that nobody is told of any more");
  }
  if (result.lost_by_rule > 0) {
    row("lost by S3", result.lost_by_rule, "not written for as long as Firehose keeps records");
  }
  row("lost", result.lost, "acknowledged, and nowhere");
  row("duplicates", result.duplicates, "further copies that resends explain");
  if (result.foreign > 0) row("foreign", result.foreign, "lines of events no ledger names");
  row("objects", outcomes.walk.objects, "read, their bytes held against their etags");
  for (const std::string& note : outcomes.notes) out << "note: " << note << "\n";
  print_faults(result, out);
  out << "\naudit: " << (result.balanced() ? "balanced" : "NOT balanced") << "\n";
}

void print_json(const Outcomes& outcomes, std::ostream& out) {
  const AuditResult& result = outcomes.result;
  Json json;
  json["balanced"] = result.balanced();
  json["events"] = result.events;
  json["delivered"] = result.delivered;
  json["failed"] = result.failed;
  json["refused"] = result.refused;
  json["unanswered"] = result.unanswered;
  json["in_flight"] = result.in_flight;
  json["processing_failed"] = result.processing_failed;
  json["dropped"] = result.dropped;
  json["dead_lettered"] = result.dead_lettered;
  json["left_raw"] = result.left_raw;
  json["lost_by_rule"] = result.lost_by_rule;
  json["lost"] = result.lost;
  json["duplicates"] = result.duplicates;
  json["foreign"] = result.foreign;
  json["objects"] = outcomes.walk.objects;
  json["lines"] = outcomes.walk.lines;
  json["stored_bytes"] = outcomes.walk.stored_bytes;
  json["journal_records"] = outcomes.walk.journal_records;
  json["fault_counts"] = Json::object();
  for (size_t i = 0; i < kFaultKinds; ++i) {
    json["fault_counts"][std::string(to_text(static_cast<FaultKind>(i)))] = result.fault_counts[i];
  }
  json["faults"] = Json::array();
  for (const Fault& fault : result.faults) {
    json["faults"].push_back(
        {{"kind", to_text(fault.kind)}, {"event_id", fault.event_id}, {"place", fault.place}});
  }
  json["notes"] = outcomes.notes;
  // Text of the lake may be cut inside a character.
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace

int run_audit(const AuditOptions& options, std::ostream& out, std::ostream& err) {
  if (options.ledgers.empty()) return refuse(err, "--ledger is needed");
  std::error_code error;
  if (!std::filesystem::is_directory(options.data, error)) {
    return refuse(err, "--data: there is no folder '" + options.data + "'");
  }
  AuditBook book;
  AuditRules rules{.foreign_ok = options.foreign_ok, .in_flight_ok = options.in_flight_ok};
  Outcomes outcomes;
  for (const std::string& ledger : options.ledgers) {
    const std::string fault = read_ledger(ledger, book, outcomes.notes);
    if (!fault.empty()) return refuse(err, fault);
  }
  book.open_lake();
  // The holders are asked from the sender's side to the lake's: what moves on meanwhile is met
  // again.
  if (!options.collector.empty()) {
    const std::string fault = ask_collector(options.collector, book, rules);
    if (!fault.empty()) return refuse(err, fault);
  }
  if (walk_queues(options.data, options.bucket, book) != Error::none) {
    return refuse(err, "cannot read the queues and raw objects under " + options.data);
  }
  Result<LakeWalk> walk = walk_lake(options.data, options.bucket, book);
  if (!walk) return refuse(err, "cannot read the objects and the journal under " + options.data);
  outcomes.walk = std::move(walk).value();
  for (const std::string& key : outcomes.walk.absent) {
    outcomes.notes.push_back("the store knows the object " + key + ", whose bytes are gone");
  }
  for (const Fault& lost : book.lost_by_rule()) {
    outcomes.notes.push_back("lost by AWS's rule: " + lost.event_id + " of " + lost.place);
  }
  outcomes.result = book.finish(rules);
  if (options.json) {
    print_json(outcomes, out);
  } else {
    print_text(outcomes, out);
  }
  return outcomes.result.balanced() ? 0 : 1;
}

}  // namespace edgehose
