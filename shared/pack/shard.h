// The shard: a pure state machine that packs lines into records, records into batches, and sees
// every line through.
//
//   submit(now, request, lines) |                      | send batch
//   on_answer(now, batch, ...)  | -> shard -> effects: | answer request
//   tick(now)                   |                      | wake at
//
// It owns no socket, clock or randomness: the host carries out the effects, in order, and reports
// back. Group commit: a request is answered 200 when Firehose has accepted each of its lines, 503
// when that took longer than ack_deadline_ms or the shard is full. Rows that Firehose refuses, and
// those only, are sent again, with jittered exponential backoff. A record none of whose requests
// still waits is dropped: their senders were told.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/pack/lines.h"
#include "shared/pack/pacing.h"

namespace edgehose {

enum class PackMode : uint8_t {
  packed,  // many lines a record
  single,  // one line a record: what a collector without packing does, for comparison
};

struct ShardOptions {
  PackMode mode = PackMode::packed;
  bool paced = true;
  Quota quota;                        // of each stream
  uint32_t share_permille = 1'000;    // this shard's part of the quota
  uint32_t linger_ms = 100;           // how long a line waits for company
  uint32_t ack_deadline_ms = 10'000;  // how long a request waits for its answer
  uint64_t held_bytes_max =
      8'388'608;  // lines and bookkeeping held at once; past it requests are refused
  uint32_t record_bytes_target =
      256'000;  // a multiple of the billing step; a longer line is a record of its own
  uint32_t record_events_max = 1'000'000;  // 500 where the stream de-aggregates
  uint32_t in_flight_max = 4;              // batches without an answer (a worker has 6 connections)
  uint32_t backoff_ms_min = 100;
  uint32_t backoff_ms_max = 5'000;
};

struct SendBatch {
  uint32_t batch_id;
  std::string body;  // a whole PutRecordBatch request
};
struct AnswerRequest {
  uint64_t request_id;
  uint32_t status;  // 200, or 503
  uint32_t retry_after_s;
};
struct WakeAt {
  int64_t at_ms;
};
using Effect = std::variant<SendBatch, AnswerRequest, WakeAt>;

// Counts since the shard began. Lines and bytes are of delivered lines with their newline.
struct ShardCounters {
  uint64_t held_bytes = 0;
  uint64_t held_bytes_max_seen = 0;
  uint64_t held_lines = 0;
  uint64_t sent_batches = 0;
  uint64_t sent_records = 0;
  uint64_t sent_lines = 0;
  uint64_t sent_bytes = 0;
  uint64_t billed_bytes = 0;  // of accepted records
  uint64_t delivered_lines = 0;
  uint64_t delivered_records = 0;
  uint64_t throttled_rows = 0;
  uint64_t throttled_calls = 0;
  uint64_t failed_calls = 0;  // answers that say neither accepted nor throttled
  uint64_t resent_rows = 0;
  uint64_t ambiguous_lines =
      0;  // sent again after an answer that left open whether they were accepted
  uint64_t answered_requests = 0;
  uint64_t refused_requests = 0;    // 503 at once
  uint64_t timed_out_requests = 0;  // 503 at the deadline
  uint64_t dropped_lines = 0;       // of requests that were answered 503
};

class Shard {
 public:
  // `seed` feeds the jitter of the backoff and nothing else.
  Shard(const ShardOptions& options, uint64_t seed);

  // A request's lines (a frame of pack/lines.h). `request_id` is the host's, new for each request.
  // A frame that is not whole is refused with 503: it cannot happen but by a bug of the host.
  void submit(int64_t now_ms, uint64_t request_id, std::string_view frame);
  // What Firehose said to a batch. `http_status` 0: nothing (connection lost, time-out).
  void on_answer(int64_t now_ms, uint32_t batch_id, uint32_t http_status, std::string_view body);
  void tick(int64_t now_ms);

  // What the host has to do now. Taking them empties the list.
  [[nodiscard]] std::vector<Effect> take_effects();

  const ShardCounters& counters() const { return counters_; }
  size_t waiting_requests() const { return requests_.size(); }
  size_t in_flight_batches() const { return in_flight_.size(); }
  // The newest answer that was neither acceptance nor throttling: "400 ResourceNotFoundException".
  // Empty: none.
  const std::string& last_failure() const { return last_failure_; }

 private:
  struct Request {
    uint64_t lines_left;
  };
  // The part of a record that one request brought.
  struct Share {
    uint64_t request_id;
    uint32_t lines;
  };
  struct Record {
    std::string partition;
    std::string data;
    std::vector<Share> shares;
    uint32_t lines = 0;
    uint32_t events = 0;
    uint32_t attempts = 0;
    int64_t since_ms = 0;       // when its first line came
    int64_t not_before_ms = 0;  // backoff
  };
  struct Stream {
    Stream(std::string_view stream_name, const ShardOptions& options)
        : name(stream_name), pace(options.quota, options.share_permille) {}
    std::string name;
    Pace pace;
    std::optional<Record> open;
    std::deque<Record> closed;
    std::deque<Record> again;  // to be sent again
  };
  struct Batch {
    size_t stream;
    std::vector<Record> records;
  };
  struct Deadline {
    int64_t at_ms;
    uint64_t request_id;
  };

  bool has_room(std::string_view frame) const;
  uint32_t retry_after_s() const;
  void refuse(uint64_t request_id);
  size_t stream_of(std::string_view name);
  void add_line(int64_t now_ms, uint64_t request_id, const Line& line);
  void close_record(Stream& stream);
  uint64_t record_bytes_target(const Stream& stream) const;

  void pump(int64_t now_ms);
  void expire(int64_t now_ms);
  void drop_abandoned(std::deque<Record>& records);
  bool is_awaited(const Record& record) const;
  void send_ready(int64_t now_ms, size_t stream_index);
  std::vector<Record> take_batch(int64_t now_ms, Stream& stream);
  void send(size_t stream_index, std::vector<Record> records);
  int64_t next_send_ms(int64_t now_ms, const Stream& stream) const;
  void set_wake(int64_t now_ms);

  void settle(Record& record);
  void send_again(int64_t now_ms, Stream& stream, Record record);
  void release(const Record& record);
  int64_t backoff_ms(uint32_t attempts);
  uint64_t next_random();

  ShardOptions options_;
  uint64_t random_state_;
  uint32_t next_batch_id_ = 1;
  size_t next_stream_ = 0;  // whose turn it is when several are ready
  std::map<uint64_t, Request> requests_;
  std::deque<Deadline> deadlines_;
  std::vector<Stream> streams_;
  std::map<uint32_t, Batch> in_flight_;
  std::vector<Effect> effects_;
  ShardCounters counters_;
  std::string last_failure_;
};

// The counters as one JSON object, for a status page.
[[nodiscard]] std::string shard_status_json(const Shard& shard);

}  // namespace edgehose
