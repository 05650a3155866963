#include "simulator/services/firehose/firehose.h"

#include <algorithm>
#include <utility>

#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

// How long a write that failed waits before it is tried again; deliveries wait longer each time.
// [mem] AWS does not say how often it tries.
constexpr int64_t kRetryMs = 1'000;
constexpr int64_t kDeliveryRetryMaxMs = 60'000;
constexpr size_t kEncryptionCallsMax = 25;
constexpr int64_t kDayMs = 86'400'000;

AwsError unavailable(std::string message, uint16_t http_status) {
  return {"ServiceUnavailableException", std::move(message), http_status};
}

int64_t delivery_retry_ms(uint32_t tries) {
  return std::min(kDeliveryRetryMaxMs, kRetryMs << std::min(tries, 16U));
}

// The lines of one record: a last piece without newline counts as one.
void count_lines(std::string_view record, StreamCounters& counters) {
  while (!record.empty()) {
    const size_t newline = record.find('\n');
    const size_t bytes = newline == std::string_view::npos ? record.size() : newline + 1;
    ++counters.lines;
    counters.billed_bytes_single += billed_bytes(bytes);
    record.remove_prefix(bytes);
  }
}

}  // namespace

std::optional<AwsError> check_put_count(size_t rows) {
  if (rows >= 1 && rows <= kBatchRecordsMax) return std::nullopt;
  if (rows == 0) {
    return constraint_error("[]", "records", "Member must have length greater than or equal to 1");
  }
  std::string records = "[Record(data=java.nio.HeapByteBuffer), ... ";
  append_number(records, static_cast<int64_t>(rows));
  records.append(" records]");
  return constraint_error(records, "records", "Member must have length less than or equal to 500");
}

std::optional<AwsError> check_put_bytes(PutKind kind, const FrameBuilder& rows) {
  for (size_t row = 0; row < rows.count(); ++row) {
    if (rows.length(row) <= kRecordBytesMax) continue;
    std::string member = "record.data";
    if (kind == PutKind::batch) {
      member = "records.";
      append_number(member, static_cast<int64_t>(row + 1));
      member.append(".member.data");
    }
    return constraint_error("java.nio.HeapByteBuffer", member,
                            "Member must have length less than or equal to 1024000");
  }
  if (kind == PutKind::batch && rows.payload_bytes() > kBatchBytesMax) {
    return AwsError{"InvalidArgumentException", "Records size exceeds 4 MB limit"};
  }
  return std::nullopt;
}

Firehose::Firehose(FirehoseOptions options, Random& random, ProcessingWorld world)
    : options_(std::move(options)), random_(random), world_(world) {
  for (size_t i = 0; i < kControlCalls; ++i) {
    control_.emplace_back(options_.control_calls_s, 1, 0);
  }
  // Ids of two runs must not meet: the count starts anywhere.
  next_record_ = random_.next() >> 8;
}

std::string Firehose::arn_of(std::string_view name) const {
  std::string arn = "arn:aws:firehose:";
  arn.append(options_.region).append(":").append(options_.account);
  return arn.append(":deliverystream/").append(name);
}

void Firehose::answer(uint64_t request_id, FirehoseReply reply) {
  answers_.push_back({request_id, std::move(reply)});
}

std::vector<JournalEffect> Firehose::take_journal_effects() {
  return std::exchange(journal_effects_, {});
}
std::vector<DeliveryEffect> Firehose::take_delivery_effects() {
  return std::exchange(delivery_effects_, {});
}
std::vector<FirehoseAnswer> Firehose::take_answers() { return std::exchange(answers_, {}); }

uint64_t Firehose::push_journal(JournalEffect effect, Pending pending) {
  effect.op = next_op_++;
  pending_.emplace(effect.op, std::move(pending));
  journal_effects_.push_back(std::move(effect));
  return journal_effects_.back().op;
}

// --- streams ---

