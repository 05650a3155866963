#include "shared/pack/shard.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "shared/wire/put_record_batch.h"
#include "tests/unit/shared/pack/model_host.h"

using namespace edgehose;
using namespace edgehose::test;
using nlohmann::json;

namespace {

// Everything about a run comes from its seed; each fault is in half of the runs.
Scenario swarm(uint64_t seed) {
  std::mt19937_64 random(seed * 7'919);
  const auto between = [&](uint64_t low, uint64_t high) {
    return low + random() % (high - low + 1);
  };
  const auto maybe = [&](uint32_t permille) {
    return random() % 2 == 0 ? static_cast<uint32_t>(random() % permille) : 0;
  };
  Scenario s;
  s.seed = seed;
  s.options.mode = random() % 4 == 0 ? PackMode::single : PackMode::packed;
  s.options.paced = random() % 2 == 0;
  s.firehose_quota = {between(20, 2'000), between(5, 1'000), between(20'000, 1'048'576)};
  s.options.quota = s.firehose_quota;
  s.options.share_permille = static_cast<uint32_t>(random() % 3 == 0 ? between(100, 1'000) : 1'000);
  s.options.linger_ms = static_cast<uint32_t>(between(0, 300));
  s.options.ack_deadline_ms = static_cast<uint32_t>(between(300, 8'000));
  s.options.held_bytes_max = between(65'536, 2'000'000);
  s.options.record_bytes_target = static_cast<uint32_t>(between(1, 50) * kBillingStepBytes);
  s.options.record_events_max =
      static_cast<uint32_t>(random() % 3 == 0 ? between(1, 20) : 1'000'000);
  s.options.in_flight_max = static_cast<uint32_t>(between(1, 4));
  s.load_ms = static_cast<int64_t>(between(500, 4'000));
  s.bytes_s = between(5'000, 400'000);
  s.line_bytes_max = random() % 5 == 0 ? 60'000 : between(30, 3'000);
  s.lines_max = between(1, 12);
  s.streams = between(1, 4);
  s.send_jitter_ms = static_cast<int64_t>(between(1, 400));
  s.answer_jitter_ms = static_cast<int64_t>(between(1, 400));
  s.lost_before = maybe(200);
  s.lost_after = maybe(200);
  s.garbage = maybe(200);
  s.server_error = maybe(200);
  s.refused = maybe(100);
  s.throttled_call = maybe(300);
  s.throttled_row = maybe(500);
  return s;
}

// The first violation, or nothing.
std::string verdict(const Scenario& scenario) {
  ModelHost host(scenario);
  host.run();
  return host.violations.empty() ? "" : host.violations.front();
}

std::string frame_of(const std::string& stream, const std::vector<std::string>& texts) {
  std::string frame;
  for (const std::string& text : texts) append_line(frame, {stream, text, 1});
  return frame;
}

template <typename T>
std::vector<T> only(const std::vector<Effect>& effects) {
  std::vector<T> found;
  for (const Effect& effect : effects) {
    if (const auto* one = std::get_if<T>(&effect)) found.push_back(*one);
  }
  return found;
}

std::string body_of(const Shard& shard, const SendBatch& batch) {
  std::string body;
  shard.append_batch(batch.batch_id, body);
  return body;
}

// Options without pace, that send at once.
ShardOptions plain() {
  ShardOptions options;
  options.paced = false;
  options.linger_ms = 0;
  return options;
}

constexpr const char* kTaken = R"({"RequestResponses":[{"RecordId":"r"}]})";

}  // namespace

TEST_CASE("shard: keeps its promises under faults of every kind, over many seeds") {
  uint64_t acknowledged = 0;
  uint64_t refused = 0;
  uint64_t duplicates = 0;
  uint64_t resent = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    ModelHost host(swarm(seed));
    host.run();
    if (!host.violations.empty()) FAIL("seed " << seed << ": " << host.violations.front());
    acknowledged += host.acknowledged;
    refused += host.refused;
    duplicates += host.duplicates;
    resent += host.counters().resent_rows;
  }
  // The runs did meet what they are about.
  CHECK(acknowledged > 10'000);
  CHECK(refused > 1'000);
  CHECK(duplicates > 100);
  CHECK(resent > 1'000);
}

TEST_CASE("shard: without faults and within the quota everything is acknowledged, once") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Scenario s;
    s.seed = seed;
    s.firehose_quota = {1'000, 1'000, 1'048'576};
    s.options.quota = s.firehose_quota;
    ModelHost host(s);
    host.run();
    if (!host.violations.empty()) FAIL("seed " << seed << ": " << host.violations.front());
    CHECK(host.refused == 0);
    CHECK(host.duplicates == 0);
    CHECK(host.counters().resent_rows == 0);
  }
}

TEST_CASE("shard: the same seed is the same run, another is another") {
  const auto digest = [](uint64_t seed) {
    ModelHost host(swarm(seed));
    host.run();
    return host.digest;
  };
  CHECK(digest(5) == digest(5));
  CHECK(digest(5) != digest(6));
}

TEST_CASE("shard: the checks find bugs planted in the host") {
  for (const Plant plant :
       {Plant::drop_throttled_row, Plant::answer_early, Plant::answer_twice, Plant::forget_wakes}) {
    size_t found = 0;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      Scenario s;
      s.seed = seed;
      s.throttled_row = 200;
      s.firehose_quota = s.options.quota = {1'000, 1'000, 1'048'576};
      s.plant = plant;
      found += verdict(s).empty() ? 0 : 1;
    }
    CAPTURE(static_cast<int>(plant));
    CHECK(found >= 5);
  }
}

// A quota's own profile at both ends, the load at 97 % of it, the network up to 400 ms late.
TEST_CASE("shard: paced to its quota it is never throttled, in full load under jitter") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Scenario s;
    s.seed = seed;
    s.options.quota = s.firehose_quota = {1'000, 1'000, 1'048'576};
    s.load_ms = 20'000;
    s.streams = 1;
    s.bytes_s = 1'048'576 * 97 / 100;
    s.line_bytes_min = 400;
    s.line_bytes_max = 2'000;
    s.lines_max = 40;
    s.send_jitter_ms = 400;
    s.answer_jitter_ms = 200;
    ModelHost host(s);
    host.run();
    CAPTURE(seed);
    REQUIRE(host.violations.empty());
    CHECK(host.counters().throttled_rows == 0);
    CHECK(host.counters().throttled_calls == 0);
    CHECK(host.counters().resent_rows == 0);
    CHECK(host.acknowledged > 20 * host.refused);
  }
}

TEST_CASE("shard: a backlog goes out at its pace, not in one call because the bucket was full") {
  ShardOptions options;
  options.linger_ms = 0;
  options.quota = {1'000, 1'000, 100'000};
  options.record_bytes_target = 10'240;
  Shard shard(options, 1);
  shard.submit(0, 1, frame_of("s", std::vector<std::string>(20, std::string(10'000, 'x'))));
  const auto sends = only<SendBatch>(shard.take_effects());
  REQUIRE(sends.size() == 1);
  // Half a second's bytes, in whole records.
  CHECK(read_put_request(body_of(shard, sends[0])).value().records->size() == 4);
}

TEST_CASE("shard: one line a record meets the quota on records just as well") {
  Scenario s;
  s.options.mode = PackMode::single;
  s.options.quota = s.firehose_quota = {1'000, 1'000, 1'048'576};
  s.load_ms = 10'000;
  s.streams = 1;
  s.bytes_s = 970 * 300;
  s.line_bytes_min = 298;
  s.line_bytes_max = 300;
  s.send_jitter_ms = 400;
  ModelHost host(s);
  host.run();
  REQUIRE(host.violations.empty());
  CHECK(host.counters().throttled_rows == 0);
  CHECK(host.acknowledged > 20 * host.refused);
}

TEST_CASE("shard: where a flush holds 256 KB or more, billing rounds away less than 2 %") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Scenario s;
    s.seed = seed;
    s.options.quota = s.firehose_quota = {100'000, 1'000, 20'000'000};
    s.options.linger_ms = 100;
    s.streams = 1;
    s.bytes_s = 6'000'000;
    s.line_bytes_min = 200;
    s.line_bytes_max = seed % 2 == 0 ? 1'200 : 4'000;
    s.lines_max = 30;
    ModelHost host(s);
    host.run();
    REQUIRE(host.violations.empty());
    REQUIRE(host.counters().resent_rows == 0);
    const double waste = static_cast<double>(host.counters().billed_bytes) /
                         static_cast<double>(host.accepted_bytes);
    CAPTURE(seed, waste);
    CHECK(waste >= 1.0);
    CHECK(waste <= 1.02);
  }
}

TEST_CASE("shard: lines of one stream share a record until the linger ends") {
  ShardOptions options = plain();
  options.linger_ms = 50;
  Shard shard(options, 1);
  shard.submit(1'000, 1, frame_of("s", {"a", "b"}));
  auto effects = shard.take_effects();
  CHECK(only<SendBatch>(effects).empty());
  REQUIRE(only<WakeAt>(effects).size() == 1);
  CHECK(only<WakeAt>(effects)[0].at_ms == 1'050);
  shard.submit(1'020, 2, frame_of("s", {"c"}));
  (void)shard.take_effects();
  shard.tick(1'050);
  effects = shard.take_effects();
  REQUIRE(only<SendBatch>(effects).size() == 1);
  CHECK(body_of(shard, only<SendBatch>(effects)[0]) ==
        R"({"DeliveryStreamName":"s","Records":[{"Data":"YQpiCmMK"}]})");
  shard.on_answer(1'060, only<SendBatch>(effects)[0].batch_id, 200, kTaken);
  const auto answers = only<AnswerRequest>(shard.take_effects());
  REQUIRE(answers.size() == 2);
  CHECK((answers[0].request_id == 1 && answers[0].status == 200));
  CHECK((answers[1].request_id == 2 && answers[1].status == 200));
}

TEST_CASE("shard: exactly the rows that Firehose threw back go again") {
  ShardOptions options = plain();
  options.mode = PackMode::single;
  Shard shard(options, 1);
  shard.submit(0, 1, frame_of("s", {"a", "b", "c"}));
  auto sends = only<SendBatch>(shard.take_effects());
  REQUIRE(sends.size() == 1);
  shard.on_answer(
      10, sends[0].batch_id, 200,
      R"({"RequestResponses":[{"RecordId":"1"},{"ErrorCode":"ServiceUnavailableException"},{"RecordId":"3"}]})");
  auto effects = shard.take_effects();
  CHECK(only<SendBatch>(effects).empty());
  REQUIRE(only<WakeAt>(effects).size() == 1);
  const int64_t again_ms = only<WakeAt>(effects)[0].at_ms;
  // The first backoff: the upper half of backoff_ms_min.
  CHECK(again_ms >= 10 + 50);
  CHECK(again_ms <= 10 + 100);
  shard.tick(again_ms);
  sends = only<SendBatch>(shard.take_effects());
  REQUIRE(sends.size() == 1);
  CHECK(body_of(shard, sends[0]) == R"({"DeliveryStreamName":"s","Records":[{"Data":"Ygo="}]})");
  CHECK(shard.counters().resent_rows == 1);
  CHECK(shard.counters().ambiguous_lines == 0);
  shard.on_answer(again_ms + 1, sends[0].batch_id, 200, kTaken);
  CHECK(only<AnswerRequest>(shard.take_effects()).size() == 1);
  CHECK(shard.counters().held_bytes == 0);
}

TEST_CASE("shard: what an answer leaves open is counted, and a refusal in so many words is not") {
  struct Case {
    uint32_t status;
    std::string body;
    bool ambiguous;
    bool throttled;
    std::string last_failure;
  };
  const std::vector<Case> cases = {
      {0, "", true, false, "0"},
      {200, "", true, false, "200"},
      {200, "<html>", true, false, "200"},
      {200, R"({"RequestResponses":[]})", true, false, "200"},
      {200, R"({"RequestResponses":[{"RecordId":"1"},{"RecordId":"2"}]})", true, false, "200"},
      {200, R"({"__type":"ServiceUnavailableException"})", true, false, "200"},
      {302, "", true, false, "302"},
      {500, R"({"__type":"InternalFailure"})", true, false, "500 InternalFailure"},
      {502, "", true, false, "502"},
      {500, R"({"__type":"ServiceUnavailableException"})", false, true, ""},
      {503, R"({"__type":"ServiceUnavailable"})", false, true, ""},
      {400, R"({"__type":"x#ThrottlingException"})", false, true, ""},
      {429, "", false, true, ""},
      {400, R"({"__type":"ResourceNotFoundException"})", false, false,
       "400 ResourceNotFoundException"},
      {403, "", false, false, "403"},
      {413, "", false, false, "413"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.status, c.body);
    Shard shard(plain(), 1);
    shard.submit(0, 1, frame_of("s", {"a", "b"}));
    const auto sends = only<SendBatch>(shard.take_effects());
    REQUIRE(sends.size() == 1);
    shard.on_answer(5, sends[0].batch_id, c.status, c.body);
    CHECK(only<AnswerRequest>(shard.take_effects()).empty());
    CHECK(shard.counters().ambiguous_lines == (c.ambiguous ? 2 : 0));
    CHECK(shard.counters().throttled_calls == (c.throttled ? 1 : 0));
    CHECK(shard.last_failure() == c.last_failure);
    shard.tick(10'000);
    const auto answers = only<AnswerRequest>(shard.take_effects());
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 503);
    CHECK(shard.counters().held_bytes == 0);
  }
}

TEST_CASE("shard: backoff doubles to its bound and its jitter comes from the seed") {
  const auto waits = [](uint64_t seed) {
    ShardOptions options = plain();
    options.ack_deadline_ms = 60'000;
    Shard shard(options, seed);
    shard.submit(0, 1, frame_of("s", {"a"}));
    std::vector<int64_t> found;
    int64_t now = 0;
    for (int i = 0; i < 9; ++i) {
      const auto sends = only<SendBatch>(shard.take_effects());
      REQUIRE(sends.size() == 1);
      shard.on_answer(now, sends[0].batch_id, 429, "");
      const int64_t next = only<WakeAt>(shard.take_effects())[0].at_ms;
      found.push_back(next - now);
      now = next;
      shard.tick(now);
    }
    return found;
  };
  const auto first = waits(1);
  int64_t bound = 100;
  for (int64_t wait : first) {
    CHECK(wait >= bound / 2);
    CHECK(wait <= bound);
    bound = std::min<int64_t>(bound * 2, 5'000);
  }
  CHECK(first == waits(1));
  CHECK(first != waits(2));
}

TEST_CASE(
    "shard: a request whose answer is late is told 503 at its deadline, its lines are dropped") {
  ShardOptions options = plain();
  options.ack_deadline_ms = 1'000;
  Shard shard(options, 1);
  shard.submit(0, 1, frame_of("s", {"a"}));
  const auto sends = only<SendBatch>(shard.take_effects());
  shard.tick(999);
  CHECK(only<AnswerRequest>(shard.take_effects()).empty());
  shard.tick(1'000);
  const auto answers = only<AnswerRequest>(shard.take_effects());
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].status == 503);
  // In flight it is still held; its late acceptance answers nobody.
  CHECK(shard.counters().held_lines == 1);
  shard.on_answer(1'500, sends[0].batch_id, 200, kTaken);
  CHECK(only<AnswerRequest>(shard.take_effects()).empty());
  CHECK(shard.counters().held_bytes == 0);
  CHECK(shard.counters().delivered_lines == 1);
}

TEST_CASE("shard: a request without lines is answered at once, a broken frame is refused") {
  Shard shard(plain(), 1);
  shard.submit(0, 1, "");
  auto answers = only<AnswerRequest>(shard.take_effects());
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].status == 200);

  const std::string frame = frame_of("s", {"first", "second"});
  for (size_t cut = 1; cut < frame.size(); ++cut) {
    if (cut == frame.size() / 2 || cut == frame_of("s", {"first"}).size()) continue;
    shard.submit(0, 100 + cut, frame.substr(0, cut));
    const auto effects = shard.take_effects();
    answers = only<AnswerRequest>(effects);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status == 503);
    CHECK(only<SendBatch>(effects).empty());
  }
  CHECK(shard.counters().held_bytes == 0);
}

TEST_CASE("shard: past held_bytes_max a request is refused whole, and those held stay") {
  ShardOptions options = plain();
  options.linger_ms = 1'000;
  options.held_bytes_max = 65'536;
  Shard shard(options, 1);
  const std::string big(30'000, 'x');
  shard.submit(0, 1, frame_of("s", {big}));
  shard.submit(0, 2, frame_of("s", {big}));
  CHECK(only<AnswerRequest>(shard.take_effects()).empty());
  const uint64_t held = shard.counters().held_bytes;
  CHECK(held == 2 * (30'000 + 1 + 160));
  shard.submit(0, 3, frame_of("s", {"small", big}));
  const auto answers = only<AnswerRequest>(shard.take_effects());
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].request_id == 3);
  CHECK(answers[0].status == 503);
  CHECK(answers[0].retry_after_s >= 1);
  CHECK(shard.counters().held_bytes == held);
}

TEST_CASE("shard: a line as long as a record may be goes as a record of its own") {
  Shard shard(plain(), 1);
  shard.submit(0, 1, frame_of("s", {"small", std::string(kRecordBytesMax - 1, 'x'), "after"}));
  const auto sends = only<SendBatch>(shard.take_effects());
  REQUIRE(sends.size() == 1);
  const std::string body = body_of(shard, sends[0]);
  const auto request = read_put_request(body);
  REQUIRE(request);
  REQUIRE(request.value().records->size() == 3);
  CHECK((*request.value().records)[1]->size() == base64_bytes(kRecordBytesMax));
}

TEST_CASE("shard: batches stay within 500 records and 4 MiB") {
  ShardOptions options = plain();
  options.mode = PackMode::single;
  Shard shard(options, 1);
  shard.submit(0, 1, frame_of("s", std::vector<std::string>(1'201, "x")));
  std::vector<size_t> rows;
  for (const SendBatch& batch : only<SendBatch>(shard.take_effects())) {
    const std::string body = body_of(shard, batch);
    rows.push_back(read_put_request(body).value().records->size());
  }
  CHECK(rows == std::vector<size_t>{500, 500, 201});

  Shard large(options, 1);
  large.submit(0, 1, frame_of("s", std::vector<std::string>(7, std::string(1'000'000, 'x'))));
  rows.clear();
  for (const SendBatch& batch : only<SendBatch>(large.take_effects())) {
    const std::string body = body_of(large, batch);
    CHECK(body.size() <= kBatchBytesMax);
    rows.push_back(read_put_request(body).value().records->size());
  }
  CHECK(rows == std::vector<size_t>{3, 3, 1});
}

TEST_CASE("shard: streams take turns when connections are few") {
  ShardOptions options = plain();
  options.in_flight_max = 1;
  Shard shard(options, 1);
  for (const std::string stream : {"a", "b", "c"}) {
    for (uint64_t i = 0; i < 3; ++i)
      shard.submit(0, i * 10 + static_cast<uint64_t>(stream[0]), frame_of(stream, {stream}));
  }
  std::string order;
  for (int i = 0; i < 6; ++i) {
    const auto sends = only<SendBatch>(shard.take_effects());
    if (sends.empty()) break;
    REQUIRE(sends.size() == 1);
    order += *read_put_request(body_of(shard, sends[0])).value().stream;
    shard.on_answer(0, sends[0].batch_id, 200, kTaken);
  }
  CHECK(order.find('b') != std::string::npos);
  CHECK(order.find('c') != std::string::npos);
  CHECK(order.size() <= 6);
}
