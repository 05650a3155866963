// What the shard would make of lines: records, calls and billed bytes, in virtual time and without
// a network.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/pack/shard.h"

namespace edgehose {

// Runs the collector's own shard against a Firehose that accepts everything at once.
class PackingMeter {
 public:
  explicit PackingMeter(const ShardOptions& options);

  // The lines of a request (a frame of pack/lines.h) that came at `now_ms`. Time never runs back:
  // an earlier one counts as the latest seen.
  // A time beyond the calendar is its end, as in what is delivered.
  void submit(int64_t now_ms, std::string_view lines);
  // Sends what still waits for company.
  void finish();

  // Lines of requests that the shard had no room for are not in these.
  const ShardCounters& counters() const { return shard_.counters(); }

 private:
  void run_effects();
  void carry_out(const Effect& effect);
  void run_until(int64_t now_ms);

  Shard shard_;
  uint64_t next_request_id_ = 1;
  int64_t now_ms_ = 0;
  bool has_time_ = false;
  bool has_wake_ = false;
  int64_t wake_ms_ = 0;
};

}  // namespace edgehose
