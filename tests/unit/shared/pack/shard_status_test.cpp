#include "shared/pack/shard_status.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace edgehose;
using nlohmann::json;

namespace {

// A shard that has sent one line as batch 1.
Shard sent_shard() {
  ShardOptions options;
  options.paced = false;
  options.linger_ms = 0;
  Shard shard(options, 1);
  std::string frame;
  append_line(frame, {"s", "a"});
  shard.submit(0, 1, frame);
  return shard;
}

}  // namespace

TEST_CASE("shard_status: it is one JSON object that agrees with the counters") {
  Shard shard = sent_shard();
  shard.on_answer(1, 1, 400, "{\"__type\":\"" + std::string(70, 'a') + "\xe3\x81\x82\"}");
  const json status = json::parse(shard_status_json(shard));
  CHECK(status["held_lines"] == 1);
  CHECK(status["held_bytes"] == shard.counters().held_bytes);
  CHECK(status["waiting_requests"] == 1);
  CHECK(status["in_flight_batches"] == 0);
  CHECK(status["failed_calls"] == 1);
  CHECK(status["last_failure"] == "400 " + std::string(64, 'a'));
  shard.on_answer(1, 99, 200, "");
  CHECK(json::parse(shard_status_json(shard)) == status);
}

TEST_CASE("shard_status: a code cut in the middle of a character does not break the page") {
  Shard shard = sent_shard();
  shard.on_answer(1, 1, 400, "{\"__type\":\"" + std::string(63, 'a') + "\xe3\x81\x82\"}");
  CHECK(json::parse(shard_status_json(shard))["last_failure"] == "400 " + std::string(63, 'a'));
}
