#include "simulator/load/http/get.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/unit/simulator/load/http/tiny_server.h"

namespace edgehose {

TEST_CASE("http_get: gives status and body, also of an error answer") {
  TinyServer server([](int number, const std::string&) {
    return number == 0 ? TinyServer::ok("{}")
                       : std::string(
                             "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n0\r\n\r\n");
  });
  const auto url = parse_http_url(server.url() + "/x");
  const auto first = http_get(*url);
  REQUIRE(first);
  CHECK(first.value().status == 200);
  CHECK(first.value().body == "{}");
  const auto second = http_get(*url);
  REQUIRE(second);
  CHECK(second.value().status == 404);
  CHECK(second.value().body == "abc");
}

TEST_CASE("http_ask: sends its body, and an answer is an answer whatever the method") {
  TinyServer server([](int, const std::string& body) { return TinyServer::ok("got " + body); });
  const auto url = parse_http_url(server.url() + "/x");
  const auto answer = http_ask(*url, "POST", "{\"a\":1}");
  REQUIRE(answer);
  CHECK(answer.value().body == "got {\"a\":1}");
  CHECK(http_ask(*url, "DELETE", "").value().body == "got ");
}

TEST_CASE("http_get: no listener, a closed connection and a slow answer are errors") {
  uint16_t free_port = 0;
  {
    const TinyServer gone([](int, const std::string&) { return ""; });
    free_port = gone.port();
  }
  CHECK(http_get({.host = "127.0.0.1", .port = free_port, .target = "/"}).error() == Error::io);
  TinyServer closes([](int, const std::string&) { return ""; });
  CHECK(http_get(*parse_http_url(closes.url())).error() == Error::io);
  TinyServer slow([](int, const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return TinyServer::ok("late");
  });
  CHECK(http_get(*parse_http_url(slow.url()), 50).error() == Error::io);
}

}  // namespace edgehose
