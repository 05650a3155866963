// `edgehose fault` and `edgehose quota`: tell a running simulator to fail, or to allow more.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace edgehose {

// Asks a simulator's control endpoint; nothing when nobody answers. The program brings the client.
struct ControlAnswer {
  uint32_t status = 0;
  std::string body;
};
using AskControl = std::function<std::optional<ControlAnswer>(
    const std::string& method, const std::string& path, const std::string& body)>;

// The answer's JSON text when it is a success; else the reason is printed, and how to mend it.
[[nodiscard]] std::optional<std::string> ask_for(const char* command, const std::string& endpoint,
                                                 const std::optional<ControlAnswer>& answer,
                                                 std::ostream& err);

struct FaultOptions {
  enum class Verb : uint8_t { add, plan, incidents, list, clear };
  Verb verb = Verb::list;
  std::string endpoint = "http://127.0.0.1:4566";  // --endpoint
  std::string service = {};                        // --service firehose|s3|delivery|sqs|...
  std::string operation = {};                      // --operation; none: all
  std::string stream = {};                         // --stream
  std::string bucket = {};                         // --bucket
  std::string queue = {};                          // --queue
  std::string function = {};                       // --function
  std::string api = {};                            // --api
  double rate = 1.0;                               // --rate: share of the calls
  std::string error = {};                          // --error CODE
  uint16_t status = 0;                             // --status: of an error that is not known
  std::string message = {};                        // --message: its text
  std::string latency = {};                        // --latency 300ms | 200ms..2s
  double partial = 0;                              // --partial: share of the rows
  std::string partial_code = {};                   // --partial-error
  bool duplicate = false;                          // --duplicate
  std::string from = {};                           // --from 30s | ISO 8601
  std::string until = {};                          // --until
  std::string duration = {};                       // --for
  std::string id = {};                             // clear: one, or all
  std::string plan = {};                           // plan: a file, or an incident's name
  bool json = false;                               // --json: the simulator's answer as it is
};

struct QuotaOptions {
  enum class Verb : uint8_t { show, raise };
  Verb verb = Verb::show;
  std::string endpoint = "http://127.0.0.1:4566";  // --endpoint
  std::string stream = {};                         // --stream NAME or all
  double factor = 0;                               // --factor, of the profile
  uint64_t bytes_s = 0;                            // --bytes-s
  bool json = false;                               // --json
};

// 0 when the simulator did it, 1 when it could not be asked or refused, 2 when the options make no
// sense.
int run_fault(const FaultOptions& options, const AskControl& ask, std::ostream& out,
              std::ostream& err);
int run_quota(const QuotaOptions& options, const AskControl& ask, std::ostream& out,
              std::ostream& err);

}  // namespace edgehose
