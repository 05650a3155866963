#include "simulator/load/http/connection.h"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/unit/simulator/load/http/tiny_server.h"

namespace edgehose {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

// Sends one request after the other over one connection and gives what each came to.
std::vector<AttemptAnswer> attempts(const TinyServer& server, int count,
                                    std::chrono::milliseconds pause = {}) {
  asio::io_context io{1};
  std::vector<AttemptAnswer> answers;
  const Connection::Endpoint endpoint(asio::ip::address_v4::loopback(), server.port());
  Connection::Request request{http::verb::post, "/collect", 11};
  request.set(http::field::host, "test");
  request.body() = "[]";
  request.prepare_payload();
  Connection connection(io, endpoint, [&](Connection& self, AttemptAnswer answer) {
    answers.push_back(std::move(answer));
    if (static_cast<int>(answers.size()) == count) return;
    std::this_thread::sleep_for(pause);
    self.send(request, std::chrono::milliseconds(200));
  });
  connection.send(request, std::chrono::milliseconds(200));
  io.run();
  return answers;
}

}  // namespace

TEST_CASE("connection: keeps its socket between requests") {
  TinyServer server([](int, const std::string&) { return TinyServer::ok("x"); });
  const auto answers = attempts(server, 5);
  REQUIRE(answers.size() == 5);
  for (const AttemptAnswer& answer : answers) CHECK(answer.status == 200);
  CHECK(answers[0].connected);
  CHECK_FALSE(answers[4].connected);
  CHECK(server.connections() == 1);
}

TEST_CASE("connection: opens another socket after the server closed the last") {
  TinyServer server([](int, const std::string&) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  });
  const auto answers = attempts(server, 3);
  for (const AttemptAnswer& answer : answers) CHECK(answer.status == 200);
  CHECK(server.connections() == 3);
}

TEST_CASE("connection: bytes behind an answer do not become the next one") {
  TinyServer stray([](int, const std::string&) { return TinyServer::ok("x") + "HTTP/1.1 500 "; });
  const auto answers = attempts(stray, 2, std::chrono::milliseconds(50));
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].status == 200);
  CHECK(answers[1].connected);
}

TEST_CASE("connection: reads Retry-After, and a time-out or a close is no answer") {
  TinyServer server([](int number, const std::string&) -> std::string {
    if (number == 0) return "HTTP/1.1 503 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    if (number == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
      return TinyServer::ok("late");
    }
    return "";
  });
  const auto answers = attempts(server, 3);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].status == 503);
  CHECK(answers[0].retry_after_s == 7U);
  CHECK(answers[1].status == 0);
  CHECK(answers[2].status == 0);
}

}  // namespace edgehose
