// What every Disk must do: run against the real one and the one in memory.
#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "simulator/engine/disk.h"

namespace edgehose {

// `root` is an existing, empty folder.
inline void check_disk_contract(Disk& disk, const std::string& root) {
  const std::string folder = root + "/a/b";
  const std::string file = folder + "/file";
  const std::array<std::string_view, 3> parts = {"one ", "", "two "};
  const std::array<std::string_view, 1> more = {"three"};

  REQUIRE(disk.write_new(file, parts) == Error::not_found);
  REQUIRE(disk.make_folders(folder) == Error::none);
  REQUIRE(disk.make_folders(folder) == Error::none);
  REQUIRE(disk.info(folder).value().is_folder);

  REQUIRE(disk.append(file, parts) == Error::none);
  REQUIRE(disk.append(file, more) == Error::none);
  REQUIRE(disk.sync(file) == Error::none);
  REQUIRE(disk.sync_folder(folder) == Error::none);
  REQUIRE(disk.read(file).value() == "one two three");
  REQUIRE(disk.read_range(file, 4, 3).value() == "two");
  REQUIRE(disk.read_range(file, 8, 100).value() == "three");
  REQUIRE(disk.read_range(file, 100, 1).value().empty());
  REQUIRE(disk.info(file).value().bytes == 13);

  REQUIRE(disk.truncate(file, 3) == Error::none);
  REQUIRE(disk.read(file).value() == "one");
  REQUIRE(disk.truncate(folder + "/nothing", 0) == Error::not_found);
  REQUIRE(disk.write_new(file, more) == Error::none);
  REQUIRE(disk.read(file).value() == "three");

  REQUIRE(disk.write_new(folder + "/other", parts) == Error::none);
  REQUIRE(disk.rename(folder + "/other", file) == Error::none);
  REQUIRE(disk.read(file).value() == "one two ");
  REQUIRE(disk.rename(folder + "/nothing", file) == Error::not_found);

  REQUIRE(disk.write_new(folder + "/B", more) == Error::none);
  REQUIRE(disk.make_folders(folder + "/c") == Error::none);
  const auto entries = disk.list(folder).value();
  REQUIRE(entries.size() == 3);
  REQUIRE((entries[0].name == "B" && !entries[0].is_folder));
  REQUIRE((entries[1].name == "c" && entries[1].is_folder));
  REQUIRE((entries[2].name == "file" && !entries[2].is_folder));

  REQUIRE(disk.remove(root + "/a") == Error::already_exists);
  REQUIRE(disk.remove(folder + "/c") == Error::none);
  REQUIRE(disk.remove(file) == Error::none);
  REQUIRE(disk.remove(file) == Error::not_found);
  REQUIRE(disk.read(file).error() == Error::not_found);
  REQUIRE(disk.info(file).error() == Error::not_found);
  REQUIRE(disk.list(root + "/nothing").error() == Error::not_found);
}

}  // namespace edgehose