void Firehose::restore(int64_t now_ms, std::vector<FoundStream> found) {
  buffers_due_ms_.reset();
  for (FoundStream& from : found) {
    const std::string name = from.config.name;
    Stream& stream =
        streams_.emplace(name, Stream(from.config, StreamQuota(options_.quota, now_ms)))
            .first->second;
    stream.is_stored = true;
    stream.raised_bytes_s = from.quota_bytes_s;
    stream.quota.set_profile(raised_profile(options_.quota, from.quota_bytes_s), now_ms);
    stream.next_segment = from.next_segment;
    for (FoundSegment& segment : from.segments) restore_segment(now_ms, stream, segment);
    // Of several open segments all but the newest wait for a seal that failed before the crash.
    const uint64_t newest = from.segments.empty() ? 0 : from.segments.back().number;
    for (auto& [number, segment] : stream.segments) {
      const bool is_due = number != newest || stream.config.is_deleting;
      if (segment.state == Segment::State::open && is_due) seal(now_ms, stream, number);
    }
    remove_stream_if_empty(stream);
  }
}

void Firehose::restore_segment(int64_t now_ms, Stream& stream, FoundSegment& found) {
  Segment& to = stream.segments[found.number];
  to.frames = std::move(found.content.frames);
  to.oldest_ms = to.frames.empty() ? now_ms : to.frames.front()->arrival_ms;
  for (const FramePtr& frame : to.frames) {
    to.bytes += frame->payload_bytes;
    to.records += frame->count;
  }
  held_bytes_ += to.bytes;
  if (!found.content.seal) return;
  to.seal = std::move(*found.content.seal);
  auto config = decode_stream_config(to.seal.config);
  to.config =
      std::make_shared<const StreamConfig>(config ? std::move(config).value() : stream.config);
  start(to.frames.empty() ? Pending::Kind::remove_segment : Pending::Kind::deliver, now_ms, stream,
        found.number);
}

void Firehose::create(int64_t now_ms, uint64_t request_id, StreamConfig config) {
  if (auto error = check_stream_config(config)) return answer(request_id, *error);
  if (auto error = check_in_world(config, world_)) return answer(request_id, *error);
  if (streams_.contains(config.name)) {
    return answer(request_id, AwsError{"ResourceInUseException",
                                       "Firehose " + config.name + " under accountId " +
                                           options_.account + " already exists"});
  }
  if (streams_.size() >= options_.streams_max) {
    return answer(request_id, AwsError{"LimitExceededException",
                                       "You have already reached your limit of delivery streams "
                                       "for this account and region."});
  }
  config.created_ms = now_ms;
  const std::string name = config.name;
  JournalEffect effect{.kind = JournalEffect::Kind::store_stream,
                       .stream = name,
                       .frame = nullptr,
                       .description = encode_stream_config(config)};
  streams_.emplace(name, Stream(std::move(config), StreamQuota(options_.quota, now_ms)));
  push_journal(std::move(effect), {.kind = Pending::Kind::create,
                                   .stream = name,
                                   .request_id = request_id,
                                   .frame = nullptr,
                                   .reply = {},
                                   .changed = nullptr});
}

// The stream, when it may be changed now; else the request is answered and nullptr.
Firehose::Stream* Firehose::find_for_change(uint64_t request_id, const std::string& name) {
  const auto found = describe(name);
  if (!found) {
    answer(request_id, found.error());
    return nullptr;
  }
  Stream& stream = streams_.at(name);
  if (stream.is_changing || stream.config.is_deleting) {
    const std::string why = stream.config.is_deleting ? "is being deleted" : "is being changed";
    answer(request_id, AwsError{"ResourceInUseException", "Firehose " + name + " " + why + "."});
    return nullptr;
  }
  return &stream;
}

// The change is seen when it is on disk.
void Firehose::change(uint64_t request_id, Stream& stream, const StreamConfig& to) {
  stream.is_changing = true;
  JournalEffect effect{.kind = JournalEffect::Kind::store_stream,
                       .stream = to.name,
                       .frame = nullptr,
                       .description = encode_stream_config(to)};
  push_journal(std::move(effect), {.kind = Pending::Kind::change,
                                   .stream = to.name,
                                   .request_id = request_id,
                                   .frame = nullptr,
                                   .reply = {},
                                   .changed = std::make_shared<StreamConfig>(to)});
}

void Firehose::erase(int64_t now_ms, uint64_t request_id, const std::string& name) {
  const auto found = describe(name);
  // A second deletion is answered as the first.
  if (found && found.value().config.is_deleting) return answer(request_id, ChangeReply{});
  Stream* stream = find_for_change(request_id, name);
  if (stream == nullptr) return;
  if (status_of(stream->config, now_ms) == StreamStatus::creating) {
    return answer(request_id,
                  AwsError{"ResourceInUseException", "Firehose " + name + " is being created."});
  }
  StreamConfig to = stream->config;
  to.is_deleting = true;
  change(request_id, *stream, to);
}

