// Posts small JSON messages to one URL, as Slack's incoming webhooks take them: from a thread of
// its own, with a bounded queue, a time-out, and three tries.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace edgehose {

struct WebhookUrl {
  std::string host;  // without brackets
  uint16_t port = 80;
  std::string target = "/";
};
// The URL, or what is wrong with it. Hosts other than this machine must be among `hosts`: a file
// with alarms sends nothing into the world by accident. https is not supported.
[[nodiscard]] std::variant<WebhookUrl, std::string> read_webhook_url(
    std::string_view text, const std::vector<std::string>& hosts);

struct WebhookOptions {
  size_t queue_max = 100;
  uint32_t timeout_ms = 5'000;  // of a try
  uint32_t tries = 3;
  uint32_t pause_ms = 500;  // before the second try; twice that before the third
};

class Webhook {
 public:
  explicit Webhook(WebhookUrl url, WebhookOptions options = {});
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  // Queues `json`; where the queue is full it is dropped and counted.
  void post(std::string json);
  // Ends the thread after the try it is at; what waits is dropped.
  void stop();

  [[nodiscard]] uint64_t sent() const { return sent_; }
  [[nodiscard]] uint64_t failed() const { return failed_; }  // after all tries
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  void run();
  bool send_with_tries(const std::string& json);
  bool pause(uint32_t pause_ms);

  WebhookUrl url_;
  WebhookOptions options_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<std::string> queue_;
  bool stopping_ = false;
  std::atomic<uint64_t> sent_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> dropped_{0};
  std::thread thread_;
};

}  // namespace edgehose
