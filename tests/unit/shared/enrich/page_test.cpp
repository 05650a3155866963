#include "shared/enrich/page.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace edgehose;

TEST_CASE("page: an http address is taken apart into host, path and query") {
  struct Case {
    std::string url;
    std::string host;
    std::string path;
    std::string query;
  };
  const std::vector<Case> cases = {
      {"https://Example.COM:8443/a/b?c=d#e", "example.com", "/a/b", "c=d"},
      {"http://example.com", "example.com", "/", ""},
      {"HTTPS://example.com/", "example.com", "/", ""},
      {"https://example.com?q=1", "example.com", "/", "q=1"},
      {"https://example.com/?", "example.com", "/", ""},
      {"https://example.com/a?b?c", "example.com", "/a", "b?c"},
      {"https://example.com#f?x/y", "example.com", "/", ""},
      {"https://example.com/#/app?x=1", "example.com", "/", ""},
      {"https://user:p%40ss@example.com/a", "example.com", "/a", ""},
      {"https://example.com/a@b", "example.com", "/a@b", ""},
      {"https://[2001:DB8::1]:80/x", "[2001:db8::1]", "/x", ""},
      {"https://[2001:db8::1]/x", "[2001:db8::1]", "/x", ""},
      {"https://xn--wgv71a119e.jp/\xe6\x97\xa5", "xn--wgv71a119e.jp", "/\xe6\x97\xa5", ""},
      {"https://example.com:/x", "example.com", "/x", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    const PageAddress address = read_page_address(c.url);
    CHECK(address.host == c.host);
    CHECK(address.path == c.path);
    CHECK(address.query == c.query);
  }
}

TEST_CASE("page: what is no http address has no parts") {
  for (const std::string url :
       {"", "/a/b", "example.com/a", "ftp://example.com/", "https://", "https:///a",
        "http:/example.com", "javascript:alert(1)", "https://:80/", "https://?a", "https://@/",
        "//example.com/", "https://#x"}) {
    CAPTURE(url);
    const PageAddress address = read_page_address(url);
    CHECK(address.host.empty());
    CHECK(address.path.empty());
    CHECK(address.query.empty());
  }
}