void Firehose::update_destination(int64_t now_ms, uint64_t request_id, const std::string& name,
                                  DestinationChange asked) {
  Stream* stream = find_for_change(request_id, name);
  if (stream == nullptr) return;
  const StreamConfig& config = stream->config;
  if (status_of(config, now_ms) != StreamStatus::active) {
    return answer(request_id,
                  AwsError{"ResourceInUseException", "Firehose " + name + " is not ACTIVE."});
  }
  // What was read to make the change may be older than what the caller names.
  const bool is_current =
      asked.from_version == config.version && asked.config.version == config.version;
  if (!is_current) {
    return answer(request_id,
                  AwsError{"ConcurrentModificationException",
                           "Cannot update firehose: " + name +
                               " since the current version id: " + std::to_string(config.version) +
                               " and specified version id: " + std::to_string(asked.from_version) +
                               " do not match"});
  }
  if (auto error = check_stream_config(asked.config)) return answer(request_id, *error);
  if (auto error = check_in_world(asked.config, world_)) return answer(request_id, *error);
  if (asked.config.is_partitioned != config.is_partitioned) {
    return answer(request_id, AwsError{"InvalidArgumentException",
                                       "Dynamic Partitioning can only be chosen when a delivery "
                                       "stream is created."});
  }
  if (config.has_backup && !asked.config.has_backup) {
    return answer(request_id, AwsError{"InvalidArgumentException",
                                       "S3BackupMode cannot be disabled once it is enabled."});
  }
  // An update that changes nothing leaves the version as it is.
  if (is_same_destination(asked.config, config)) return answer(request_id, ChangeReply{});
  asked.config.tags = config.tags;
  asked.config.encryption = config.encryption;
  asked.config.version = config.version + 1;
  asked.config.updated_ms = now_ms;
  change(request_id, *stream, asked.config);
}

void Firehose::tag(uint64_t request_id, const std::string& name,
                   const std::map<std::string, std::string>& tags) {
  Stream* stream = find_for_change(request_id, name);
  if (stream == nullptr) return;
  StreamConfig to = stream->config;
  for (const auto& [key, value] : tags) to.tags[key] = value;
  if (auto error = check_tags(to.tags)) return answer(request_id, *error);
  change(request_id, *stream, to);
}

void Firehose::untag(uint64_t request_id, const std::string& name,
                     const std::vector<std::string>& keys) {
  Stream* stream = find_for_change(request_id, name);
  if (stream == nullptr) return;
  StreamConfig to = stream->config;
  for (const std::string& key : keys) to.tags.erase(key);
  change(request_id, *stream, to);
}

void Firehose::set_encryption(int64_t now_ms, uint64_t request_id, const std::string& name,
                              StreamEncryption encryption) {
  Stream* stream = find_for_change(request_id, name);
  if (stream == nullptr) return;
  if (status_of(stream->config, now_ms) != StreamStatus::active) {
    return answer(request_id,
                  AwsError{"ResourceInUseException", "Firehose " + name + " is not ACTIVE."});
  }
  std::vector<int64_t>& calls = stream->encryption_calls_ms;
  std::erase_if(calls, [now_ms](int64_t at) { return at <= now_ms - kDayMs; });
  if (calls.size() >= kEncryptionCallsMax) {
    return answer(request_id, AwsError{"LimitExceededException",
                                       "Encryption of a delivery stream can be started and stopped "
                                       "at most 25 times in 24 hours."});
  }
  calls.push_back(now_ms);
  StreamConfig to = stream->config;
  encryption.changed_ms = now_ms;
  to.encryption = std::move(encryption);
  change(request_id, *stream, to);
}

std::optional<AwsError> Firehose::admit(int64_t now_ms, ControlCall call) {
  TokenBucket& bucket = control_[static_cast<size_t>(call)];
  bucket.refill(now_ms);
  if (!bucket.has(1)) return AwsError{"ThrottlingException", "Rate exceeded"};
  bucket.take(1);
  return std::nullopt;
}

StreamStatus Firehose::status_of(const StreamConfig& config, int64_t now_ms) const {
  if (config.is_deleting) return StreamStatus::deleting;
  return now_ms < config.created_ms + options_.creating_ms ? StreamStatus::creating
                                                           : StreamStatus::active;
}

