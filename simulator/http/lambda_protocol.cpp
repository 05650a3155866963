#include "simulator/http/lambda_protocol.h"

#include <nlohmann/json.hpp>

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "simulator/http/url.h"

namespace edgehose {
namespace {

using nlohmann::json;

HttpResponse json_answer(uint32_t status, const json& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

bool is_json(std::string_view text) {
  JsonScanner scanner(text, 512);
  return !scanner.take_value().empty() && scanner.peek() == '\0' && scanner.at() == text.size();
}

json mapping_json(const EventSourceMapping& mapping, const Lambda& lambda, const Sqs& sqs) {
  json body = {{"UUID", mapping.uuid},
               {"BatchSize", mapping.batch_size},
               {"MaximumBatchingWindowInSeconds", mapping.window_s},
               {"EventSourceArn", sqs.arn_of(mapping.queue)},
               {"FunctionArn", lambda.arn_of(mapping.function)},
               {"LastModified", static_cast<double>(mapping.modified_ms) / 1'000.0},
               {"State", mapping.is_enabled ? "Enabled" : "Disabled"},
               {"StateTransitionReason", "USER_INITIATED"},
               {"FunctionResponseTypes", json::array()},
               {"EventSourceMappingArn", "arn:aws:lambda:" + lambda.options().region + ":" +
                                             lambda.options().account +
                                             ":event-source-mapping:" + mapping.uuid}};
  if (mapping.reports_failures) body["FunctionResponseTypes"].push_back("ReportBatchItemFailures");
  if (mapping.max_concurrency) {
    body["ScalingConfig"] = {{"MaximumConcurrency", *mapping.max_concurrency}};
  }
  return body;
}

json function_json(const FunctionInfo& function, const Lambda& lambda) {
  return {{"FunctionName", function.name},
          {"FunctionArn", lambda.arn_of(function.name)},
          {"Runtime", function.runtime},
          {"Handler", function.handler},
          {"Timeout", function.timeout_s},
          {"MemorySize", function.memory_mib},
          {"Version", "$LATEST"},
          {"State", "Active"},
          {"LastUpdateStatus", "Successful"}};
}

HttpResponse invoked(const InvokeResult& result, const std::string& name, const Lambda& lambda) {
  using Kind = InvokeResult::Kind;
  switch (result.kind) {
    case Kind::ok:
    case Kind::function_error:
    case Kind::timeout:
      break;
    case Kind::not_found:
      return lambda_error(no_such_function(lambda.arn_of(name)));
    case Kind::throttled:
      return lambda_error({"TooManyRequestsException", "Rate Exceeded.", 429});
    case Kind::too_large:
      return lambda_error({"RequestTooLargeException",
                           "Request or answer must be smaller than 6291456 bytes for the "
                           "InvokeFunction operation",
                           413});
    case Kind::service_error:
      return lambda_error(
          {"ServiceException", "The Lambda service encountered an internal error.", 500});
  }
  HttpResponse response{
      .status = 200,
      .headers = {{"Content-Type", "application/json"}, {"X-Amz-Executed-Version", "$LATEST"}},
      .body = result.payload.empty() ? "null" : result.payload};
  if (result.kind != Kind::ok) response.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  return response;
}

}  // namespace

HttpResponse lambda_error(const AwsError& error) {
  const bool is_ours = error.http_status >= 500;
  json body = {{"Type", is_ours ? "Service" : "User"}, {"message", error.message}};
  if (error.code == "TooManyRequestsException")
    body["Reason"] = "ConcurrentInvocationLimitExceeded";
  HttpResponse response = json_answer(error.http_status, body);
  response.headers.emplace_back("x-amzn-errortype", error.code);
  return response;
}

void LambdaProtocol::handle(const HttpRequest& request, const HttpRespond& respond) {
  const auto call = read_lambda_call(request);
  if (!call) return respond(lambda_error(call.error()));
  if (call.value().operation == LambdaOperation::invoke) {
    return invoke(call.value().name, request, respond);
  }
  host_.call([&](int64_t now_ms) { return perform(now_ms, call.value(), request); }, respond);
}

void LambdaProtocol::invoke(const std::string& name, const HttpRequest& request,
                            const HttpRespond& respond) {
  const std::string payload = request.body.empty() ? "{}" : request.body;
  if (!is_json(payload)) {
    return respond(
        lambda_error({"InvalidRequestContentException", "Could not parse request body into json"}));
  }
  const std::string_view type = request.header("x-amz-invocation-type");
  if (type.empty() || type == "RequestResponse") {
    return host_.invoke(name, payload, [this, name, respond](const InvokeResult& result) {
      respond(invoked(result, name, lambda_));
    });
  }
  if (type != "Event" && type != "DryRun") {
    return respond(lambda_error({"InvalidParameterValueException",
                                 "X-Amz-Invocation-Type: RequestResponse, Event or DryRun."}));
  }
  host_.call(
      [&](int64_t now_ms) {
        if (type == "DryRun") {
          if (lambda_.find(name) == nullptr) {
            return lambda_error(no_such_function(lambda_.arn_of(name)));
          }
          return HttpResponse{.status = 204};
        }
        if (auto error = lambda_.invoke_async(now_ms, name, payload)) return lambda_error(*error);
        return HttpResponse{.status = 202};
      },
      respond);
}

HttpResponse LambdaProtocol::perform(int64_t now_ms, const LambdaCall& call,
                                     const HttpRequest& request) {
  using Op = LambdaOperation;
  switch (call.operation) {
    case Op::list_functions:
      return list_functions();
    case Op::get_function: {
      const FunctionInfo* function = lambda_.find(call.name);
      if (function == nullptr) return lambda_error(no_such_function(lambda_.arn_of(call.name)));
      const json configuration = function_json(*function, lambda_);
      const bool is_whole = !split_target(request.target).path.ends_with("/configuration");
      return json_answer(200, is_whole ? json{{"Configuration", configuration}} : configuration);
    }
    case Op::list_mappings:
      return list_mappings(request);
    case Op::put_concurrency:
    case Op::get_concurrency:
    case Op::delete_concurrency:
      return change_concurrency(call, request.body);
    default:
      return change_mapping(now_ms, call, request.body);
  }
}

HttpResponse LambdaProtocol::list_functions() const {
  json functions = json::array();
  for (const auto& [function, counters] : lambda_.functions()) {
    functions.push_back(function_json(function, lambda_));
  }
  return json_answer(200, {{"Functions", functions}});
}

HttpResponse LambdaProtocol::list_mappings(const HttpRequest& request) const {
  std::string queue;
  std::string function;
  for (const auto& [name, value] : read_query(split_target(request.target).query)) {
    if (name == "EventSourceArn") queue = value;
    if (name == "FunctionName") function = function_named(value);
  }
  json mappings = json::array();
  for (const EventSourceMapping& mapping : lambda_.mappings()) {
    if (!queue.empty() && host_.sqs().arn_of(mapping.queue) != queue) continue;
    if (!function.empty() && mapping.function != function) continue;
    mappings.push_back(mapping_json(mapping, lambda_, host_.sqs()));
  }
  return json_answer(200, {{"EventSourceMappings", mappings}});
}

HttpResponse LambdaProtocol::change_mapping(int64_t now_ms, const LambdaCall& call,
                                            const std::string& body) {
  using Op = LambdaOperation;
  const EventSourceMapping* current = lambda_.mapping(call.name);
  if (call.operation != Op::create_mapping && current == nullptr) {
    return lambda_error(
        {"ResourceNotFoundException", "The resource you requested does not exist.", 404});
  }
  if (call.operation == Op::get_mapping) {
    return json_answer(200, mapping_json(*current, lambda_, host_.sqs()));
  }
  if (call.operation == Op::delete_mapping) {
    const auto gone = lambda_.erase_mapping(call.name);
    json answer = mapping_json(gone.value(), lambda_, host_.sqs());
    answer["State"] = "Deleting";
    return json_answer(202, answer);
  }
  auto read = read_mapping_request(body, host_.sqs(), current);
  if (!read) return lambda_error(read.error());
  const auto mapping = current == nullptr ? lambda_.create_mapping(now_ms, std::move(read.value()))
                                          : lambda_.update_mapping(now_ms, std::move(read.value()));
  if (!mapping) return lambda_error(mapping.error());
  return json_answer(202, mapping_json(mapping.value(), lambda_, host_.sqs()));
}

HttpResponse LambdaProtocol::change_concurrency(const LambdaCall& call, const std::string& body) {
  using Op = LambdaOperation;
  std::optional<AwsError> error;
  if (call.operation == Op::put_concurrency) {
    const auto read = read_concurrency_request(body);
    if (!read) return lambda_error(read.error());
    error = lambda_.reserve(call.name, read.value());
  } else if (call.operation == Op::delete_concurrency) {
    error = lambda_.reserve(call.name, std::nullopt);
    if (!error) return {.status = 204};
  }
  const FunctionInfo* function = lambda_.find(call.name);
  if (function == nullptr) error = no_such_function(lambda_.arn_of(call.name));
  if (error) return lambda_error(*error);
  json answer = json::object();
  if (function->reserved_concurrency) {
    answer["ReservedConcurrentExecutions"] = *function->reserved_concurrency;
  }
  return json_answer(200, answer);
}

}  // namespace edgehose
