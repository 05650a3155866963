// Waits in a test for the one answer to a request.
#pragma once

#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "simulator/http/http_server.h"

namespace edgehose {

class Recorder {
 public:
  HttpRespond respond() {
    auto promise = promise_;
    return [promise](HttpResponse response) { promise->set_value(std::move(response)); };
  }
  // Throws std::future_error-like failures as a status of 0 after ten seconds.
  HttpResponse wait() {
    auto future = promise_->get_future();
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
      return {.status = 0};
    return future.get();
  }

 private:
  std::shared_ptr<std::promise<HttpResponse>> promise_ =
      std::make_shared<std::promise<HttpResponse>>();
};

}  // namespace edgehose
