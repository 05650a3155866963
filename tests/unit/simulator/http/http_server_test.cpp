#include "simulator/http/http_server.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <thread>

using namespace edgehose;

namespace {

// Answers with what it was asked.
class EchoHandler final : public HttpHandler {
 public:
  HttpAdmission admit(const HttpRequest& head) override {
    if (head.target == "/hang") return {0, {}, 100, {.status = 504, .headers = {}, .body = "late"}};
    return {head.has_header("x-small") ? 4U : 1'000'000U,
            {.status = 413, .headers = {{"X-Why", "large"}}, .body = "too large"}};
  }
  void handle(HttpRequest request, HttpRespond respond) override {
    HttpResponse response{.status = 200,
                          .headers = {{"X-Target", request.target}},
                          .body = request.method + ":" + request.body,
                          .head_bytes = 77};
    if (request.target == "/hang") {
      hanging = std::move(respond);
      return;
    }
    // It holds a session of the server, which must not outlive it.
    hanging = nullptr;
    if (request.target == "/later") {
      // From another thread, after this call has returned.
      threads.emplace_back([respond, response] { respond(response); });
      return;
    }
    respond(std::move(response));
  }
  ~EchoHandler() override {
    for (std::thread& thread : threads) thread.join();
  }
  std::vector<std::thread> threads;
  HttpRespond hanging;
};

class RunningServer {
 public:
  explicit RunningServer(HttpServerOptions options = {}) : server_(options, handler_) {
    thread_ = std::thread([this] { server_.run(); });
  }
  ~RunningServer() {
    server_.stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  uint16_t port() const { return server_.port(); }

 private:
  EchoHandler handler_;
  HttpServer server_;
  std::thread thread_;
};

// A plain socket, so that nothing but the bytes written here reaches the server.
class Client {
 public:
  explicit Client(uint16_t port) : file_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    REQUIRE(::connect(file_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() { ::close(file_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view text) {
    REQUIRE(::send(file_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  bool try_send(std::string_view text) {
    return ::send(file_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  // Reads until `end` stands in what came, or the server closes.
  std::string read_until(std::string_view end) {
    std::string got;
    char byte = 0;
    while (got.find(end) == std::string::npos && ::recv(file_, &byte, 1, 0) == 1) got += byte;
    return got;
  }
  std::string read_all() { return read_until("\1 never \1"); }

 private:
  int file_;
};

bool can_connect(const char* host, uint16_t port) {
  const int file = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, host, &address.sin_addr) == 1);
  const int status = ::connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::close(file);
  return status == 0;
}

}  // namespace

TEST_CASE("http server: requests on one connection are answered in turn") {
  const RunningServer server;
  Client client(server.port());
  client.send("POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  const std::string first = client.read_until("POST:hi");
  REQUIRE(first.starts_with("HTTP/1.1 200 OK\r\n"));
  REQUIRE(first.find("X-Target: /a?b\r\n") != std::string::npos);
  client.send(
      "PUT /later HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  REQUIRE(client.read_until("PUT:abc").ends_with("PUT:abc"));
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  REQUIRE(client.read_all().ends_with("GET:"));
}

TEST_CASE("http server: HEAD is answered with a length and no body") {
  const RunningServer server;
  Client client(server.port());
  client.send("HEAD /h HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_all();
  REQUIRE(answer.find("Content-Length: 77\r\n") != std::string::npos);
  REQUIRE(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("http server: a client that waits for 100 Continue gets it, or the refusal") {
  const RunningServer server;
  Client client(server.port());
  client.send("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  REQUIRE(client.read_until("PUT:ok").starts_with("HTTP/1.1 200"));
  client.send("PUT / HTTP/1.1\r\nX-Small: 1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const std::string refused = client.read_all();
  REQUIRE(refused.starts_with("HTTP/1.1 413"));
  REQUIRE(refused.find("X-Why: large") != std::string::npos);
}

TEST_CASE("http server: a body above its bound is refused, announced or not") {
  const RunningServer server;
  Client announced(server.port());
  announced.send("PUT / HTTP/1.1\r\nX-Small: 1\r\nContent-Length: 5\r\n\r\n12345");
  REQUIRE(announced.read_all().starts_with("HTTP/1.1 413"));
  Client chunked(server.port());
  chunked.send(
      "PUT / HTTP/1.1\r\nX-Small: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n");
  REQUIRE(chunked.read_all().starts_with("HTTP/1.1 413"));
}

TEST_CASE("http server: nonsense is refused, and the next client served") {
  const RunningServer server;
  for (const char* text :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    CAPTURE(text);
    Client client(server.port());
    client.send(text);
    REQUIRE(client.read_all().starts_with("HTTP/1.1 400"));
  }
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(client.read_until("GET:").starts_with("HTTP/1.1 200"));
}

TEST_CASE("http server: headers and time have bounds") {
  const RunningServer server(
      {.header_bytes_max = 1'000, .read_timeout_ms = 100, .idle_timeout_ms = 100});
  Client large(server.port());
  large.send("GET / HTTP/1.1\r\nX-Long: " + std::string(2'000, 'x') + "\r\n\r\n");
  REQUIRE(large.read_all().starts_with("HTTP/1.1 431"));
  Client silent(server.port());
  REQUIRE(silent.read_all().empty());
  Client slow(server.port());
  slow.send("PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  REQUIRE(slow.read_all().empty());
}

TEST_CASE("http server: connections above the bound wait for their turn") {
  const RunningServer server({.connections_max = 2});
  Client third_later[] = {Client(server.port()), Client(server.port())};
  for (Client& client : third_later) {
    client.send("GET / HTTP/1.1\r\n\r\n");
    REQUIRE(client.read_until("GET:").starts_with("HTTP/1.1 200"));
  }
  Client waiting(server.port());
  waiting.send("GET /waited HTTP/1.1\r\nConnection: close\r\n\r\n");
  third_later[0].send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  third_later[0].read_all();
  REQUIRE(waiting.read_all().find("X-Target: /waited") != std::string::npos);
}

TEST_CASE("http server: thousands of idle connections leave it answering") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
  // Both ends are in this process; tests/conformance/test_hostility.py opens 10,000 from another.
  const size_t room = files.rlim_max > 21'000 ? 21'000 : files.rlim_max;
  const size_t count = room < 3'000 ? 0 : (room - 1'000) / 2;
  if (count == 0) {
    WARN("skipped: ulimit -Hn allows too few sockets");
    return;
  }
  const RunningServer server;
  std::deque<Client> idle;
  for (size_t i = 0; i < count; ++i) {
    idle.emplace_back(server.port());
    // A slow-loris: a head that never ends.
    if (i % 10 == 0) idle.back().send("GET / HTTP/1.1\r\nX-");
  }
  Client client(server.port());
  const auto start = std::chrono::steady_clock::now();
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  REQUIRE(client.read_all().starts_with("HTTP/1.1 200"));
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("http server: a head sent a byte at a time ends with the time for it") {
  const RunningServer server({.idle_timeout_ms = 300});
  Client loris(server.port());
  const auto start = std::chrono::steady_clock::now();
  bool is_open = true;
  for (int i = 0; is_open && i < 200; ++i) {
    is_open = loris.try_send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  REQUIRE_FALSE(is_open);
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(4));
}

TEST_CASE("http server: garbage behind a good request is refused after its answer") {
  const RunningServer server;
  Client client(server.port());
  client.send("GET /first HTTP/1.1\r\n\r\n\x01\x02\x03 garbage\r\n\r\nGET /never HTTP/1.1\r\n\r\n");
  const std::string answers = client.read_all();
  REQUIRE(answers.find("X-Target: /first") != std::string::npos);
  REQUIRE(answers.find("HTTP/1.1 400") != std::string::npos);
  REQUIRE(answers.find("/never") == std::string::npos);
}

TEST_CASE("http server: a handler that does not answer in time is answered for") {
  const RunningServer server;
  Client client(server.port());
  client.send("GET /hang HTTP/1.1\r\n\r\n");
  REQUIRE(client.read_until("late").starts_with("HTTP/1.1 504"));
  client.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(client.read_until("GET:").starts_with("HTTP/1.1 200"));
}

TEST_CASE("http server: nobody but this machine is served") {
  const RunningServer server;
  // Every address of 127/8 is this machine, and only 127.0.0.1 is listened on.
  REQUIRE_FALSE(can_connect("127.0.0.2", server.port()));
  REQUIRE(can_connect("127.0.0.1", server.port()));
}

TEST_CASE("http server: a port that is taken is an error that names it") {
  const RunningServer server;
  EchoHandler handler;
  REQUIRE_THROWS_WITH(HttpServer({.port = server.port()}, handler),
                      Catch::Contains(std::to_string(server.port())));
}

TEST_CASE("http server: the first header of a name counts") {
  const HttpRequest request{
      .method = {}, .target = {}, .headers = {{"a", "1"}, {"a", "2"}}, .body = {}};
  REQUIRE(request.header("a") == "1");
  REQUIRE(request.header("b").empty());
  REQUIRE_FALSE(request.has_header("b"));
}