EncryptionStatus Firehose::encryption_of(const StreamConfig& config, int64_t now_ms) const {
  const StreamEncryption& encryption = config.encryption;
  const bool is_under_way =
      encryption.changed_ms != 0 && now_ms < encryption.changed_ms + options_.creating_ms;
  if (encryption.is_on)
    return is_under_way ? EncryptionStatus::enabling : EncryptionStatus::enabled;
  return is_under_way ? EncryptionStatus::disabling : EncryptionStatus::disabled;
}

Outcome<StreamView> Firehose::describe(const std::string& name) const {
  const auto found = streams_.find(name);
  if (found == streams_.end() || !found->second.is_stored) {
    return AwsError{"ResourceNotFoundException",
                    "Firehose " + name + " under account " + options_.account + " not found."};
  }
  const Stream& stream = found->second;
  StreamView view{stream.config, stream.counters, 0, 0,
                  raised_profile(options_.quota, stream.raised_bytes_s)};
  for (const auto& [number, segment] : stream.segments) {
    if (segment.state == Segment::State::removing) continue;
    view.buffered_records += segment.records;
    view.buffered_bytes += segment.bytes;
  }
  return view;
}

std::vector<StreamView> Firehose::streams() const {
  std::vector<StreamView> views;
  for (const auto& [name, stream] : streams_) {
    auto view = describe(name);
    if (view) views.push_back(view.value());
  }
  return views;
}

std::vector<std::string> Firehose::list(const std::string& after, size_t limit,
                                        bool& has_more) const {
  std::vector<std::string> names;
  has_more = false;
  for (auto at = streams_.upper_bound(after); at != streams_.end(); ++at) {
    if (!at->second.is_stored) continue;
    if (names.size() == limit) {
      has_more = true;
      break;
    }
    names.push_back(at->first);
  }
  return names;
}

// --- records in ---

void Firehose::put(int64_t now_ms, uint64_t request_id, const std::string& name, PutKind kind,
                   FrameBuilder rows) {
  const auto found = describe(name);
  if (!found) return answer(request_id, found.error());
  Stream& stream = streams_.at(name);
  if (status_of(stream.config, now_ms) != StreamStatus::active) {
    return answer(request_id, AwsError{"ResourceNotFoundException",
                                       "Firehose " + name + " under account " + options_.account +
                                           " not found: it is not ACTIVE."});
  }
  if (held_bytes_ + rows.payload_bytes() > options_.held_bytes_max) {
    return answer(request_id, unavailable("Too many bytes wait for delivery.", 503));
  }
  PutReply reply{.rows = static_cast<uint32_t>(rows.count()),
                 .is_encrypted = encryption_of(stream.config, now_ms) == EncryptionStatus::enabled,
                 .throttled = {},
                 .is_single = kind == PutKind::single};
  const bool admitted = judge_rows(stream, now_ms, kind, rows, reply);
  if (!admitted || !reply.throttled.empty()) raise_if_throttled_long(stream, now_ms);
  if (!admitted) {
    return answer(request_id, unavailable("Slow down.", 500));
  }
  if (!reply.throttled.empty()) rows.drop_rows(reply.throttled);
  reply.first_record = next_record_;
  next_record_ += reply.rows;
  count_rows(stream, now_ms, rows);
  StreamCounters::Second& of_kind =
      kind == PutKind::single ? stream.counters.single : stream.counters.batch;
  ++of_kind.requests;
  of_kind.records += rows.count();
  of_kind.bytes += rows.payload_bytes();
  drop_planted(rows);
  if (rows.count() == 0) return answer(request_id, std::move(reply));
  append(stream, request_id, rows.finish(now_ms), std::move(reply));
  seal_if_due(stream, now_ms);
}

// False when the whole call is throttled; else the rows that are have their flag set.
bool Firehose::judge_rows(Stream& stream, int64_t now_ms, PutKind kind, const FrameBuilder& rows,
                          PutReply& reply) const {
  const bool admitted = kind == PutKind::single
                            ? stream.quota.try_take_single(now_ms, rows.payload_bytes())
                            : stream.quota.try_begin_batch(now_ms);
  if (!admitted) {
    ++stream.counters.throttled_requests;
    stream.counters.throttled_records += rows.count();
    return false;
  }
  if (kind == PutKind::single) return true;
  for (size_t row = 0; row < rows.count(); ++row) {
    if (stream.quota.try_take_row(rows.length(row))) continue;
    reply.throttled.resize(rows.count());
    reply.throttled[row] = 1;
    ++stream.counters.throttled_records;
  }
  return true;
}

