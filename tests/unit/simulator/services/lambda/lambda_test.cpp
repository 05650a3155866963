#include "simulator/services/lambda/lambda.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

using Kind = InvokeResult::Kind;

// Messages for a mapping of function "f" on queue "q".
struct World {
  explicit World(LambdaOptions options = {}, QueueSettings settings = {.visibility_s = 60})
      : random(1),
        sqs({}, random),
        lambda(std::move(options), {{.name = "f"}, {.name = "g"}}, sqs, random,
               [this](std::string_view, const std::string&) { return sqs_is_up; }) {
    REQUIRE_FALSE(sqs.create(0, "dead", {}, {}));
    REQUIRE_FALSE(sqs.create(0, "q", settings, {}));
  }
  void send(int64_t now_ms, int count) {
    for (int i = 0; i < count; ++i) {
      SendRequest message;
      message.body = std::to_string(i);
      REQUIRE(sqs.send(now_ms, "q", message));
    }
    lambda.tick(now_ms);
  }
  std::string map(EventSourceMapping mapping = {}) {
    mapping.function = "f";
    mapping.queue = "q";
    auto made = lambda.create_mapping(0, mapping);
    REQUIRE(made);
    return made.value().uuid;
  }
  // Ends every invocation that was started, in this way; how many there were.
  size_t finish(int64_t now_ms, Kind kind, const std::string& payload = "null") {
    const auto invokes = lambda.take_invokes();
    for (const InvokeEffect& effect : invokes) {
      lambda.on_done(now_ms, effect.op, {kind, payload, 10});
    }
    return invokes.size();
  }
  size_t left() const { return sqs.find("q")->messages.messages().size(); }
  FunctionCounters counters() const { return lambda.functions()[0].second; }

  Random random;
  Sqs sqs;
  bool sqs_is_up = true;
  Lambda lambda;
};

}  // namespace

