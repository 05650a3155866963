#include "simulator/shaping/shape_command.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;
using nlohmann::json;

namespace {

struct Run {
  int status = 0;
  std::vector<json> lines;
  std::string err;
};

Run run(const std::string& input, const ShapeOptions& options = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Run result;
  result.status = run_shape(options, in, out, err);
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) result.lines.push_back(json::parse(line));
  result.err = err.str();
  return result;
}

constexpr int64_t kNowMs = 1'795'352'400'123;

std::string request(const json& body, int64_t received_ms = kNowMs) {
  return json{{"method", "POST"},
              {"path", "/collect"},
              {"headers", {{"User-Agent", "x"}}},
              {"client_ip", "203.0.113.9"},
              {"received_ms", received_ms},
              {"body", body.dump()}}
             .dump() +
         "\n";
}

std::string timeless_request(const json& body) { return json{{"body", body.dump()}}.dump() + "\n"; }

std::string write_file(const TestFolder& folder, const std::string& name, std::string_view text) {
  const std::string path = folder.path() + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

json event(const std::string& id, const std::string& type) {
  return {{"event_id", id}, {"content_type", type}, {"time", "2026-11-22T13:00:00Z"}};
}

}  // namespace

TEST_CASE("shape_command: each line of input gives what would be delivered, under its number") {
  const Run result = run(request({event("a", "page_view"), event("b", "click")}) + "\n" +
                         request(event("c", "Bad")) + "no request\n" + request("text"));
  CHECK(result.status == 1);
  REQUIRE(result.lines.size() == 5);
  CHECK(result.lines[0]["line"] == 1);
  CHECK(result.lines[0]["stream"] == "page_view");
  CHECK(result.lines[0]["event"]["event_id"] == "a");
  CHECK(result.lines[1]["stream"] == "click");
  CHECK(result.lines[2]["line"] == 3);
  CHECK(result.lines[2]["failed"]["pointer"] == "/content_type");
  CHECK(result.lines[3] == json{{"line", 4}, {"error", "no JSON: unexpected byte at byte 1"}});
  CHECK(result.lines[4]["line"] == 5);
  CHECK(result.lines[4]["refused"]["status"] == 400);
  CHECK(result.err.find("events: 2 accepted, 1 failed") == 0);
  CHECK(result.err.find("packing: 3 lines in 3 records") != std::string::npos);
  CHECK(result.err.find("bill of 1,000,000 events") != std::string::npos);
}

TEST_CASE("shape_command: a plan that is wrong, or cannot be read, ends the command at its start") {
  ShapeOptions options;
  options.plan = "/nowhere/plan.json";
  CHECK(run("", options).status == 2);
  const auto path = std::filesystem::temp_directory_path() /
                    ("edgehose-shape-" + std::to_string(reinterpret_cast<uintptr_t>(&options)));
  std::ofstream(path) << R"({"version":"1","content_types":{"a":{"schema":{"typ":1}}}})";
  options.plan = path.string();
  const Run wrong = run(request(event("a", "a")), options);
  CHECK(wrong.status == 2);
  CHECK(wrong.lines.empty());
  CHECK(wrong.err.find("/content_types/a/schema/typ") != std::string::npos);
  std::ofstream(path) << R"({"version":"1","content_types":{"a":{"schema":{"required":["k"]}}}})";
  CHECK(run(request(event("a", "a")), options).lines[0]["failed"]["keyword"] == "required");
  options.configuration = "/nowhere/configuration.json";
  CHECK(run("", options).status == 2);
  std::filesystem::remove(path);
}

TEST_CASE("shape_command: events that consent drops have no line, and are counted") {
  const TestFolder folder;
  ShapeOptions options;
  options.configuration =
      write_file(folder, "collector.json", R"({"privacy":{"consent":{"denied":"nothing"}}})");
  json denied = event("a", "click");
  denied["consent"] = "denied";
  const Run result = run(request({denied, event("b", "click")}), options);
  CHECK(result.lines.size() == 1);
  CHECK(result.err.find("events: 1 accepted, 0 failed, 0 duplicates, 1 dropped by consent; ") == 0);
  CHECK(run(request(denied)).err.find("dropped") == std::string::npos);
}

TEST_CASE("shape_command: a request without a time came with the one before, the first one now") {
  ShapeOptions options;
  options.now_ms = kNowMs + 5'000;
  const Run result = run(timeless_request(event("a", "click")) + request(event("b", "click")) +
                             "no request\n" + timeless_request(event("c", "click")),
                         options);
  REQUIRE(result.lines.size() == 4);
  CHECK(result.lines[0]["event"]["received_time"] == "2026-11-22T13:00:05.123Z");
  CHECK(result.lines[1]["event"]["received_time"] == "2026-11-22T13:00:00.123Z");
  CHECK(result.lines[3]["event"]["received_time"] == "2026-11-22T13:00:00.123Z");
}

TEST_CASE("shape_command: the order of the input does not change the bill") {
  std::string forth;
  std::string back;
  for (int64_t i = 0; i < 20; ++i) {
    const std::string line = request(event(std::to_string(i), "click"), kNowMs + i * 10'000);
    forth += line;
    back = line + back;
  }
  const std::string said = run(forth).err;
  CHECK(said.find("20 lines in 20 records") != std::string::npos);
  CHECK(run(back).err == said);
}

TEST_CASE("shape_command: the packing and the bill are told whatever times requests have") {
  std::string all;
  for (const int64_t ms : {INT64_MAX, INT64_MIN, int64_t{1'000'000'000'000'000'000}, int64_t{0}}) {
    all += request(event(std::to_string(ms), "click"), ms);
    CAPTURE(ms);
    const std::string said = run(request(event("a", "click"), ms)).err;
    CHECK(said.find("packing: 1 lines in 1 records") != std::string::npos);
    CHECK(said.find("bill of 1,000,000 events") != std::string::npos);
  }
  CHECK(run(all).err.find("packing: 4 lines in 3 records") != std::string::npos);
}

TEST_CASE("shape_command: an empty configuration is no configuration") {
  const TestFolder folder;
  ShapeOptions options;
  options.configuration = write_file(folder, "collector.json", " \n");
  const Run result = run("", options);
  CHECK(result.status == 2);
  CHECK(result.err == options.configuration + ": empty. write {} for the defaults\n");
  options.configuration = folder.path();
  CHECK(run("", options).err == "edgehose shape: " + folder.path() + " is a directory\n");
}
