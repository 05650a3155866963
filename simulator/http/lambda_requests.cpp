#include "simulator/http/lambda_requests.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "simulator/http/url.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kFunctions = "/2015-03-31/functions";
constexpr std::string_view kMappings = "/2015-03-31/event-source-mappings";
constexpr std::string_view kPutConcurrency = "/2017-10-31/functions/";
constexpr std::string_view kGetConcurrency = "/2019-09-30/functions/";

AwsError invalid(std::string message) {
  return {"InvalidParameterValueException", std::move(message)};
}

AwsError malformed() {
  return {"InvalidRequestContentException", "Could not parse request body into json"};
}

AwsError unknown(const HttpRequest& request) {
  return {"UnknownOperationException",
          "This simulator's Lambda has no " + request.method + " " +
              std::string(split_target(request.target).path) +
              ". Functions are given at its start: edgehose up --function NAME=FILE",
          404};
}

// `<head>/<name><tail>`: the name, decoded.
std::optional<std::string> between(std::string_view path, std::string_view head,
                                   std::string_view tail) {
  if (!path.starts_with(head) || !path.ends_with(tail)) return std::nullopt;
  if (path.size() <= head.size() + tail.size()) return std::nullopt;
  const std::string_view name = path.substr(head.size(), path.size() - head.size() - tail.size());
  if (name.find('/') != std::string_view::npos) return std::nullopt;
  return percent_decoded(name);
}

struct Refusal {
  AwsError error;
};

class Members {
 public:
  explicit Members(std::string_view body) : object_(json::parse(body, nullptr, false)) {
    if (!object_.is_object()) throw Refusal{malformed()};
  }
  const json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  std::optional<std::string> text(const char* name) const {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) throw Refusal{malformed()};
    return value->get<std::string>();
  }
  std::optional<int64_t> number(const char* name) const { return number_in(object_, name); }
  static std::optional<int64_t> number_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::nullopt;
    // Above any bound that a caller checks, and within what it counts in.
    constexpr int64_t kMost = 1'000'000'000;
    if (!found->is_number_integer()) throw Refusal{malformed()};
    if (found->is_number_unsigned() && found->get<uint64_t>() > uint64_t{kMost}) return kMost;
    return std::max<int64_t>(-1, found->get<int64_t>());
  }
  void refuse(std::span<const char* const> names) const {
    for (const char* name : names) {
      const json* value = find(name);
      if (value == nullptr || (value->is_structured() && value->empty())) continue;
      throw Refusal{invalid(std::string(name) +
                            " is not modelled by this simulator for a queue: leave it out.")};
    }
  }

 private:
  json object_;
};

void read_response_types(const Members& members, EventSourceMapping& mapping) {
  const json* types = members.find("FunctionResponseTypes");
  if (types == nullptr) return;
  if (!types->is_array()) throw Refusal{malformed()};
  mapping.reports_failures = false;
  for (const json& type : *types) {
    if (type != "ReportBatchItemFailures") {
      throw Refusal{invalid("FunctionResponseTypes knows ReportBatchItemFailures.")};
    }
    mapping.reports_failures = true;
  }
}

