// Frames and answers of any bytes, at any time: the shard stays within its bounds and drains.
#include "shared/pack/shard.h"

#include <set>

#include "shared/pack/shard_status.h"
#include "shared/wire/put_record_batch.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

struct Driver {
  ShardOptions options;
  Shard shard;
  int64_t now_ms = 1'000;
  uint64_t next_request = 1;
  std::set<uint64_t> waiting;
  std::set<uint32_t> in_flight;

  explicit Driver(const ShardOptions& of) : options(of), shard(of, 1) {}

  void carry_out() {
    for (const Effect& effect : shard.take_effects()) {
      if (const auto* batch = std::get_if<SendBatch>(&effect)) {
        in_flight.insert(batch->batch_id);
        // Stream names come from the configuration; one that is no text is the fuzzer's own.
        std::string body;
        shard.append_batch(batch->batch_id, body);
        if (!is_utf8(body)) continue;
        const auto request = read_put_request(body);
        check(request && !request.value().records->empty(), "a batch is a PutRecordBatch");
        check(request.value().records->size() <= kBatchRecordsMax, "at most 500 records");
        check(body.size() <= kBatchBytesMax, "at most 4 MiB");
      } else if (const auto* answer = std::get_if<AnswerRequest>(&effect)) {
        check(waiting.erase(answer->request_id) == 1, "each request is answered once");
      } else {
        check(std::get<WakeAt>(effect).at_ms > now_ms, "a wake lies in the future");
      }
    }
    check(shard.counters().held_bytes <= options.held_bytes_max, "what is held is bounded");
    check(in_flight.size() <= options.in_flight_max, "batches in flight are bounded");
  }

  void submit(const std::string& frame) {
    waiting.insert(next_request);
    shard.submit(now_ms, next_request++, frame);
    carry_out();
  }

  void answer(uint32_t which, uint32_t status, const std::string& body) {
    if (in_flight.empty()) return;
    auto it = in_flight.begin();
    std::advance(it, which % in_flight.size());
    const uint32_t id = *it;
    in_flight.erase(it);
    shard.on_answer(now_ms, id, status, body);
    carry_out();
  }

  void drain() {
    now_ms += 100'000;
    for (int i = 0; i < 1'000 && (!in_flight.empty() || !waiting.empty()); ++i) {
      if (in_flight.empty()) {
        shard.tick(now_ms += 1'000);
        carry_out();
      } else {
        answer(0, 400, "");
      }
    }
    check(waiting.empty(), "every request is answered");
    check(shard.counters().held_bytes == 0, "nothing is held after the drain");
    check(nlohmann::json::accept(shard_status_json(shard)), "the status is JSON");
  }
};

std::string frame_of(std::string_view& in) {
  if (take(in, 4) == 0) return take_piece(in);
  std::string frame;
  for (uint32_t n = take(in, 6); n > 0; --n) {
    const std::string text = take_piece(in);
    const uint32_t kind = take(in, 6);
    append_line(frame, {kind % 2 == 0 ? "a" : "b", text, 1 + kind / 2, kind == 5 ? "p" : ""});
  }
  return frame;
}

std::string answer_of(std::string_view& in) {
  if (take(in, 3) == 0) return take_piece(in);
  std::string body = R"({"RequestResponses":[)";
  for (uint32_t n = take(in, 8), i = 0; i < n; ++i) {
    body += i > 0 ? "," : "";
    body += take(in, 2) == 0 ? R"({"RecordId":"r"})" : R"({"ErrorCode":"E"})";
  }
  return body + "]}";
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input = text_of(data, size);
  std::string_view in = input;
  ShardOptions options;
  options.mode = take(in, 2) == 0 ? PackMode::packed : PackMode::single;
  options.paced = take(in, 2) == 0;
  options.linger_ms = take(in, 100);
  options.held_bytes_max = 65'536;
  options.in_flight_max = 1 + take(in, 4);
  options.ack_deadline_ms = 100 + take(in, 256);
  options.record_events_max = 1 + take(in, 5);
  Driver driver(options);
  while (!in.empty()) {
    driver.now_ms += take(in, 256);
    const uint32_t operation = take(in, 4);
    if (operation < 2) {
      driver.submit(frame_of(in));
    } else if (operation == 2) {
      const uint32_t which = take(in, 8);
      static constexpr uint32_t kStatuses[] = {0, 200, 200, 200, 400, 429, 500, 503};
      const uint32_t status = kStatuses[take(in, 8)];
      driver.answer(which, status, answer_of(in));
    } else {
      driver.shard.tick(driver.now_ms);
      driver.carry_out();
    }
  }
  driver.drain();
  return 0;
}
