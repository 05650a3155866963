// One keep-alive connection of the driver. Boost stays in this folder's sources: only driver.cpp
// and connection.cpp include this header.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace edgehose {

// What one attempt came to. status 0: no whole answer within the time.
struct AttemptAnswer {
  uint32_t status = 0;
  std::string body;
  std::optional<uint32_t> retry_after_s;
  bool connected = false;  // a new socket was opened for it
};

// Sends one request at a time. The owner keeps the object until its callback came; the callback may
// send the next request.
class Connection {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using OnAnswer = std::function<void(Connection&, AttemptAnswer)>;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  Connection(boost::asio::io_context& io, const Endpoint& endpoint, OnAnswer on_answer);

  // Connects first where there is no usable socket. `timeout` bounds connect, write and read
  // together.
  void send(Request request, std::chrono::milliseconds timeout);

  // Ends the attempt under way as unanswered.
  void cancel();

 private:
  [[nodiscard]] bool is_reusable();
  void write();
  void read();
  void on_read(const boost::beast::error_code& error);
  void finish(AttemptAnswer answer);
  void close();

  boost::beast::tcp_stream stream_;
  Endpoint endpoint_;
  OnAnswer on_answer_;
  Request request_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
  SteadyTime idle_since_;
  bool open_ = false;
  bool connected_now_ = false;
};

}  // namespace edgehose
