#include "shared/collect/duplicates.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace edgehose;

TEST_CASE("duplicates: an id is new once in each request, as a set of strings has it") {
  std::mt19937_64 random(20261123);
  Duplicates duplicates;
  for (int request = 0; request < 40; ++request) {
    duplicates.begin(random());
    std::set<std::string> seen;
    std::vector<std::string> ids;
    for (int i = 0; i < 1'000; ++i) {
      ids.push_back(std::string(random() % 3, 'x') + std::to_string(random() % 900) +
                    std::string(random() % 20, 'y'));
    }
    for (const std::string& id : ids) REQUIRE(duplicates.add(id) == !seen.insert(id).second);
  }
}

TEST_CASE("duplicates: ids that differ in one byte are not the same") {
  Duplicates duplicates;
  duplicates.begin(0);
  const std::string id = "0198f2c0-7e4a-7000-8000-000000000001";
  std::vector<std::string> others;
  for (size_t i = 0; i < id.size(); ++i) {
    others.push_back(id);
    others.back()[i] = 'z';
  }
  REQUIRE_FALSE(duplicates.add(id));
  for (const std::string& other : others) REQUIRE_FALSE(duplicates.add(other));
  REQUIRE(duplicates.add(id));
}
