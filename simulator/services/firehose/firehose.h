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
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "simulator/engine/random.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/delivery.h"
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
  // Calls a second of each operation of the control plane; 0: unlimited.
  uint32_t control_calls_s = 5;
  // How long a new stream stays CREATING, and a change of encryption ENABLING or DISABLING.
  // [mem] AWS gives no figure: it is up to a minute.
  int64_t creating_ms = 0;
  // How long a record that cannot be delivered is kept, from its arrival on; then it is lost.
  int64_t retention_ms = 86'400'000;
  // Accepted bytes held in memory and not yet delivered, over all streams: above it puts are
  // refused with ServiceUnavailableException. AWS has no such bound; a machine does.
  uint64_t held_bytes_max = uint64_t{2} << 30;
  PlantedFault planted = PlantedFault::none;
};

// What became of each record of a put. Record ids are numbered from `first_record`.
struct PutReply {
  uint64_t first_record = 0;
  uint32_t rows = 0;
  bool is_encrypted = false;
  std::vector<uint8_t> throttled;  // one flag a row; empty when none was
  bool is_single = false;
};
struct CreateReply {
  std::string arn;
};
// Of every change that answers with an empty object.
struct ChangeReply {};
struct RaiseReply {
  uint64_t bytes_s = 0;
};
struct FlushReply {
  uint64_t delivered_objects = 0;
};
using FirehoseReply =
    std::variant<PutReply, CreateReply, ChangeReply, FlushReply, RaiseReply, AwsError>;

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
  uint64_t delivered_bytes = 0;    // as stored
  uint64_t delivered_records = 0;  // as they were put; what processing made of them is not counted
  uint64_t delivery_failures = 0;
  uint64_t error_records = 0;    // written to the error prefix, after de-aggregation
  uint64_t dropped_records = 0;  // by a transformation, after de-aggregation
  uint64_t lost_records = 0;     // older than the retention
  uint64_t throttled_control_calls = 0;
  struct Second {
    uint64_t records = 0;
    uint64_t requests = 0;
    uint64_t bytes = 0;
  };
  Second peak;    // of each figure alone
  Second single;  // what was accepted by PutRecord
  Second batch;   // and by PutRecordBatch
};

struct StreamView {
  const StreamConfig& config;
  const StreamCounters& counters;
  uint64_t buffered_records;
  uint64_t buffered_bytes;
  QuotaProfile quota;  // as raised
};

enum class PutKind : uint8_t { single, batch };

// The operations that AWS answers five times a second each.
enum class ControlCall : uint8_t {
  create,
  erase,
  describe,
  list,
  update_destination,
  tag,
  untag,
  list_tags,
  start_encryption,
  stop_encryption,
};
inline constexpr size_t kControlCalls = 10;

enum class StreamStatus : uint8_t { creating, active, deleting };
enum class EncryptionStatus : uint8_t { enabled, enabling, disabled, disabling };

// The version that a change was made from, and the change itself: what the caller read, changed.
struct DestinationChange {
  uint64_t from_version = 0;
  StreamConfig config;
};

class Firehose {
 public:
  // `random` and what `world` points to outlive the service.
  Firehose(FirehoseOptions options, Random& random, ProcessingWorld world = {});

  // What a restart found. Sealed segments are delivered at once, open ones go on waiting.
  void restore(int64_t now_ms, std::vector<FoundStream> found);

  // Each of these is answered by a FirehoseAnswer, now or after effects have completed.
  void create(int64_t now_ms, uint64_t request_id, StreamConfig config);
  void erase(int64_t now_ms, uint64_t request_id, const std::string& name);
  void update_destination(int64_t now_ms, uint64_t request_id, const std::string& name,
                          DestinationChange change);
  void tag(uint64_t request_id, const std::string& name,
           const std::map<std::string, std::string>& tags);
  // Keys that no tag has are passed over.
  void untag(uint64_t request_id, const std::string& name, const std::vector<std::string>& keys);
  // `encryption` as asked for; its time is set here.
  void set_encryption(int64_t now_ms, uint64_t request_id, const std::string& name,
                      StreamEncryption encryption);
  // `rows` was checked by check_put. An empty batch cannot come here.
  void put(int64_t now_ms, uint64_t request_id, const std::string& name, PutKind kind,
           FrameBuilder rows);
  // Raises a stream's quota to `bytes_s`, the other figures in proportion; the profile's own figure
  // takes a raise back. Kept over a restart.
  void raise_quota(uint64_t request_id, const std::string& name, uint64_t bytes_s);
  // Delivers every buffer; answered when all that was buffered at this moment is in objects.
  void flush(int64_t now_ms, uint64_t request_id);

