#include "edge/wasm/collector_abi.h"

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/edge/wasm/module.h"

using namespace edgehose::test;
using nlohmann::json;

TEST_CASE("collector_abi: its version is the one that hosts are written for") {
  CHECK(collector_abi_version() == 3);
}

TEST_CASE("collector_abi: memory is given and taken back, also none") {
  for (uint32_t bytes : {0U, 1U, 100'000U}) {
    uint8_t* memory = collector_alloc(bytes);
    REQUIRE(memory != nullptr);
    if (bytes > 0) memory[bytes - 1] = 1;
    collector_free(memory, bytes);
  }
}

TEST_CASE("collector_abi: a configuration with a problem gives a handle that says so") {
  Collector collector(R"({"nope":1})");
  CHECK(collector_ok(collector.get()) == 0);
  CHECK(collector.text() == "/nope: unknown member; see configuration.schema.json");
  const std::string frame = request_frame({});
  CHECK(collector_shape(collector.get(), bytes_of(frame), count_of(frame)) == 1);

  Collector good("");
  CHECK(collector_ok(good.get()) == 1);
  CHECK(good.text().empty());

  const std::string bad = R"({"pack":{"mode":"x"}})";
  collector_shard* shard = collector_shard_open(bytes_of(bad), count_of(bad), 1);
  CHECK(collector_shard_ok(shard) == 0);
  CHECK(text_of(collector_shard_text(shard), collector_shard_text_bytes(shard)) ==
        R"(/pack/mode: expected "packed" or "single", found "x")");
  collector_shard_close(shard);
}

TEST_CASE("collector_abi: a request is shaped and its results hold until the next call") {
  Collector collector(R"({"streams":{"t":"s"}})");
  RequestParts parts;
  parts.body = R"([{"event_id":"e","content_type":"t","time":0},1])";
  const Shape shape = collector.shape(parts);
  CHECK(shape.status == 200);
  CHECK(shape.kind == 0);
  CHECK(json::parse(shape.answer)["accepted"] == 1);
  REQUIRE(shape.lines.size() == 2);
  CHECK(shape.lines[0].first == "s");
  CHECK(shape.lines[1].first == "failed");
  CHECK(collector_lines_bytes(collector.get()) > 0);

  parts.path = "/health";
  parts.method = "GET";
  CHECK(collector.shape(parts).lines.empty());
  CHECK(collector_lines_bytes(collector.get()) == 0);
}

TEST_CASE("collector_abi: a frame cut at each byte, or too long, is malformed") {
  Collector collector("");
  RequestParts parts;
  parts.query = "q=1";
  parts.headers = "user-agent: x\n";
  parts.body = "{}";
  const std::string frame = request_frame(parts);
  REQUIRE(collector_shape(collector.get(), bytes_of(frame), count_of(frame)) == 0);
  for (size_t cut = 0; cut < frame.size(); ++cut) {
    // An exact copy, so that a read past the end is seen by the sanitizer.
    const std::vector<uint8_t> part(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(cut));
    CAPTURE(cut);
    CHECK(collector_shape(collector.get(), part.data(), static_cast<uint32_t>(part.size())) == 1);
  }
  const std::string longer = frame + "x";
  CHECK(collector_shape(collector.get(), bytes_of(longer), count_of(longer)) == 1);
  std::string lying = frame;
  lying[24] = lying[25] = lying[26] = lying[27] = '\xff';
  CHECK(collector_shape(collector.get(), bytes_of(lying), count_of(lying)) == 1);
}

TEST_CASE("collector_abi: the shard's effects are written as the header says") {
  ShardHandle shard(R"({"pacing":{"mode":"off"},"pack":{"linger_ms":0}})", 1);
  const std::string lines = line_frame("s", "{}");
  collector_shard_submit(shard.get(), 1'000, 77, bytes_of(lines), count_of(lines));
  json effects = shard.effects();
  CHECK(effects == json::parse(R"([{"kind":"send","batch_id":1,
      "body":"{\"DeliveryStreamName\":\"s\",\"Records\":[{\"Data\":\"e30K\"}]}"},{"kind":"wake","at_ms":11000}])"));
  const std::string answer = R"({"RequestResponses":[{"RecordId":"r"}]})";
  collector_shard_answer(shard.get(), 1'010, 1, 200, bytes_of(answer), count_of(answer));
  CHECK(shard.effects() ==
        json::parse(R"([{"kind":"answer","request_id":77,"status":200,"retry_after_s":0}])"));
  collector_shard_tick(shard.get(), 1'020);
  CHECK(shard.effects().empty());
  const json status = shard.status();
  CHECK(status["delivered_lines"] == 1);
  CHECK(status["held_bytes"] == 0);
}

TEST_CASE("collector_abi: lines cut at each byte are refused by the shard, never half held") {
  ShardHandle shard("", 1);
  const std::string frame = line_frame("stream", "{\"a\":1}");
  for (size_t cut = 1; cut < frame.size(); ++cut) {
    const std::vector<uint8_t> part(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(cut));
    collector_shard_submit(shard.get(), 0, cut, part.data(), static_cast<uint32_t>(part.size()));
    const json effects = shard.effects();
    REQUIRE(effects.size() == 1);
    CHECK(effects[0]["kind"] == "answer");
    CHECK(effects[0]["status"] == 503);
  }
  CHECK(shard.status()["held_bytes"] == 0);
}

TEST_CASE("collector_abi: handles are independent of each other") {
  Collector one(R"({"streams":{"t":"one"}})");
  Collector two(R"({"streams":{"t":"two"}})");
  RequestParts parts;
  parts.body = R"({"event_id":"e","content_type":"t","time":0})";
  CHECK(one.shape(parts).lines[0].first == "one");
  CHECK(two.shape(parts).lines[0].first == "two");
  CHECK(one.shape(parts).lines[0].first == "one");
}
