#include "simulator/http/fault_command.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "simulator/http/incidents.h"

namespace edgehose {
namespace {

using nlohmann::json;

// The same as JSON.
std::optional<json> ask_for_json(const char* command, const std::string& endpoint,
                                 const std::optional<ControlAnswer>& answer, std::ostream& err) {
  const auto text = ask_for(command, endpoint, answer, err);
  if (!text) return std::nullopt;
  return json::parse(*text);
}

json fault_request(const FaultOptions& options) {
  json request = {{"service", options.service}};
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) request[name] = value;
  };
  set("operation", options.operation);
  set("stream", options.stream);
  set("bucket", options.bucket);
  set("queue", options.queue);
  set("function", options.function);
  set("api", options.api);
  set("latency", options.latency);
  set("from", options.from);
  set("until", options.until);
  set("for", options.duration);
  request["rate"] = options.rate;
  set("error", options.error);
  if (options.status != 0) {
    request["error"] = {{"code", options.error}, {"status", options.status}};
    if (!options.message.empty()) request["error"]["message"] = options.message;
  }
  if (options.partial != 0) request["partial"] = options.partial;
  if (!options.partial_code.empty()) {
    request["partial"] = {{"share", options.partial}, {"code", options.partial_code}};
  }
  if (options.duplicate) request["duplicate"] = true;
  return request;
}

void print_fault(const json& fault, std::ostream& out) {
  const std::string state = fault.value("state", "");
  const uint64_t hits = fault.value("hits", uint64_t{0});
  out << "fault " << fault.value("id", 0) << " "
      << (state == "in_force" ? "is in force"
          : state == "over"   ? "is over"
                              : "waits")
      << ", met " << hits << (hits == 1 ? " call: " : " calls: ") << fault.value("text", "")
      << "\n";
}

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

void print_quota(const json& quota, std::ostream& out) {
  out << "profile " << quota.value("profile", "") << "\n";
  const json& streams = quota.at("streams");
  if (streams.empty()) out << "no stream yet\n";
  for (const json& stream : streams) {
    out << "  " << stream.value("stream", "") << "  ";
    const uint64_t bytes_s = stream.value("bytes_s", uint64_t{0});
    if (bytes_s == 0) {
      out << "unlimited\n";
      continue;
    }
    out << grouped(stream.value("records_s", uint64_t{0})) << " records/s, "
        << grouped(stream.value("requests_s", uint64_t{0})) << " requests/s, " << grouped(bytes_s)
        << " bytes/s (" << json(stream.value("factor", 1.0)).dump() << " x the profile)\n";
  }
}