TEST_CASE("lambda: a batch that succeeds is deleted, one that fails comes again") {
  World world;
  world.map({.batch_size = 10});
  world.send(0, 12);
  CHECK(world.lambda.held_messages() == 12);
  REQUIRE(world.finish(100, Kind::ok) == 2);
  CHECK(world.left() == 0);
  world.send(200, 1);
  REQUIRE(world.finish(300, Kind::function_error) == 1);
  CHECK(world.left() == 1);
  world.sqs.tick(60'200);
  world.lambda.tick(60'200);
  REQUIRE(world.finish(60'300, Kind::ok) == 1);
  CHECK(world.left() == 0);
  CHECK(world.counters().errors == 1);
  CHECK(world.counters().billed_mib_ms == 4 * 10 * 512);
}

TEST_CASE("lambda: failures that are reported come again, the rest is deleted") {
  World world;
  world.map({.batch_size = 10, .reports_failures = true});
  world.send(0, 3);
  const auto invokes = world.lambda.take_invokes();
  REQUIRE(invokes.size() == 1);
  const std::string id = world.sqs.find("q")->messages.messages().begin()->second.content->id;
  for (const InvokeEffect& effect : invokes) {
    const bool has_it = effect.payload->find(id) != std::string::npos;
    world.lambda.on_done(0, effect.op,
                         {Kind::ok,
                          has_it ? R"({"batchItemFailures":[{"itemIdentifier":")" + id + "\"}]}"
                                 : R"({"batchItemFailures":[]})",
                          1});
  }
  CHECK(world.left() == 1);
}

TEST_CASE("lambda: a window gathers until the batch is full or its time is over") {
  World world;
  world.map({.batch_size = 100, .window_s = 5});
  world.send(0, 60);
  CHECK(world.lambda.take_invokes().empty());
  CHECK(world.lambda.next_due_ms() <= 5'000);
  world.send(1'000, 40);
  CHECK(world.finish(1'000, Kind::ok) == 1);
  CHECK(world.left() == 0);
  world.send(2'000, 3);
  world.lambda.tick(6'999);
  CHECK(world.lambda.take_invokes().empty());
  world.lambda.tick(7'000);
  CHECK(world.finish(7'000, Kind::ok) == 1);
}

TEST_CASE(
    "lambda: five batches at once, 300 more a minute of backlog, five again when it is gone") {
  World world;
  world.map({.batch_size = 1});
  world.send(0, 2'000);
  CHECK(world.lambda.take_invokes().size() == 5);
  world.lambda.tick(1'000);
  CHECK(world.lambda.take_invokes().size() == 5);
  world.lambda.tick(61'000);
  CHECK(world.lambda.take_invokes().size() == 300);
  world.lambda.tick(3'600'000);
  // The account has 1,000; the mapping could have 1,250.
  CHECK(world.lambda.running() == 1'000);
}

TEST_CASE("lambda: a mapping's own maximum holds") {
  World world;
  world.map({.batch_size = 1, .max_concurrency = 2});
  world.send(0, 100);
  world.lambda.tick(600'000);
  CHECK(world.lambda.running() == 2);
}

TEST_CASE("lambda: what a throttled mapping took comes again and counts as received") {
  World world({}, {.visibility_s = 60});
  REQUIRE_FALSE(world.lambda.reserve("f", 0));
  world.map({.batch_size = 10});
  world.send(0, 1);
  CHECK(world.lambda.take_invokes().empty());
  CHECK(world.counters().throttles == 1);
  CHECK(world.sqs.find("q")->messages.in_flight() == 1);
  REQUIRE_FALSE(world.lambda.reserve("f", std::nullopt));
  world.sqs.tick(60'000);
  world.lambda.tick(60'000);
  CHECK(world.finish(60'000, Kind::ok) == 1);
}

TEST_CASE("lambda: while SQS is out a mapping takes nothing, and deletes nothing") {
  World world;
  world.map({.batch_size = 10});
  world.sqs_is_up = false;
  world.send(0, 3);
  CHECK(world.lambda.take_invokes().empty());
  world.sqs_is_up = true;
  world.lambda.tick(1'000);
  world.sqs_is_up = false;
  CHECK(world.finish(2'000, Kind::ok) == 1);
  CHECK(world.left() == 3);
}

TEST_CASE("lambda: without the mapping what it held comes again") {
  World world;
  const std::string uuid = world.map({.batch_size = 10});
  world.send(0, 1);
  REQUIRE(world.lambda.erase_mapping(uuid));
  CHECK(world.finish(0, Kind::ok) == 1);
  CHECK(world.left() == 1);
  CHECK_FALSE(world.lambda.erase_mapping(uuid));
}

TEST_CASE("lambda: callers share the account's concurrency, and reservations are kept free") {
  World world({.concurrency = 110});
  REQUIRE_FALSE(world.lambda.reserve("g", 10));
  for (uint64_t i = 0; i < 101; ++i) world.lambda.invoke(0, i, "f", "{}");
  auto answers = world.lambda.take_answers();
  REQUIRE(answers.size() == 1);
  CHECK((answers[0].request_id == 100 && answers[0].result.kind == Kind::throttled));
  for (uint64_t i = 200; i < 211; ++i) world.lambda.invoke(0, i, "g", "{}");
  CHECK(world.lambda.take_answers().size() == 1);
  CHECK(world.finish(1, Kind::ok) == 110);
  CHECK(world.lambda.take_answers().size() == 110);
  CHECK(world.lambda.running() == 0);
  CHECK(world.lambda.reserve("f", 5)->code == "InvalidParameterValueException");
  CHECK(world.lambda.reserve("none", 5)->code == "ResourceNotFoundException");
  world.lambda.invoke(2, 1, "none", "{}");
  CHECK(world.lambda.take_answers()[0].result.kind == Kind::not_found);
  world.lambda.invoke(2, 1, "f", std::string(kSyncPayloadBytesMax + 1, ' '));
  CHECK(world.lambda.take_answers()[0].result.kind == Kind::too_large);
}

TEST_CASE("lambda: environments of a function grow by so many in ten seconds") {
  World world({.scaling_per_10s = 3});
  for (uint64_t i = 0; i < 5; ++i) world.lambda.invoke(0, i, "f", "{}");
  CHECK(world.lambda.running() == 3);
  world.lambda.invoke(9'999, 9, "f", "{}");
  CHECK(world.lambda.running() == 3);
  for (uint64_t i = 10; i < 20; ++i) world.lambda.invoke(10'000, i, "f", "{}");
  CHECK(world.lambda.running() == 6);
}

TEST_CASE("lambda: an event is tried again a minute and two minutes after errors, then dropped") {
  World world;
  REQUIRE_FALSE(world.lambda.invoke_async(0, "f", "{}"));
  REQUIRE(world.finish(0, Kind::function_error) == 1);
  CHECK(world.lambda.next_due_ms() == 60'000);
  world.lambda.tick(60'000);
  REQUIRE(world.finish(60'000, Kind::timeout) == 1);
  CHECK(world.lambda.next_due_ms() == 180'000);
  world.lambda.tick(180'000);
  REQUIRE(world.finish(180'000, Kind::function_error) == 1);
  CHECK(world.lambda.waiting_events() == 0);
  CHECK(world.counters().async_dropped == 1);
}

TEST_CASE("lambda: an event that is throttled backs off, and is given up after six hours") {
  World world;
  REQUIRE_FALSE(world.lambda.invoke_async(0, "f", "{}"));
  int64_t now_ms = 0;
  int tries = 0;
  while (world.lambda.waiting_events() > 0) {
    REQUIRE(world.finish(now_ms, Kind::throttled) == 1);
    ++tries;
    if (world.lambda.waiting_events() == 0) break;
    now_ms = world.lambda.next_due_ms();
    world.lambda.tick(now_ms);
  }
  CHECK(now_ms < 6 * 3'600'000);
  CHECK(now_ms > 5 * 3'600'000);
  CHECK(tries > 60);
  CHECK(world.lambda.invoke_async(0, "f", std::string(kAsyncPayloadBytesMax + 1, ' '))->code ==
        "RequestTooLargeException");
}

TEST_CASE("lambda: what the log holds is there after a restart") {
  World world;
  const std::string uuid = world.map({.batch_size = 7, .max_concurrency = 9});
  const std::string gone =
      world.lambda.create_mapping(0, {.function = "g", .queue = "q"}).value().uuid;
  REQUIRE(world.lambda.erase_mapping(gone));
  REQUIRE_FALSE(world.lambda.reserve("g", 0));
  REQUIRE_FALSE(world.lambda.invoke_async(0, "f", "{\"a\":1}"));
  for (const std::string& log : {world.lambda.snapshot(), world.lambda.take_log()}) {
    World again;
    REQUIRE(again.lambda.restore(read_log(log).records) == 0);
    REQUIRE(again.lambda.mappings().size() == 1);
    CHECK(again.lambda.mapping(uuid)->max_concurrency == 9U);
    CHECK(again.lambda.find("g")->reserved_concurrency == 0U);
    again.lambda.tick(0);
    const auto invokes = again.lambda.take_invokes();
    REQUIRE(invokes.size() == 1);
    CHECK(*invokes[0].payload == "{\"a\":1}");
  }
}

TEST_CASE("lambda: functions are found by name, by ARN and by parts of one") {
  CHECK(function_named("f") == "f");
  CHECK(function_named("f:$LATEST") == "f");
  CHECK(function_named("000000000000:function:f") == "f");
  CHECK(function_named("arn:aws:lambda:r:0:function:f:7") == "f");
}

TEST_CASE("lambda: mappings that cannot work are refused") {
  World world;
  const auto code = [&](EventSourceMapping mapping) {
    mapping.function = mapping.function.empty() ? "f" : mapping.function;
    mapping.queue = mapping.queue.empty() ? "q" : mapping.queue;
    const auto made = world.lambda.create_mapping(0, std::move(mapping));
    return made ? "" : made.error().code;
  };
  CHECK(code({.function = "none"}) == "ResourceNotFoundException");
  CHECK(code({.queue = "none"}) == "InvalidParameterValueException");
  // Its visibility timeout is shorter than the function's.
  CHECK(code({.queue = "dead"}) == "InvalidParameterValueException");
  CHECK(code({.batch_size = 0}) == "InvalidParameterValueException");
  CHECK(code({.batch_size = 11}) == "InvalidParameterValueException");
  CHECK(code({.batch_size = 10'001, .window_s = 1}) == "InvalidParameterValueException");
  CHECK(code({.window_s = 301}) == "InvalidParameterValueException");
  CHECK(code({.max_concurrency = 1}) == "InvalidParameterValueException");
  CHECK(code({}).empty());
  CHECK(code({}) == "ResourceConflictException");
}
