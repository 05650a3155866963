#include "simulator/adapters/handler_functions.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

TEST_CASE("handler functions: are found by ARN, with or without a version") {
  const RealClock clock;
  const HandlerFunctions functions({{.name = "f", .path = "f.py"}}, "r", "1", clock);
  REQUIRE(functions.has("arn:aws:lambda:r:1:function:f"));
  REQUIRE(functions.has("arn:aws:lambda:r:1:function:f:$LATEST"));
  for (const char* arn : {"", "f", "arn:aws:lambda:r:1:function:", "arn:aws:lambda:r:1:function:g",
                          "arn:aws:lambda:s:1:function:f", "arn:aws:lambda:r:2:function:f"}) {
    REQUIRE_FALSE(functions.has(arn));
  }
}

TEST_CASE("handler functions: calls at once run in processes of their own, later ones reuse them") {
  TestFolder folder;
  std::ofstream(folder.path() + "/h.py") << R"py(
import os, time
def handler(event, context):
    time.sleep(event)
    return os.getpid()
)py";
  const RealClock clock;
  HandlerFunctions functions({{.name = "f", .path = folder.path() + "/h.py"}}, "r", "1", clock);
  const std::string arn = "arn:aws:lambda:r:1:function:f";
  std::array<std::string, 2> pids;
  std::thread other([&] { pids[0] = functions.invoke(arn, "1").payload; });
  pids[1] = functions.invoke(arn, "1").payload;
  other.join();
  REQUIRE(pids[0] != pids[1]);
  const std::string again = functions.invoke(arn, "0").payload;
  REQUIRE((again == pids[0] || again == pids[1]));
  REQUIRE(functions.invoke("arn:other", "{}").kind == InvokeResult::Kind::not_found);
}
