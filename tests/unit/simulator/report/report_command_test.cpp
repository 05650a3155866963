#include "simulator/report/report_command.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/simulator/lake/small_lake.h"
#include "tests/unit/simulator/load/http/tiny_server.h"
#include "tests/unit/simulator/report/sample_status.h"

namespace edgehose {
namespace {

struct Run {
  int code;
  std::string out;
  std::string err;
};

Run run(const ReportOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_report(options, out, err);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("run_report: joins what the simulator says with what is on disk") {
  SmallLake lake;
  lake.put(SmallLake::key("page_view", 8, "a"), "12345");
  TinyServer simulator([](int, const std::string&) { return TinyServer::ok(kSampleStatus); });
  ReportOptions options{.endpoint = simulator.url(), .data = lake.data(), .json = true};
  const auto since_start = nlohmann::json::parse(run(options).out);
  CHECK(since_start.at("bill").at("duration_s") == 100);
  CHECK(since_start.at("lake").at(0).at("stored_bytes") == 5);
  options.duration_s = 50;
  const auto given = nlohmann::json::parse(run(options).out);
  CHECK(given.at("bill").at("duration_s") == 50);
  CHECK(given.at("bill").at("events_monthly") ==
        2 * since_start.at("bill").at("events_monthly").get<uint64_t>());
}

TEST_CASE("run_report: the folder alone shows the lake, without a bill it cannot know") {
  SmallLake lake;
  lake.put(SmallLake::key("page_view", 8, "a"), "12345");
  const Run text = run({.data = lake.data()});
  CHECK(text.code == 0);
  CHECK(text.out.find("content_type=page_view") != std::string::npos);
  CHECK(text.out.find("USD") == std::string::npos);
}

TEST_CASE("run_report: says what it cannot reach or does not know") {
  const SmallLake lake;
  CHECK(run({}).code == 2);
  CHECK(run({.data = lake.data(), .region = "mars-1"}).err.find("mars-1") != std::string::npos);
  CHECK(run({.data = "/no/such/folder"}).code == 1);
  CHECK(run({.endpoint = "nonsense"}).code == 1);
  TinyServer other([](int, const std::string&) { return TinyServer::ok("hello"); });
  CHECK(run({.endpoint = other.url()}).err.find("no simulator of this version") !=
        std::string::npos);
}

}  // namespace edgehose
