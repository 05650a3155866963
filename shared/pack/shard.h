// The shard: a pure state machine that packs lines into records, records into batches, and sees
// every line through.
//
//   submit(now, request, lines)   |                      | send batch
//   on_answer(now, batch, ...)    |                      | answer request
//   on_compressed(now, record...) | -> shard -> effects: | compress record
//   on_persisted(now, row, ...)   |                      | persist, load, delete row
//   on_row(now, row, ...)         |                      | wake at
//   restart(now, rows), tick(now) |
//
// It owns no socket, disk, clock or randomness: the host carries out the effects, in order, and
// reports back.
//
// Acknowledgement, one of two:
// - by Firehose (group commit): a request is answered 200 when Firehose has accepted each of its
//   lines, 503 when that took longer than ack_deadline_ms. A record none of whose requests still
//   waits is dropped: their senders were told.
// - by a durable hop: a request is answered 200 when its rows are persisted. A row is deleted when
//   Firehose has accepted each of its lines and not before; restart() takes up the rows of a life
//   before. Rows beyond what may be held in memory stay on the host's disk and are loaded later.
// Either way a request that does not fit is refused at once with 503.
//
// Rows of an answer that Firehose refuses, and those only, are sent again, with jittered
// exponential backoff. What an answer leaves open (none came, or not one of Firehose) is sent again
// too, marked ambiguous: it may arrive twice.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "shared/pack/lines.h"
#include "shared/pack/pacing.h"
#include "shared/pack/record.h"

namespace edgehose {

enum class PackMode : uint8_t {
  packed,  // many lines a record
  single,  // one line a record: what a collector without packing does, for comparison
};

enum class AckMode : uint8_t {
  firehose,     // an answer waits for Firehose
  durable_hop,  // an answer waits for the host's own disk
};

struct ShardOptions {
  PackMode mode = PackMode::packed;
  AckMode ack = AckMode::firehose;
  bool paced = true;
  bool gzip_members = false;          // a record is a gzip member of its lines
  Quota quota;                        // of each stream
  uint32_t share_permille = 1'000;    // this shard's part of the quota
  uint32_t linger_ms = 100;           // how long a line waits for company
  uint32_t ack_deadline_ms = 10'000;  // how long a request waits for its answer
  // Lines and bookkeeping held in memory at once. Past it requests are refused, or, with a durable
  // hop, stay on disk.
  uint64_t held_bytes_max = 8'388'608;
  uint64_t hop_bytes_max = 268'435'456;  // rows of a durable hop on disk
  // Best a multiple of the billing step; a longer line is a record of its own. Of gzip members: the
  // lines' bytes before compression.
  uint32_t record_bytes_target = 256'000;
  uint32_t record_events_max = 1'000'000;  // 500 where the stream de-aggregates
  uint32_t in_flight_max = 4;              // batches without an answer (a worker has 6 connections)
  uint32_t backoff_ms_min = 100;
  uint32_t backoff_ms_max = 5'000;
};

// Bounds that no option moves.
inline constexpr size_t kRowBytesMax = 2'000'000;           // a Durable Object's row holds 2 MB
inline constexpr size_t kOpenPartitionsMax = 64;            // of a stream at once
inline constexpr size_t kStreamsMax = 512;                  // known to a shard at once
inline constexpr size_t kCompressionsMax = 4;               // records being compressed at once
inline constexpr size_t kLoadsMax = 4;                      // rows being loaded at once
inline constexpr uint32_t kMemberLineBytesMax = 1'000'000;  // lines of a gzip member of many lines

struct SendBatch {
  uint32_t batch_id;  // body: Shard::append_batch
};
struct AnswerRequest {
  uint64_t request_id;
  uint32_t status;  // 200; 503: not now; 413: never, it is more than fits at all
  uint32_t retry_after_s;
};
struct WakeAt {
  int64_t at_ms;
};
struct CompressRecord {
  uint32_t record_id;  // lines: Shard::sealed_record
};
// Bytes [offset, offset + bytes) of the frame that is being submitted are one row.
struct PersistRow {
  uint64_t row_id;
  uint64_t request_id;
  uint32_t offset;
  uint32_t bytes;
};
struct DeleteRow {
  uint64_t row_id;
};
struct LoadRow {
  uint64_t row_id;
};
using Effect =
    std::variant<SendBatch, AnswerRequest, WakeAt, CompressRecord, PersistRow, DeleteRow, LoadRow>;

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
  uint64_t delivered_events = 0;
  uint64_t delivered_line_bytes = 0;  // before compression
  uint64_t delivered_records = 0;
  uint64_t throttled_rows = 0;
  uint64_t throttled_calls = 0;
  uint64_t failed_calls = 0;  // answers that say neither accepted nor throttled
  uint64_t resent_rows = 0;
  uint64_t ambiguous_rows = 0;       // sent again after an answer that left open whether they were
  uint64_t ambiguous_lines = 0;      // accepted
  uint64_t duplicate_lines_max = 0;  // accepted lines that may have been accepted before
  uint64_t answered_requests = 0;
  uint64_t refused_requests = 0;    // 503 or 413 at once
  uint64_t timed_out_requests = 0;  // 503 at the deadline
  uint64_t dropped_lines = 0;       // of requests that were answered 503
  uint64_t failed_compressions = 0;
  uint64_t stored_rows = 0;  // on the host's disk now
  uint64_t stored_bytes = 0;
  uint64_t stored_bytes_max_seen = 0;
  uint64_t failed_writes = 0;  // rows that the host could not persist
  uint64_t restored_rows = 0;
  uint64_t broken_rows = 0;  // that came back damaged; they stay on disk
};

