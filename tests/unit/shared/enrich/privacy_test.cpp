#include "shared/enrich/privacy.h"

#include <arpa/inet.h>

#include <array>

#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

// The oracle: the C library reads the address, the mask is applied to its bytes.
struct Address {
  bool is_v4 = false;
  std::array<uint8_t, 16> bytes{};
};

std::optional<Address> read_reference(const std::string& ip) {
  Address address;
  if (inet_pton(AF_INET, ip.c_str(), address.bytes.data()) == 1) {
    address.is_v4 = true;
    address.bytes[3] = 0;
    return address;
  }
  if (inet_pton(AF_INET6, ip.c_str(), address.bytes.data()) != 1) return std::nullopt;
  const std::array<uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(address.bytes.data(), mapped.data(), mapped.size()) == 0) {
    Address v4;
    v4.is_v4 = true;
    std::memcpy(v4.bytes.data(), address.bytes.data() + 12, 3);
    return v4;
  }
  const std::array<uint8_t, 12> nat64 = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  const bool is_nat64 = std::memcmp(address.bytes.data(), nat64.data(), nat64.size()) == 0;
  if (is_nat64 || (address.bytes[0] == 0x20 && address.bytes[1] == 0x02)) {
    Address v4;
    v4.is_v4 = true;
    std::memcpy(v4.bytes.data(), address.bytes.data() + (is_nat64 ? 12 : 2), 3);
    return v4;
  }
  std::memset(address.bytes.data() + 6, 0, 10);
  return address;
}

void check_against_reference(const std::string& ip) {
  const auto expected = read_reference(ip);
  const std::string kept = truncate_ip(ip);
  if (kept.empty() != !expected) FAIL("address " << ip << " gives \"" << kept << "\"");
  if (!expected) return;
  Address actual;
  actual.is_v4 = expected->is_v4;
  if (inet_pton(expected->is_v4 ? AF_INET : AF_INET6, kept.c_str(), actual.bytes.data()) != 1 ||
      actual.bytes != expected->bytes) {
    FAIL("address " << ip << " gives \"" << kept << "\"");
  }
}

}  // namespace

TEST_CASE("privacy: the last part of an address goes, in a form that is an address") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"203.0.113.77", "203.0.113.0"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.0"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1::"},
      {"2001:db8::1", "2001:db8::"},
      {"2001:0DB8:00ab::", "2001:db8:ab::"},
      {"::1", "::"},
      {"::", "::"},
      {"0:0:1:2:3:4:5:6", "0:0:1::"},
      {"fe80::1%eth0", "fe80::"},
      {"::ffff:203.0.113.77", "203.0.113.0"},
      {"::ffff:cb00:714d", "203.0.113.0"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3::"},
      {"2002:cb00:714d::1", "203.0.113.0"},
      {"2002:cb00:714d:1:2:3:4:5", "203.0.113.0"},
      {"64:ff9b::203.0.113.77", "203.0.113.0"},
      {"64:ff9b::cb00:714d", "203.0.113.0"},
      {"64:ff9b:1::203.0.113.77", "64:ff9b:1::"},
      {"2003:cb00:714d::1", "2003:cb00:714d::"},
  };
  for (const auto& [ip, kept] : cases) {
    CAPTURE(ip);
    CHECK(truncate_ip(ip) == kept);
  }
}

TEST_CASE("privacy: a port behind an address is no part of it") {
  for (const auto& [peer, address] : std::vector<std::pair<std::string, std::string>>{
           {"203.0.113.5:443", "203.0.113.5"},
           {"203.0.113.5", "203.0.113.5"},
           {"[2001:db8::1]:443", "2001:db8::1"},
           {"[2001:db8::1]", "2001:db8::1"},
           {"2001:db8::1", "2001:db8::1"},
           {"::ffff:203.0.113.5", "::ffff:203.0.113.5"},
           {"[::1]x", "[::1]x"},
           {"[::1", "[::1"},
           {"unknown", "unknown"},
           {"unknown:80", "unknown:80"},
           {"", ""},
           {"]", "]"},
           {":", ":"}}) {
    CAPTURE(peer);
    CHECK(without_port(peer) == address);
  }
}

TEST_CASE("privacy: what is no address is kept not at all") {
  for (const std::string ip : {"",
                               "1",
                               "1.2.3",
                               "1.2.3.4.5",
                               "1.2.3.256",
                               "1.2.3.04",
                               "01.2.3.4",
                               "1.2.3.4 ",
                               "1.2.3.-4",
                               "a.b.c.d",
                               "1.2.3.4:80",
                               ":",
                               ":::",
                               "1::2::3",
                               "1:2:3:4:5:6:7",
                               "1:2:3:4:5:6:7:8:9",
                               "12345::",
                               "g::",
                               "1:2:3:4:5:6:7:8::",
                               "[::1]",
                               "::1.2.3",
                               "1.2.3.4::1",
                               "1.2.3.4::",
                               "::1.2.3.4:5",
                               "1.2.3.4%eth0",
                               "unknown",
                               "%",
                               "::ffff:1.2.3.4.5"}) {
    CAPTURE(ip);
    CHECK(truncate_ip(ip).empty());
  }
}

