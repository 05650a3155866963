#include "simulator/services/s3/object_backend.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("object backend: an object that is not described has no bytes and no etag") {
  const ObjectInfo info;
  REQUIRE(info.bytes == 0);
  REQUIRE(info.etag.empty());
}
