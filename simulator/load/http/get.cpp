#include "simulator/load/http/get.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace edgehose {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Endpoints = asio::ip::tcp::resolver::results_type;

constexpr uint64_t kBodyBytesMax = 64ULL << 20;

// Connect, write, read: each step starts the next, and the stream's expiry bounds them together.
class Get {
 public:
  Get(asio::io_context& io, const HttpUrl& url, std::string_view method, std::string body)
      : stream_(io), request_{http::string_to_verb(method), url.target, 11, std::move(body)} {
    request_.set(http::field::host, url.authority());
    request_.set(http::field::user_agent, "edgehose");
    request_.set(http::field::connection, "close");
    if (!request_.body().empty()) request_.prepare_payload();
    parser_.body_limit(kBodyBytesMax);
  }

  void start(const Endpoints& endpoints, std::chrono::milliseconds timeout) {
    stream_.expires_after(timeout);
    stream_.async_connect(endpoints, [this](beast::error_code error, const auto&) {
      if (!error) write();
    });
  }

  std::optional<HttpAnswer> take() { return std::move(answer_); }

 private:
  void write() {
    http::async_write(stream_, request_, [this](beast::error_code error, size_t) {
      if (!error) read();
    });
  }

  void read() {
    http::async_read(stream_, buffer_, parser_, [this](beast::error_code error, size_t) {
      if (error) return;
      answer_ = HttpAnswer{parser_.get().result_int(), std::move(parser_.get().body())};
    });
  }

  beast::tcp_stream stream_;
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  std::optional<HttpAnswer> answer_;
};

}  // namespace

Result<HttpAnswer> http_get(const HttpUrl& url, uint32_t timeout_ms) {
  return http_ask(url, "GET", "", timeout_ms);
}

Result<HttpAnswer> http_ask(const HttpUrl& url, std::string_view method, std::string body,
                            uint32_t timeout_ms) {
  asio::io_context io{1};
  asio::ip::tcp::resolver resolver(io);
  beast::error_code error;
  const Endpoints endpoints = resolver.resolve(url.host, std::to_string(url.port), error);
  if (error || endpoints.empty()) return Error::not_found;
  Get get(io, url, method, std::move(body));
  get.start(endpoints, std::chrono::milliseconds(timeout_ms));
  io.run();
  std::optional<HttpAnswer> answer = get.take();
  if (!answer) return Error::io;
  return std::move(*answer);
}

}  // namespace edgehose
