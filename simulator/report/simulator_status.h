// What a running simulator says of itself: GET /_edgehose/status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

// Records, requests and bytes of one second, or the limits of one.
struct SecondOfStream {
  uint64_t records = 0;
  uint64_t requests = 0;
  uint64_t bytes = 0;
};

struct StreamStatus {
  std::string name;
  uint64_t requests = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t billed_bytes = 0;
  uint64_t lines = 0;
  uint64_t billed_bytes_single = 0;  // had each line been a record of its own
  uint64_t throttled_requests = 0;
  uint64_t throttled_records = 0;
  uint64_t buffered_records = 0;
  uint64_t delivered_objects = 0;
  uint64_t delivered_bytes = 0;
  SecondOfStream peak;
  SecondOfStream limits;  // 0: unlimited
};

struct SimulatorStatus {
  std::string quota_profile;
  int64_t now_ms = 0;
  int64_t started_ms = 0;
  std::vector<StreamStatus> streams;
  uint64_t s3_puts = 0;  // Firehose's and functions' own too
  uint64_t s3_put_bytes = 0;
  uint64_t s3_gets = 0;
  uint64_t s3_lists = 0;  // billed as PUT
  uint64_t s3_heads = 0;  // billed as GET
  // What is behind and before Firehose, where there is some.
  uint64_t apigateway_requests = 0;
  uint64_t sqs_requests = 0;  // as billed
  uint64_t lambda_requests = 0;
  uint64_t lambda_mib_ms = 0;  // as billed
  uint64_t alarms = 0;
};

// Nothing when the text is no status.
[[nodiscard]] std::optional<SimulatorStatus> parse_simulator_status(std::string_view json);

}  // namespace edgehose
