// Frames and answers of any bytes, at any time: the shard stays within its bounds and drains.
#include "shared/pack/shard.h"

#include <map>
#include <set>
#include <string>

#include "shared/base/little_endian.h"
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
  std::string submitted;
  std::set<uint64_t> waiting;
  std::set<uint32_t> in_flight;
  std::set<uint32_t> sealed;
  std::set<uint64_t> writing;
  std::set<uint64_t> loading;
  std::map<uint64_t, std::string> disk;  // and rows that are being written

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
      } else if (const auto* wake = std::get_if<WakeAt>(&effect)) {
        check(wake->at_ms > now_ms, "a wake lies in the future");
      } else {
        carry_out_host(effect);
      }
    }
    check(sealed.size() <= kCompressionsMax, "compressions at once are bounded");
    check(loading.size() <= kLoadsMax, "loads at once are bounded");
    check(shard.counters().stored_bytes <= options.hop_bytes_max, "what is stored is bounded");
    check(shard.counters().held_bytes <= options.held_bytes_max, "what is held is bounded");
    check(in_flight.size() <= options.in_flight_max, "batches in flight are bounded");
  }

  void carry_out_host(const Effect& effect) {
    if (const auto* record = std::get_if<CompressRecord>(&effect)) {
      check(!shard.sealed_record(record->record_id).empty(), "a sealed record has lines");
      sealed.insert(record->record_id);
    } else if (const auto* row = std::get_if<PersistRow>(&effect)) {
      check(size_t{row->offset} + row->bytes <= submitted.size(), "a row is part of its frame");
      check(disk.emplace(row->row_id, submitted.substr(row->offset, row->bytes)).second,
            "a row's id is its own");
      writing.insert(row->row_id);
    } else if (const auto* erase = std::get_if<DeleteRow>(&effect)) {
      check(disk.erase(erase->row_id) == 1, "a row that is deleted is there");
    } else if (const auto* load = std::get_if<LoadRow>(&effect)) {
      check(disk.contains(load->row_id), "a row that is loaded is there");
      loading.insert(load->row_id);
    }
  }

  // Takes one of a set, by number.
  template <typename Id>
  static bool take_one(std::set<Id>& ids, uint32_t which, Id& id) {
    if (ids.empty()) return false;
    auto it = ids.begin();
    std::advance(it, which % ids.size());
    id = *it;
    ids.erase(it);
    return true;
  }

  void compressed(uint32_t which, const std::string& member) {
    uint32_t id = which;
    (void)take_one(sealed, which, id);
    shard.on_compressed(now_ms, id, member);
    carry_out();
  }

  void persisted(uint32_t which, bool done) {
    uint64_t id = which;
    if (take_one(writing, which, id) && !done) disk.erase(id);
    shard.on_persisted(now_ms, id, done ? Shard::Outcome::done : Shard::Outcome::failed);
    carry_out();
  }

  // The row as it was written, or any bytes.
  void loaded(uint32_t which, const std::string* other) {
    uint64_t id = which;
    const bool is_known = take_one(loading, which, id);
    shard.on_row(now_ms, id, other != nullptr ? *other : is_known ? disk[id] : "");
    carry_out();
  }

  void submit(const std::string& frame) {
    submitted = frame;
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
    const bool is_hop = options.ack == AckMode::durable_hop;
    for (int i = 0; i < 1'000 && (!in_flight.empty() || !waiting.empty() || !writing.empty() ||
                                  !loading.empty() || !sealed.empty());
         ++i) {
      if (!writing.empty()) {
        persisted(0, true);
      } else if (!loading.empty()) {
        loaded(0, nullptr);
      } else if (!sealed.empty()) {
        compressed(0, "\x1f\x8b\x08");
      } else if (in_flight.empty()) {
        shard.tick(now_ms += 1'000);
        carry_out();
      } else {
        answer(0, 400, "");
      }
    }
    check(waiting.empty(), "every request is answered");
    // A durable hop never gives up, so what Firehose refuses stays.
    check(is_hop || shard.counters().held_bytes == 0, "nothing is held after the drain");
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
  options.ack = take(in, 3) == 0 ? AckMode::durable_hop : AckMode::firehose;
  options.gzip_members = take(in, 3) == 0;
  options.hop_bytes_max = 40'000;
  Driver driver(options);
  if (options.ack == AckMode::durable_hop) {
    const std::string rows = take_piece(in);
    // Ids that are listed are on disk.
    std::string_view listed = rows;
    uint64_t row_id = 0;
    uint32_t bytes = 0;
    while (take_le(listed, row_id) && take_le(listed, bytes)) {
      if (row_id <= uint64_t{1} << 62) driver.disk.emplace(row_id, "");
    }
    driver.options.held_bytes_max += 160 * driver.disk.size();
    driver.options.hop_bytes_max = UINT64_MAX;
    driver.shard.restart(driver.now_ms, rows);
    driver.carry_out();
  }
  while (!in.empty()) {
    driver.now_ms += take(in, 256);
    const uint32_t operation = take(in, 8);
    if (operation < 2) {
      driver.submit(frame_of(in));
    } else if (operation == 2) {
      const uint32_t which = take(in, 8);
      static constexpr uint32_t kStatuses[] = {0, 200, 200, 200, 400, 429, 500, 503};
      const uint32_t status = kStatuses[take(in, 8)];
      driver.answer(which, status, answer_of(in));
    } else if (operation == 3) {
      driver.compressed(take(in, 8), take(in, 2) == 0 ? take_piece(in) : "\x1f\x8b\x08x");
    } else if (operation < 6) {
      driver.persisted(take(in, 8), operation == 4);
    } else if (operation == 6) {
      const uint32_t which = take(in, 8);
      const std::string other = take_piece(in);
      driver.loaded(which, other.empty() ? nullptr : &other);
    } else {
      driver.shard.tick(driver.now_ms);
      driver.carry_out();
    }
  }
  driver.drain();
  return 0;
}
