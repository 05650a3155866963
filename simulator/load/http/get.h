// A small HTTP GET for the control endpoints of the programs (`/_edgehose/status`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.h"
#include "simulator/load/http/url.h"

namespace edgehose {

struct HttpAnswer {
  uint32_t status = 0;
  std::string body;
};

// Blocks until the whole answer (at most 64 MiB) is there. Error::not_found when the host has no
// address, Error::io when there was no answer within the time.
[[nodiscard]] Result<HttpAnswer> http_get(const HttpUrl& url, uint32_t timeout_ms = 10'000);
// The same with another method (GET, POST, DELETE) and a body.
[[nodiscard]] Result<HttpAnswer> http_ask(const HttpUrl& url, std::string_view method,
                                          std::string body, uint32_t timeout_ms = 10'000);

}  // namespace edgehose
