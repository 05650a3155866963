#include "shared/base/uuid.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "shared/base/sha256.h"

using namespace edgehose;

TEST_CASE("uuid: a UUID is told by its form alone") {
  for (const std::string good :
       {"0192a4c8-7e2f-7c3d-8a1b-0123456789ab", "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "f81d4fae-7dec-11d0-A765-00a0c91e6bf6"}) {
    CAPTURE(good);
    CHECK(is_uuid(good));
  }
  for (const std::string bad :
       {"", "0192a4c8-7e2f-7c3d-8a1b-0123456789a", "0192a4c8-7e2f-7c3d-8a1b-0123456789abc",
        "0192a4c87e2f7c3d8a1b0123456789ab", "0192a4c8-7e2f-7c3d-8a1b-0123456789ag",
        "0192a4c8x7e2f-7c3d-8a1b-0123456789ab", "{192a4c8-7e2f-7c3d-8a1b-0123456789a}",
        "0192a4c-87e2f-7c3d-8a1b-0123456789ab", "0192a4c8-7e2f-7c3d-8a1b-01234567-9ab"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_uuid(bad));
  }
}

TEST_CASE("uuid: a derived UUID is the start of the SHA-256 with version 8") {
  // sha256("abc") begins ba7816bf 8f01 cfea 4141 40de5dae2223.
  CHECK(as_text(derived_uuid("abc")) == "ba7816bf-8f01-8fea-8141-40de5dae2223");
  CHECK(as_text(derived_uuid("")) == "e3b0c442-98fc-8c14-9afb-f4c8996fb924");
}

TEST_CASE("uuid: derived UUIDs are UUIDs of version 8, one for each text") {
  std::set<std::string> seen;
  for (int i = 0; i < 2'000; ++i) {
    const UuidText uuid = derived_uuid(std::to_string(i));
    const std::string text(as_text(uuid));
    REQUIRE(is_uuid(text));
    REQUIRE(text[14] == '8');
    REQUIRE(std::string("89ab").find(text[19]) != std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() == 2'000);
}
