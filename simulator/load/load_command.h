// `edgehose load`: open-loop HTTP load on a collector, with latency percentiles and a ledger of
// every event's fate.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace edgehose {

struct LoadOptions {
  std::string url = {};                         // --url: http://HOST:PORT[/collect], required
  uint64_t rate = 100;                          // --rate: events a second
  std::string duration = {};                    // --duration: 30, 30s, 500ms, 2m; empty: 10s or all
                                                // of the log
  uint32_t events_per_request = 1;              // --events-per-request
  std::string replay = {};                      // --replay: a combined-format log, plain or .gz
  std::string ledger = {};                      // --ledger: NDJSON file, appended to; empty: none
  uint32_t attempts = 1;                        // --attempts: sends of one request in all
  uint32_t connections = 1024;                  // --connections: most sockets at a time
  uint64_t seed = 1;                            // --seed
  std::vector<std::string> content_types = {};  // --content-type (repeatable): only these
  uint32_t pad = 0;                             // --pad: bytes added to each event's properties
  std::string site = "https://www.example.com";  // --site: where the pages of the events live
  std::string arrivals = "uniform";              // --arrivals uniform|poisson
  uint32_t timeout_ms = 15'000;                  // --timeout-ms: for one attempt's answer
  bool lean = false;  // --lean: few members an event (delivered lines below 500 bytes)
  bool json = false;  // --json: the report as one JSON line
};

// Runs the load until its duration is over or SIGINT/SIGTERM asks for an end; the ledger is whole
// either way. 0 when every started event has a fate in the ledger and at least one answer came,
// 1 when the run could not be done, 2 when the options make no sense.
int run_load(const LoadOptions& options, std::ostream& out, std::ostream& err);

}  // namespace edgehose
