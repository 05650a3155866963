#include "shared/enrich/url.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

UrlParts parts_of(std::string_view url) {
  UrlParts parts;
  REQUIRE(split_url(url, parts));
  return parts;
}

}  // namespace

TEST_CASE("url: an http address is taken apart into host, path and query") {
  struct Case {
    std::string url;
    std::string host;
    std::string path;
    std::string query;
  };
  const std::vector<Case> cases = {
      {"https://example.com:8443/a/b?c=d#e", "example.com", "/a/b", "c=d"},
      {"http://example.com", "example.com", "/", ""},
      {"HTTPS://example.com/", "example.com", "/", ""},
      {"https://example.com?q=1", "example.com", "/", "q=1"},
      {"https://example.com/?", "example.com", "/", ""},
      {"https://example.com/a?b?c", "example.com", "/a", "b?c"},
      {"https://example.com#f?x/y", "example.com", "/", ""},
      {"https://example.com/#/app?x=1", "example.com", "/", ""},
      {"https://user:p%40ss@example.com/a", "example.com", "/a", ""},
      {"https://example.com/a@b", "example.com", "/a@b", ""},
      {"https://[2001:db8::1]:80/x", "[2001:db8::1]", "/x", ""},
      {"https://[2001:db8::1]/x", "[2001:db8::1]", "/x", ""},
      {"https://xn--wgv71a119e.jp/\xe6\x97\xa5", "xn--wgv71a119e.jp", "/\xe6\x97\xa5", ""},
      {"https://\xe6\x97\xa5\xe6\x9c\xac.jp/", "\xe6\x97\xa5\xe6\x9c\xac.jp", "/", ""},
      {"https://example.com:/x", "example.com", "/x", ""},
      {"https://evil.example\\@example.com/", "evil.example", "\\@example.com/", ""},
      {"file:///C:/a.txt", "", "/C:/a.txt", ""},
      {"file://server/share?x", "server", "/share", "x"},
      {"ws://example.com", "example.com", "/", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    const UrlParts parts = parts_of(c.url);
    CHECK(parts.host == c.host);
    CHECK(parts.path == c.path);
    CHECK(parts.query == c.query);
    CHECK(parts.kind == UrlKind::special);
  }
}

TEST_CASE("url: other schemes have a host behind two slashes, and any path") {
  struct Case {
    std::string url;
    std::string host;
    std::string path;
    std::string query;
  };
  const std::vector<Case> cases = {
      {"android-app://com.google.android.gm/", "com.google.android.gm", "/", ""},
      {"android-app://com.google.android.gm", "com.google.android.gm", "", ""},
      {"mailto:a@b.example?subject=x", "", "a@b.example", "subject=x"},
      {"data:text/html,<p>?q#f", "", "text/html,<p>", "q"},
      {"blob:https://example.com/1-2", "", "https://example.com/1-2", ""},
      {"javascript:alert(1)", "", "alert(1)", ""},
      {"about:blank", "", "blank", ""},
      {"foo:/a/b", "", "/a/b", ""},
      {"foo:/.//a/b", "", "//a/b", ""},
      {"foo:///a", "", "/a", ""},
      {"foo://", "", "", ""},
      {"foo://H:1?q", "H", "", "q"},
      {"foo://a\\b/c", "a\\b", "/c", ""},
      {"example.com:8080/a", "", "8080/a", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    const UrlParts parts = parts_of(c.url);
    CHECK(parts.host == c.host);
    CHECK(parts.path == c.path);
    CHECK(parts.query == c.query);
    CHECK(parts.kind == UrlKind::other);
  }
}

TEST_CASE("url: scheme, user, port and fragment are told apart too") {
  const UrlParts parts = parts_of("https://u:p@example.com:8443/a?c#e#f");
  CHECK(parts.scheme == "https");
  CHECK(parts.userinfo == "u:p");
  CHECK(parts.port == "8443");
  CHECK(parts.fragment == "e#f");
  CHECK(parts_of("https://[::1]:80/").port == "80");
  CHECK(parts_of("https://example.com").port.empty());
}

TEST_CASE("url: what is no absolute URL has no parts") {
  for (const std::string url :
       {"", "/a/b", "example.com/a", "https://", "https:///a", "http:/example.com",
        "https:example.com", "https://:80/", "https://?a", "https://@/", "//example.com/",
        "https://#x", "1a:b", ":", "a", " https://example.com/", "file:/x", "\xe6\x97\xa5:x"}) {
    CAPTURE(url);
    UrlParts parts;
    parts.host = "left over";
    CHECK(!split_url(url, parts));
    CHECK(parts.scheme.empty());
    CHECK(parts.host.empty());
    CHECK(parts.path.empty());
    CHECK(parts.query.empty());
  }
}

TEST_CASE("url: a host is given in lower case where case means nothing") {
  std::string scratch;
  CHECK(lower_host(parts_of("https://Example.COM/"), scratch) == "example.com");
  CHECK(lower_host(parts_of("https://[2001:DB8::1]/"), scratch) == "[2001:db8::1]");
  CHECK(lower_host(parts_of("foo://Example/"), scratch) == "Example");
  const std::string url = "https://example.com/";
  scratch.clear();
  CHECK(lower_host(parts_of(url), scratch).data() == url.data() + 8);
  CHECK(scratch.empty());
}
