#include "shared/pack/owner.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("owner: requests and rows of one number are two owners, and each gives its number back") {
  for (const uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{77}, uint64_t{1} << 62}) {
    CHECK(request_owner(id) != row_owner(id));
    CHECK_FALSE(is_row(request_owner(id)));
    CHECK(is_row(row_owner(id)));
    CHECK(id_of(request_owner(id)) == id);
    CHECK(id_of(row_owner(id)) == id);
  }
}
