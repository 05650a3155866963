#include "simulator/scenario/audit_command.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "simulator/scenario/ledger.h"
#include "tests/unit/simulator/lake/small_lake.h"
#include "tests/unit/simulator/load/http/tiny_server.h"

namespace edgehose {
namespace {

struct Run {
  int code;
  std::string out;
  std::string err;
};

Run run(const AuditOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_audit(options, out, err);
  return {code, out.str(), err.str()};
}

std::string event_line(const std::string& id) {
  return R"({"event_id":")" + id + R"(","content_type":"click"})" + "\n";
}

std::string ledger_line(const std::string& id) {
  std::string line;
  append_ledger_line(line, {.event_id = id,
                            .content_type = "click",
                            .event_time = "2026-11-22T13:00:00.123Z",
                            .attempts = 1,
                            .outcome = EventOutcome::acknowledged,
                            .status = 200,
                            .digest = event_digest(event_line(id)).value()});
  return line;
}

}  // namespace

TEST_CASE("run_audit: ends with the verdict and its exit code") {
  SmallLake lake;
  lake.put(SmallLake::key("click", 8, "a"), event_line("one") + event_line("two"));
  write_file(lake.file("ledger"), ledger_line("one") + ledger_line("two"));
  const Run good = run({.ledgers = {lake.file("ledger")}, .data = lake.data()});
  CHECK(good.code == 0);
  CHECK(good.out.find("\naudit: balanced\n") != std::string::npos);

  write_file(lake.file("more"), ledger_line("gone"));
  const Run bad = run({.ledgers = {lake.file("ledger"), lake.file("more")}, .data = lake.data()});
  CHECK(bad.code == 1);
  CHECK(bad.out.find("lost (1)\n  gone  acknowledged with status 200") != std::string::npos);
  CHECK(bad.out.find("\naudit: NOT balanced\n") != std::string::npos);

  const Run json =
      run({.ledgers = {lake.file("ledger"), lake.file("more")}, .data = lake.data(), .json = true});
  const auto report = nlohmann::json::parse(json.out);
  CHECK(report.at("balanced") == false);
  CHECK(report.at("events") == 3);
  CHECK(report.at("lost") == 1);
  CHECK(report.at("faults").at(0).at("event_id") == "gone");
}

TEST_CASE("run_audit: foreign events are a fault unless they are expected") {
  SmallLake lake;
  lake.put(SmallLake::key("click", 8, "a"), event_line("one") + event_line("stranger"));
  write_file(lake.file("ledger"), ledger_line("one"));
  AuditOptions options{.ledgers = {lake.file("ledger")}, .data = lake.data()};
  const Run strict = run(options);
  CHECK(strict.code == 1);
  CHECK(strict.out.find("foreign (1)\n  stranger  ") != std::string::npos);
  options.foreign_ok = true;
  CHECK(run(options).code == 0);
}

TEST_CASE("run_audit: asks the collector what it holds and what it may have doubled") {
  SmallLake lake;
  lake.put(SmallLake::key("click", 8, "a"), event_line("one") + event_line("one"));
  write_file(lake.file("ledger"), ledger_line("one"));
  std::string status = R"({"held_lines":0,"ambiguous_lines":1})";
  TinyServer collector([&](int, const std::string&) { return TinyServer::ok(status); });
  AuditOptions options{.ledgers = {lake.file("ledger")}, .data = lake.data()};
  CHECK(run(options).code == 1);
  options.collector = collector.url();
  CHECK(run(options).code == 0);

  status = R"({"held_lines":4,"ambiguous_lines":1})";
  const Run holding = run(options);
  CHECK(holding.code == 1);
  CHECK(holding.out.find("holds 4 events") != std::string::npos);
  options.in_flight_ok = true;
  CHECK(run(options).code == 0);

  status = "<html>";
  CHECK(run(options).code == 2);
}

TEST_CASE("run_audit: a ledger whose sender was killed is read to its last whole line") {
  SmallLake lake;
  lake.put(SmallLake::key("click", 8, "a"), event_line("one"));
  write_file(lake.file("ledger"), ledger_line("one") + ledger_line("two").substr(0, 40));
  const Run torn = run({.ledgers = {lake.file("ledger")}, .data = lake.data()});
  CHECK(torn.code == 0);
  CHECK(torn.out.find("ends in the middle of line 2") != std::string::npos);
  write_file(lake.file("ledger"), "x\n" + ledger_line("one"));
  const Run bad = run({.ledgers = {lake.file("ledger")}, .data = lake.data()});
  CHECK(bad.code == 2);
  CHECK(bad.err.find("ledger:1 ") != std::string::npos);
}

TEST_CASE("run_audit: what cannot be read is refused") {
  SmallLake lake;
  write_file(lake.file("ledger"), "");
  CHECK(run({.ledgers = {}, .data = lake.data()}).code == 2);
  CHECK(run({.ledgers = {lake.file("none")}, .data = lake.data()}).code == 2);
  CHECK(run({.ledgers = {lake.file("ledger")}, .data = lake.file("none")}).code == 2);
  CHECK(
      run({.ledgers = {lake.file("ledger")}, .data = lake.data(), .collector = "nonsense"}).code ==
      2);
}

}  // namespace edgehose
