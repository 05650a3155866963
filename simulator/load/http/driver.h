// The open-loop driver: starts requests when the schedule says so, whatever the answers do.
//
// A request that finds every connection busy waits its turn and its latency still counts from the
// start that was intended, so a slow server cannot hide by slowing the sender (coordinated
// omission).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/load/http/url.h"

namespace edgehose {

struct DriverOptions {
  HttpUrl url;
  uint32_t connections_max = 1024;
  uint32_t attempts_max = 1;
  uint32_t timeout_ms = 15'000;           // for one attempt, connecting included
  uint32_t retry_after_ms_max = 10'000;   // a server may not ask for more
  uint32_t retries_waiting_max = 16'384;  // requests (with body) waiting for another attempt
  uint32_t grace_ms = 3'000;              // for answers under way when a signal ends the run
  uint32_t drain_ms_max = 120'000;        // after the last intended start
  uint64_t seed = 1;                      // of the backoff's jitter
};

// What the last attempt of a request came to.
struct FinalAnswer {
  uint32_t status = 0;         // 0: no answer
  std::string_view body = {};  // valid during the call
  uint32_t attempts = 1;
  int64_t latency_ns = 0;    // from the intended start to the end of the last answer
  int64_t service_ns = 0;    // of the last attempt alone
  int64_t start_lag_ns = 0;  // from the intended start to the first attempt's
};

// What is sent, and who hears what became of it. All calls come from the thread that drives.
class Traffic {
 public:
  virtual ~Traffic() = default;
  // Start of the next request in nanoseconds since the begin, never before the one given last.
  // Nothing: there is no further request.
  virtual std::optional<uint64_t> next_start_ns() = 0;
  // The JSON body of request `index`; asked once for each, in order.
  virtual std::string make_body(uint64_t index, uint64_t start_ns) = 0;
  virtual void on_final(uint64_t index, const FinalAnswer& answer) = 0;
  // About once a second, and at the end.
  virtual void on_second() = 0;
};

struct DriverSummary {
  uint64_t started = 0;      // requests that were sent at least once
  uint64_t attempts = 0;     // sends in all
  uint64_t not_started = 0;  // intended, but a signal or drain_ms_max came first
  uint64_t waiting_max = 0;  // most requests that waited for a connection
  uint64_t connects = 0;     // connections opened
  int64_t elapsed_ns = 0;    // from the begin to the last final answer
  bool interrupted = false;  // by SIGINT or SIGTERM
  std::string fault;         // why nothing could be sent (the host has no address); else empty
};

// Runs until every request has its final answer or a signal ends the run.
DriverSummary drive(const DriverOptions& options, Traffic& traffic);

}  // namespace edgehose
