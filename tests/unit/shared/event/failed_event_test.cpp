#include "shared/event/failed_event.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "shared/base/base64.h"

using namespace edgehose;
using nlohmann::json;

namespace {

json line_of(const Rejected& rejected, std::string_view original, const Limits& limits = {}) {
  std::string line;
  append_failed_line(line, rejected, original, original, 1'795'352'400'123, limits);
  REQUIRE(line.find('\n') == std::string::npos);
  return json::parse(line);
}

}  // namespace

TEST_CASE("failed_event: the line says what was wrong, where, and holds the bytes") {
  const Rejected rejected{reason::wrong_type, "/user_id", "type", "string", "7", "page_view"};
  CHECK(line_of(rejected, "{\"user_id\":7}") ==
        json{{"reason", "wrong_type"},
             {"pointer", "/user_id"},
             {"keyword", "type"},
             {"expected", "string"},
             {"actual", "7"},
             {"content_type", "page_view"},
             {"received_time", "2026-11-22T13:00:00.123Z"},
             {"raw", "eyJ1c2VyX2lkIjo3fQ=="},
             {"raw_bytes", 13},
             {"raw_sha256", "2820d74979efad7d71d9e6fb6c5d53c7f5c8eeed822a63f19a6b01081d2d6837"}});
}

TEST_CASE(
    "failed_event: what is not known is absent, but the pointer, whose empty text is a place") {
  const json line = line_of({reason::not_an_object, "", "", "", "", ""}, "1");
  CHECK(line.contains("pointer"));
  for (const char* name : {"keyword", "expected", "actual", "content_type"}) {
    CHECK_FALSE(line.contains(name));
  }
}

TEST_CASE("failed_event: raw is cut at its bound, its count and hash are of all bytes") {
  Limits limits;
  limits.raw_bytes_max = 10;
  const std::string original = "0123456789abcdef";
  const json line = line_of({reason::malformed_json, "", "", "", "", ""}, original, limits);
  std::string raw;
  REQUIRE(base64_decode(line["raw"].get<std::string>(), raw));
  CHECK(raw == "0123456789");
  CHECK(line["raw_bytes"] == 16);
  CHECK(line["raw_sha256"] == "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f");
}

// What was found is a stranger's bytes: they may be cut anywhere and need not be text.
TEST_CASE("failed_event: the line is JSON whatever the found bytes are") {
  std::mt19937_64 random(16);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const json line = line_of({reason::malformed_json, "/a", "", bytes, bytes, ""}, bytes);
    std::string raw;
    REQUIRE(base64_decode(line["raw"].get<std::string>(), raw));
    REQUIRE(raw == bytes);
  }
}

TEST_CASE("failed_event: what may not be kept is absent, and still counted and hashed") {
  const Rejected rejected{reason::wrong_type, "/user_id", "type", "string", "7", "page_view"};
  std::string omitted;
  append_failed_line(omitted, rejected, "{\"user_id\":7}", std::nullopt, 0, {});
  const json line = json::parse(omitted);
  CHECK_FALSE(line.contains("raw"));
  CHECK(line["raw_bytes"] == 13);
  CHECK(line["raw_sha256"] == "2820d74979efad7d71d9e6fb6c5d53c7f5c8eeed822a63f19a6b01081d2d6837");
}
