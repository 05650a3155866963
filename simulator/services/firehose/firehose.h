// Amazon Data Firehose as a state machine: (now, input) -> effects and answers. No sockets, no
// disk, no clock. One thread drives it.
//
//   put -> quota -> frame -> append effect -> [journal] -> answer
//                     |
//                  buffer -> full or old -> seal effect -> [journal] -> delivery effect -> [store]
//                                                                      -> remove_segment effect
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "simulator/engine/random.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/effects.h"
#include "simulator/services/firehose/journal.h"
#include "simulator/services/firehose/planted_fault.h"
#include "simulator/services/firehose/quota.h"

namespace edgehose {

struct FirehoseOptions {
  std::string region = "ap-northeast-1";
  std::string account = "000000000000";
  QuotaProfile quota;
  // AWS's quota of streams a region.
  size_t streams_max = 5'000;
  // Accepted bytes held in memory and not yet delivered, over all streams: above it puts are
  // refused with ServiceUnavailableException. AWS has no such bound; a machine does.
  uint64_t held_bytes_max = uint64_t{2} << 30;
  PlantedFault planted = PlantedFault::none;
};

// What became of each record of a put. Record ids are numbered from `first_record`.
struct PutReply {
  uint64_t first_record = 0;
  uint32_t rows = 0;
  std::vector<uint8_t> throttled;  // one flag a row; empty when none was
  bool is_single = false;
};
struct CreateReply {
  std::string arn;
};
struct DeleteReply {};
struct FlushReply {
  uint64_t delivered_objects = 0;
};
using FirehoseReply = std::variant<PutReply, CreateReply, DeleteReply, FlushReply, AwsError>;

// An answer to request `request_id`, given once.
struct FirehoseAnswer {
  uint64_t request_id = 0;
  FirehoseReply reply;
};

struct StreamCounters {
  uint64_t requests = 0;  // accepted calls
  uint64_t records = 0;   // accepted rows
  uint64_t bytes = 0;
  uint64_t billed_bytes = 0;  // each record rounded up to the billing step
  uint64_t lines = 0;
  uint64_t billed_bytes_single = 0;  // each line rounded up, as if it were a record of its own
  uint64_t throttled_requests = 0;
  uint64_t throttled_records = 0;
  uint64_t delivered_objects = 0;
  uint64_t delivered_bytes = 0;  // as stored
  uint64_t delivered_records = 0;
  uint64_t delivery_failures = 0;
  struct Second {
    uint64_t records = 0;
    uint64_t requests = 0;
    uint64_t bytes = 0;
  };
  Second peak;  // of each figure alone
};

struct StreamView {
  const StreamConfig& config;
  const StreamCounters& counters;
  uint64_t buffered_records;
  uint64_t buffered_bytes;
};

enum class PutKind : uint8_t { single, batch };

class Firehose {
 public:
  // `random` outlives the service.
  Firehose(FirehoseOptions options, Random& random);

  // What a restart found. Sealed segments are delivered at once, open ones go on waiting.
  void restore(int64_t now_ms, std::vector<FoundStream> found);

  // Each of these is answered by a FirehoseAnswer, now or after effects have completed.
  void create(int64_t now_ms, uint64_t request_id, StreamConfig config);
  void erase(uint64_t request_id, const std::string& name);
  // `rows` was checked by check_put. An empty batch cannot come here.
  void put(int64_t now_ms, uint64_t request_id, const std::string& name, PutKind kind,
           FrameBuilder rows);
  // Delivers every buffer; answered when all that was buffered at this moment is in objects.
  void flush(uint64_t request_id);

  [[nodiscard]] Outcome<StreamView> describe(const std::string& name) const;
  [[nodiscard]] std::vector<StreamView> streams() const;
  // Names after `after` in order, at most `limit`.
  [[nodiscard]] std::vector<std::string> list(const std::string& after, size_t limit,
                                              bool& has_more) const;
  [[nodiscard]] std::string arn_of(std::string_view name) const;
  [[nodiscard]] const FirehoseOptions& options() const { return options_; }

