#include "shared/pack/shard_status.h"

#include <span>
#include <string_view>
#include <utility>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

using Count = std::pair<std::string_view, uint64_t ShardCounters::*>;

// In the order of the status, which has two numbers of the shard's own between them.
constexpr Count kHeld[] = {
    {"held_bytes", &ShardCounters::held_bytes},
    {"held_bytes_max_seen", &ShardCounters::held_bytes_max_seen},
    {"held_lines", &ShardCounters::held_lines},
};
constexpr Count kSince[] = {
    {"sent_batches", &ShardCounters::sent_batches},
    {"sent_records", &ShardCounters::sent_records},
    {"sent_lines", &ShardCounters::sent_lines},
    {"sent_bytes", &ShardCounters::sent_bytes},
    {"billed_bytes", &ShardCounters::billed_bytes},
    {"delivered_lines", &ShardCounters::delivered_lines},
    {"delivered_events", &ShardCounters::delivered_events},
    {"delivered_line_bytes", &ShardCounters::delivered_line_bytes},
    {"delivered_records", &ShardCounters::delivered_records},
    {"throttled_rows", &ShardCounters::throttled_rows},
    {"throttled_calls", &ShardCounters::throttled_calls},
    {"failed_calls", &ShardCounters::failed_calls},
    {"resent_rows", &ShardCounters::resent_rows},
    {"ambiguous_rows", &ShardCounters::ambiguous_rows},
    {"ambiguous_lines", &ShardCounters::ambiguous_lines},
    {"duplicate_lines_max", &ShardCounters::duplicate_lines_max},
    {"answered_requests", &ShardCounters::answered_requests},
    {"refused_requests", &ShardCounters::refused_requests},
    {"timed_out_requests", &ShardCounters::timed_out_requests},
    {"dropped_lines", &ShardCounters::dropped_lines},
    {"failed_compressions", &ShardCounters::failed_compressions},
    {"stored_rows", &ShardCounters::stored_rows},
    {"stored_bytes", &ShardCounters::stored_bytes},
    {"stored_bytes_max_seen", &ShardCounters::stored_bytes_max_seen},
    {"failed_writes", &ShardCounters::failed_writes},
    {"restored_rows", &ShardCounters::restored_rows},
    {"broken_rows", &ShardCounters::broken_rows},
};

void append_count(std::string& json, std::string_view name, uint64_t count) {
  json_append_string(json, name);
  json.push_back(':');
  append_number(json, static_cast<int64_t>(count));
  json.push_back(',');
}

void append_counts(std::string& json, std::span<const Count> counts,
                   const ShardCounters& counters) {
  for (const auto& [name, count] : counts) append_count(json, name, counters.*count);
}

}  // namespace

std::string shard_status_json(const Shard& shard) {
  std::string json = "{";
  append_counts(json, kHeld, shard.counters());
  append_count(json, "waiting_requests", shard.waiting_requests());
  append_count(json, "in_flight_batches", shard.in_flight_batches());
  append_counts(json, kSince, shard.counters());
  json += "\"last_failure\":";
  json_append_string(json, shard.last_failure());
  json.push_back('}');
  return json;
}

}  // namespace edgehose
