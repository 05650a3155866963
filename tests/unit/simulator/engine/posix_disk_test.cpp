#include "simulator/engine/posix_disk.h"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "tests/unit/simulator/engine/disk_contract.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

TEST_CASE("posix disk: does what every disk does, with and without fsync") {
  for (const Fsync fsync : {Fsync::on, Fsync::off}) {
    const TestFolder folder;
    PosixDisk disk(fsync);
    check_disk_contract(disk, folder.path());
  }
}

TEST_CASE("posix disk: writes more parts than the kernel takes in one call") {
  const TestFolder folder;
  PosixDisk disk;
  std::vector<std::string> texts;
  for (int i = 0; i < 3'000; ++i) texts.push_back(std::to_string(i) + ",");
  const std::vector<std::string_view> parts(texts.begin(), texts.end());
  std::string expected;
  for (const std::string& text : texts) expected += text;
  REQUIRE(disk.write_new(folder.path() + "/many", parts) == Error::none);
  REQUIRE(disk.read(folder.path() + "/many").value() == expected);
}

TEST_CASE("posix disk: a full device is told from other failures") {
  // /dev/full refuses every byte as a full disk does.
  PosixDisk disk(Fsync::off);
  const std::array<std::string_view, 1> parts = {"x"};
  REQUIRE(disk.append("/dev/full", parts) == Error::out_of_space);
  REQUIRE(disk.append("/proc/version", parts) == Error::io);
}

TEST_CASE("posix disk: a file in place of a folder is an error") {
  const TestFolder folder;
  PosixDisk disk;
  const std::array<std::string_view, 1> parts = {"x"};
  REQUIRE(disk.write_new(folder.path() + "/file", parts) == Error::none);
  REQUIRE(disk.make_folders(folder.path() + "/file") == Error::already_exists);
  REQUIRE(disk.write_new(folder.path() + "/file/below", parts) == Error::not_found);
}