  // Completion of an effect. `object_bytes` is the size of a delivered object.
  void on_done(int64_t now_ms, uint64_t op, Error error, uint64_t object_bytes = 0);
  // Does what is due. `next_due_ms` is when to call again; INT64_MAX: nothing waits.
  void tick(int64_t now_ms);
  [[nodiscard]] int64_t next_due_ms() const;

  // Effects and answers since the last call.
  [[nodiscard]] std::vector<JournalEffect> take_journal_effects();
  [[nodiscard]] std::vector<DeliveryEffect> take_delivery_effects();
  [[nodiscard]] std::vector<FirehoseAnswer> take_answers();

 private:
  struct Segment {
    enum class State : uint8_t { open, sealing, delivering, removing };
    State state = State::open;
    std::vector<FramePtr> frames;
    uint64_t bytes = 0;
    uint64_t records = 0;
    int64_t oldest_ms = 0;
    std::string bucket;
    std::string key;
  };
  struct Stream {
    Stream(StreamConfig from, const StreamQuota& full) : config(std::move(from)), quota(full) {}

    StreamConfig config;
    StreamQuota quota;
    StreamCounters counters;
    std::map<uint64_t, Segment> segments;
    uint64_t next_segment = 1;
    int64_t second = 0;  // of `in_second`
    StreamCounters::Second in_second;
    bool is_stored = false;    // its description is on disk
    bool is_removing = false;  // its folder is being removed
  };
  // What waits for the completion of an effect.
  struct Pending {
    enum class Kind : uint8_t {
      create,
      erase,
      append,
      seal,
      deliver,
      remove_segment,
      remove_stream
    };
    Kind kind = Kind::append;
    std::string stream;
    uint64_t segment = 0;
    uint64_t request_id = 0;
    FramePtr frame;
    PutReply reply;
  };
  // An effect that failed and is tried again.
  struct Retry {
    Pending::Kind kind = Pending::Kind::seal;
    std::string stream;
    uint64_t segment = 0;
  };
  struct Flush {
    uint64_t request_id = 0;
    uint64_t delivered_objects = 0;
    std::set<std::pair<std::string, uint64_t>> waiting;
  };

  void answer(uint64_t request_id, FirehoseReply reply);
  bool judge_rows(Stream& stream, int64_t now_ms, PutKind kind, const FrameBuilder& rows,
                  PutReply& reply) const;
  void count_rows(Stream& stream, int64_t now_ms, const FrameBuilder& rows);
  void drop_planted(FrameBuilder& rows);
  void append(Stream& stream, uint64_t request_id, Frame frame, PutReply reply);
  Segment* open_segment(Stream& stream, uint64_t& number);
  void seal_if_due(Stream& stream, int64_t now_ms);
  void seal(Stream& stream, uint64_t number);
  void start(Pending::Kind kind, Stream& stream, uint64_t number);
  uint64_t push_journal(JournalEffect effect, Pending pending);
  void on_append_done(Stream& stream, Pending& pending, Error error);
  void on_segment_done(int64_t now_ms, Stream& stream, const Pending& pending, Error error,
                       uint64_t object_bytes);
  void on_stream_done(int64_t now_ms, const Pending& pending, Error error);
  void settle_flushes(const std::string& stream, uint64_t segment);
  void remove_stream_if_empty(Stream& stream);

  FirehoseOptions options_;
  Random& random_;
  std::map<std::string, Stream> streams_;
  std::map<uint64_t, Pending> pending_;
  std::multimap<int64_t, Retry> retries_;  // by when they are due
  std::vector<Flush> flushes_;
  std::vector<JournalEffect> journal_effects_;
  std::vector<DeliveryEffect> delivery_effects_;
  std::vector<FirehoseAnswer> answers_;
  uint64_t next_op_ = 1;
  uint64_t next_record_ = 1;
  uint64_t accepted_records_ = 0;
  uint64_t held_bytes_ = 0;
};

// AWS's bounds on the rows of a put, before the stream is looked at: the error, or nothing.
[[nodiscard]] std::optional<AwsError> check_put_count(size_t rows);
[[nodiscard]] std::optional<AwsError> check_put_bytes(PutKind kind, const FrameBuilder& rows);

}  // namespace edgehose
