#include "simulator/services/firehose/processing_world.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("processing world: it starts with nothing from outside and AWS's limit of partitions") {
  const ProcessingWorld world;
  REQUIRE(world.zones == nullptr);
  REQUIRE(world.jq == nullptr);
  REQUIRE(world.functions == nullptr);
  REQUIRE(world.active_partitions_max == 500);
  REQUIRE(InvokeResult{}.kind == InvokeResult::Kind::ok);
}
