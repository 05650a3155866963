#include "simulator/services/sqs/sqs.h"

#include <catch2/catch.hpp>
#include <set>

using namespace edgehose;

namespace {

struct World {
  explicit World(SqsOptions options = {}) : random(1), sqs(std::move(options), random) {}
  void create(const std::string& name, const QueueSettings& settings = {}) {
    REQUIRE_FALSE(sqs.create(0, name, settings, {}));
  }
  std::string send(int64_t now_ms, const std::string& queue, const std::string& body) {
    SendRequest request;
    request.body = body;
    auto sent = sqs.send(now_ms, queue, std::move(request));
    REQUIRE(sent);
    return sent.value();
  }
  // The answer to a receive, if there is one yet.
  std::optional<ReceiveReply> answer() {
    auto received = sqs.take_received();
    if (received.empty()) return std::nullopt;
    REQUIRE(received.size() == 1);
    return std::move(received[0].reply);
  }
  std::vector<ReceivedMessage> receive(int64_t now_ms, const std::string& queue,
                                       uint32_t max = 10) {
    sqs.receive(now_ms, 1, queue, {.max = max});
    auto reply = answer();
    REQUIRE(reply);
    return std::get<std::vector<ReceivedMessage>>(*reply);
  }

  Random random;
  Sqs sqs;
};

// What the log of all that happened makes of an empty service, when time has come to where it was.
std::string replayed(const std::string& log, int64_t now_ms) {
  World again;
  REQUIRE(again.sqs.restore(read_log(log).records) == 0);
  again.sqs.tick(now_ms);
  return again.sqs.snapshot();
}

}  // namespace

