#include "simulator/adapters/handler_process.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

constexpr const char* kContext =
    R"({"functionName":"f","functionVersion":"$LATEST","invokedFunctionArn":"arn",)"
    R"("memoryLimitInMB":512,"timeoutMs":60000,"awsRequestId":"id"})";

struct Handler {
  Handler(const std::string& name, const std::string& code) {
    std::ofstream(folder.path() + "/" + name) << code;
    file.name = "f";
    file.path = folder.path() + "/" + name;
    file.log_path = folder.path() + "/log";
  }
  std::string log() const {
    std::ifstream in(file.log_path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  TestFolder folder;
  HandlerFile file;
  RealClock clock;
};

constexpr const char* kPython = R"py(
import os, time
count = 0
def handler(event, context):
    global count
    count += 1
    if event.get("raise"): raise ValueError("no " + event["raise"])
    if event.get("exit"): os._exit(1)
    if event.get("sleep"): time.sleep(event["sleep"])
    if event.get("large"): return "x" * event["large"]
    print("seen", event)
    return {"count": count, "name": context.function_name, "left": context.get_remaining_time_in_millis() > 0}
)py";

}  // namespace

TEST_CASE("handler process: a Python handler answers, and keeps its state between calls") {
  Handler world("h.py", kPython);
  HandlerProcess process(world.file, world.clock);
  REQUIRE(process.invoke("{}", kContext).payload == R"({"count": 1, "name": "f", "left": true})");
  REQUIRE(process.invoke("{}", kContext).payload == R"({"count": 2, "name": "f", "left": true})");
  REQUIRE_THAT(world.log(), Catch::Contains("seen {}"));
}

TEST_CASE("handler process: what a handler raises is a function error in Lambda's form") {
  Handler world("h.py", kPython);
  HandlerProcess process(world.file, world.clock);
  const auto raised = process.invoke(R"({"raise":"way"})", kContext);
  REQUIRE(raised.kind == InvokeResult::Kind::function_error);
  REQUIRE_THAT(raised.payload,
               Catch::StartsWith(R"({"errorType": "ValueError", "errorMessage": "no way")"));
  REQUIRE_THAT(process.invoke("{}", kContext).payload, Catch::Contains(R"("count": 2)"));
}

TEST_CASE("handler process: a child that ends or takes too long is replaced") {
  Handler world("h.py", kPython);
  HandlerProcess process(world.file, world.clock);
  const auto ended = process.invoke(R"({"exit":1})", kContext);
  REQUIRE(ended.kind == InvokeResult::Kind::function_error);
  REQUIRE_THAT(ended.payload, Catch::Contains("Runtime.ExitError"));
  REQUIRE_THAT(process.invoke("{}", kContext).payload, Catch::Contains(R"("count": 1)"));
  HandlerFile hasty = world.file;
  hasty.timeout_ms = 2'000;
  HandlerProcess slow(hasty, world.clock);
  const auto late = slow.invoke(R"({"sleep":60})", kContext);
  REQUIRE(late.kind == InvokeResult::Kind::timeout);
  REQUIRE(late.duration_ms >= 2'000);
  // A new child may itself be late on a busy machine.
  bool is_replaced = false;
  for (int i = 0; i < 30 && !is_replaced; ++i) {
    is_replaced = slow.invoke("{}", kContext).kind == InvokeResult::Kind::ok;
  }
  REQUIRE(is_replaced);
}

TEST_CASE("handler process: 6 MiB go both ways, and not more") {
  Handler world("h.py", kPython);
  HandlerProcess process(world.file, world.clock);
  const std::string large = "{\"pad\":\"" + std::string(kInvokePayloadBytesMax - 10, 'p') + "\"}";
  REQUIRE(large.size() == kInvokePayloadBytesMax);
  REQUIRE(process.invoke(large, kContext).kind == InvokeResult::Kind::ok);
  REQUIRE(process.invoke(large + " ", kContext).kind == InvokeResult::Kind::too_large);
  const std::string most = std::to_string(kInvokePayloadBytesMax - 2);
  REQUIRE(process.invoke("{\"large\":" + most + "}", kContext).payload.size() ==
          kInvokePayloadBytesMax);
  const std::string more = std::to_string(kInvokePayloadBytesMax - 1);
  REQUIRE(process.invoke("{\"large\":" + more + "}", kContext).kind ==
          InvokeResult::Kind::too_large);
  REQUIRE(process.invoke("{}", kContext).kind == InvokeResult::Kind::ok);
}

TEST_CASE("handler process: Node handlers return, call back or throw") {
  Handler world("h.cjs", R"js(
exports.handler = async (event, context) => ({ name: context.functionName, n: event.n });
exports.back = (event, context, callback) => setTimeout(() => callback(null, "back"), 1);
exports.bad = () => { throw new TypeError("bad"); };
)js");
  HandlerProcess process(world.file, world.clock);
  REQUIRE(process.invoke(R"({"n":1})", kContext).payload == R"({"name":"f","n":1})");
  REQUIRE(process.invoke(R"({"n":2})", kContext).payload == R"({"name":"f","n":2})");
  world.file.handler = "back";
  HandlerProcess back(world.file, world.clock);
  REQUIRE(back.invoke("{}", kContext).payload == R"("back")");
  world.file.handler = "bad";
  HandlerProcess bad(world.file, world.clock);
  REQUIRE_THAT(bad.invoke("{}", kContext).payload,
               Catch::StartsWith(R"({"errorType":"TypeError","errorMessage":"bad")"));
  world.file.handler = "absent";
  HandlerProcess absent(world.file, world.clock);
  REQUIRE_THAT(absent.invoke("{}", kContext).payload,
               Catch::Contains("exports no function absent"));
}

TEST_CASE("handler process: options name a function, a file and a handler") {
  Handler world("h.py", kPython);
  HandlerFile file;
  REQUIRE(read_handler_option("f=" + world.file.path, file).empty());
  REQUIRE(file.handler == "handler");
  REQUIRE(read_handler_option("f=" + world.file.path + ":other", file).empty());
  REQUIRE(file.handler == "other");
  REQUIRE(file.path == world.file.path);
  for (const char* bad : {"", "f", "=x.py", "f=x.rb", "f=/nowhere/x.py"}) {
    REQUIRE_FALSE(read_handler_option(bad, file).empty());
  }
}
