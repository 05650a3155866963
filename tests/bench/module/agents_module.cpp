// A module that reads user agents and nothing else, made of the edge module's own sources: what the
// user agent benchmark calls, since the edge module reads them only on an event's way.
#include <cstdint>
#include <string_view>

#include "shared/enrich/user_agent.h"

namespace {

constexpr uint32_t kInputBytes = 4'096;

struct Bench {
  edgehose::UserAgentReader reader;
  char input[kInputBytes] = {};
};

}  // namespace

extern "C" {

Bench* agents_open(void) { return new Bench(); }
char* agents_input(Bench* bench) { return bench->input; }

// Reads the agent in the input; the bytes of three of its fields keep the work from being left out.
uint32_t agents_read(Bench* bench, uint32_t bytes) {
  const edgehose::UserAgent& agent = bench->reader.read({bench->input, bytes}, {});
  return static_cast<uint32_t>(agent.ua_family.size() + agent.os_family.size() +
                               agent.device_family.size());
}
}
