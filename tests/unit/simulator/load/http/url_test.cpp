#include "simulator/load/http/url.h"

#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("parse_http_url: takes host, port and target apart") {
  struct Case {
    const char* text;
    const char* host;
    uint16_t port;
    const char* target;
    const char* authority;
  };
  const Case cases[] = {
      {"http://127.0.0.1:8787", "127.0.0.1", 8787, "/", "127.0.0.1:8787"},
      {"http://localhost", "localhost", 80, "/", "localhost"},
      {"http://h:1/a/b?c=d#e", "h", 1, "/a/b?c=d", "h:1"},
      {"http://h?q", "h", 80, "/?q", "h"},
      {"http://[::1]:99/x", "::1", 99, "/x", "[::1]:99"},
      {"http://[::1]", "::1", 80, "/", "[::1]"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto url = parse_http_url(c.text);
    REQUIRE(url);
    CHECK(url->host == c.host);
    CHECK(url->port == c.port);
    CHECK(url->target == c.target);
    CHECK(url->authority() == c.authority);
  }
}

TEST_CASE("parse_http_url: refuses what is no such URL") {
  for (const char* bad : {"", "https://h", "h:80", "http://", "http://:80", "http://h:0",
                          "http://h:70000", "http://h:8x", "http://u@h", "http://h/a b",
                          "http://h/a\r\nX: y", "http://[::1", "http://[]"}) {
    INFO(bad);
    CHECK_FALSE(parse_http_url(bad));
  }
}

}  // namespace edgehose
