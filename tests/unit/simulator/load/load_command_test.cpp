#include "simulator/load/load_command.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "simulator/scenario/ledger.h"
#include "tests/unit/simulator/load/http/tiny_server.h"
#include "tests/unit/simulator/load/temporary_folder.h"

namespace edgehose {
namespace {

std::string accept_all(int /*number*/, const std::string& body) {
  const size_t events = nlohmann::json::parse(body).size();
  return TinyServer::ok(R"({"accepted":)" + std::to_string(events) +
                        R"(,"failed":[],"ack":"durable"})");
}

int run(const LoadOptions& options, std::string& out, std::string& err) {
  std::ostringstream out_stream;
  std::ostringstream err_stream;
  const int code = run_load(options, out_stream, err_stream);
  out = out_stream.str();
  err = err_stream.str();
  return code;
}

}  // namespace

TEST_CASE("run_load: sends what the rate says and writes every event into the ledger") {
  const TemporaryFolder folder;
  TinyServer server(accept_all);
  LoadOptions options;
  options.url = server.url();
  options.rate = 500;
  options.duration = "1s";
  options.events_per_request = 10;
  options.ledger = folder.file("ledger");
  options.json = true;
  std::string out;
  std::string err;
  REQUIRE(run(options, out, err) == 0);
  const auto report = nlohmann::json::parse(out);
  CHECK(report.at("events") == 500);
  CHECK(report.at("acknowledged") == 500);
  CHECK(report.at("requests") == 50);
  CHECK(server.requests() == 50);
  const std::string ledger = read_file(options.ledger);
  CHECK(std::count(ledger.begin(), ledger.end(), '\n') == 500);
}

TEST_CASE("run_load: replays a log whole and names the lines that are none") {
  const TemporaryFolder folder;
  std::string log;
  for (int i = 0; i < 25; ++i) {
    log += "h - - [17/May/2015:10:05:03 +0000] \"GET /" + std::to_string(i) +
           " HTTP/1.1\" 200 5 \"-\" \"ua\"\n";
    if (i == 4) log += "broken\n";
  }
  write_file(folder.file("access.log"), log);
  TinyServer server(accept_all);
  LoadOptions options;
  options.url = server.url() + "/collect";
  options.rate = 1'000;
  options.events_per_request = 10;
  options.replay = folder.file("access.log");
  options.ledger = folder.file("ledger");
  std::string out;
  std::string err;
  REQUIRE(run(options, out, err) == 0);
  CHECK(out.find("1 did not parse: line 6\n") != std::string::npos);
  std::istringstream ledger(read_file(options.ledger));
  std::set<std::string> ids;
  std::string line;
  while (std::getline(ledger, line)) {
    const auto entry = parse_ledger_line(line);
    REQUIRE(entry);
    CHECK(entry->event_time == "2015-05-17T10:05:03.000Z");
    ids.insert(entry->event_id);
  }
  CHECK(ids.size() == 25);
  CHECK(server.requests() == 3);
}

TEST_CASE("run_load: nobody listening is a failure, and its events are unanswered") {
  const TemporaryFolder folder;
  uint16_t free_port = 0;
  {
    const TinyServer gone([](int, const std::string&) { return ""; });
    free_port = gone.port();
  }
  LoadOptions options;
  options.url = "http://127.0.0.1:" + std::to_string(free_port);
  options.rate = 10;
  options.duration = "500ms";
  options.ledger = folder.file("ledger");
  std::string out;
  std::string err;
  CHECK(run(options, out, err) == 1);
  CHECK(err.find("no request was answered") != std::string::npos);
  CHECK(out.find("unanswered 5") != std::string::npos);
}

TEST_CASE("run_load: options that make no sense are refused with what to do") {
  const LoadOptions good{.url = "http://127.0.0.1:1", .duration = "1s"};
  const auto refused = [&](const std::function<void(LoadOptions&)>& change, const char* part) {
    LoadOptions options = good;
    change(options);
    std::string out;
    std::string err;
    INFO(part);
    CHECK(run(options, out, err) == 2);
    CHECK(err.find(part) != std::string::npos);
  };
  refused([](LoadOptions& o) { o.url = "ftp://x"; }, "--url");
  refused([](LoadOptions& o) { o.rate = 0; }, "--rate");
  refused([](LoadOptions& o) { o.duration = "soon"; }, "--duration");
  refused([](LoadOptions& o) { o.duration = "0"; }, "--duration");
  refused([](LoadOptions& o) { o.events_per_request = 0; }, "--events-per-request");
  refused([](LoadOptions& o) { o.attempts = 0; }, "--attempts");
  refused([](LoadOptions& o) { o.connections = 0; }, "--connections");
  refused([](LoadOptions& o) { o.arrivals = "bursty"; }, "--arrivals");
  refused([](LoadOptions& o) { o.replay = "/no/such/log"; }, "/no/such/log");
  refused([](LoadOptions& o) { o.ledger = "/no/such/folder/ledger"; }, "ledger");
}

}  // namespace edgehose
