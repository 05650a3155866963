// A small HTTP server for tests: one thread a connection, answers decided by the test.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace edgehose {

class TinyServer {
 public:
  // Given the number of the request (from 0) and its body; returns the raw answer. An empty answer
  // closes the connection without one.
  using Answer = std::function<std::string(int number, const std::string& body)>;

  explicit TinyServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, plain, bytes) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, plain, &bytes) != 0) {
      throw std::runtime_error("no listening socket");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;

  ~TinyServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int connections() const { return connections_; }

  static std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  void accept_all() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++connections_;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    std::string held;
    std::string body;
    while (read_request(socket, held, body)) {
      const std::string answer = answer_(requests_++, body);
      if (answer.empty()) break;
      ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::shutdown(socket, SHUT_RDWR);
  }

  static bool read_more(int socket, std::string& held) {
    char chunk[65'536];
    const ssize_t got = ::recv(socket, chunk, sizeof(chunk), 0);
    if (got <= 0) return false;
    held.append(chunk, static_cast<size_t>(got));
    return true;
  }

  static bool read_request(int socket, std::string& held, std::string& body) {
    size_t end = 0;
    while ((end = held.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more(socket, held)) return false;
    }
    constexpr std::string_view kLength = "Content-Length: ";
    size_t length = 0;
    const size_t at = held.find(kLength);
    if (at < end) {
      const char* digits = held.data() + at + kLength.size();
      std::from_chars(digits, held.data() + end, length);
    }
    while (held.size() < end + 4 + length) {
      if (!read_more(socket, held)) return false;
    }
    body = held.substr(end + 4, length);
    held.erase(0, end + 4 + length);
    return true;
  }

  Answer answer_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> requests_{0};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::list<int> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace edgehose
