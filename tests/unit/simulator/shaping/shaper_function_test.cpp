#include "simulator/shaping/shaper_function.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

namespace {

struct Objects final : ObjectAccess {
  Result<std::string> get(const std::string& bucket, const std::string& key) override {
    const auto found = all.find(bucket + "/" + key);
    if (found == all.end()) return Error::not_found;
    return found->second;
  }
  Error put(const std::string& bucket, const std::string& key, std::string_view bytes) override {
    if (is_full) return Error::io;
    all[bucket + "/" + key] = bytes;
    return Error::none;
  }
  std::map<std::string, std::string> all;
  bool is_full = false;
};

// Unpacks what it is told to.
struct OneCompressor final : Compressor {
  Result<std::string> compress(Compression, std::string_view, std::string_view) const override {
    return Error::io;
  }
  Result<std::string> gunzip(std::string_view bytes, size_t) const override {
    return bytes == "\x1f\x8b-packed" ? Result<std::string>(plain) : Error::malformed;
  }
  std::string plain;
};

std::string notice(const std::string& key) {
  return json{{"Records",
               {{{"eventName", "ObjectCreated:Put"},
                 {"eventTime", "2026-11-22T13:30:00.000Z"},
                 {"s3", {{"bucket", {{"name", "raw"}}}, {"object", {{"key", key}}}}}}}}}
      .dump();
}

std::string batch(const std::vector<std::string>& bodies) {
  json event = {{"Records", json::array()}};
  for (size_t i = 0; i < bodies.size(); ++i) {
    event["Records"].push_back({{"messageId", "m" + std::to_string(i)}, {"body", bodies[i]}});
  }
  return event.dump();
}

std::string event_line(const std::string& id, const std::string& time) {
  return R"({"event_id":")" + id + R"(","content_type":"click","time":")" + time + "\"}";
}

struct World {
  World() : shaper("lake", objects, compressor, clock) {}
  json failures(const std::vector<std::string>& bodies) {
    const auto result = shaper.invoke(batch(bodies));
    REQUIRE(result.kind == InvokeResult::Kind::ok);
    return json::parse(result.payload)["batchItemFailures"];
  }
  const SimulatedClock clock{0};
  Objects objects;
  OneCompressor compressor;
  ShaperFunction shaper;
};

}  // namespace

TEST_CASE("shaper function: lines go to the folder of their type and hour, the same ones again") {
  World world;
  world.objects.all["raw/a b"] = event_line("1", "2026-11-22T13:00:00Z") + "\n\n" +
                                 event_line("2", "2026-11-22T12:59:59Z") + "\nnothing";
  CHECK(world.failures({notice("a+b"), R"({"Event":"s3:TestEvent"})"}).empty());
  const auto after = world.objects.all;
  REQUIRE(after.size() == 4);
  std::vector<std::string> folders;
  for (const auto& [key, bytes] : after) folders.push_back(key.substr(0, key.rfind('/')));
  CHECK(folders ==
        std::vector<std::string>{"lake/content_type=click/year=2026/month=11/day=22/hour=12",
                                 "lake/content_type=click/year=2026/month=11/day=22/hour=13",
                                 "lake/failed_events/year=2026/month=11/day=22/hour=13", "raw"});
  CHECK(world.failures({notice("a+b")}).empty());
  CHECK(world.objects.all == after);
}

TEST_CASE("shaper function: a line may be all that a page sends at once") {
  World world;
  world.objects.all["raw/k"] = R"({"sent_time":"2026-11-22T13:30:00Z","events":[)" +
                               event_line("1", "2026-11-22T13:00:00Z") + "," +
                               event_line("2", "2026-11-22T13:10:00Z") + "]}";
  CHECK(world.failures({notice("k")}).empty());
  const std::string& lines = world.objects.all.begin()->second;
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
}

TEST_CASE("shaper function: objects come packed too") {
  World world;
  world.objects.all["raw/k"] = "\x1f\x8b-packed";
  world.compressor.plain = event_line("1", "2026-11-22T13:00:00Z");
  CHECK(world.failures({notice("k")}).empty());
  CHECK(world.objects.all.size() == 2);
}

TEST_CASE("shaper function: a message fails alone when its object cannot be read or written") {
  World world;
  world.objects.all["raw/k"] = event_line("1", "2026-11-22T13:00:00Z");
  world.objects.all["raw/broken"] = "\x1f\x8b-torn";
  const auto failed = world.failures({notice("k"), notice("none"), notice("broken"), "no json"});
  REQUIRE(failed.size() == 3);
  CHECK(failed[0]["itemIdentifier"] == "m1");
  world.objects.is_full = true;
  CHECK(world.failures({notice("k")}).size() == 1);
  CHECK(world.shaper.invoke("[]").kind == InvokeResult::Kind::function_error);
}

TEST_CASE("shaper function: a request of the gateway is shaped with its headers") {
  World world;
  world.objects.all["raw/k"] = json{{"headers",
                                     {{"user-agent",
                                       "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 "
                                       "Firefox/130.0"}}},
                                    {"client_ip", "203.0.113.9"},
                                    {"received_ms", 1'795'356'000'000},
                                    {"body", event_line("1", "2026-11-22T13:00:00Z")}}
                                   .dump();
  CHECK(world.failures({notice("k")}).empty());
  const std::string& line = world.objects.all.begin()->second;
  CHECK(line.find(R"("ua_family":"Firefox")") != std::string::npos);
  CHECK(line.find(R"("client_ip":"203.0.113.0")") != std::string::npos);
}

TEST_CASE("shaper function: a request that says no time came when its object was written") {
  World world;
  world.objects.all["raw/k"] = json{{"body", event_line("1", "2026-11-22T13:00:00Z")}}.dump();
  CHECK(world.failures({notice("k")}).empty());
  const std::string& line = world.objects.all.begin()->second;
  CHECK(line.find(R"("received_time":"2026-11-22T13)") != std::string::npos);
}