class Shard {
 public:
  // `seed` feeds the jitter of the backoff and nothing else.
  Shard(const ShardOptions& options, uint64_t seed);

  // A request's lines (a frame of pack/lines.h). `request_id` is the host's, new for each request
  // and below 2^63. A frame that is not whole is refused with 503: it cannot happen but by a bug of
  // the host.
  void submit(int64_t now_ms, uint64_t request_id, std::string_view frame);
  // Reports of what the shard does not wait for are ignored, here and below.
  //
  // What Firehose said to a batch. `http_status` 0: nothing (connection lost, time-out).
  void on_answer(int64_t now_ms, uint32_t batch_id, uint32_t http_status, std::string_view body);
  // The gzip member of a sealed record; empty: the host could not, and is asked again.
  void on_compressed(int64_t now_ms, uint32_t record_id, std::string_view member);
  // Whether a row is on disk for good (all of it or nothing).
  enum class Outcome : uint8_t { failed = 0, done = 1 };
  void on_persisted(int64_t now_ms, uint64_t row_id, Outcome outcome);
  // A row read back; empty: the host could not now, and is asked again.
  void on_row(int64_t now_ms, uint64_t row_id, std::string_view frame);
  // Before anything else, once: the rows that a life before left on disk, as { u64 row id, u32
  // bytes
  // }* by rising id.
  void restart(int64_t now_ms, std::string_view rows);
  void tick(int64_t now_ms);

  // What the host has to do now. Taking them empties the list.
  [[nodiscard]] std::vector<Effect> take_effects();
  // Appends the PutRecordBatch request of a batch in flight. Nothing when it is not.
  void append_batch(uint32_t batch_id, std::string& out) const;
  // Lines to compress; holds until the next call. Empty when the record is not sealed.
  std::string_view sealed_record(uint32_t record_id) const;

  const ShardCounters& counters() const { return counters_; }
  size_t waiting_requests() const { return requests_.size() + writes_.size(); }
  size_t in_flight_batches() const { return in_flight_.size(); }
  // The newest answer that was neither acceptance nor throttling: "400 ResourceNotFoundException".
  // Empty: none.
  const std::string& last_failure() const { return last_failure_; }

 private:
  struct Stream {
    Stream(std::string_view stream_name, const ShardOptions& options);
    std::string name;
    size_t call_bytes;  // of a batch beside its rows
    Pace pace;
    std::list<OpenRecord> open;  // one a partition
    Records raw;                 // closed, to become gzip members
    Records closed;
    Records again;        // to be sent again
    size_t out = 0;       // batches in flight and records being compressed
    uint32_t billed_ppm;  // of a gzip member, from those before
    int64_t sent_ms = 0;

    bool is_idle() const {
      return open.empty() && raw.empty() && closed.empty() && again.empty() && out == 0;
    }
  };
  struct Batch {
    uint32_t batch_id;
    Stream* stream;
    Records records;
  };
  struct Sealed {
    uint32_t record_id;
    Stream* stream;
    Records record;  // one
  };
  // A request on its way to Firehose.
  struct Request {
    uint64_t lines_left;
  };
  // A request on its way to the host's disk: rows first_row to first_row + rows - 1.
  struct Write {
    uint64_t first_row;
    uint32_t rows = 0;
    uint32_t rows_left = 0;
    bool has_failed = false;
  };
  struct Row {
    enum class State : uint8_t {
      writing,    // not confirmed
      written,    // confirmed, others of its request are not
      failed,     // not on disk
      abandoned,  // not confirmed, and its request was answered 503
      stored,     // on disk only
      loading,
      packed,  // in records
      broken,
    };
    State state;
    uint64_t request_id;
    uint32_t bytes;
    uint64_t cost;        // of its lines once they are held; from the bytes where not known
    uint64_t lines_left;  // when packed
    std::string frame;    // when it can be packed as soon as it is written
  };
  struct Deadline {
    int64_t at_ms;
    uint64_t request_id;
  };
  // What a frame would add.
  struct Measure {
    uint64_t cost = 0;
    uint64_t line_cost_max = 0;
    uint64_t line_bytes = 0;
    uint64_t lines = 0;
    uint32_t status = 200;  // why it cannot be taken at all: 413, 503
    bool is_whole = true;
  };

