#include "shared/pack/shard_status.h"

#include <string_view>
#include <utility>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {

std::string shard_status_json(const Shard& shard) {
  const ShardCounters& counters = shard.counters();
  const std::pair<std::string_view, uint64_t> fields[] = {
      {"held_bytes", counters.held_bytes},
      {"held_bytes_max_seen", counters.held_bytes_max_seen},
      {"held_lines", counters.held_lines},
      {"waiting_requests", shard.waiting_requests()},
      {"in_flight_batches", shard.in_flight_batches()},
      {"sent_batches", counters.sent_batches},
      {"sent_records", counters.sent_records},
      {"sent_lines", counters.sent_lines},
      {"sent_bytes", counters.sent_bytes},
      {"billed_bytes", counters.billed_bytes},
      {"delivered_lines", counters.delivered_lines},
      {"delivered_events", counters.delivered_events},
      {"delivered_line_bytes", counters.delivered_line_bytes},
      {"delivered_records", counters.delivered_records},
      {"throttled_rows", counters.throttled_rows},
      {"throttled_calls", counters.throttled_calls},
      {"failed_calls", counters.failed_calls},
      {"resent_rows", counters.resent_rows},
      {"ambiguous_rows", counters.ambiguous_rows},
      {"ambiguous_lines", counters.ambiguous_lines},
      {"duplicate_lines_max", counters.duplicate_lines_max},
      {"answered_requests", counters.answered_requests},
      {"refused_requests", counters.refused_requests},
      {"timed_out_requests", counters.timed_out_requests},
      {"dropped_lines", counters.dropped_lines},
      {"failed_compressions", counters.failed_compressions},
      {"stored_rows", counters.stored_rows},
      {"stored_bytes", counters.stored_bytes},
      {"stored_bytes_max_seen", counters.stored_bytes_max_seen},
      {"failed_writes", counters.failed_writes},
      {"restored_rows", counters.restored_rows},
      {"broken_rows", counters.broken_rows},
  };
  std::string json = "{";
  for (const auto& [name, value] : fields) {
    json_append_string(json, name);
    json.push_back(':');
    append_number(json, static_cast<int64_t>(value));
    json.push_back(',');
  }
  json += "\"last_failure\":";
  json_append_string(json, shard.last_failure());
  return json + "}";
}

}  // namespace edgehose
