#include "simulator/http/replay.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

std::string problem_of(std::string_view body) {
  const auto read = read_replay_request(body);
  const auto* wrong = std::get_if<std::string>(&read);
  return wrong == nullptr ? "" : *wrong;
}

struct ReplayWorld : SimulatorWorld {
  explicit ReplayWorld(ControlAccess access = ControlAccess::on)
      : replay(events.host(), host, s3, meters, access) {}
  HttpResponse ask(const std::string& body, HttpHeaders headers = {{"host", "127.0.0.1"}},
                   const std::string& method = "POST") {
    Recorder recorder;
    REQUIRE(replay.handle({.method = method,
                           .target = "/_edgehose/replay",
                           .headers = std::move(headers),
                           .body = body},
                          recorder.respond()));
    return recorder.wait();
  }
  Replay replay;
};

}  // namespace

TEST_CASE("replay: what is asked for is read whole, or refused with its place") {
  const auto read = read_replay_request(
      R"({"dead_letters":true,"raw":"raw/2026/","errors":"lake/errors/","stream":"s"})");
  const auto& request = std::get<ReplayRequest>(read);
  CHECK((request.dead_letters && request.raw_bucket == "raw" && request.raw_prefix == "2026/"));
  CHECK((request.error_bucket == "lake" && request.error_prefix == "errors/"));
  CHECK(problem_of("[]") == "is not a JSON object");
  CHECK(problem_of("{}").find("nothing") != std::string::npos);
  CHECK(problem_of(R"({"raw":"No Bucket"})").find("/raw") == 0);
  CHECK(problem_of(R"({"errors":"lake","stream":"s"})").find("/errors") == 0);
  CHECK(problem_of(R"({"errors":"lake/e/"})").find("/stream") == 0);
  CHECK(problem_of(R"({"stream":"s"})").find("/stream") == 0);
  CHECK(problem_of(R"({"dead_letters":1})").find("/dead_letters") == 0);
}

TEST_CASE("replay: it answers who may ask, and nobody else") {
  ReplayWorld world;
  CHECK(world.ask("{}").status == 400);
  CHECK(world.ask(R"({"dead_letters":true})", {{"host", "evil.example"}}).status == 403);
  CHECK(world.ask(R"({"dead_letters":true})", {{"host", "localhost"}, {"origin", "http://x"}})
            .status == 403);
  CHECK(world.ask("", {{"host", "127.0.0.1"}}, "GET").status == 405);
  ReplayWorld closed(ControlAccess::off);
  CHECK(closed.ask(R"({"dead_letters":true})").status == 403);
  Recorder recorder;
  CHECK_FALSE(world.replay.handle({.method = "POST", .target = "/x", .headers = {}, .body = {}},
                                  recorder.respond()));
}

TEST_CASE("replay: records of an error prefix are in their stream before their object is moved") {
  ReplayWorld world;
  REQUIRE(world.create("s").status == 200);
  world.clock.advance(2'000);
  const std::string record =
      R"({"attemptsMade":1,"errorCode":"Lambda.FunctionError","rawData":"YQo="})";
  REQUIRE(world.s3.put_object("lake", "errors/k", record + "\nno record\n" + record + "\n", {}));
  REQUIRE(world.s3.put_object("lake", "errors/other", "no record\n", {}));
  const std::string asked = R"({"errors":"lake/errors/","stream":"s"})";
  const auto body = body_of(world.ask(asked));
  CHECK((body["records"] == 2 && body["objects"] == 1 && body["left"] == 0));
  CHECK_FALSE(world.s3.head_object("lake", "errors/k"));
  CHECK(world.s3.head_object("lake", "replayed/errors/k"));
  CHECK(world.s3.head_object("lake", "errors/other"));
  world.host.inspect(
      [](const Firehose& firehose) { CHECK(firehose.streams()[0].counters.records == 2); });
  CHECK(body_of(world.ask(asked))["records"] == 0);
  CHECK(world.ask(R"({"raw":"none"})").status == 404);
}

TEST_CASE("replay: dead letters go back, and raw objects are told of again") {
  ReplayWorld world;
  Sqs& sqs = world.events.host().sqs();
  world.events.host().inspect([&] {
    REQUIRE_FALSE(sqs.create(0, "dead", {}, {}));
    REQUIRE_FALSE(sqs.create(
        0, "q", {.visibility_s = 0, .redrive = RedrivePolicy{sqs.arn_of("dead"), 1}}, {}));
  });
  REQUIRE_FALSE(world.events.host().set_notifications(
      "lake", {{"", sqs.arn_of("q"), {"s3:ObjectCreated:*"}, "raw/", ""}}));
  world.events.host().inspect([&] {
    const int64_t now_ms = world.clock.now_ms();
    (void)sqs.poll(now_ms, "q", 1, SIZE_MAX);
    (void)sqs.poll(now_ms + 10, "q", 1, SIZE_MAX);
    CHECK(sqs.find("dead")->messages.visible() == 1);
  });
  CHECK(body_of(world.ask(R"({"dead_letters":true})"))["messages"] == 1);
  REQUIRE(world.s3.put_object("lake", "raw/k", "x", {}));
  REQUIRE(world.s3.put_object("lake", "other/k", "x", {}));
  CHECK(body_of(world.ask(R"({"raw":"lake/raw/"})"))["objects"] == 1);
  world.events.host().inspect([&] {
    CHECK(sqs.find("dead")->messages.messages().empty());
    CHECK(sqs.find("q")->messages.messages().size() == 2);
  });
}
