#include "simulator/http/incidents.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "simulator/http/fault_json.h"

using namespace edgehose;

TEST_CASE("incidents: the shipped ones are incidents.json, and each is a plan") {
  std::ifstream file(std::string(EDGEHOSE_SOURCE_DIR) + "/simulator/http/incidents.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(shipped_incidents() == text);
  const auto list = incidents();
  REQUIRE(list.size() == 6);
  for (const Incident& incident : list) {
    INFO(incident.name);
    CHECK_FALSE(incident.about.empty());
    CHECK_FALSE(incident.source.empty());
    const auto read = read_fault_file(incident_plan(incident.name).value_or(""), 0);
    REQUIRE(std::holds_alternative<std::vector<FaultRule>>(read));
    for (const FaultRule& fault : std::get<std::vector<FaultRule>>(read)) {
      CHECK(fault.until_ms < INT64_MAX);  // every one ends
    }
  }
  CHECK_FALSE(incident_plan("another"));
}