  [[nodiscard]] Outcome<StreamView> describe(const std::string& name) const;
  [[nodiscard]] std::vector<StreamView> streams() const;
  // Names after `after` in order, at most `limit`.
  [[nodiscard]] std::vector<std::string> list(const std::string& after, size_t limit,
                                              bool& has_more) const;
  [[nodiscard]] std::string arn_of(std::string_view name) const;
  [[nodiscard]] StreamStatus status_of(const StreamConfig& config, int64_t now_ms) const;
  [[nodiscard]] EncryptionStatus encryption_of(const StreamConfig& config, int64_t now_ms) const;
  [[nodiscard]] const FirehoseOptions& options() const { return options_; }

  // Takes a token of the operation; the error of a caller that is too fast.
  [[nodiscard]] std::optional<AwsError> admit(int64_t now_ms, ControlCall call);

  // Completion of an effect. `report` is of a delivery.
  void on_done(int64_t now_ms, uint64_t op, Error error, const DeliveryReport& report = {});
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
    Seal seal;
    std::shared_ptr<const StreamConfig> config;  // of the seal
    uint32_t tries = 0;                          // deliveries that failed
  };
  struct Stream {
    Stream(StreamConfig from, const StreamQuota& full) : config(std::move(from)), quota(full) {}

    StreamConfig config;
    StreamQuota quota;
    StreamCounters counters;
    uint64_t raised_bytes_s = 0;  // 0: the profile as it is
    ThrottleWatch throttled;
    std::map<uint64_t, Segment> segments;
    uint64_t next_segment = 1;
    int64_t second = 0;  // of `in_second`
    StreamCounters::Second in_second;
    bool is_stored = false;                    // its description is on disk
    bool is_changing = false;                  // a change of it is on its way there
    std::vector<int64_t> encryption_calls_ms;  // of the last 24 h
    bool is_removing = false;                  // its folder is being removed
  };
  // What waits for the completion of an effect.
  struct Pending {
    enum class Kind : uint8_t {
      create,
      change,
      append,
      seal,
      deliver,
      remove_segment,
      lose_segment,
      remove_stream,
      raise
    };
    Kind kind = Kind::append;
    std::string stream;
    uint64_t segment = 0;
    uint64_t request_id = 0;
    FramePtr frame;
    PutReply reply;
    std::shared_ptr<StreamConfig> changed;  // of change: what the stream becomes
    uint64_t bytes_s = 0;                   // of a raise
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
  void restore_segment(int64_t now_ms, Stream& stream, FoundSegment& found);
  bool judge_rows(Stream& stream, int64_t now_ms, PutKind kind, const FrameBuilder& rows,
                  PutReply& reply) const;
  void count_rows(Stream& stream, int64_t now_ms, const FrameBuilder& rows);
  void drop_planted(FrameBuilder& rows);
  void append(Stream& stream, uint64_t request_id, Frame frame, PutReply reply);
  Segment* open_segment(Stream& stream, uint64_t& number);
  void seal_if_due(Stream& stream, int64_t now_ms);
  void seal(int64_t now_ms, Stream& stream, uint64_t number);
  void start(Pending::Kind kind, int64_t now_ms, Stream& stream, uint64_t number);
  uint64_t push_journal(JournalEffect effect, Pending pending);
  void on_append_done(Stream& stream, Pending& pending, Error error);
  void on_segment_done(int64_t now_ms, Stream& stream, const Pending& pending, Error error,
                       const DeliveryReport& report);
  void on_delivery_failed(int64_t now_ms, Stream& stream, const Pending& pending);
  void finish_segment(int64_t now_ms, Stream& stream, uint64_t number);
  void change(uint64_t request_id, Stream& stream, const StreamConfig& to);
  Stream* find_for_change(uint64_t request_id, const std::string& name);
  void on_stream_done(int64_t now_ms, const Pending& pending, Error error);
  void start_raise(Stream& stream, uint64_t request_id, uint64_t bytes_s);
  void raise_if_throttled_long(Stream& stream, int64_t now_ms);
  void on_raise_done(int64_t now_ms, Stream& stream, const Pending& pending, Error error);
  [[nodiscard]] int64_t interval_ms(const Stream& stream) const;
  void settle_flushes(const std::string& stream, uint64_t segment);
  void remove_stream_if_empty(Stream& stream);
  [[nodiscard]] int64_t buffer_due_ms(const Stream& stream) const;

  FirehoseOptions options_;
  Random& random_;
  ProcessingWorld world_;
  std::vector<TokenBucket> control_;  // by ControlCall
  std::map<std::string, Stream> streams_;
  std::map<uint64_t, Pending> pending_;
  std::multimap<int64_t, Retry> retries_;  // by when they are due
  // When the first open buffer is due, or some time before it. Puts keep it; after anything else it
  // is worked out anew, so that a put need not look at every stream.
  mutable std::optional<int64_t> buffers_due_ms_;
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
