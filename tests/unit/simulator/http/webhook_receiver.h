// A webhook's other end: a server that keeps what was posted to it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulator/http/http_server.h"

namespace edgehose {

class WebhookReceiver final : public HttpHandler {
 public:
  // Answers the first `failures` posts with 500.
  explicit WebhookReceiver(int failures = 0)
      : failures_(failures), server_({}, *this), thread_([this] { server_.run(); }) {}
  ~WebhookReceiver() override {
    server_.stop();
    thread_.join();
  }
  WebhookReceiver(const WebhookReceiver&) = delete;
  WebhookReceiver& operator=(const WebhookReceiver&) = delete;

  HttpAdmission admit(const HttpRequest& /*head*/) override { return {1'000'000, {}}; }
  void handle(HttpRequest request, HttpRespond respond) override {
    bool fails = false;
    {
      const std::lock_guard lock(mutex_);
      fails = failures_-- > 0;
      requests_.push_back(std::move(request));
    }
    changed_.notify_all();
    respond({.status = fails ? 500U : 200U});
  }

  [[nodiscard]] uint16_t port() const { return server_.port(); }
  // Waits until there were so many, or ten seconds.
  std::vector<HttpRequest> wait(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10),
                      [this, count] { return requests_.size() >= count; });
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpRequest> requests_;
  int failures_;
  HttpServer server_;
  std::thread thread_;
};

}  // namespace edgehose