  class Filling;

  // Requests (shard.cpp).
  Measure measure(int64_t now_ms, std::string_view frame);
  uint32_t judge(uint64_t request_id, const Measure& measured, size_t frame_bytes,
                 uint64_t rows) const;
  bool can_send_in_time(const Measure& measured) const;
  void submit_to_firehose(int64_t now_ms, uint64_t request_id, std::string_view frame);
  bool is_known(uint64_t request_id) const;
  void emit(const Effect& effect);
  void answer(uint64_t request_id, uint32_t status);
  uint32_t retry_after_s() const;
  void pump(int64_t now_ms);
  void expire(int64_t now_ms);
  bool is_awaited(const Record& record) const;
  void drop_abandoned();
  void hold(uint64_t bytes);
  void regain(const Record& record);
  void release(const Record& record);
  void settle(const Record& record);
  int64_t backoff_ms(uint32_t attempts);
  uint64_t next_random();
  void set_wake(int64_t now_ms);

  // Rows of the durable hop (shard_rows.cpp).
  bool has_disk(size_t bytes, uint64_t rows) const;
  std::pair<std::string_view, uint64_t> first_part(std::string_view frame) const;
  uint64_t count_parts(std::string_view frame) const;
  void submit_to_disk(uint64_t request_id, std::string_view frame, uint64_t rows, uint64_t cost);
  bool holds_only_rows() const;
  bool add_row(uint64_t row_id, Row row);
  void finish_write(int64_t now_ms, uint64_t request_id);
  void abandon_write(uint64_t request_id);
  Write take_write(uint64_t request_id);
  void drop_frame(Row& row);
  void pack_row(int64_t now_ms, uint64_t row_id, Row& row, std::string_view frame);
  void settle_row(uint64_t row_id, uint32_t lines);
  void delete_row(uint64_t row_id);
  void forget_row(uint64_t row_id);
  void load_rows(int64_t now_ms);
  int64_t next_load_ms(int64_t now_ms) const;

  // Records and batches (shard_send.cpp).
  Stream* stream_of(int64_t now_ms, std::string_view name);
  void forget_idle_streams(int64_t now_ms);
  uint64_t line_cost(const Line& line) const;
  uint64_t record_bytes_max(const Stream& stream) const;
  void add_line(int64_t now_ms, uint64_t owner, const Line& line);
  OpenRecord& open_record(Stream& stream, const Line& line);
  void close_record(Stream& stream, OpenRecord& open, size_t lines);
  bool is_due(int64_t now_ms, const OpenRecord& open) const;
  size_t due_lines(int64_t now_ms, const Stream& stream, const OpenRecord& open) const;
  void compress(Stream& stream, Records& from);
  void seal_ready(int64_t now_ms, Stream& stream);
  int64_t next_seal_ms(const Stream& stream) const;
  int64_t next_send_ms(int64_t now_ms, const Stream& stream) const;
  void send_ready(int64_t now_ms, Stream& stream);
  Records take_batch(int64_t now_ms, Stream& stream);
  void send(int64_t now_ms, Stream& stream, Records records);
  bool take_rows(int64_t now_ms, Batch& batch, std::string_view body);
  void call_failed(int64_t now_ms, Batch& batch, uint32_t http_status, std::string_view body);
  void send_again(int64_t now_ms, Stream& stream, Records& from);

  ShardOptions options_;
  uint64_t random_state_;
  uint32_t next_batch_id_ = 1;
  uint32_t next_record_id_ = 1;
  uint64_t next_row_id_ = 1;
  bool is_restarted_ = false;
  size_t next_stream_ = 0;      // whose turn it is when several are ready
  uint64_t waiting_bytes_ = 0;  // lines held, as they are sent
  std::map<uint64_t, Request> requests_;
  std::map<uint64_t, Write> writes_;
  std::map<uint64_t, Row> rows_;
  std::list<uint64_t> stored_rows_;  // on disk only, oldest first
  size_t loading_ = 0;
  uint32_t failed_loads_ = 0;
  int64_t load_not_before_ms_ = 0;
  std::list<Deadline> deadlines_;
  std::vector<std::unique_ptr<Stream>> streams_;
  Stream* last_stream_ = nullptr;  // the one looked up last
  std::list<Batch> in_flight_;     // in_flight_max at most
  std::list<Sealed> sealed_;       // kCompressionsMax at most
  std::vector<Effect> effects_;
  ShardCounters counters_;
  std::string last_failure_;
};

}  // namespace edgehose
