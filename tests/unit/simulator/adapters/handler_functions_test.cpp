#include "simulator/adapters/handler_functions.h"

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

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
import os, pathlib, time
def handler(event, context):
    here = pathlib.Path(__file__).parent
    (here / f"{os.getpid()}.pid").touch()
    while len(list(here.glob("*.pid"))) < event:
        time.sleep(0.01)
    return os.getpid()
)py";
  const RealClock clock;
  HandlerFunctions functions({{.name = "f", .path = folder.path() + "/h.py"}}, "r", "1", clock);
  const std::string arn = "arn:aws:lambda:r:1:function:f";
  // Each waits for the other's file; the threads live until all is asked.
  std::array<std::promise<std::string>, 2> pids;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  std::vector<std::thread> threads;
  for (auto& pid : pids) {
    threads.emplace_back([&functions, &arn, &pid, ended] {
      pid.set_value(functions.invoke(arn, "2").payload);
      ended.wait();
    });
  }
  const std::string one = pids[0].get_future().get();
  const std::string other = pids[1].get_future().get();
  const std::string again = functions.invoke(arn, "0").payload;
  end.set_value();
  for (std::thread& thread : threads) thread.join();
  REQUIRE(one != other);
  REQUIRE((again == one || again == other));
  REQUIRE(functions.invoke("arn:other", "{}").kind == InvokeResult::Kind::not_found);
}
