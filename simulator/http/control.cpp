#include "simulator/http/control.h"

#include <nlohmann/json.hpp>

#include "simulator/http/replay.h"

namespace edgehose {
namespace {

using nlohmann::json;

std::string_view to_text(StreamStatus status) {
  return status == StreamStatus::creating ? "CREATING"
         : status == StreamStatus::active ? "ACTIVE"
                                          : "DELETING";
}

json stream_json(const StreamView& stream, StreamStatus status) {
  const StreamCounters& counters = stream.counters;
  return {
      {"name", stream.config.name},
      {"status", to_text(status)},
      {"version", stream.config.version},
      {"requests", counters.requests},
      {"records", counters.records},
      {"bytes", counters.bytes},
      {"billed_bytes", counters.billed_bytes},
      {"lines", counters.lines},
      {"billed_bytes_single", counters.billed_bytes_single},
      {"throttled_requests", counters.throttled_requests},
      {"throttled_records", counters.throttled_records},
      {"buffered_records", stream.buffered_records},
      {"buffered_bytes", stream.buffered_bytes},
      {"delivered_objects", counters.delivered_objects},
      {"delivered_bytes", counters.delivered_bytes},
      {"delivered_records", counters.delivered_records},
      {"delivery_failures", counters.delivery_failures},
      {"error_records", counters.error_records},
      {"dropped_records", counters.dropped_records},
      {"lost_records", counters.lost_records},
      {"peak_second",
       {{"records", counters.peak.records},
        {"requests", counters.peak.requests},
        {"bytes", counters.peak.bytes}}},
      // 0 stands for unlimited.
      {"limits",
       {{"records_s", stream.quota.records_s},
        {"requests_s", stream.quota.requests_s},
        {"bytes_s", stream.quota.bytes_s}}},
  };
}

json queue_json(const SqsQueue& queue) {
  const QueueCounters& counters = queue.counters;
  return {{"visible", queue.messages.visible()},
          {"in_flight", queue.messages.in_flight()},
          {"delayed", queue.messages.delayed()},
          {"sent", counters.sent},
          {"sent_bytes", counters.sent_bytes},
          {"received", counters.received},
          {"empty_receives", counters.empty_receives},
          {"deleted", counters.deleted},
          {"expired", counters.expired},
          {"dead_lettered", counters.dead_lettered},
          {"copies", counters.copies},
          {"billed_requests", counters.requests}};
}

json function_json(const FunctionInfo& function, const FunctionCounters& counters) {
  return {{"memory_mib", function.memory_mib},
          {"invocations", counters.invocations},
          {"errors", counters.errors},
          {"throttles", counters.throttles},
          {"async_dropped", counters.async_dropped},
          {"duration_ms", counters.duration_ms},
          {"billed_mib_ms", counters.billed_mib_ms},
          {"running", counters.running},
          {"running_peak", counters.running_peak}};
}

void add_events(EventHost& host, json& status) {
  host.inspect([&] {
    json& queues = status["sqs"]["queues"] = json::object();
    for (const auto& [name, queue] : host.sqs().queues()) queues[name] = queue_json(queue);
    json& functions = status["lambda"]["functions"] = json::object();
    for (const auto& [function, counters] : host.lambda().functions()) {
      functions[function.name] = function_json(function, counters);
    }
    status["lambda"]["held_messages"] = host.lambda().held_messages();
    status["lambda"]["waiting_events"] = host.lambda().waiting_events();
    status["notifications"] = {{"sent", host.notifications().sent()},
                               {"waiting", host.notifications().waiting()},
                               {"lost", host.notifications().lost()}};
  });
}

}  // namespace

Control::Control(FirehoseHost& host, const S3Meters& meters, const Clock& clock,
                 FaultControl* faults, EventHost* events)
    : host_(host),
      meters_(meters),
      clock_(clock),
      faults_(faults),
      events_(events),
      started_ms_(clock.now_ms()) {}

void Control::add_status(std::string name, std::function<std::string()> json) {
  more_.emplace_back(std::move(name), std::move(json));
}

void Control::handle(const HttpRequest& request, const HttpRespond& respond) {
  const std::string_view target = request.target;
  if (target == "/_edgehose/status" && request.method == "GET") {
    return respond(
        {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = status_text()});
  }
  if (target == "/_edgehose/flush" && request.method == "POST") {
    return host_.flush([respond](const FirehoseReply& reply) {
      const auto* flushed = std::get_if<FlushReply>(&reply);
      respond(control_answer(
          200, {{"delivered_objects", flushed == nullptr ? 0 : flushed->delivered_objects}}));
    });
  }
  if (faults_ != nullptr && faults_->handle(request, respond)) return;
  if (replay_ != nullptr && replay_->handle(request, respond)) return;
  respond(
      control_answer(404, {{"error", "not found"},
                           {"there_is",
                            {"GET /_edgehose/status", "POST /_edgehose/flush", "/_edgehose/faults",
                             "/_edgehose/quota", "POST /_edgehose/replay"}}}));
}

std::string Control::status_text() const {
  const int64_t now_ms = clock_.now_ms();
  json status = {
      {"now_ms", now_ms},
      {"started_ms", started_ms_},
      {"streams", json::array()},
      {"s3",
       {{"puts", meters_.puts.load()},
        {"gets", meters_.gets.load()},
        {"lists", meters_.lists.load()},
        {"deletes", meters_.deletes.load()},
        {"heads", meters_.heads.load()},
        {"put_bytes", meters_.put_bytes.load()}}},
  };
  host_.inspect([&](const Firehose& firehose) {
    const QuotaProfile& quota = firehose.options().quota;
    status["quota_profile"] = quota.name;
    for (const StreamView& stream : firehose.streams()) {
      status["streams"].push_back(stream_json(stream, firehose.status_of(stream.config, now_ms)));
    }
  });
  if (events_ != nullptr) add_events(*events_, status);
  if (faults_ != nullptr) status["faults"] = json::parse(faults_->faults_json());
  for (const auto& [name, text] : more_) status[name] = json::parse(text());
  return status.dump() + "\n";
}

}  // namespace edgehose
