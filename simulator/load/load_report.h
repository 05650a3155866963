// What a load run came to, and its two forms: text for people, one JSON line for programs.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>

#include "simulator/load/event_source.h"
#include "simulator/load/histogram.h"
#include "simulator/load/http/driver.h"

namespace edgehose {

struct LoadReport {
  DriverSummary driver;
  uint64_t events = 0;  // of the requests that were started
  uint64_t acknowledged = 0;
  uint64_t failed = 0;
  uint64_t refused = 0;
  uint64_t unanswered = 0;
  uint64_t bytes = 0;                     // of request bodies, each counted once
  uint64_t unreadable_answers = 0;        // 2xx whose body says nothing about the events
  std::map<uint32_t, uint64_t> statuses;  // of final answers; 0 counts those without one
  double wanted_events_s = 0;
  double achieved_events_s = 0;  // by the times at which requests really started
  bool behind_schedule = false;  // the sender itself, or its connections, did not keep up
  SkippedLines skipped;
  Histogram latency;  // from the intended start
  Histogram service;  // of the last attempt
  Histogram lag;      // of starts behind their intention
};

void print_load_report(const LoadReport& report, std::ostream& out);
void print_load_report_json(const LoadReport& report, std::ostream& out);

}  // namespace edgehose
