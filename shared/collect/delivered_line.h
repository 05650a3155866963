// The line an accepted event becomes: flat, snake_case, absent where unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/event/event.h"

namespace edgehose {

// The name and version that lines carry as `collector`.
inline constexpr std::string_view kCollector = "edgehose/0.1.0";

// What the request adds to each of its events. Views live as long as the request.
struct RequestFacts {
  int64_t received_ms = 0;
  std::optional<int64_t> sent_ms;  // the sender's clock when it sent the batch
  std::string client_ip;           // as privacy allows; empty: unknown
  std::string_view user_agent;     // the header's, for events that name none
  std::string_view geo_country;
  std::string_view geo_region;
  std::string_view geo_city;
  std::string_view geo_asn;
};

// Appends the event's line without a newline.
void append_delivered_line(std::string& out, const Event& event, const RequestFacts& facts);

}  // namespace edgehose