void Firehose::count_rows(Stream& stream, int64_t now_ms, const FrameBuilder& rows) {
  StreamCounters& counters = stream.counters;
  ++counters.requests;
  counters.records += rows.count();
  counters.bytes += rows.payload_bytes();
  size_t at = 0;
  for (size_t row = 0; row < rows.count(); ++row) {
    counters.billed_bytes += billed_bytes(rows.length(row));
    count_lines(rows.payload().substr(at, rows.length(row)), counters);
    at += rows.length(row);
  }
  if (stream.second != now_ms / 1000) {
    stream.second = now_ms / 1000;
    stream.in_second = {};
  }
  StreamCounters::Second& second = stream.in_second;
  ++second.requests;
  second.records += rows.count();
  second.bytes += rows.payload_bytes();
  counters.peak.requests = std::max(counters.peak.requests, second.requests);
  counters.peak.records = std::max(counters.peak.records, second.records);
  counters.peak.bytes = std::max(counters.peak.bytes, second.bytes);
}

void Firehose::drop_planted(FrameBuilder& rows) {
  const uint64_t before = accepted_records_;
  accepted_records_ += rows.count();
  if (options_.planted == PlantedFault::none) return;
  std::vector<uint8_t> dropped(rows.count());
  for (size_t row = 0; row < rows.count(); ++row) {
    dropped[row] = is_dropped_by(options_.planted, before + row + 1) ? 1 : 0;
  }
  rows.drop_rows(dropped);
}

Firehose::Segment* Firehose::open_segment(Stream& stream, uint64_t& number) {
  if (stream.segments.empty()) return nullptr;
  auto& [last, segment] = *stream.segments.rbegin();
  number = last;
  return segment.state == Segment::State::open ? &segment : nullptr;
}

void Firehose::append(Stream& stream, uint64_t request_id, Frame frame, PutReply reply) {
  uint64_t number = 0;
  Segment* segment = open_segment(stream, number);
  if (segment == nullptr) {
    number = stream.next_segment++;
    segment = &stream.segments[number];
  }
  const bool is_first = segment->frames.empty();
  if (is_first) segment->oldest_ms = frame.arrival_ms;
  auto shared = std::make_shared<const Frame>(std::move(frame));
  segment->frames.push_back(shared);
  segment->bytes += shared->payload_bytes;
  segment->records += shared->count;
  held_bytes_ += shared->payload_bytes;
  if (is_first && buffers_due_ms_) {
    buffers_due_ms_ = std::min(*buffers_due_ms_, buffer_due_ms(stream));
  }
  JournalEffect effect{.kind = JournalEffect::Kind::append,
                       .stream = stream.config.name,
                       .segment = number,
                       .frame = shared,
                       .description = {}};
  push_journal(std::move(effect), {.kind = Pending::Kind::append,
                                   .stream = stream.config.name,
                                   .segment = number,
                                   .request_id = request_id,
                                   .frame = std::move(shared),
                                   .reply = std::move(reply),
                                   .changed = nullptr});
}

// --- raised quotas ---

void Firehose::raise_quota(uint64_t request_id, const std::string& name, uint64_t bytes_s) {
  const auto found = describe(name);
  if (!found) return answer(request_id, found.error());
  const QuotaProfile& profile = options_.quota;
  if (profile.bytes_s == 0) {
    return answer(request_id,
                  AwsError{"InvalidArgumentException",
                           "The quota profile of this simulator is unlimited: nothing to raise."});
  }
  if (bytes_s < profile.bytes_s || bytes_s / kRaiseFactorMax > profile.bytes_s) {
    return answer(request_id, AwsError{"InvalidArgumentException",
                                       "A quota is raised to 1 to 1,000 times its profile."});
  }
  start_raise(streams_.at(name), request_id, bytes_s);
}

void Firehose::start_raise(Stream& stream, uint64_t request_id, uint64_t bytes_s) {
  JournalEffect effect{.kind = JournalEffect::Kind::store_quota,
                       .stream = stream.config.name,
                       .frame = nullptr,
                       .description = {}};
  append_number(effect.description, static_cast<int64_t>(bytes_s));
  push_journal(std::move(effect), {.kind = Pending::Kind::raise,
                                   .stream = stream.config.name,
                                   .request_id = request_id,
                                   .frame = nullptr,
                                   .reply = {},
                                   .changed = nullptr,
                                   .bytes_s = bytes_s});
}

