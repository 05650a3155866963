#include "simulator/services/cloudwatch/log_store.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("log store: events are kept by group and stream, in order, numbered") {
  LogStore store;
  store.put("g", "s", 10, "a");
  store.put("g", "s", 20, "b");
  store.put("g", "t", 30, "c");
  store.put("h", "s", 40, "d");
  REQUIRE(store.groups().size() == 2);
  REQUIRE(store.groups().at("g").size() == 2);
  const LogStream& stream = store.groups().at("g").at("s");
  CHECK(stream.created_ms == 10);
  REQUIRE(stream.events.size() == 2);
  CHECK(stream.events[1].number == 2);
  CHECK(stream.events[1].time_ms == 20);
  CHECK(stream.events[1].message == "b");
  CHECK(stream.bytes == 2);
}

TEST_CASE("log store: it is bounded in events, streams and the length of a message") {
  LogStore store;
  for (size_t i = 0; i < kLogEventsMax + 5; ++i) store.put("g", "s", 0, "xy");
  const LogStream& stream = store.groups().at("g").at("s");
  CHECK(stream.events.size() == kLogEventsMax);
  CHECK(stream.events.front().number == 6);
  CHECK(stream.bytes == 2 * kLogEventsMax);
  store.put("g", "long", 0, std::string(kLogMessageBytesMax + 1, 'x'));
  CHECK(store.groups().at("g").at("long").events[0].message.size() == kLogMessageBytesMax);
  for (size_t i = 0; i < kLogStreamsMax; ++i) store.put("many", std::to_string(i), 0, "x");
  CHECK(store.groups().at("many").size() == kLogStreamsMax - 2);
  store.put("another", "s", 0, "x");
  CHECK(store.groups().size() == 2);
  // One that is there still grows.
  store.put("g", "long", 0, "x");
  CHECK(store.groups().at("g").at("long").events.size() == 2);
}

TEST_CASE("log store: where all bytes are taken a stream gives up its own oldest events") {
  LogStore store;
  const std::string message(kLogMessageBytesMax, 'x');
  const size_t fit = kLogBytesMax / kLogMessageBytesMax;
  for (size_t i = 0; i < fit / 2; ++i) store.put("g", "s", 0, message);
  for (size_t i = 0; i < fit / 2 + 2; ++i) store.put("g", "t", 0, message);
  const LogStore::Streams& streams = store.groups().at("g");
  CHECK(streams.at("s").events.size() == fit / 2);
  CHECK(streams.at("t").events.size() == fit / 2);
  CHECK(streams.at("t").events.front().number == 3);
  // A stream without events has nothing to give up.
  store.put("g", "u", 0, "x");
  store.put("h", "u", 0, "x");
  CHECK_FALSE(streams.contains("u"));
  CHECK_FALSE(store.groups().contains("h"));
}
