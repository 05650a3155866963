#include "simulator/http/http_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

using namespace edgehose;

namespace {

// Answers with what it was asked.
class EchoHandler final : public HttpHandler {
 public:
  HttpAdmission admit(const HttpRequest& head) override {
    return {head.has_header("x-small") ? 4U : 1'000'000U,
            {.status = 413, .headers = {{"X-Why", "large"}}, .body = "too large"}};
  }
  void handle(HttpRequest request, HttpRespond respond) override {
    HttpResponse response{.status = 200,
                          .headers = {{"X-Target", request.target}},
                          .body = request.method + ":" + request.body,
                          .head_bytes = 77};
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
