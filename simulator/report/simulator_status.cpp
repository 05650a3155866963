#include "simulator/report/simulator_status.h"

#include <exception>
#include <nlohmann/json.hpp>

namespace edgehose {
namespace {

using Json = nlohmann::json;

uint64_t count(const Json& json, const char* name) { return json.at(name).get<uint64_t>(); }

// Throws what nlohmann throws; parse_simulator_status catches it.
StreamStatus read_stream(const Json& json) {
  const Json& peak = json.at("peak_second");
  const Json& limits = json.at("limits");
  return StreamStatus{
      .name = json.at("name").get<std::string>(),
      .requests = count(json, "requests"),
      .records = count(json, "records"),
      .bytes = count(json, "bytes"),
      .billed_bytes = count(json, "billed_bytes"),
      .lines = count(json, "lines"),
      .billed_bytes_single = count(json, "billed_bytes_single"),
      .throttled_requests = count(json, "throttled_requests"),
      .throttled_records = count(json, "throttled_records"),
      .buffered_records = count(json, "buffered_records"),
      .delivered_objects = count(json, "delivered_objects"),
      .delivered_bytes = count(json, "delivered_bytes"),
      .peak = {count(peak, "records"), count(peak, "requests"), count(peak, "bytes")},
      .limits = {count(limits, "records_s"), count(limits, "requests_s"), count(limits, "bytes_s")},
  };
}

// Members that a simulator without these services lacks.
void read_services(const Json& json, SimulatorStatus& status) {
  if (json.contains("apigateway")) status.apigateway_requests = count(json["apigateway"], "count");
  if (json.contains("alarms")) status.alarms = json["alarms"].size();
  if (json.contains("sqs")) {
    for (const Json& queue : json["sqs"].at("queues")) {
      status.sqs_requests += count(queue, "billed_requests");
    }
  }
  if (!json.contains("lambda")) return;
  for (const Json& function : json["lambda"].at("functions")) {
    status.lambda_requests += count(function, "invocations");
    status.lambda_mib_ms += count(function, "billed_mib_ms");
  }
}

}  // namespace

std::optional<SimulatorStatus> parse_simulator_status(std::string_view text) try {
  const Json json = Json::parse(text);
  SimulatorStatus status;
  status.quota_profile = json.at("quota_profile").get<std::string>();
  status.now_ms = json.at("now_ms").get<int64_t>();
  status.started_ms = json.at("started_ms").get<int64_t>();
  for (const Json& stream : json.at("streams")) status.streams.push_back(read_stream(stream));
  const Json& s3 = json.at("s3");
  status.s3_puts = count(s3, "puts");
  status.s3_put_bytes = count(s3, "put_bytes");
  status.s3_gets = count(s3, "gets");
  status.s3_lists = count(s3, "lists");
  status.s3_heads = count(s3, "heads");
  read_services(json, status);
  return status;
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace edgehose
