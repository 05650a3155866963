// HTTP/1.1 on loopback. Boost.Beast is behind this header, which names none of its types.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgehose {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string target;   // as sent: path and query, still encoded
  HttpHeaders headers;  // lower-case names, in the order sent
  std::string body;     // HTTP's own chunking is undone

  // The first value of a header; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] bool has_header(std::string_view name) const;
};

struct HttpResponse {
  uint32_t status = 200;
  HttpHeaders headers = {};
  std::string body = {};
  // For HEAD: the Content-Length to state although no body is sent.
  uint64_t head_bytes = 0;
};

// Called once, from any thread.
using HttpRespond = std::function<void(HttpResponse)>;

// What to do with a request once its headers are known.
struct HttpAdmission {
  uint64_t body_bytes_max = 0;
  // Sent when the body is larger; the connection is closed after it.
  HttpResponse too_large;
  // With a bound on the handler's time, what is sent when it passes; 0: the handler's own affair.
  uint32_t answer_timeout_ms = 0;
  HttpResponse timed_out = {};
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Both come from the server's threads. `head` has no body yet.
  virtual HttpAdmission admit(const HttpRequest& head) = 0;
  virtual void handle(HttpRequest request, HttpRespond respond) = 0;
};

struct HttpServerOptions {
  uint16_t port = 0;  // 0: any free one
  uint32_t threads = 2;
  // More wait in the kernel's queue. An idle one costs a few KB. Fewer where the process may not
  // have as many files open.
  uint32_t connections_max = 12'000;
  uint32_t header_bytes_max = 65'536;
  uint32_t read_timeout_ms = 60'000;  // one request, from its first byte to its last
  uint32_t idle_timeout_ms = 75'000;  // between requests
  uint32_t drain_ms_max = 10'000;     // for requests under way when a signal comes
};

// Listens on 127.0.0.1 only.
class HttpServer {
 public:
  // `handler` outlives the server. Throws std::runtime_error when the port cannot be had.
  HttpServer(const HttpServerOptions& options, HttpHandler& handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] uint16_t port() const;
  // Serves until SIGINT or SIGTERM arrives or stop() is called; returns when every thread is done.
  // After a signal no connection is taken any more, and requests under way are answered first.
  void run();
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace edgehose
