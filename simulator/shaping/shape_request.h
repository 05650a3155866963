// A request as `edgehose shape` reads it: one JSON object a line.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "shared/collect/collect.h"

namespace edgehose {

// Owns what a Request views.
struct ShapeRequest {
  std::string method = "POST";
  std::string path = "/collect";
  std::string query = {};
  std::string headers = {};  // as Request has them
  std::string client_ip = {};
  int64_t received_ms = 0;
  std::string body = {};

  Request view() const;
};

// Reads {"method","path","query","headers":{},"client_ip","received_ms","body"} or "body_base64";
// what is absent has the value above, a time that is absent `received_ms`. A time beyond the years
// 0 to 9999 counts as their first or last instant, as the collector takes it. Another member is a
// problem: a misspelt one would be ignored. A body that `content-encoding` names gzip is
// decompressed, as a host does, to at most `body_bytes_max` and one byte. Or a text that says what
// is wrong.
[[nodiscard]] std::variant<ShapeRequest, std::string> read_shape_request(std::string_view line,
                                                                         size_t body_bytes_max,
                                                                         int64_t received_ms);

}  // namespace edgehose
