#include "simulator/engine/disk.h"

#include <array>
#include <catch2/catch.hpp>

#include "simulator/engine/memory_disk.h"

using namespace edgehose;

TEST_CASE("disk: the folder of a path") {
  REQUIRE(folder_of("a/b/c") == "a/b");
  REQUIRE(folder_of("/a") == "/");
  REQUIRE(folder_of("a") == ".");
}

TEST_CASE("disk: an atomic write is the old content or the new after a crash at any step") {
  const std::array<std::string_view, 1> before = {"before"};
  const std::array<std::string_view, 2> after = {"af", "ter"};
  bool seen_old = false;
  bool seen_new = false;
  bool is_done = false;
  for (uint64_t step = 1; !is_done; ++step) {
    MemoryDisk disk;
    REQUIRE(disk.make_folders("f") == Error::none);
    REQUIRE(write_atomically(disk, "f/t", "f/x", before) == Error::none);
    disk.cut_power_at(disk.operations() + step);
    is_done = write_atomically(disk, "f/t", "f/x", after) == Error::none;
    disk.crash();
    const std::string content = disk.read("f/x").value();
    REQUIRE((content == "before" || content == "after"));
    if (is_done) REQUIRE(content == "after");
    seen_old = seen_old || content == "before";
    seen_new = seen_new || content == "after";
  }
  REQUIRE((seen_old && seen_new));
}

TEST_CASE("disk: an atomic write that fails leaves no temporary file") {
  for (uint64_t step = 1; step <= 3; ++step) {
    MemoryDisk disk;
    REQUIRE(disk.make_folders("f") == Error::none);
    disk.fail_at(disk.operations() + step, Error::out_of_space);
    const std::array<std::string_view, 1> parts = {"x"};
    REQUIRE(write_atomically(disk, "f/t", "f/x", parts) == Error::out_of_space);
    REQUIRE(disk.read("f/t").error() == Error::not_found);
  }
}
