#include "simulator/services/firehose/planted_fault.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace edgehose;

TEST_CASE("planted fault: names, and nothing planted by default") {
  REQUIRE(find_planted_fault("") == PlantedFault::none);
  REQUIRE(find_planted_fault("drop_record") == PlantedFault::drop_record);
  REQUIRE(find_planted_fault("double_line") == PlantedFault::double_line);
  REQUIRE_FALSE(find_planted_fault("drop").has_value());
}

TEST_CASE("planted fault: drops the 5th record and then each 50th") {
  std::vector<uint64_t> dropped;
  for (uint64_t number = 1; number <= 160; ++number) {
    REQUIRE_FALSE(is_dropped_by(PlantedFault::none, number));
    if (is_dropped_by(PlantedFault::drop_record, number)) dropped.push_back(number);
  }
  REQUIRE(dropped == std::vector<uint64_t>{5, 55, 105, 155});
}

TEST_CASE("planted fault: doubles the first line") {
  REQUIRE(doubled_by(PlantedFault::double_line, "a\nb\n") == "a\n");
  REQUIRE(doubled_by(PlantedFault::double_line, "a") == "a");
  REQUIRE(doubled_by(PlantedFault::double_line, "").empty());
  REQUIRE(doubled_by(PlantedFault::none, "a\n").empty());
}
