#include "simulator/http/fault_command.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace edgehose;

namespace {

// What a command printed, and what it asked of the simulator that answers as it is told.
struct Run {
  int code = 0;
  std::string out;
  std::string err;
  std::vector<std::string> asked;
};

template <typename Command, typename Options>
Run run(const Command& command, const Options& options,
        std::vector<std::optional<ControlAnswer>> answers) {
  Run run;
  std::ostringstream out;
  std::ostringstream err;
  size_t next = 0;
  run.code = command(
      options,
      [&](const std::string& method, const std::string& path, const std::string& body) {
        run.asked.push_back(method + " " + path + " " + body);
        return answers.at(next++);
      },
      out, err);
  run.out = out.str();
  run.err = err.str();
  return run;
}

}  // namespace

TEST_CASE("fault command: add sends what was asked and prints what holds now") {
  const FaultOptions options{.verb = FaultOptions::Verb::add,
                             .service = "s3",
                             .operation = "PutObject",
                             .rate = 0.5,
                             .error = "SlowDown",
                             .duration = "10m"};
  const Run added = run(run_fault, options,
                        {{{200, R"({"id":3,"hits":0,"state":"in_force","text":"s3 PutObject"})"}}});
  CHECK(added.code == 0);
  CHECK(added.err.empty());
  CHECK_THAT(added.out, Catch::StartsWith("fault 3 is in force, met 0 calls: s3 PutObject\n"));
  const std::string prefix = "POST /_edgehose/faults ";
  REQUIRE(added.asked.at(0).starts_with(prefix));
  CHECK(nlohmann::json::parse(added.asked[0].substr(prefix.size())) ==
        nlohmann::json{{"service", "s3"},
                       {"operation", "PutObject"},
                       {"rate", 0.5},
                       {"error", "SlowDown"},
                       {"for", "10m"}});
}

TEST_CASE("fault command: an error of one's own and a partial failure with its code are objects") {
  FaultOptions options{.verb = FaultOptions::Verb::add, .service = "firehose"};
  options.error = "Teapot";
  options.status = 418;
  options.message = "short";
  options.partial = 0.2;
  options.partial_code = "InternalFailure";
  options.duplicate = true;
  const Run added = run(run_fault, options, {{{200, "{}"}}});
  CHECK_THAT(added.asked.at(0),
             Catch::Contains(R"("error":{"code":"Teapot","message":"short","status":418})") &&
                 Catch::Contains(R"("partial":{"code":"InternalFailure","share":0.2})") &&
                 Catch::Contains(R"("duplicate":true)"));
  options.status = 0;
  CHECK(run(run_fault, options, {}).code == 2);
}

TEST_CASE("fault command: lists and clears") {
  FaultOptions options;
  CHECK(run(run_fault, options, {{{200, R"({"faults":[]})"}}}).out == "no faults\n");
  const Run list = run(run_fault, options,
                       {{{200, R"({"faults":[{"id":1,"hits":1,"state":"over","text":"t"}]})"}}});
  CHECK(list.out == "fault 1 is over, met 1 call: t\n");
  options.json = true;
  CHECK(run(run_fault, options, {{{200, R"({"faults":[]})"}}}).out == "{\"faults\":[]}\n");
  const FaultOptions clear{.verb = FaultOptions::Verb::clear, .id = "7"};
  const Run cleared = run(run_fault, clear, {{{200, R"({"cleared":1})"}}});
  CHECK(cleared.out == "cleared 1 fault\n");
  CHECK(cleared.asked.at(0) == "DELETE /_edgehose/faults/7 ");
}

TEST_CASE("fault command: says when nobody answers, when it is off, and what was wrong") {
  const FaultOptions options;
  const Run nobody = run(run_fault, options, {std::nullopt});
  CHECK(nobody.code == 1);
  CHECK_THAT(nobody.err, Catch::Contains("no simulator answers at http://127.0.0.1:4566") &&
                             Catch::Contains("edgehose up --port 4566 --control"));
  const Run off = run(run_fault, options, {{{403, R"({"error":"off","mend":"--control"})"}}});
  CHECK((off.code == 1 && off.err == "edgehose fault: off\n  mend: --control\n"));
  const Run wrong = run(run_fault, options,
                        {{{400, R"({"place":"/rate","error":"is out of range","mend":"0.5"})"}}});
  CHECK(wrong.err == "edgehose fault: rate is out of range\n  mend: 0.5\n");
  const Run other = run(run_fault, options, {{{200, "<html>"}}});
  CHECK(other.code == 1);
  CHECK_THAT(other.err, Catch::Contains("is no simulator of this version"));
}

TEST_CASE("quota command: shows figures a reader can read, and what a raise came to") {
  const std::string shown =
      R"({"profile":"tokyo-2026","streams":[{"stream":"a","records_s":200000,"requests_s":2000,)"
      R"("bytes_s":2097152,"factor":2.0},{"stream":"b","bytes_s":0}]})";
  const QuotaOptions raise{.verb = QuotaOptions::Verb::raise, .stream = "a", .factor = 2};
  const Run raised = run(run_quota, raise, {{{200, R"({"raised":[]})"}}, {{200, shown}}});
  CHECK(raised.code == 0);
  CHECK(raised.asked.at(0) == R"(POST /_edgehose/quota {"factor":2.0,"stream":"a"})");
  CHECK(raised.out ==
        "profile tokyo-2026\n  a  200,000 records/s, 2,000 requests/s, 2,097,152 bytes/s "
        "(2.0 x the profile)\n  b  unlimited\n");
  CHECK(run(run_quota, QuotaOptions{.verb = QuotaOptions::Verb::raise, .stream = "a"}, {}).code ==
        2);
  CHECK(run(run_quota, QuotaOptions{}, {std::nullopt}).code == 1);
}

TEST_CASE(
    "fault command: a plan's faults are added one after the other, a file's or an incident's") {
  const std::optional<ControlAnswer> added{
      {200, R"({"id":1,"hits":0,"state":"in_force","text":"t"})"}};
  FaultOptions options{.verb = FaultOptions::Verb::plan, .plan = "lambda-2023-06-13"};
  const Run incident = run(run_fault, options, {added, added});
  CHECK(incident.code == 0);
  REQUIRE(incident.asked.size() == 2);
  CHECK_THAT(incident.asked[1], Catch::Contains(R"("from":"116m")"));
  // The first that is refused ends it.
  const std::optional<ControlAnswer> refused{
      {400, R"({"place":"/rate","error":"is above 1","mend":"0 to 1"})"}};
  const Run half = run(run_fault, options, {refused, added});
  CHECK(half.code == 1);
  CHECK(half.asked.size() == 1);
  options.plan = "/nowhere/plan.json";
  const Run none = run(run_fault, options, {});
  CHECK(none.code == 1);
  CHECK_THAT(none.err, Catch::Contains("neither a file nor an incident"));
  options.plan = std::string(EDGEHOSE_SOURCE_DIR) + "/package.json";
  CHECK_THAT(run(run_fault, options, {}).err, Catch::Contains("is no plan"));
  options.verb = FaultOptions::Verb::incidents;
  CHECK_THAT(run(run_fault, options, {}).out, Catch::Contains("sqs-2020-04-20\n  SQS in Tokyo"));
}
