// `edgehose report`: streams, objects, quota headroom and the bill of a run.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace edgehose {

struct ReportOptions {
  std::string endpoint = {};              // --endpoint URL of a running simulator
  std::string collector = {};             // --collector URL of the run's edge worker
  std::optional<uint64_t> cpu_ms = {};    // --worker-cpu-ms: of its run, measured elsewhere
  std::string data = {};                  // --data DIR: the lake on disk (found by --endpoint too)
  std::string bucket = "lake";            // --bucket
  std::string region = "ap-northeast-1";  // --region of the price book
  uint64_t duration_s = 0;                // --duration-s: the run's length; 0: since the start
  bool json = false;                      // --json
};

// 0 when the report was printed, 1 when neither the endpoint nor the folder could be read, 2 when
// the options make no sense.
int run_report(const ReportOptions& options, std::ostream& out, std::ostream& err);

}  // namespace edgehose