// By doubling, until the throttling is contained.
void Firehose::raise_if_throttled_long(Stream& stream, int64_t now_ms) {
  if (!stream.throttled.on_throttled(now_ms, options_.quota.auto_raise_s)) return;
  const uint64_t most = options_.quota.bytes_s * kRaiseFactorMax;
  const uint64_t now_s = std::max(stream.raised_bytes_s, options_.quota.bytes_s);
  if (now_s < most) start_raise(stream, 0, std::min(now_s * 2, most));
}

void Firehose::on_raise_done(int64_t now_ms, Stream& stream, const Pending& pending, Error error) {
  if (error == Error::none) {
    stream.raised_bytes_s = pending.bytes_s;
    stream.quota.set_profile(raised_profile(options_.quota, pending.bytes_s), now_ms);
    // The interval is another now, and the buffer may be due.
    seal_if_due(stream, now_ms);
  }
  // Nobody asked for an automatic one.
  if (pending.request_id == 0) return;
  if (error == Error::none) return answer(pending.request_id, RaiseReply{pending.bytes_s});
  answer(pending.request_id, unavailable("The stream's quota cannot be written.", 503));
}

int64_t Firehose::interval_ms(const Stream& stream) const {
  return raised_interval_ms(options_.quota, stream.raised_bytes_s,
                            int64_t{stream.config.buffer_interval_s} * 1000);
}

// --- objects out ---

void Firehose::seal_if_due(Stream& stream, int64_t now_ms) {
  uint64_t number = 0;
  Segment* segment = open_segment(stream, number);
  if (segment == nullptr) return remove_stream_if_empty(stream);
  const StreamConfig& config = stream.config;
  const bool is_full = segment->bytes >= config.buffer_mib * kBufferMiB;
  const bool is_old = now_ms - segment->oldest_ms >= interval_ms(stream);
  // Zero buffering gathers what arrives while the object before is being written.
  const bool must_wait = config.buffer_interval_s == 0 && stream.segments.size() > 1;
  if (is_full || config.is_deleting || (is_old && !must_wait)) seal(now_ms, stream, number);
}

// The stream's configuration of this moment holds for all that is in the buffer.
void Firehose::seal(int64_t now_ms, Stream& stream, uint64_t number) {
  buffers_due_ms_.reset();
  Segment& segment = stream.segments.at(number);
  const StreamConfig& config = stream.config;
  segment.config = std::make_shared<const StreamConfig>(config);
  segment.seal = {config.bucket, {}, random_.next(), encode_stream_config(config)};
  if (is_delivered_as_is(config)) {
    const Prefix prefix = parse_prefix(config.prefix, PrefixUse::objects);
    std::vector<uint64_t> random(prefix.count(PrefixPiece::Kind::random_string));
    for (uint64_t& value : random) value = random_.next();
    std::string uuid;
    append_uuid(uuid, random_);
    const CivilTime time = time_in_zone(config, world_, segment.oldest_ms);
    segment.seal.key = object_key(
        config,
        {.prefix = {.time = time, .random = random, .error_output_type = {}}, .uuid = uuid});
  }
  start(Pending::Kind::seal, now_ms, stream, number);
}

// Gives out the effect that carries a segment one step further.
void Firehose::start(Pending::Kind kind, int64_t now_ms, Stream& stream, uint64_t number) {
  Segment& segment = stream.segments.at(number);
  const std::string& name = stream.config.name;
  Pending pending{.kind = kind,
                  .stream = name,
                  .segment = number,
                  .frame = nullptr,
                  .reply = {},
                  .changed = nullptr};
  if (kind == Pending::Kind::deliver) {
    segment.state = Segment::State::delivering;
    pending_.emplace(next_op_, std::move(pending));
    delivery_effects_.push_back({next_op_++, name, number, segment.config, segment.seal.bucket,
                                 segment.seal.key, segment.seal.seed, segment.oldest_ms, now_ms,
                                 segment.frames});
    return;
  }
  JournalEffect effect{.kind = JournalEffect::Kind::remove_segment,
                       .stream = name,
                       .segment = number,
                       .frame = nullptr,
                       .description = {}};
  segment.state = Segment::State::removing;
  if (kind == Pending::Kind::lose_segment) effect.kind = JournalEffect::Kind::lose_segment;
  if (kind == Pending::Kind::seal) {
    segment.state = Segment::State::sealing;
    effect.kind = JournalEffect::Kind::seal;
    effect.frame = std::make_shared<const Frame>(make_seal_frame(segment.seal, segment.oldest_ms));
  }
  push_journal(std::move(effect), std::move(pending));
}

