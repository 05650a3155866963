// A request from a fuzzer's bytes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "simulator/http/http_server.h"

namespace edgehose::fuzz {

// The target, then headers a line each, an empty line, the body.
inline HttpRequest request_of(std::string_view text) {
  HttpRequest request;
  request.method = "PUT";
  for (bool is_first = true; !text.empty(); is_first = false) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) break;
    if (is_first) {
      const size_t blank = line.find(' ');
      request.method = blank == std::string_view::npos ? "PUT" : line.substr(0, blank);
      request.target = line.substr(blank == std::string_view::npos ? 0 : blank + 1);
      continue;
    }
    const size_t colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(std::string(line.substr(0, colon)),
                                 std::string(line.substr(std::min(colon + 1, line.size()))));
  }
  request.body = text;
  return request;
}

}  // namespace edgehose::fuzz
