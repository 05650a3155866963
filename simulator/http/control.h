// The simulator's own endpoints under /_edgehose/: what AWS has no call for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/http/event_host.h"
#include "simulator/http/fault_control.h"
#include "simulator/http/firehose_host.h"
#include "simulator/http/http_server.h"

namespace edgehose {

inline constexpr std::string_view kControlPath = "/_edgehose/";

// Calls of the S3 service by kind, as S3 bills them; Firehose's own writes are puts.
struct S3Meters {
  std::atomic<uint64_t> puts{0};
  std::atomic<uint64_t> gets{0};
  std::atomic<uint64_t> lists{0};
  std::atomic<uint64_t> deletes{0};
  std::atomic<uint64_t> heads{0};
  std::atomic<uint64_t> put_bytes{0};  // of the bodies of puts, and of Firehose's objects
};

class Replay;

class Control {
 public:
  // All outlive it. `started_ms` is when the simulator began to count.
  // Without `faults` there is nothing under faults and quota.
  // Without `events` the status has no queues and no functions.
  Control(FirehoseHost& host, const S3Meters& meters, const Clock& clock,
          FaultControl* faults = nullptr, EventHost* events = nullptr);

  // With it there is POST replay. It outlives this.
  void let_replay(Replay& replay) { replay_ = &replay; }

  // One more member of the status: `json` gives its value. Before the first request.
  void add_status(std::string name, std::function<std::string()> json);

  // GET status, POST flush, and what fault_control.h has.
  void handle(const HttpRequest& request, const HttpRespond& respond);

 private:
  [[nodiscard]] std::string status_text() const;

  FirehoseHost& host_;
  const S3Meters& meters_;
  const Clock& clock_;
  FaultControl* faults_;
  EventHost* events_;
  Replay* replay_ = nullptr;
  int64_t started_ms_;
  std::vector<std::pair<std::string, std::function<std::string()>>> more_;
};

}  // namespace edgehose