void Firehose::remove_stream_if_empty(Stream& stream) {
  if (!stream.config.is_deleting || !stream.segments.empty() || stream.is_removing) return;
  stream.is_removing = true;
  JournalEffect effect{.kind = JournalEffect::Kind::remove_stream,
                       .stream = stream.config.name,
                       .frame = nullptr,
                       .description = {}};
  push_journal(std::move(effect), {.kind = Pending::Kind::remove_stream,
                                   .stream = stream.config.name,
                                   .frame = nullptr,
                                   .reply = {},
                                   .changed = nullptr});
}

void Firehose::flush(int64_t now_ms, uint64_t request_id) {
  Flush flush{.request_id = request_id, .waiting = {}};
  for (auto& [name, stream] : streams_) {
    uint64_t number = 0;
    if (open_segment(stream, number) != nullptr) seal(now_ms, stream, number);
    for (const auto& [segment, unused] : stream.segments) flush.waiting.emplace(name, segment);
  }
  if (flush.waiting.empty()) return answer(request_id, FlushReply{});
  flushes_.push_back(std::move(flush));
}

void Firehose::settle_flushes(const std::string& stream, uint64_t segment) {
  for (Flush& flush : flushes_) {
    if (flush.waiting.erase({stream, segment}) > 0) ++flush.delivered_objects;
    if (flush.waiting.empty()) answer(flush.request_id, FlushReply{flush.delivered_objects});
  }
  std::erase_if(flushes_, [](const Flush& flush) { return flush.waiting.empty(); });
}

// --- completions and time ---

void Firehose::on_done(int64_t now_ms, uint64_t op, Error error, const DeliveryReport& report) {
  auto node = pending_.extract(op);
  if (node.empty()) return;
  Pending& pending = node.mapped();
  const auto found = streams_.find(pending.stream);
  if (found == streams_.end()) return;
  if (pending.kind != Pending::Kind::append || error != Error::none) buffers_due_ms_.reset();
  switch (pending.kind) {
    case Pending::Kind::append:
      return on_append_done(found->second, pending, error);
    case Pending::Kind::seal:
    case Pending::Kind::deliver:
    case Pending::Kind::remove_segment:
    case Pending::Kind::lose_segment:
      return on_segment_done(now_ms, found->second, pending, error, report);
    case Pending::Kind::raise:
      return on_raise_done(now_ms, found->second, pending, error);
    case Pending::Kind::create:
    case Pending::Kind::change:
    case Pending::Kind::remove_stream:
      return on_stream_done(now_ms, pending, error);
  }
}

void Firehose::on_append_done(Stream& stream, Pending& pending, Error error) {
  if (error == Error::none) return answer(pending.request_id, std::move(pending.reply));
  // The records were never there: the sender is told, and sends them again.
  Segment& segment = stream.segments.at(pending.segment);
  std::erase(segment.frames, pending.frame);
  if (!segment.frames.empty()) segment.oldest_ms = segment.frames.front()->arrival_ms;
  segment.bytes -= pending.frame->payload_bytes;
  segment.records -= pending.frame->count;
  held_bytes_ -= pending.frame->payload_bytes;
  const bool is_full = error == Error::out_of_space;
  answer(pending.request_id, unavailable(is_full ? "The simulator's disk is full."
                                                 : "The simulator's journal cannot be written.",
                                         503));
}

