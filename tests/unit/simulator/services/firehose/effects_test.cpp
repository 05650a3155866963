#include "simulator/services/firehose/effects.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("effects: a copy of a delivery shares the records instead of copying them") {
  DeliveryEffect effect;
  effect.frames.push_back(std::make_shared<const Frame>(make_seal_frame({"b", "k", 0, ""}, 0)));
  const DeliveryEffect copy = effect;
  REQUIRE(copy.frames[0].get() == effect.frames[0].get());
}
