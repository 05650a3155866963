#include "simulator/services/sqs/message_queue.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

MessagePtr content(std::string body) {
  MessageContent made;
  made.body = std::move(body);
  return std::make_shared<const MessageContent>(std::move(made));
}

constexpr int64_t kDay = 86'400'000;

}  // namespace

TEST_CASE("message queue: a received message is hidden, then comes again and is counted") {
  MessageQueue queue;
  queue.send(0, content("a"), 0);
  const auto first = queue.take(10, {.visibility_ms = 30});
  REQUIRE(first.message);
  CHECK(queue.in_flight() == 1);
  CHECK(queue.next_due_ms(kDay) == 40);
  queue.advance(39, kDay);
  CHECK_FALSE(queue.take(39, {.visibility_ms = 30}).message);
  queue.advance(40, kDay);
  const auto second = queue.take(40, {.visibility_ms = 30});
  REQUIRE(second.message);
  CHECK(second.message->message.receive_count == 2);
  CHECK(second.message->message.first_receive_ms == 10);
  CHECK(queue.erase({first.message->number, 1}) == MessageQueue::Found::stale);
  CHECK(queue.erase({first.message->number, 2}) == MessageQueue::Found::yes);
  CHECK(queue.erase({first.message->number, 2}) == MessageQueue::Found::gone);
  CHECK(queue.in_flight() == 0);
  CHECK(queue.bytes() == 0);
}

TEST_CASE("message queue: a delayed message counts as delayed until it is due") {
  MessageQueue queue;
  queue.send(0, content("a"), 100);
  CHECK(queue.delayed() == 1);
  queue.advance(99, kDay);
  CHECK_FALSE(queue.take(99, {.visibility_ms = 30}).message);
  queue.advance(100, kDay);
  CHECK(queue.take(100, {.visibility_ms = 30}).message);
}

TEST_CASE("message queue: received as often as allowed, a message is dead at the next receive") {
  MessageQueue queue;
  queue.send(0, content("a"), 0);
  const auto first = queue.take(0, {.visibility_ms = 30, .max_receive_count = 1});
  REQUIRE(first.message);
  CHECK(queue.change_visibility(1, {first.message->number, 1}, 0) == MessageQueue::Found::yes);
  CHECK(queue.change_visibility(1, {first.message->number, 1}, 0) ==
        MessageQueue::Found::not_in_flight);
  const auto second = queue.take(2, {.visibility_ms = 30, .max_receive_count = 1});
  CHECK_FALSE(second.message);
  REQUIRE(second.dead.size() == 1);
  CHECK(second.dead[0].message.content->body == "a");
  CHECK(queue.messages().empty());
}

TEST_CASE(
    "message queue: at the limit in flight nothing is given, and retention ends every message") {
  MessageQueue queue;
  queue.send(0, content("a"), 0);
  queue.send(5, content("b"), 0);
  CHECK(queue.take(5, {.visibility_ms = 5'000, .in_flight_max = 1}).message);
  const auto over = queue.take(6, {.visibility_ms = 5'000, .in_flight_max = 1});
  CHECK((over.over_limit && !over.message));
  CHECK(queue.oldest_ms() == 0);
  CHECK(queue.advance(1'000, 1'000).size() == 1);
  CHECK(queue.oldest_ms() == 5);
  CHECK(queue.advance(1'005, 1'000).size() == 1);
  CHECK((queue.messages().empty() && queue.in_flight() == 0));
}

TEST_CASE("message queue: a receive may pass over messages, and a deletion may leave a copy") {
  MessageQueue queue;
  for (const char* body : {"a", "b", "c"}) queue.send(0, content(body), 0);
  const auto third = queue.take(0, {.visibility_ms = 30, .skip = 2});
  CHECK(third.message->message.content->body == "c");
  CHECK(queue.take(0, {.visibility_ms = 30, .skip = 9}).message->message.content->body == "b");
  CHECK(queue.erase({third.message->number, 1}, 50) == MessageQueue::Found::yes);
  queue.advance(50, kDay);
  CHECK(queue.visible() == 3);
}