// The faults of a file, or of an incident that comes with the program; nothing when there is none.
std::optional<json> read_plan(const std::string& name, std::ostream& err) {
  std::optional<std::string> text = incident_plan(name);
  if (!text) {
    std::ifstream file(name, std::ios::binary);
    if (file) text.emplace(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  json plan = text ? json::parse(*text, nullptr, false) : json();
  if (plan.is_object() && plan.contains("faults") && plan["faults"].is_array()) return plan;
  err << "edgehose fault plan: " << name
      << (text ? " is no plan: {\"faults\":[...]}\n" : " is neither a file nor an incident\n")
      << "  mend: name a file, or one of `edgehose fault incidents`\n";
  return std::nullopt;
}

// Adds one, and prints it.
bool add_fault(const json& fault, const FaultOptions& options, const AskControl& ask,
               std::ostream& out, std::ostream& err) {
  const std::string body = fault.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto added =
      ask_for_json("fault", options.endpoint, ask("POST", "/_edgehose/faults", body), err);
  if (!added) return false;
  if (options.json) {
    out << added->dump() << "\n";
  } else {
    print_fault(*added, out);
  }
  return true;
}

// One after the other: the first that is refused ends it, and those before it hold.
int add_plan(const FaultOptions& options, const AskControl& ask, std::ostream& out,
             std::ostream& err) {
  const auto plan = read_plan(options.plan, err);
  if (!plan) return 1;
  for (const json& fault : (*plan)["faults"]) {
    if (!add_fault(fault, options, ask, out, err)) return 1;
  }
  return 0;
}

int list_incidents(std::ostream& out) {
  for (const Incident& incident : incidents()) {
    out << incident.name << "\n  " << incident.about << "\n  source: " << incident.source << "\n";
  }
  return 0;
}

}  // namespace

std::optional<std::string> ask_for(const char* command, const std::string& endpoint,
                                   const std::optional<ControlAnswer>& answer, std::ostream& err) {
  err << (answer && answer->status == 200 ? "" : std::string("edgehose ") + command + ": ");
  if (!answer) {
    err << "no simulator answers at " << endpoint
        << "; start one with: edgehose up --port 4566 --control\n";
    return std::nullopt;
  }
  json body = json::parse(answer->body, nullptr, false);
  if (answer->status == 200 && !body.is_discarded()) return answer->body;
  const std::string place = body.is_object() ? body.value("place", "") : "";
  if (!body.is_object() || !body.contains("error")) {
    err << "what answers at " << endpoint << " is no simulator of this version\n";
    return std::nullopt;
  }
  if (!place.empty()) err << place.substr(1) << " ";
  err << body.value("error", "") << "\n  mend: " << body.value("mend", "") << "\n";
  return std::nullopt;
}

int run_fault(const FaultOptions& options, const AskControl& ask, std::ostream& out,
              std::ostream& err) {
  if (options.verb == FaultOptions::Verb::incidents) return list_incidents(out);
  if (options.verb == FaultOptions::Verb::plan) return add_plan(options, ask, out, err);
  if (options.verb == FaultOptions::Verb::add) {
    if (options.status == 0 && !options.message.empty()) {
      err << "edgehose fault: --message goes with --error CODE --status N\n";
      return 2;
    }
    if (!add_fault(fault_request(options), options, ask, out, err)) return 1;
    if (options.service == "s3" && !options.json) {
      out << "  (Firehose's own writes to S3 are a service of their own: --service delivery)\n";
    }
    return 0;
  }
  const bool is_list = options.verb == FaultOptions::Verb::list;
  const std::string path = options.id.empty() ? "" : "/" + options.id;
  const auto answer =
      ask_for_json("fault", options.endpoint,
                   ask(is_list ? "GET" : "DELETE", "/_edgehose/faults" + path, ""), err);
  if (!answer) return 1;
  if (options.json) {
    out << answer->dump() << "\n";
  } else if (is_list) {
    for (const json& fault : answer->value("faults", json::array())) print_fault(fault, out);
    if (answer->value("faults", json::array()).empty()) out << "no faults\n";
  } else {
    const uint64_t cleared = answer->value("cleared", uint64_t{0});
    out << "cleared " << cleared << (cleared == 1 ? " fault\n" : " faults\n");
  }
  return 0;
}

int run_quota(const QuotaOptions& options, const AskControl& ask, std::ostream& out,
              std::ostream& err) {
  if (options.verb == QuotaOptions::Verb::raise) {
    if (options.stream.empty() || (options.factor != 0) == (options.bytes_s != 0)) {
      err << "edgehose quota raise: give --stream NAME (or all) and one of --factor and "
             "--bytes-s\n";
      return 2;
    }
    json request = {{"stream", options.stream}};
    if (options.factor != 0) request["factor"] = options.factor;
    if (options.bytes_s != 0) request["bytes_s"] = options.bytes_s;
    const std::string body = request.dump(-1, ' ', false, json::error_handler_t::replace);
    const auto raised =
        ask_for_json("quota", options.endpoint, ask("POST", "/_edgehose/quota", body), err);
    if (!raised) return 1;
    if (options.json) {
      out << raised->dump() << "\n";
      return 0;
    }
  }
  const auto quota =
      ask_for_json("quota", options.endpoint, ask("GET", "/_edgehose/quota", ""), err);
  if (!quota || !quota->is_object() || !quota->contains("streams")) return 1;
  if (options.json) {
    out << quota->dump() << "\n";
  } else {
    print_quota(*quota, out);
  }
  return 0;
}

}  // namespace edgehose
