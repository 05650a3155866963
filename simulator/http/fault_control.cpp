#include "simulator/http/fault_control.h"

#include <atomic>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "simulator/http/fault_json.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kFaults = "/_edgehose/faults";
constexpr std::string_view kQuota = "/_edgehose/quota";

json quota_json(const StreamView& stream, const QuotaProfile& profile) {
  json entry = {{"stream", stream.config.name},
                {"records_s", stream.quota.records_s},
                {"requests_s", stream.quota.requests_s},
                {"bytes_s", stream.quota.bytes_s}};
  if (profile.bytes_s != 0) {
    const uint64_t milli = stream.quota.bytes_s * 1'000 / profile.bytes_s;
    entry["factor"] = static_cast<double>(milli) / 1'000.0;
  }
  return entry;
}

// Several raises under way, answered together. The first error is the answer.
struct Raises {
  std::mutex guard;
  size_t left = 0;
  json raised = json::array();
  std::optional<AwsError> error;
};

}  // namespace

bool is_from_this_machine(const HttpRequest& request) {
  std::string_view host = request.header("host");
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) host = host.substr(0, colon);
  const bool is_local =
      host.empty() || host == "127.0.0.1" || host == "localhost" || host == "[::1]";
  return is_local && !request.has_header("origin");
}

