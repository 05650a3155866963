#include "simulator/http/gateway_protocol.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "shared/base/base64.h"
#include "simulator/http/url.h"

namespace edgehose {
namespace {

constexpr std::string_view kUserRequest = "_user_request_";

// Takes "/name" off the front of a path. False when another stands there.
bool take_segment(std::string_view& path, std::string_view name) {
  if (!path.starts_with('/') || !path.substr(1).starts_with(name)) return false;
  const std::string_view rest = path.substr(1 + name.size());
  if (!rest.empty() && rest.front() != '/') return false;
  path = rest;
  return true;
}

// The path behind the stage, as sent; nothing when the API or the stage is another one.
std::optional<std::string_view> path_behind_stage(const RestApi& api, std::string_view target) {
  std::string_view path = split_target(target).path;
  if (path.starts_with(kRestApisPath)) {
    path.remove_prefix(kRestApisPath.size() - 1);
    const bool is_ours = take_segment(path, api.id) && take_segment(path, api.stage) &&
                         take_segment(path, kUserRequest);
    return is_ours ? std::optional(path) : std::nullopt;
  }
  return take_segment(path, api.stage) ? std::optional(path) : std::nullopt;
}

// x-amz-apigw-id looks like this: 11 bytes as base64.
std::string extended_id(Random& random) {
  std::string bytes;
  for (int i = 0; i < 11; ++i) bytes.push_back(static_cast<char>(random.next() >> 56));
  std::string id;
  base64_append(id, bytes);
  return id;
}

nlohmann::json latency_json(const LatencyMeter& meter) {
  return {{"count", meter.count},
          {"sum_ms", meter.sum_ms},
          {"min_ms", meter.min_ms},
          {"max_ms", meter.max_ms}};
}

}  // namespace

// One request between its arrival and its answer.
struct GatewayProtocol::Work {
  GatewayCall call;
  HttpRespond respond;
  int64_t started_ms = 0;
  int64_t called_ms = 0;
  IntegrationCall integration;
  std::optional<uint32_t> fault_status = std::nullopt;  // in place of what it would be
};

GatewayProtocol::GatewayProtocol(const GatewayWorld& world) : world_(world), ids_(world.seed) {}

GatewayCall GatewayProtocol::prepare(const HttpRequest& request) {
  GatewayRequest made;
  const RestApi& api = world_.gateway.api();
  const auto path = path_behind_stage(api, request.target);
  made.method = request.method;
  made.path = path.value_or("");
  made.querystring = read_query(split_target(request.target).query);
  made.headers = request.headers;
  made.source_ip = "127.0.0.1";  // the server listens there only
  {
    const std::lock_guard lock(mutex_);
    append_uuid(made.request_id, ids_);
    made.extended_request_id = extended_id(ids_);
  }
  GatewayCall call = world_.gateway.prepare(world_.clock.now_ms(), std::move(made));
  if (!path) call.found = {};
  // Resources are found by the path as sent: a %2F in it parts no segments.
  for (auto& [name, text] : call.input.path) text = percent_decoded(text);
  return call;
}

HttpAdmission GatewayProtocol::admit(const HttpRequest& head) {
  const GatewayCall call = prepare(head);
  HttpAdmission admission;
  admission.body_bytes_max = kGatewayBodyBytesMax;
  admission.too_large = to_response(call, world_.gateway.too_large(call));
  if (call.found.method != nullptr) {
    admission.answer_timeout_ms = call.found.method->integration.timeout_ms;
    admission.timed_out = to_response(call, world_.gateway.timed_out(call));
  }
  // A body that is announced too large is refused by the server itself: handle() never sees it.
  const std::string_view announced = head.header("content-length");
  uint64_t bytes = 0;
  const auto* end = announced.data() + announced.size();
  const auto read = std::from_chars(announced.data(), end, bytes);
  if (read.ec == std::errc() && read.ptr == end && bytes > kGatewayBodyBytesMax) {
    const std::lock_guard lock(mutex_);
    world_.gateway.count(admission.too_large.status, Gateway::Throttled::no, 0, std::nullopt);
  }
  return admission;
}

void GatewayProtocol::handle(HttpRequest request, HttpRespond respond) {
  auto work = std::make_shared<Work>();
  work->started_ms = world_.wall_clock.now_ms();
  work->call = prepare(request);
  work->call.request.body = std::move(request.body);
  work->respond = std::move(respond);
  bool is_admitted = false;
  {
    const std::lock_guard lock(mutex_);
    is_admitted = world_.gateway.admit(world_.clock.now_ms(), work->call);
  }
  if (!is_admitted) {
    return answer(*work, world_.gateway.throttled(work->call), Gateway::Throttled::yes,
                  std::nullopt);
  }
  if (meet_fault(*work)) return answer(*work, {}, Gateway::Throttled::no, std::nullopt);
  auto begun = world_.gateway.begin(work->call);
  if (auto* made = std::get_if<GatewayAnswer>(&begun)) {
    return answer(*work, std::move(*made), Gateway::Throttled::no, std::nullopt);
  }
  work->integration = std::move(*std::get_if<IntegrationCall>(&begun));
  call(work);
}

void GatewayProtocol::call(const std::shared_ptr<Work>& work) {
  work->called_ms = world_.wall_clock.now_ms();
  HttpRespond done = [this, work](HttpResponse response) {
    answer_integration(work, std::move(response));
  };
  world_.firehose(work->integration.operation, work->integration.body, std::move(done));
}

// What an outage of the gateway itself answers comes from no mapping.
bool GatewayProtocol::meet_fault(Work& work) {
  FaultGate* faults = world_.faults;
  if (faults == nullptr || !faults->is_active(FaultService::apigateway)) return false;
  const FaultDecision fault =
      faults->decide({FaultService::apigateway, work.call.request.method, world_.gateway.api().id});
  if (fault.error) work.fault_status = fault.error->http_status;
  const std::string id = work.call.request.request_id;
  const auto to_error = [id](const AwsError& error) {
    return HttpResponse{.status = error.http_status,
                        .headers = {{"Content-Type", "application/json"}, {"x-amzn-RequestId", id}},
                        .body = nlohmann::json{{"message", error.message}}.dump()};
  };
  work.respond = faults->shape(fault, to_error, std::move(work.respond));
  return fault.error && !fault.duplicate;
}

void GatewayProtocol::answer_integration(const std::shared_ptr<Work>& work, HttpResponse response) {
  const int64_t took_ms = world_.wall_clock.now_ms() - work->called_ms;
  const auto integration_ms = static_cast<uint64_t>(std::max<int64_t>(0, took_ms));
  // The server has answered for the gateway by now; what is left is to count it so.
  if (integration_ms >= work->integration.timeout_ms) {
    return answer(*work, world_.gateway.timed_out(work->call), Gateway::Throttled::no,
                  integration_ms);
  }
  const IntegrationAnswer answered{.status = response.status,
                                   .headers = std::move(response.headers),
                                   .body = std::move(response.body)};
  answer(*work, world_.gateway.finish(work->call, answered), Gateway::Throttled::no,
         integration_ms);
}

void GatewayProtocol::answer(Work& work, GatewayAnswer answer, Gateway::Throttled throttled,
                             std::optional<uint64_t> integration_ms) {
  const int64_t took_ms = world_.wall_clock.now_ms() - work.started_ms;
  {
    const std::lock_guard lock(mutex_);
    world_.gateway.count(work.fault_status.value_or(answer.status), throttled,
                         static_cast<uint64_t>(std::max<int64_t>(0, took_ms)), integration_ms);
  }
  work.respond(to_response(work.call, std::move(answer)));
}

HttpResponse GatewayProtocol::to_response(const GatewayCall& call, GatewayAnswer answer) const {
  HttpResponse response{.status = answer.status,
                        .headers = std::move(answer.headers),
                        .body = std::move(answer.body)};
  response.headers.emplace_back("x-amzn-RequestId", call.request.request_id);
  response.headers.emplace_back("x-amz-apigw-id", call.request.extended_request_id);
  if (call.request.method == "HEAD") {
    response.head_bytes = response.body.size();
    response.body.clear();
  }
  return response;
}

GatewayMeters GatewayProtocol::meters() {
  const std::lock_guard lock(mutex_);
  return world_.gateway.meters();
}

std::string GatewayProtocol::status_json() {
  const GatewayMeters figures = meters();
  const RestApi& api = world_.gateway.api();
  return nlohmann::json{{"api", api.id},
                        {"name", api.name},
                        {"stage", api.stage},
                        {"count", figures.count},
                        {"4xx_errors", figures.errors_4xx},
                        {"5xx_errors", figures.errors_5xx},
                        {"throttled", figures.throttled},
                        {"latency", latency_json(figures.latency)},
                        {"integration_latency", latency_json(figures.integration_latency)}}
      .dump();
}

}  // namespace edgehose