void Firehose::on_segment_done(int64_t now_ms, Stream& stream, const Pending& pending, Error error,
                               const DeliveryReport& report) {
  Segment& segment = stream.segments.at(pending.segment);
  if (error != Error::none) {
    if (pending.kind == Pending::Kind::deliver) return on_delivery_failed(now_ms, stream, pending);
    retries_.emplace(now_ms + kRetryMs, Retry{pending.kind, pending.stream, pending.segment});
    return;
  }
  switch (pending.kind) {
    case Pending::Kind::seal: {
      // Appends before the seal have all been reported by now; every one of them may have failed.
      const bool is_empty = segment.frames.empty();
      return start(is_empty ? Pending::Kind::remove_segment : Pending::Kind::deliver, now_ms,
                   stream, pending.segment);
    }
    case Pending::Kind::deliver: {
      StreamCounters& counters = stream.counters;
      counters.delivered_objects += report.objects;
      counters.delivered_bytes += report.bytes;
      counters.delivered_records += segment.records;
      counters.error_records += report.error_records;
      counters.dropped_records += report.dropped_records;
      held_bytes_ -= segment.bytes;
      segment.frames.clear();
      return start(Pending::Kind::remove_segment, now_ms, stream, pending.segment);
    }
    case Pending::Kind::lose_segment:
      stream.counters.lost_records += segment.records;
      held_bytes_ -= segment.bytes;
      return finish_segment(now_ms, stream, pending.segment);
    default:
      return finish_segment(now_ms, stream, pending.segment);
  }
}

// AWS's rule for S3: what could not be written for 24 hours is lost. Here it is kept aside, so that
// an audit can name it.
void Firehose::on_delivery_failed(int64_t now_ms, Stream& stream, const Pending& pending) {
  Segment& segment = stream.segments.at(pending.segment);
  ++stream.counters.delivery_failures;
  if (now_ms - segment.oldest_ms >= options_.retention_ms) {
    return start(Pending::Kind::lose_segment, now_ms, stream, pending.segment);
  }
  const int64_t at = now_ms + delivery_retry_ms(segment.tries++);
  retries_.emplace(at, Retry{pending.kind, pending.stream, pending.segment});
}

void Firehose::finish_segment(int64_t now_ms, Stream& stream, uint64_t number) {
  const std::string name = stream.config.name;
  stream.segments.erase(number);
  settle_flushes(name, number);
  seal_if_due(stream, now_ms);
}

void Firehose::on_stream_done(int64_t now_ms, const Pending& pending, Error error) {
  const auto found = streams_.find(pending.stream);
  if (pending.kind == Pending::Kind::remove_stream) {
    if (error == Error::none) {
      streams_.erase(found);
    } else {
      retries_.emplace(now_ms + kRetryMs, Retry{pending.kind, pending.stream, 0});
    }
    return;
  }
  const bool is_create = pending.kind == Pending::Kind::create;
  found->second.is_changing = false;
  if (error != Error::none) {
    if (is_create) streams_.erase(found);
    return answer(pending.request_id,
                  unavailable("The stream's description cannot be written.", 503));
  }
  found->second.is_stored = true;
  if (is_create) return answer(pending.request_id, CreateReply{arn_of(pending.stream)});
  found->second.config = *pending.changed;
  answer(pending.request_id, ChangeReply{});
  seal_if_due(found->second, now_ms);
}

void Firehose::tick(int64_t now_ms) {
  buffers_due_ms_.reset();
  while (!retries_.empty() && retries_.begin()->first <= now_ms) {
    const Retry retry = retries_.extract(retries_.begin()).mapped();
    const auto found = streams_.find(retry.stream);
    if (found == streams_.end()) continue;
    if (retry.kind == Pending::Kind::remove_stream) {
      found->second.is_removing = false;
      remove_stream_if_empty(found->second);
    } else {
      start(retry.kind, now_ms, found->second, retry.segment);
    }
  }
  for (auto& [name, stream] : streams_) seal_if_due(stream, now_ms);
}

// When the stream's open buffer is as old as it may get; INT64_MAX: nothing waits for that.
int64_t Firehose::buffer_due_ms(const Stream& stream) const {
  if (stream.segments.empty()) return INT64_MAX;
  const Segment& segment = stream.segments.rbegin()->second;
  if (segment.state != Segment::State::open) return INT64_MAX;
  // Zero buffering with an object under way is woken by its completion.
  if (stream.config.buffer_interval_s == 0 && stream.segments.size() > 1) return INT64_MAX;
  return segment.oldest_ms + interval_ms(stream);
}

int64_t Firehose::next_due_ms() const {
  if (!buffers_due_ms_) {
    int64_t due_ms = INT64_MAX;
    for (const auto& [name, stream] : streams_) due_ms = std::min(due_ms, buffer_due_ms(stream));
    buffers_due_ms_ = due_ms;
  }
  return retries_.empty() ? *buffers_due_ms_ : std::min(*buffers_due_ms_, retries_.begin()->first);
}

}  // namespace edgehose