EventSourceMapping read_mapping(std::string_view body, const Sqs& sqs,
                                const EventSourceMapping* current) {
  const Members members(body);
  constexpr std::array<const char*, 17> kOthers = {"FilterCriteria",
                                                   "KMSKeyArn",
                                                   "MetricsConfig",
                                                   "ParallelizationFactor",
                                                   "StartingPosition",
                                                   "StartingPositionTimestamp",
                                                   "DestinationConfig",
                                                   "MaximumRecordAgeInSeconds",
                                                   "BisectBatchOnFunctionError",
                                                   "MaximumRetryAttempts",
                                                   "TumblingWindowInSeconds",
                                                   "Topics",
                                                   "Queues",
                                                   "SourceAccessConfigurations",
                                                   "SelfManagedEventSource",
                                                   "DocumentDBEventSourceConfig",
                                                   "ProvisionedPollerConfig"};
  members.refuse(kOthers);
  EventSourceMapping mapping;
  if (current != nullptr) mapping = *current;
  if (current == nullptr) {
    const auto arn = members.text("EventSourceArn");
    if (!arn) throw Refusal{invalid("EventSourceArn is required.")};
    mapping.queue = sqs.name_in(*arn);
    if (mapping.queue.empty()) {
      throw Refusal{
          invalid("Unrecognized event source: this simulator polls standard queues of its "
                  "own, arn:aws:sqs:<region>:<account>:<name>.")};
    }
  }
  if (const auto function = members.text("FunctionName")) mapping.function = *function;
  if (mapping.function.empty()) throw Refusal{invalid("FunctionName is required.")};
  if (const auto size = members.number("BatchSize")) {
    mapping.batch_size = static_cast<uint32_t>(std::max<int64_t>(0, *size));
  }
  if (const auto window = members.number("MaximumBatchingWindowInSeconds")) {
    mapping.window_s = *window;
  }
  if (const json* enabled = members.find("Enabled")) {
    if (!enabled->is_boolean()) throw Refusal{malformed()};
    mapping.is_enabled = enabled->get<bool>();
  }
  if (const json* scaling = members.find("ScalingConfig")) {
    if (!scaling->is_object()) throw Refusal{malformed()};
    mapping.max_concurrency = std::nullopt;
    const auto most = Members::number_in(*scaling, "MaximumConcurrency");
    if (most) mapping.max_concurrency = static_cast<uint32_t>(std::max<int64_t>(0, *most));
  }
  read_response_types(members, mapping);
  return mapping;
}

Outcome<LambdaCall> read_function_call(const HttpRequest& request, std::string_view path) {
  using Op = LambdaOperation;
  if (path == kFunctions || path == std::string(kFunctions) + "/") {
    if (request.method == "GET") return LambdaCall{Op::list_functions, ""};
    return unknown(request);
  }
  const std::string head = std::string(kFunctions) + "/";
  if (const auto name = between(path, head, "/invocations"); name && request.method == "POST") {
    return LambdaCall{Op::invoke, *name};
  }
  for (const char* tail : {"/configuration", ""}) {
    const auto name = between(path, head, tail);
    if (name && request.method == "GET") return LambdaCall{Op::get_function, *name};
  }
  return unknown(request);
}

}  // namespace

bool is_lambda_path(std::string_view target) {
  const auto is_under = [&](std::string_view head) {
    return target.starts_with(head) && (target.size() == head.size() ||
                                        target[head.size()] == '/' || target[head.size()] == '?');
  };
  return is_under(kFunctions) || is_under(kMappings) || target.starts_with(kPutConcurrency) ||
         target.starts_with(kGetConcurrency);
}

Outcome<LambdaCall> read_lambda_call(const HttpRequest& request) {
  using Op = LambdaOperation;
  const std::string_view path = split_target(request.target).path;
  if (path.starts_with(kFunctions)) return read_function_call(request, path);
  if (const auto name = between(path, kPutConcurrency, "/concurrency")) {
    if (request.method == "PUT") return LambdaCall{Op::put_concurrency, *name};
    if (request.method == "DELETE") return LambdaCall{Op::delete_concurrency, *name};
  }
  if (const auto name = between(path, kGetConcurrency, "/concurrency")) {
    if (request.method == "GET") return LambdaCall{Op::get_concurrency, *name};
  }
  if (path == kMappings || path == std::string(kMappings) + "/") {
    if (request.method == "POST") return LambdaCall{Op::create_mapping, ""};
    if (request.method == "GET") return LambdaCall{Op::list_mappings, ""};
  }
  if (const auto id = between(path, std::string(kMappings) + "/", "")) {
    if (request.method == "GET") return LambdaCall{Op::get_mapping, *id};
    if (request.method == "PUT") return LambdaCall{Op::update_mapping, *id};
    if (request.method == "DELETE") return LambdaCall{Op::delete_mapping, *id};
  }
  return unknown(request);
}

Outcome<EventSourceMapping> read_mapping_request(std::string_view body, const Sqs& sqs,
                                                 const EventSourceMapping* current) {
  try {
    return read_mapping(body, sqs, current);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

Outcome<uint32_t> read_concurrency_request(std::string_view body) {
  try {
    const auto number = Members(body).number("ReservedConcurrentExecutions");
    if (!number || *number < 0) return invalid("ReservedConcurrentExecutions: 0 or more.");
    return static_cast<uint32_t>(*number);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

}  // namespace edgehose
