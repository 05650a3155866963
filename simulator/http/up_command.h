// `edgehose up`: the simulator at wall clock behind real AWS APIs, on loopback.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "simulator/services/lambda/builtin_function.h"

namespace edgehose {

struct UpOptions {
  std::string data = "edgehose-data";       // --data DIR
  uint16_t port = 0;                        // --port: 0 picks a free one
  std::string quota = "tokyo-2026";         // --quota PROFILE
  std::string region = "ap-northeast-1";    // --region
  std::vector<std::string> buckets = {};    // --bucket (repeatable); none: "lake"
  std::string access_key_id = {};           // --access-key-id or EDGEHOSE_ACCESS_KEY_ID
  std::string secret_access_key = {};       // --secret-access-key or EDGEHOSE_SECRET_ACCESS_KEY
  bool no_fsync = false;                    // --no-fsync
  bool json = false;                        // --json: nothing on standard output but the one line
  uint32_t clock_speed = 1;                 // --clock-speed
  uint64_t seed = 0;                        // --seed: 0 takes one from the system
  uint32_t creating_s = 1;                  // --creating-seconds: of a stream, in simulated time
  uint32_t control_calls_s = 5;             // --control-calls: a second and operation; 0: unlimited
  uint32_t active_partitions = 500;         // --active-partitions
  std::vector<std::string> functions = {};  // --function NAME=FILE[:HANDLER], NAME=shaper:BUCKET
  bool control = false;                     // --control: faults and quotas may be changed
  std::string faults = {};                  // --faults FILE: a plan from the start, or an incident
  std::string alarms = {};                  // --alarms FILE: alarms and a webhook
  uint32_t auto_raise_s = 0;                // --auto-raise SECONDS of throttling; 0: never
  double sqs_duplicates = 0;                // --sqs-duplicates: share of deletions
  double sqs_reorder = 0;                   // --sqs-reorder: share of receives
  std::string api = {};                     // --api FILE: an OpenAPI document
  std::optional<uint16_t> api_port = {};    // --api-port: the API also on a port of its own
  uint64_t api_rate = 10'000;               // --api-rate: the account's requests a second
  uint64_t api_burst = 5'000;               // --api-burst: the account's bucket
  std::string plant = {};                   // --plant drop_record|double_line
};

// Serves until SIGINT or SIGTERM. 0 after a clean end, 1 when it cannot start, 2 when the options
// make no sense. Prints {"endpoint","data","quota"}, and "api" where there is one, as one line when
// it is ready. `make` knows the functions that come with the program.
int run_up(const UpOptions& options, std::ostream& out, std::ostream& err,
           const MakeBuiltin& make = {});

}  // namespace edgehose
