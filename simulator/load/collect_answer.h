// The collector's answer to a request, as far as a sender needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace edgehose {

struct CollectAnswer {
  uint64_t accepted = 0;
  std::vector<uint32_t> failed;  // indexes of the request's events, sorted, each once
};

// Nothing when the body is no such answer to a request of `events` events: then nobody can say
// which of them were accepted.
[[nodiscard]] std::optional<CollectAnswer> parse_collect_answer(std::string_view body,
                                                                uint32_t events);

}  // namespace edgehose
