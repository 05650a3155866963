#include "simulator/http/event_host.h"

#include <array>
#include <catch2/catch.hpp>

#include "simulator/engine/memory_disk.h"
#include "tests/unit/simulator/http/recorder.h"

using namespace edgehose;

namespace {

// Answers with what it is given.
struct EchoFunctions final : FunctionInvoker {
  bool has(std::string_view /*arn*/) const override { return true; }
  InvokeResult invoke(std::string_view /*arn*/, std::string_view payload) override {
    return {.kind = InvokeResult::Kind::ok, .payload = std::string(payload), .duration_ms = 1};
  }
};

struct HostWorld {
  HostWorld()
      : random(1),
        sqs({}, random),
        lambda({}, {{.name = "echo"}}, sqs, random),
        notifications({}, sqs, random, [](std::string_view) { return std::string("md5"); }),
        log(disk, "d/log", 0),
        host({sqs, lambda, notifications, clock, log, functions}) {
    REQUIRE(disk.make_folders("d") == Error::none);
  }
  HttpResponse call(const EventHost::Step& step) {
    Recorder recorder;
    host.call(step, recorder.respond());
    return recorder.wait();
  }

  const RealClock clock{100};
  Random random;
  MemoryDisk disk;
  Sqs sqs;
  Lambda lambda;
  Notifications notifications;
  EchoFunctions functions;
  LogWriter log;
  EventHost host;
};

}  // namespace

TEST_CASE("event host: an answer comes when what it tells of is in the log") {
  HostWorld world;
  const auto made = world.call([&](int64_t now_ms) {
    REQUIRE_FALSE(world.sqs.create(now_ms, "q", {}, {}));
    return HttpResponse{.status = 201};
  });
  CHECK(made.status == 201);
  CHECK(read_log(world.disk.read("d/log").value()).records.size() == 1);
}

TEST_CASE("event host: what the log did not take is not acknowledged") {
  HostWorld world;
  world.disk.fail_at(world.disk.operations() + 1, Error::io, 10);
  const auto made = world.call([&](int64_t now_ms) {
    REQUIRE_FALSE(world.sqs.create(now_ms, "q", {}, {}));
    return HttpResponse{.status = 201};
  });
  CHECK(made.status == 500);
}

TEST_CASE("event host: a receive that waits is answered when its time is over") {
  HostWorld world;
  (void)world.call([&](int64_t now_ms) {
    REQUIRE_FALSE(world.sqs.create(now_ms, "q", {}, {}));
    return HttpResponse{};
  });
  Recorder recorder;
  const auto word = [](const ReceiveReply& reply) {
    return HttpResponse{.status = std::holds_alternative<AwsError>(reply) ? 400U : 204U};
  };
  world.host.receive("q", {.max = 1, .wait_s = 10}, word, recorder.respond());
  CHECK(recorder.wait().status == 204);
}

TEST_CASE("event host: a function's end is told, through Lambda, and ended waits are let go") {
  HostWorld world;
  HostedFunctions functions(world.host);
  const std::string arn = world.lambda.arn_of("echo");
  CHECK(functions.has(arn));
  CHECK(functions.has(arn + ":$LATEST"));
  CHECK_FALSE(functions.has("arn:aws:lambda:elsewhere:0:function:echo"));
  CHECK(functions.invoke(arn, "{}").payload == "{}");
  CHECK(functions.invoke(world.lambda.arn_of("none"), "{}").kind == InvokeResult::Kind::not_found);
  world.host.stop();
  CHECK(functions.invoke(arn, "{}").kind == InvokeResult::Kind::service_error);
}

TEST_CASE("event host: what Firehose writes is told to the bucket's queue before it counts") {
  HostWorld world;
  (void)world.call([&](int64_t now_ms) {
    REQUIRE_FALSE(world.sqs.create(now_ms, "q", {}, {}));
    return HttpResponse{};
  });
  REQUIRE_FALSE(
      world.host.set_notifications("lake", {{"", world.sqs.arn_of("q"), {"s3:ObjectCreated:*"}}}));
  struct Sink final : ObjectSink {
    Error put_delivered(const std::string& /*bucket*/, const std::string& /*key*/,
                        std::span<const std::string_view> /*parts*/) override {
      return error;
    }
    Error error = Error::none;
  } inner;
  NotifyingSink sink(inner, world.host);
  const std::array<std::string_view, 1> parts = {"abc"};
  CHECK(sink.put_delivered("lake", "a b", parts) == Error::none);
  CHECK(sink.put_delivered("other", "k", parts) == Error::none);
  inner.error = Error::io;
  CHECK(sink.put_delivered("lake", "k", parts) == Error::io);
  const auto messages = world.sqs.poll(world.clock.now_ms(), "q", 10, SIZE_MAX);
  REQUIRE(messages.size() == 2);
  const std::string& body = messages[1].message.content->body;
  CHECK(body.find(R"("key":"a+b","size":3,"eTag":"900150983cd24fb0d6963f7d28e17f72")") !=
        std::string::npos);
}
