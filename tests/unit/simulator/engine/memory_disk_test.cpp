#include "simulator/engine/memory_disk.h"

#include <array>
#include <catch2/catch.hpp>

#include "tests/unit/simulator/engine/disk_contract.h"

using namespace edgehose;

namespace {

constexpr std::array<std::string_view, 1> kFour = {"four"};

}  // namespace

TEST_CASE("memory disk: does what every disk does") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("root") == Error::none);
  check_disk_contract(disk, "root");
}

TEST_CASE("memory disk: a crash forgets bytes and names that were not synced") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("f") == Error::none);
  for (const char* path : {"f/unnamed", "f/kept"}) REQUIRE(disk.append(path, kFour) == Error::none);
  REQUIRE(disk.sync("f/unnamed") == Error::none);
  REQUIRE(disk.remove("f/unnamed") == Error::none);
  REQUIRE(disk.sync("f/kept") == Error::none);
  REQUIRE(disk.sync_folder("f") == Error::none);
  REQUIRE(disk.append("f/kept", kFour) == Error::none);
  REQUIRE(disk.append("f/late", kFour) == Error::none);
  REQUIRE(disk.sync("f/late") == Error::none);
  disk.crash();
  REQUIRE(disk.read("f/kept").value() == "four");
  REQUIRE(disk.read("f/late").error() == Error::not_found);
  REQUIRE(disk.read("f/unnamed").error() == Error::not_found);
}

TEST_CASE("memory disk: fails the n-th operation, leaving half of an append") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("f") == Error::none);
  disk.fail_at(2, Error::io);
  REQUIRE(disk.append("f/x", kFour) == Error::io);
  REQUIRE(disk.read("f/x").value() == "fo");
  REQUIRE(disk.append("f/x", kFour) == Error::none);
  disk.cut_power_at(disk.operations() + 1);
  REQUIRE(disk.append("f/x", kFour) == Error::io);
  REQUIRE(disk.sync("f/x") == Error::io);
  disk.crash();
  REQUIRE(disk.make_folders("g") == Error::none);
}

TEST_CASE("memory disk: is full at its limit and works again when there is room") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("f") == Error::none);
  disk.limit_bytes(6);
  REQUIRE(disk.append("f/x", kFour) == Error::none);
  REQUIRE(disk.append("f/y", kFour) == Error::out_of_space);
  REQUIRE(disk.remove("f/x") == Error::none);
  REQUIRE(disk.append("f/z", kFour) == Error::none);
}
