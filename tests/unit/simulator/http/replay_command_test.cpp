#include "simulator/http/replay_command.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace edgehose;

namespace {

struct Run {
  explicit Run(const ReplayOptions& options, std::optional<ControlAnswer> answer) {
    const AskControl ask = [&](const std::string& method, const std::string& path,
                               const std::string& body) {
      asked = method + " " + path + " " + body;
      return answer;
    };
    status = run_replay(options, ask, out, err);
  }
  std::string asked;
  std::ostringstream out;
  std::ostringstream err;
  int status = 0;
};

}  // namespace

TEST_CASE("replay command: asks for what its options say, and tells what came back") {
  const ReplayOptions options{.dead_letters = true, .errors = "lake/errors/", .stream = "s"};
  const Run run(options, ControlAnswer{200, R"({"messages":3,"objects":2,"records":10,"left":0})"});
  CHECK(run.asked ==
        R"(POST /_edgehose/replay {"dead_letters":true,"errors":"lake/errors/","stream":"s"})");
  CHECK(run.status == 0);
  CHECK(run.out.str().find("3 messages out of dead-letter queues, 2 objects") != std::string::npos);
}

TEST_CASE("replay command: ends 1 where something stayed, was refused, or nobody answers") {
  const Run left({}, ControlAnswer{200, R"({"left":4})"});
  CHECK((left.status == 1 && left.err.str().find("refused 4 records") != std::string::npos));
  const Run refused({}, ControlAnswer{400, R"({"error":"asks for nothing","mend":"x"})"});
  CHECK((refused.status == 1 && refused.err.str().find("mend: x") != std::string::npos));
  const Run silent({}, std::nullopt);
  CHECK((silent.status == 1 && silent.err.str().find("edgehose up") != std::string::npos));
  const Run json({.json = true}, ControlAnswer{200, R"({"left":0})"});
  CHECK(json.out.str() == "{\"left\":0}\n");
}
