// A world around one shard: senders, Firehose, a disk and a compressor. Each step is one thing that
// may happen next; after each the promises of the shard are checked. What breaks one is
// `violation`.
//
// What is promised:
// - a request answered 200 is safe: each of its lines was accepted by Firehose or is on disk, at
//   that moment and ever after, across crashes;
// - a line that Firehose said it accepted is not sent again in that life, nor twice at a time;
// - each request is answered once, by its deadline; a line is sent when it waited its linger;
// - records, batches, rows, what is held, stored, in flight: never above their bounds, nor the
// pace;
// - rows that were refused wait for their backoff; when nothing fails any more, all is delivered,
//   the disk is empty and the shard holds nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shared/pack/shard.h"
#include "tests/sim/choices.h"
#include "tests/sim/planted.h"

namespace edgehose::sim {

struct Setup {
  ShardOptions options;  // what the checks hold the shard to
  uint64_t seed = 1;
  size_t steps = 200;
  size_t requests_max = 60;
  size_t lines_max = 4;  // of a request
  size_t streams = 2;
  size_t partitions = 1;
  size_t line_bytes_min = 24;
  size_t line_bytes_max = 24;
  size_t line_events_max = 1;
  int64_t leap_ms_max = 400;
  // Of a thousand.
  size_t crash = 0;
  size_t fault = 0;  // of a call to Firehose
  size_t throttled_row = 0;
  size_t disk_fault = 0;
  size_t compressor_fault = 0;
  size_t stray = 0;            // reports of what never was
  size_t huge_line = 0;        // longer than any record
  bool is_exhaustive = false;  // each chance is a choice of two, and one crash at most
  Planted planted = Planted::none;
};

class ShardWorld {
 public:
  ShardWorld(const Setup& setup, Choices& choices);

  // Takes the steps, then lets nothing fail any more until nothing is left to happen.
  void run();

  std::string violation;  // the first, with its time
  // What the runs met, for a test to see that they are about something.
  struct Seen {
    uint64_t steps = 0;
    uint64_t acknowledged = 0;
    uint64_t refused = 0;
    uint64_t too_large = 0;
    uint64_t resent_rows = 0;
    uint64_t duplicates = 0;
    uint64_t crashes = 0;
    uint64_t restored_rows = 0;
    uint64_t members = 0;
    uint64_t loads = 0;
    uint64_t partial_failures = 0;
  };
  const Seen& seen() const { return seen_; }
  const std::string& digest() const { return digest_; }

 private:
  struct LineFate {
    std::string stream;
    std::string partition;
    uint32_t events = 1;
    uint32_t accepted = 0;   // times Firehose took it
    uint32_t on_disk = 0;    // rows on disk that hold it
    uint32_t told_life = 0;  // the life of the shard that was told of its acceptance
    bool is_out = false;     // in flight, in this life
    bool is_acknowledged = false;
    int64_t due_ms = -1;  // to be sent by then, if a connection is free; -1: not known or sent
    int64_t not_before_ms = 0;
  };
  struct RequestFate {
    std::vector<uint64_t> lines;
    int64_t at_ms = 0;
    bool is_huge = false;   // holds a line that no record takes
    bool is_large = false;  // may be more than can be held at all
  };
  struct Row {  // of a batch
    size_t bytes = 0;
    std::vector<uint64_t> lines;
  };
  struct Call {  // a PutRecordBatch on its way
    uint32_t batch_id = 0;
    uint32_t life = 0;
    std::vector<Row> rows;
    bool is_served = false;
    uint32_t status = 0;
    std::string body;
    std::vector<bool> told;  // rows that the answer says are accepted
  };
  enum class DiskOperation { write, erase, load };
  struct DiskJob {
    DiskOperation operation;
    uint64_t row_id;
    std::string bytes;
  };
  struct Bucket {
    int64_t level = 0;
    int64_t rate = 0;  // thousandths a millisecond
    int64_t then_ms = 0;
  };

  void fail(const std::string& what);
  bool flips(size_t permille);
  void tick();
  void open_shard();
  ShardOptions planted_options() const;

  // Things that may happen.
  void step();
  void submit();
  std::string make_frame(RequestFate& request);
  void leap();
  void wake();
  void serve(Call& call);
  std::string judge_rows(Call& call);
  void deliver(size_t index);
  void run_disk();
  void write_row(const DiskJob& job);
  void compress(size_t index);
  void crash();
  void stray();

  // The shard's effects.
  void carry_out(const std::string& frame);
  void on_send(uint32_t batch_id);
  Row read_record(const std::string& record, const std::string& stream);
  void take_line_out(uint64_t id);
  void check_record(const Row& row, const std::string& stream);
  void on_answered(uint64_t request_id, uint32_t status);
  void check_safe(uint64_t line, const char* when);
  void forget_row(uint64_t row_id);
  void on_persist(const PersistRow& effect, const std::string& frame);
  void check_pace(const std::string& stream, const std::vector<Row>& rows);
  void check_bounds();
  void check_waiting();

  void drain();
  void check_drained();

  Setup setup_;
  Choices& choices_;
  std::unique_ptr<Shard> shard_;
  uint32_t life_ = 0;
  int64_t now_ms_ = 1'000;
  int64_t wake_at_ms_ = -1;
  bool is_draining_ = false;
  uint32_t last_batch_ = 0;
  uint64_t next_request_ = 1;
  std::vector<LineFate> lines_;
  std::map<uint64_t, RequestFate> waiting_;
  std::deque<uint64_t> unsent_;  // lines with a due time, oldest first
  std::vector<Call> calls_;
  std::deque<DiskJob> disk_jobs_;
  std::vector<std::pair<uint32_t, std::string>> compressions_;  // record, its lines
  std::map<uint64_t, std::string> disk_;
  uint64_t disk_bytes_ = 0;
  std::map<std::string, std::vector<Bucket>> buckets_;
  Seen seen_;
  std::string digest_;
};

}  // namespace edgehose::sim
