#include "simulator/http/replay_command.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace edgehose {
namespace {

using nlohmann::json;

}  // namespace

int run_replay(const ReplayOptions& options, const AskControl& ask, std::ostream& out,
               std::ostream& err) {
  json request = json::object();
  if (options.dead_letters) request["dead_letters"] = true;
  if (!options.raw.empty()) request["raw"] = options.raw;
  if (!options.errors.empty()) request["errors"] = options.errors;
  if (!options.stream.empty()) request["stream"] = options.stream;
  const auto answer = ask_for("replay", options.endpoint,
                              ask("POST", "/_edgehose/replay",
                                  request.dump(-1, ' ', false, json::error_handler_t::replace)),
                              err);
  if (!answer) return 1;
  const json body = json::parse(*answer);
  if (options.json) {
    out << body.dump() << "\n";
  } else {
    out << "replay: " << body.value("messages", uint64_t{0}) << " messages out of dead-letter "
        << "queues, " << body.value("objects", uint64_t{0}) << " objects told of or put again, "
        << body.value("records", uint64_t{0}) << " records back in their stream\n";
  }
  const uint64_t left = body.value("left", uint64_t{0});
  if (left > 0) err << "edgehose replay: the stream refused " << left << " records\n";
  return left > 0 ? 1 : 0;
}

}  // namespace edgehose