TEST_CASE("privacy: random addresses and near-addresses agree with inet_pton and a mask") {
  std::mt19937_64 random(17);
  const std::vector<std::string> pieces = {":",  "::",      ".",     "0",    "1",
                                           "ff", "ffff",    "db8",   "255",  "256",
                                           "00", "1.2.3.4", "12345", "2001", "G"};
  for (int i = 0; i < 400'000; ++i) {
    std::string ip;
    for (size_t n = 1 + random() % 14; n > 0; --n) ip += pieces[random() % pieces.size()];
    check_against_reference(ip);
  }
  for (int i = 0; i < 50'000; ++i) {
    std::array<uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<uint8_t>(random() % 3 == 0 ? 0 : random());
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = i % 2 == 0 ? AF_INET : AF_INET6;
    REQUIRE(inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr);
    std::string ip = text.data();
    check_against_reference(ip);
    ip[random() % ip.size()] = "0:.f9"[random() % 5];
    check_against_reference(ip);
  }
}

namespace {

std::string hash_of(IpHasher& hasher, const std::string& ip, int64_t now_ms) {
  std::string out;
  const bool ok = hasher.append(out, ip, now_ms);
  CHECK(ok == !out.empty());
  return out;
}

std::string redacted(const std::string& url) {
  constexpr std::array<std::string_view, 3> names = {"email", "token", "a-b"};
  std::string out = ">";
  append_redacted_url(out, url, names);
  return out.substr(1);
}

}  // namespace

TEST_CASE("privacy: an address has one hash a day, however it is written") {
  constexpr int64_t day = 86'400'000;
  IpHasher hasher("a secret");
  const std::string hash = hash_of(hasher, "192.0.2.1", 5 * day);
  CHECK(hash.size() == IpHasher::kHashBytes);
  CHECK(hash == hash_of(hasher, "192.0.2.1", 6 * day - 1));
  CHECK(hash == hash_of(hasher, "::ffff:192.0.2.1", 5 * day));
  CHECK(hash != hash_of(hasher, "192.0.2.2", 5 * day));
  CHECK(hash != hash_of(hasher, "192.0.2.1", 6 * day));
  CHECK(hash == hash_of(hasher, "192.0.2.1", 5 * day));
  CHECK(hash_of(hasher, "192.0.2.1", -1) != hash_of(hasher, "192.0.2.1", 1));
  CHECK(hash_of(hasher, "2001:db8::1", 0) == hash_of(hasher, "2001:DB8:0:0:0:0:0:1%eth0", 0));
  IpHasher other("another secret");
  CHECK(hash != hash_of(other, "192.0.2.1", 5 * day));
  IpHasher weekly("a secret", 7);
  CHECK(hash_of(weekly, "192.0.2.1", 0) == hash_of(weekly, "192.0.2.1", 7 * day - 1));
  CHECK(hash_of(weekly, "192.0.2.1", 0) != hash_of(weekly, "192.0.2.1", 7 * day));
}

TEST_CASE("privacy: the hash is HMAC-SHA-256 of the 16 bytes under the period's salt") {
  IpHasher hasher("a secret");
  const Sha256 salt = hmac_sha256("a secret", "edgehose ip 5");
  const std::string bytes("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16);
  const std::string whole = hex(hmac_sha256(as_text(salt), bytes));
  CHECK(hash_of(hasher, "192.0.2.1", 5 * 86'400'000) == whole.substr(0, IpHasher::kHashBytes));
}

TEST_CASE("privacy: what is no address has no hash") {
  IpHasher hasher("a secret");
  for (const std::string ip : {"", "1.2.3", "1.2.3.256", "example.com", "::x", "1:2"}) {
    CAPTURE(ip);
    CHECK(hash_of(hasher, ip, 0).empty());
  }
}

TEST_CASE("privacy: the values of listed parameters are redacted and nothing else changes") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://example.com/a?email=x@y&b=c", "https://example.com/a?email=REDACTED&b=c"},
      {"https://example.com/a?b=c&token=1&token=2#f",
       "https://example.com/a?b=c&token=REDACTED&token=REDACTED#f"},
      {"https://example.com/?EMail=x", "https://example.com/?EMail=REDACTED"},
      {"https://example.com/?%65mai%6C=x", "https://example.com/?%65mai%6C=REDACTED"},
      {"https://example.com/?a%2Db=x", "https://example.com/?a%2Db=REDACTED"},
      {"https://example.com/#token=x&b=c", "https://example.com/#token=REDACTED&b=c"},
      {"https://example.com/#/route?token=x", "https://example.com/#/route?token=REDACTED"},
      {"https://example.com/?r=/b?email=x", "https://example.com/?r=/b?email=REDACTED"},
      {"https://example.com/?a=1;email=x;y&c", "https://example.com/?a=1;email=REDACTED&c"},
      {"https://example.com/?email=a?token=b#c", "https://example.com/?email=REDACTED#c"},
      {"https://example.com/?email=", "https://example.com/?email=REDACTED"},
      {"https://example.com/?email", "https://example.com/?email"},
      {"https://example.com/?emails=x&xemail=y&a=email",
       "https://example.com/?emails=x&xemail=y&a=email"},
      {"https://example.com/email=x/token=y", "https://example.com/email=x/token=y"},
      {"https://example.com/?%65mail%=x&%zz=1&%=2", "https://example.com/?%65mail%=x&%zz=1&%=2"},
      {"?&#;email=x", "?&#;email=REDACTED"},
      {"", ""},
      {"?", "?"},
      {"https://example.com/?b=%E6%97%A5+c&&=", "https://example.com/?b=%E6%97%A5+c&&="},
  };
  for (const auto& [url, expected] : cases) {
    CAPTURE(url);
    CHECK(redacted(url) == expected);
    CHECK(redacted(expected) == expected);
  }
}