HttpResponse control_answer(uint32_t status, const json& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

HttpResponse control_problem(uint32_t status, const std::string& what, const std::string& mend) {
  return control_answer(status, {{"error", what}, {"mend", mend}});
}

std::optional<HttpResponse> refuse_control(const HttpRequest& request, ControlAccess access,
                                           const std::string& what) {
  if (access == ControlAccess::off) {
    return control_problem(403, "the control of " + what + " is turned off",
                           "start the simulator with: edgehose up --control");
  }
  if (!is_from_this_machine(request)) {
    return control_problem(
        403, "the control is for commands of this machine, not for pages of a browser",
        "call it as 127.0.0.1 or localhost, without Origin");
  }
  return std::nullopt;
}

std::variant<RaiseRequest, std::string> read_raise_request(std::string_view text) {
  const json body = json::parse(text, nullptr, false);
  if (!body.is_object()) return std::string("is not a JSON object");
  RaiseRequest request;
  const auto stream = body.find("stream");
  if (stream == body.end() || !stream->is_string() ||
      stream->get_ref<const json::string_t&>().empty()) {
    return std::string("/stream: name a stream, or \"all\"");
  }
  if (*stream != "all") request.stream = stream->get<std::string>();
  const auto factor = body.find("factor");
  const auto bytes = body.find("bytes_s");
  const bool has_factor = factor != body.end();
  if (has_factor == (bytes != body.end()) || body.size() != 2) {
    return std::string("give stream and one of factor and bytes_s, and nothing else");
  }
  if (has_factor) {
    const double most = static_cast<double>(kRaiseFactorMax);
    const double value = factor->is_number() ? factor->get<double>() : 0.0;
    if (!(value >= 1) || value > most) return std::string("/factor: a number from 1 to 1000");
    request.factor_milli = static_cast<uint64_t>(std::llround(value * 1'000));
  } else {
    if (!bytes->is_number_unsigned() || *bytes == 0) {
      return std::string("/bytes_s: a whole number of bytes a second");
    }
    request.bytes_s = bytes->get<uint64_t>();
  }
  return request;
}

bool FaultControl::handle(const HttpRequest& request, const HttpRespond& respond) {
  const std::string_view target = request.target;
  const bool is_faults = target == kFaults || target.starts_with("/_edgehose/faults/");
  if (!is_faults && target != kQuota) return false;
  if (auto refused = refuse_control(request, access_, "faults and quotas")) {
    respond(std::move(*refused));
  } else if (!is_faults && request.method == "POST") {
    raise(request.body, respond);
  } else if (!is_faults && request.method == "GET") {
    respond(quota());
  } else if (target == kFaults && request.method == "GET") {
    respond({.status = 200,
             .headers = {{"Content-Type", "application/json"}},
             .body = "{\"faults\":" + faults_json() + "}\n"});
  } else if (target == kFaults && request.method == "POST") {
    respond(add_fault(request.body));
  } else if (is_faults && request.method == "DELETE") {
    respond(remove_faults(target.substr(std::min(target.size(), kFaults.size() + 1))));
  } else {
    respond(control_problem(405, "the control has no " + request.method + " here",
                            "GET or POST faults and quota, DELETE faults or faults/ID"));
  }
  return true;
}

std::string FaultControl::faults_json() {
  std::string list;
  gate_.with_plan([&](const FaultPlan& plan, int64_t now_ms) {
    for (const FaultEntry& entry : plan.entries()) {
      list.append(list.empty() ? "" : ",").append(fault_entry_json(entry, now_ms));
    }
  });
  return "[" + list + "]";
}

HttpResponse FaultControl::add_fault(std::string_view body) {
  HttpResponse response;
  gate_.with_plan([&](FaultPlan& plan, int64_t now_ms) {
    auto fault = read_fault(body, now_ms);
    if (const auto* wrong = std::get_if<FaultProblem>(&fault)) {
      response = control_answer(
          400, {{"place", wrong->place}, {"error", wrong->what}, {"mend", wrong->mend}});
      return;
    }
    const auto id = plan.add(now_ms, *std::get_if<FaultRule>(&fault));
    if (!id) {
      response = control_problem(409, "there are 64 faults already, and none is over",
                                 "clear one: edgehose fault clear ID");
      return;
    }
    response = {.status = 200,
                .headers = {{"Content-Type", "application/json"}},
                .body = fault_entry_json(plan.entries().back(), now_ms) + "\n"};
  });
  return response;
}

HttpResponse FaultControl::remove_faults(std::string_view id) {
  size_t cleared = 0;
  uint32_t number = 0;
  const char* end = id.data() + id.size();
  const auto [stop, code] = std::from_chars(id.data(), end, number);
  const bool is_number = code == std::errc() && stop == end;
  if (!id.empty() && !is_number) {
    return control_problem(400, "a fault's id is a number", "see edgehose fault list");
  }
  gate_.with_plan([&](FaultPlan& plan, int64_t /*now_ms*/) {
    cleared = id.empty() ? plan.clear() : (plan.remove(number) ? 1 : 0);
  });
  if (!id.empty() && cleared == 0) {
    return control_problem(404, "there is no fault " + std::string(id), "see edgehose fault list");
  }
  return control_answer(200, {{"cleared", cleared}});
}

HttpResponse FaultControl::quota() {
  json body;
  host_.inspect([&](const Firehose& firehose) {
    const QuotaProfile& profile = firehose.options().quota;
    body = {{"profile", profile.name}, {"streams", json::array()}};
    for (const StreamView& stream : firehose.streams()) {
      body["streams"].push_back(quota_json(stream, profile));
    }
  });
  return control_answer(200, body);
}

void FaultControl::raise(std::string_view body, const HttpRespond& respond) {
  const auto read = read_raise_request(body);
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    return respond(control_problem(400, *wrong, R"({"stream":"clicks","factor":2})"));
  }
  const RaiseRequest& asked = *std::get_if<RaiseRequest>(&read);
  std::vector<std::string> names;
  uint64_t bytes_s = asked.bytes_s;
  host_.inspect([&](const Firehose& firehose) {
    const uint64_t profile = firehose.options().quota.bytes_s;
    if (bytes_s == 0)
      bytes_s = profile / 1'000 * asked.factor_milli + profile % 1'000 * asked.factor_milli / 1'000;
    if (!asked.stream.empty()) return names.push_back(asked.stream);
    for (const StreamView& stream : firehose.streams()) names.push_back(stream.config.name);
  });
  if (names.empty()) {
    return respond(control_problem(404, "there is no stream yet", "create one first"));
  }
  auto raises = std::make_shared<Raises>();
  raises->left = names.size();
  for (const std::string& name : names) {
    const auto step = [&](Firehose& firehose, int64_t /*now_ms*/, uint64_t request_id) {
      firehose.raise_quota(request_id, name, bytes_s);
    };
    host_.request(step, [raises, name, respond](const FirehoseReply& reply) {
      const std::lock_guard lock(raises->guard);
      if (const auto* error = std::get_if<AwsError>(&reply)) raises->error = *error;
      if (const auto* done = std::get_if<RaiseReply>(&reply)) {
        raises->raised.push_back({{"stream", name}, {"bytes_s", done->bytes_s}});
      }
      if (--raises->left > 0) return;
      if (raises->error)
        return respond(control_problem(400, raises->error->message, "see edgehose quota show"));
      respond(control_answer(200, {{"raised", raises->raised}}));
    });
  }
}

}  // namespace edgehose