TEST_CASE("sqs: a long poll is answered by the next message, a message that appears, or its end") {
  World world;
  world.create("q");
  world.sqs.receive(0, 7, "q", {.max = 1, .visibility_s = 1, .wait_s = 20});
  CHECK_FALSE(world.answer());
  CHECK(world.sqs.next_due_ms() == 20'000);
  world.send(5'000, "q", "a");
  CHECK(std::get<std::vector<ReceivedMessage>>(*world.answer())[0].message.content->body == "a");
  world.sqs.receive(5'000, 8, "q", {.max = 1, .wait_s = 20});
  CHECK(world.sqs.next_due_ms() == 6'000);
  world.sqs.tick(5'999);
  CHECK_FALSE(world.answer());
  world.sqs.tick(6'000);
  CHECK(std::get<std::vector<ReceivedMessage>>(*world.answer()).size() == 1);
  world.sqs.receive(6'000, 9, "q", {.max = 1, .wait_s = 20});
  world.sqs.tick(26'000);
  CHECK(std::get<std::vector<ReceivedMessage>>(*world.answer()).empty());
  world.sqs.receive(26'000, 10, "q", {.max = 1, .wait_s = 20});
  REQUIRE_FALSE(world.sqs.erase_queue(27'000, "q"));
  CHECK(std::get<AwsError>(*world.answer()).code == "QueueDoesNotExist");
  world.create("r");
  world.sqs.receive(0, 11, "r", {.max = 1, .wait_s = 20});
  world.sqs.cancel(11);
  world.send(1, "r", "b");
  CHECK_FALSE(world.answer());
}

TEST_CASE("sqs: too many in flight are told to a short poll and kept from a long one") {
  World world({.in_flight_max = 1});
  world.create("q");
  world.send(0, "q", "a");
  world.send(0, "q", "b");
  CHECK(world.receive(0, "q").size() == 1);
  world.sqs.receive(0, 1, "q", {.max = 1});
  CHECK(std::get<AwsError>(*world.answer()).code == "OverLimit");
  world.sqs.receive(0, 1, "q", {.max = 1, .wait_s = 1});
  CHECK_FALSE(world.answer());
  world.sqs.tick(1'000);
  CHECK(std::get<std::vector<ReceivedMessage>>(*world.answer()).empty());
}

TEST_CASE("sqs: a message that is poison keeps the time it was sent in the dead-letter queue") {
  World world;
  world.create("dead", {.retention_s = 600});
  world.create("q", {.visibility_s = 10,
                     .retention_s = 600,
                     .redrive = RedrivePolicy{world.sqs.arn_of("dead"), 2}});
  world.send(0, "q", "poison");
  CHECK(world.receive(0, "q").size() == 1);
  CHECK(world.receive(10'000, "q").size() == 1);
  CHECK(world.receive(20'000, "q").empty());
  const SqsQueue* dead = world.sqs.find("dead");
  REQUIRE(dead->messages.visible() == 1);
  CHECK(dead->messages.oldest_ms() == 0);
  CHECK(world.sqs.find("q")->counters.dead_lettered == 1);
  CHECK(world.sqs.sources_of("dead") == std::vector<std::string>{"q"});
  world.sqs.tick(600'000);
  CHECK(dead->counters.expired == 1);
}

TEST_CASE("sqs: without its dead-letter queue a message stays where it is") {
  World world;
  world.create("dead");
  world.create("q", {.visibility_s = 0, .redrive = RedrivePolicy{world.sqs.arn_of("dead"), 1}});
  REQUIRE_FALSE(world.sqs.erase_queue(0, "dead"));
  world.send(0, "q", "a");
  for (int64_t now_ms = 0; now_ms < 50; now_ms += 10) CHECK(world.receive(now_ms, "q").size() == 1);
}

TEST_CASE("sqs: receipts of another queue, of another message, or made up are refused") {
  World world;
  world.create("q");
  world.create("r");
  world.send(0, "q", "a");
  const std::string handle = world.receive(0, "q")[0].receipt_handle;
  CHECK(world.sqs.erase(0, "r", handle)->code == "ReceiptHandleIsInvalid");
  for (size_t at = 0; at < handle.size(); ++at) {
    std::string changed = handle;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK(world.sqs.erase(0, "q", changed));
  }
  CHECK_FALSE(world.sqs.erase(0, "q", handle));
  CHECK_FALSE(world.sqs.erase(0, "q", handle));
}

TEST_CASE("sqs: the memory that messages take is bounded") {
  World world({.bytes_max = 10});
  world.create("q");
  world.send(0, "q", "12345678");
  SendRequest more;
  more.body = "abc";
  const auto refused = world.sqs.send(0, "q", more);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().http_status == 503);
}

TEST_CASE("sqs: requests are billed by each begun 64 KB") {
  World world;
  world.create("q");
  for (const auto& [bytes, billed] : {std::pair{0, 1}, {65'536, 2}, {65'537, 4}, {1'048'576, 20}}) {
    world.sqs.count_request("q", static_cast<uint64_t>(bytes));
    CHECK(world.sqs.find("q")->counters.requests == static_cast<uint64_t>(billed));
  }
}

TEST_CASE("sqs: poll takes what a mapping asks for, up to its bytes") {
  World world;
  world.create("q");
  for (int i = 0; i < 100; ++i) world.send(0, "q", std::string(100, 'x'));
  CHECK(world.sqs.poll(0, "q", 50, SIZE_MAX).size() == 50);
  CHECK(world.sqs.poll(0, "q", 50, 950).size() == 10);
  CHECK(world.sqs.poll(0, "none", 50, 950).empty());
}

TEST_CASE("sqs: after any calls, whatever the log holds is the state, and no message is lost") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    World world({.duplicate_ppm = 100'000, .reorder_ppm = 300'000});
    world.create("dead");
    world.create("q", {.visibility_s = 20, .redrive = RedrivePolicy{world.sqs.arn_of("dead"), 3}});
    Random random(seed);
    std::string log = world.sqs.take_log();
    std::set<std::string> sent;
    std::set<std::string> erased;
    std::vector<ReceivedMessage> held;
    int64_t now_ms = 0;
    for (int step = 0; step < 300; ++step) {
      now_ms += static_cast<int64_t>(random.below(3'000));
      const uint64_t what = random.below(10);
      if (what < 4) sent.insert(world.send(now_ms, "q", "m"));
      if (what >= 4 && what < 7) {
        for (auto& message : world.receive(now_ms, "q")) held.push_back(std::move(message));
      }
      if (what == 7 && !held.empty()) {
        const auto& message = held[random.below(held.size())];
        REQUIRE_FALSE(world.sqs.erase(now_ms, "q", message.receipt_handle));
        erased.insert(message.message.content->id);
      }
      if (what == 8 && !held.empty()) {
        const auto& message = held[random.below(held.size())];
        (void)world.sqs.change_visibility(now_ms, "q", message.receipt_handle,
                                          static_cast<int64_t>(random.below(30)));
      }
      if (what == 9 && random.below(5) == 0) {
        (void)world.sqs.start_move(now_ms, world.sqs.arn_of("dead"), "", 0);
      }
      world.sqs.tick(now_ms);
      log.append(world.sqs.take_log());
      // (Not as one expression: what differs is no text.)
      const bool is_same = step % 20 != 0 || replayed(log, now_ms) == world.sqs.snapshot();
      REQUIRE(is_same);
    }
    std::set<std::string> there;
    for (const char* name : {"q", "dead"}) {
      for (const auto& [number, message] : world.sqs.find(name)->messages.messages()) {
        there.insert(message.content->id);
      }
    }
    for (const std::string& id : sent) CHECK((there.contains(id) || erased.contains(id)));
  }
}

TEST_CASE(
    "sqs: after a restart no number is given again, so that an old receipt harms no message") {
  World world;
  world.create("q");
  world.send(0, "q", "a");
  const std::string handle = world.receive(0, "q")[0].receipt_handle;
  REQUIRE_FALSE(world.sqs.erase(0, "q", handle));
  World again;
  REQUIRE(again.sqs.restore(read_log(world.sqs.snapshot()).records) == 0);
  again.send(0, "q", "b");
  CHECK(again.receive(0, "q").size() == 1);
  CHECK_FALSE(again.sqs.erase(0, "q", handle));
  CHECK(again.sqs.find("q")->messages.in_flight() == 1);
}

TEST_CASE("sqs: a log that was written by another hand is counted, not followed") {
  World world;
  std::string log;
  append_log_record(log, 3, FieldWriter().text("none").number(1).take());
  append_log_record(log, 1, FieldWriter().text("bad name").take());
  append_log_record(log, 9, "");
  CHECK(world.sqs.restore(read_log(log).records) == 3);
  CHECK(world.sqs.queues().size() <= 1);
}

TEST_CASE("sqs: names of queues and the characters of messages are checked") {
  CHECK(is_queue_name("A-z_0"));
  CHECK_FALSE(is_queue_name(""));
  CHECK_FALSE(is_queue_name("a.b"));
  CHECK_FALSE(is_queue_name(std::string(81, 'a')));
  CHECK(is_message_text("a\t\n\r \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbd \xf0\x9f\x98\x80"));
  for (const char* wrong :
       {"\x01", "\x0b", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xff", "\xed\xa0\x80"}) {
    CHECK_FALSE(is_message_text(wrong));
  }
}
