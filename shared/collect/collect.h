// The main path: one request in; lines for the delivery streams and an answer out. Stateless and
// pure.
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shared/base/byte_buffer.h"
#include "shared/collect/configuration.h"
#include "shared/collect/delivered_line.h"
#include "shared/collect/duplicates.h"
#include "shared/enrich/geo.h"
#include "shared/enrich/privacy.h"

namespace edgehose {

// What the host read of a request. Views live as long as the call.
struct Request {
  int64_t received_ms = 0;  // now, by the host's clock
  std::string_view method;
  std::string_view path;
  std::string_view query;      // without `?`
  std::string_view client_ip;  // as the host knows it
  std::string_view headers;    // "name: value\n" lines, names in lower case
  std::string_view body;       // with its compression undone
  uint64_t seed = 0;           // unknown to senders; no output depends on it
};

enum class AnswerKind : uint8_t { json = 0, gif = 1, empty = 2 };

// What the host does: with lines, hand them to a shard and give the answer once the shard says 200;
// without, give the answer at once.
struct Shaped {
  uint32_t status = 200;
  AnswerKind kind = AnswerKind::json;
  std::string answer;
  ByteBuffer lines;  // a frame of pack/lines.h
  uint32_t accepted = 0;
  uint32_t failed = 0;
  uint32_t duplicates = 0;  // events that stood in the request twice
  uint32_t dropped = 0;     // events of which consent lets nothing be kept

  void clear();
};

// What keeps a plan from being served under a configuration; empty when nothing does.
[[nodiscard]] std::string_view plan_problem(const Configuration& configuration, const Plan& plan);

// A collector: a configuration, and memory that serves one request after the other. It keeps
// nothing of a request: the same request always gives the same lines and the same answer.
class Collector {
 public:
  // The plan's bytes must outlive the collector.
  explicit Collector(Configuration configuration, std::optional<Plan> plan = std::nullopt);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  const Configuration& configuration() const { return configuration_; }

  // Fills `out`, which may be one used before: its buffers are kept.
  //   POST /collect      one event, an array of events, or {"sent_time","events":[...]}: an object
  //                      is such an envelope by its array events, whatever else stands in it
  //   GET  /collect.gif  one event in the query: names as in JSON, own data as properties.<name>
  //   GET  /health       200
  //   OPTIONS            204, for preflights
  // Never fails: what cannot be served is an answer of 400, 404, 405 or 413 and no lines.
  void collect(const Request& request, Shaped& out);

 private:
  friend class Shaping;

  Configuration configuration_;
  EventRules rules_;
  EventReader reader_;
  Duplicates duplicates_;
  // Ids of the request at hand that do not stand in its body as they are: duplicates_ views them.
  std::vector<UuidText> derived_ids_;  // never grows beyond what it was made for
  std::forward_list<std::string> decoded_ids_;
  DeliveredLines lines_;
  IpHasher ip_hasher_;
  // Of the request at hand, kept for their memory.
  Geo geo_;
  std::string client_ip_;
  std::string consent_;
  std::string kept_raw_;
  std::string failed_line_;
  std::string failed_json_;  // the answer's list
};

}  // namespace edgehose
