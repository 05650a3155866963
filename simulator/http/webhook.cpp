#include "simulator/http/webhook.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <chrono>
#include <utility>

namespace edgehose {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Endpoints = asio::ip::tcp::resolver::results_type;

constexpr uint64_t kAnswerBytesMax = 64U << 10;

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "127.0.0.1";
}

// Connect, write, read: each step starts the next, and the stream's expiry bounds them together.
class Post {
 public:
  Post(asio::io_context& io, const WebhookUrl& url, const std::string& json)
      : stream_(io), request_{http::verb::post, url.target, 11, json} {
    const bool is_v6 = url.host.find(':') != std::string::npos;
    request_.set(http::field::host,
                 (is_v6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port));
    request_.set(http::field::user_agent, "edgehose");
    request_.set(http::field::content_type, "application/json");
    request_.set(http::field::connection, "close");
    request_.prepare_payload();
    parser_.body_limit(kAnswerBytesMax);
  }

  void start(const Endpoints& endpoints, uint32_t timeout_ms) {
    stream_.expires_after(std::chrono::milliseconds(timeout_ms));
    stream_.async_connect(endpoints, [this](beast::error_code error, const auto&) {
      if (!error) write();
    });
  }

  [[nodiscard]] bool is_taken() const { return is_taken_; }

 private:
  void write() {
    http::async_write(stream_, request_, [this](beast::error_code error, size_t) {
      if (!error) read();
    });
  }
  void read() {
    http::async_read(stream_, buffer_, parser_, [this](beast::error_code error, size_t) {
      is_taken_ = !error && parser_.get().result_int() / 100 == 2;
    });
  }

  beast::tcp_stream stream_;
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  bool is_taken_ = false;
};

bool send_once(const WebhookUrl& url, const std::string& json, uint32_t timeout_ms) {
  asio::io_context io{1};
  asio::ip::tcp::resolver resolver(io);
  beast::error_code error;
  const Endpoints endpoints = resolver.resolve(url.host, std::to_string(url.port), error);
  if (error || endpoints.empty()) return false;
  Post post(io, url, json);
  post.start(endpoints, timeout_ms);
  io.run();
  return post.is_taken();
}

}  // namespace

std::variant<WebhookUrl, std::string> read_webhook_url(std::string_view text,
                                                       const std::vector<std::string>& hosts) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) {
    return "https is not supported: put a relay of this machine between";
  }
  if (!text.starts_with(kScheme)) return "is not an http:// URL";
  text.remove_prefix(kScheme.size());
  WebhookUrl url;
  const size_t path = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, path);
  if (path < text.size()) url.target = text.substr(path);
  const bool has_odd_bytes =
      std::any_of(text.begin(), text.end(), [](char c) { return c <= 0x20 || c == 0x7f; });
  if (has_odd_bytes || authority.find_first_of("@?#") != std::string_view::npos) {
    return "is not an http:// URL of host, port and path";
  }
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = bracket == std::string_view::npos ? authority.substr(0, colon)
                                               : authority.substr(1, bracket - 1);
  if (url.host.empty()) return "names no host";
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    const char* end = port.data() + port.size();
    const auto [stop, code] = std::from_chars(port.data(), end, url.port);
    if (code != std::errc() || stop != end || url.port == 0) return "has no good port";
  }
  if (!is_loopback(url.host) && std::find(hosts.begin(), hosts.end(), url.host) == hosts.end()) {
    return "is not on this machine; to send there, name " + url.host + " in webhook_hosts";
  }
  return url;
}

Webhook::Webhook(WebhookUrl url, WebhookOptions options)
    : url_(std::move(url)), options_(options), thread_([this] { run(); }) {}

Webhook::~Webhook() { stop(); }

void Webhook::post(std::string json) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= options_.queue_max) {
      ++dropped_;
      return;
    }
    queue_.push_back(std::move(json));
  }
  wanted_.notify_all();
}

void Webhook::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Webhook::run() {
  while (true) {
    std::string json;
    {
      std::unique_lock lock(mutex_);
      wanted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      json = std::move(queue_.front());
      queue_.pop_front();
    }
    ++(send_with_tries(json) ? sent_ : failed_);
  }
}

bool Webhook::send_with_tries(const std::string& json) {
  for (uint32_t attempt = 0; attempt < options_.tries; ++attempt) {
    if (attempt > 0 && !pause(options_.pause_ms * attempt)) return false;
    if (send_once(url_, json, options_.timeout_ms)) return true;
  }
  return false;
}

// False when the end came meanwhile.
bool Webhook::pause(uint32_t pause_ms) {
  std::unique_lock lock(mutex_);
  return !wanted_.wait_for(lock, std::chrono::milliseconds(pause_ms), [this] { return stopping_; });
}

}  // namespace edgehose
