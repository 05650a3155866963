#include "simulator/services/s3/notifications.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;

namespace {

std::string no_digest(std::string_view /*bytes*/) { return "md5"; }

struct World {
  World()
      : random(1),
        sqs({}, random),
        notifications({.retry_ms = 600'000}, sqs, random, no_digest,
                      [this](std::string_view, const std::string&) { return is_up; }) {
    REQUIRE_FALSE(sqs.create(0, "q", {}, {}));
  }
  std::optional<AwsError> set(std::vector<NotificationRule> rules) {
    return notifications.set_rules(0, "b", std::move(rules));
  }
  NotificationRule rule(std::vector<std::string> events = {"s3:ObjectCreated:*"},
                        std::string prefix = "", std::string suffix = "") const {
    return {"", sqs.arn_of("q"), std::move(events), std::move(prefix), std::move(suffix)};
  }
  // The bodies that the queue holds, taken out.
  std::vector<nlohmann::json> taken(int64_t now_ms) {
    std::vector<nlohmann::json> bodies;
    for (const auto& message : sqs.poll(now_ms, "q", 1'000, SIZE_MAX)) {
      bodies.push_back(nlohmann::json::parse(message.message.content->body));
    }
    return bodies;
  }

  Random random;
  Sqs sqs;
  bool is_up = true;
  Notifications notifications;
};

}  // namespace

TEST_CASE("notifications: a new rule sends a test message, then each event that it names") {
  World world;
  REQUIRE_FALSE(world.set({world.rule({"s3:ObjectCreated:Put"}, "in/", ".json")}));
  CHECK(world.taken(0)[0]["Event"] == "s3:TestEvent");
  world.notifications.notify(1, {"ObjectCreated:Put", "b", "in/a b+\xc3\xa9=.json", 7, "e"});
  world.notifications.notify(1, {"ObjectCreated:Copy", "b", "in/a.json", 7, "e"});
  world.notifications.notify(1, {"ObjectCreated:Put", "b", "out/a.json", 7, "e"});
  world.notifications.notify(1, {"ObjectCreated:Put", "b", "in/a.txt", 7, "e"});
  world.notifications.notify(1, {"ObjectCreated:Put", "other", "in/a.json", 7, "e"});
  const auto bodies = world.taken(1);
  REQUIRE(bodies.size() == 1);
  const auto& record = bodies[0]["Records"][0];
  CHECK(record["eventVersion"] == "2.1");
  CHECK(record["eventName"] == "ObjectCreated:Put");
  CHECK(record["eventTime"] == "1970-01-01T00:00:00.001Z");
  CHECK(record["s3"]["object"]["key"] == "in/a+b%2B%C3%A9%3D.json");
  CHECK(record["s3"]["object"]["size"] == 7);
  CHECK(record["s3"]["bucket"]["arn"] == "arn:aws:s3:::b");
}

TEST_CASE("notifications: what SQS does not take is sent later, in time, or named as lost") {
  World world;
  REQUIRE_FALSE(world.set({world.rule()}));
  (void)world.taken(0);
  world.is_up = false;
  world.notifications.notify(0, {"ObjectCreated:Put", "b", "a", 1, "e"});
  CHECK(world.notifications.waiting() == 1);
  CHECK(world.notifications.next_due_ms() == 1'000);
  world.notifications.tick(1'000);
  CHECK(world.notifications.next_due_ms() == 3'000);
  world.is_up = true;
  world.notifications.tick(3'000);
  CHECK(world.notifications.waiting() == 0);
  CHECK(world.taken(3'000).size() == 1);
  world.is_up = false;
  world.notifications.notify(4'000, {"ObjectCreated:Put", "b", "a", 1, "e"});
  world.notifications.tick(604'000);
  CHECK((world.notifications.waiting() == 0 && world.notifications.lost() == 1));
}

TEST_CASE("notifications: rules that overlap, or go to no queue, are refused whole") {
  World world;
  REQUIRE_FALSE(
      world.set({world.rule({"s3:ObjectCreated:*"}, "a/"), world.rule({"s3:ObjectCreated:*"}, "b/"),
                 world.rule({"s3:ObjectRemoved:Delete"}, "a/")}));
  CHECK(world
            .set({world.rule({"s3:ObjectCreated:*"}, "a/"),
                  world.rule({"s3:ObjectCreated:Put"}, "a/b")})
            ->code == "InvalidArgument");
  NotificationRule nowhere = world.rule();
  nowhere.queue_arn = world.sqs.arn_of("none");
  CHECK(world.set({nowhere})->code == "InvalidArgument");
  CHECK(world.notifications.rules("b").size() == 3);
  CHECK(world.notifications.has_rules("b"));
  REQUIRE_FALSE(world.set({}));
  CHECK_FALSE(world.notifications.has_rules("b"));
}

TEST_CASE("notifications: rules and what waits are there after a restart") {
  World world;
  REQUIRE_FALSE(world.set({world.rule()}));
  world.is_up = false;
  world.notifications.notify(0, {"ObjectCreated:Put", "b", "a", 1, "e"});
  world.notifications.notify(0, {"ObjectCreated:Put", "b", "c", 1, "e"});
  for (const std::string& log : {world.notifications.snapshot(), world.notifications.take_log()}) {
    World again;
    REQUIRE(again.notifications.restore(read_log(log).records) == 0);
    CHECK(again.notifications.rules("b") == world.notifications.rules("b"));
    CHECK(again.notifications.waiting_bodies() == world.notifications.waiting_bodies());
    again.notifications.tick(0);
    CHECK(again.taken(0).size() == 2);
  }
}
