#include "simulator/http/up_command.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

TEST_CASE("up: options that make no sense are named") {
  std::ostringstream out;
  std::ostringstream err;
  REQUIRE(run_up({.quota = "mars-2099"}, out, err) == 2);
  REQUIRE_THAT(err.str(), Catch::Contains("mars-2099") && Catch::Contains("tokyo-2020"));
  REQUIRE(run_up({.plant = "x"}, out, err) == 2);
  REQUIRE(run_up({.access_key_id = "x"}, out, err) == 2);
  REQUIRE(out.str().empty());
}

TEST_CASE("up: a damaged journal and a file in place of the folder stop the start") {
  const TestFolder folder;
  std::ostringstream out;
  std::ostringstream err;
  std::filesystem::create_directories(folder.path() + "/d/firehose/a");
  std::ofstream(folder.path() + "/d/firehose/a/stream") << "damaged";
  REQUIRE(run_up({.data = folder.path() + "/d"}, out, err) == 1);
  REQUIRE_THAT(err.str(), Catch::Contains("damaged"));
  std::ofstream(folder.path() + "/file") << "x";
  REQUIRE(run_up({.data = folder.path() + "/file"}, out, err) == 1);
  REQUIRE(out.str().empty());
}
