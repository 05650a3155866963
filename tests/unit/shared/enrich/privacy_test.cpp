#include "shared/enrich/privacy.h"

#include <arpa/inet.h>

#include <array>

#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <random>
#include <string>
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
  };
  for (const auto& [ip, kept] : cases) {
    CAPTURE(ip);
    CHECK(truncate_ip(ip) == kept);
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
