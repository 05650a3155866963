#include "simulator/services/firehose/firehose.h"

#include <algorithm>
#include <utility>

#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

// How long a write that failed waits before it is tried again.
constexpr int64_t kRetryMs = 1'000;

AwsError unavailable(std::string message, uint16_t http_status) {
  return {"ServiceUnavailableException", std::move(message), http_status};
}

AwsError validation(std::string_view value, std::string_view member, std::string_view rule) {
  std::string message = "1 validation error detected: Value '";
  message.append(value).append("' at '").append(member);
  message.append("' failed to satisfy constraint: ").append(rule);
  return {"ValidationException", std::move(message)};
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
    return validation("[]", "records", "Member must have length greater than or equal to 1");
  }
  std::string records = "[Record(data=java.nio.HeapByteBuffer), ... ";
  append_number(records, static_cast<int64_t>(rows));
  records.append(" records]");
  return validation(records, "records", "Member must have length less than or equal to 500");
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
    return validation("java.nio.HeapByteBuffer", member,
                      "Member must have length less than or equal to 1024000");
  }
  if (kind == PutKind::batch && rows.payload_bytes() > kBatchBytesMax) {
    return AwsError{"InvalidArgumentException", "Records size exceeds 4 MB limit"};
  }
  return std::nullopt;
}

Firehose::Firehose(FirehoseOptions options, Random& random)
    : options_(std::move(options)), random_(random) {
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
  for (FoundStream& from : found) {
    const std::string name = from.config.name;
    Stream& stream =
        streams_.emplace(name, Stream(from.config, StreamQuota(options_.quota, now_ms)))
            .first->second;
    stream.is_stored = true;
    for (FoundSegment& segment : from.segments) {
      Segment& to = stream.segments[segment.number];
      to.frames = std::move(segment.content.frames);
      to.oldest_ms = to.frames.empty() ? now_ms : to.frames.front()->arrival_ms;
      for (const FramePtr& frame : to.frames) {
        to.bytes += frame->payload_bytes;
        to.records += frame->count;
      }
      held_bytes_ += to.bytes;
      stream.next_segment = segment.number + 1;
      if (!segment.content.sealed_key) continue;
      to.bucket = *segment.content.sealed_bucket;
      to.key = *segment.content.sealed_key;
      start(to.frames.empty() ? Pending::Kind::remove_segment : Pending::Kind::deliver, stream,
            segment.number);
    }
    // Of several open segments all but the newest wait for a seal that failed before the crash.
    const uint64_t newest = stream.next_segment - 1;
    for (auto& [number, segment] : stream.segments) {
      const bool is_due = number != newest || stream.config.is_deleting;
      if (segment.state == Segment::State::open && is_due) seal(stream, number);
    }
    remove_stream_if_empty(stream);
  }
}

void Firehose::create(int64_t now_ms, uint64_t request_id, StreamConfig config) {
  if (auto error = check_stream_config(config)) return answer(request_id, *error);
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
                                   .reply = {}});
}

void Firehose::erase(uint64_t request_id, const std::string& name) {
  const auto found = describe(name);
  if (!found) return answer(request_id, found.error());
  Stream& stream = streams_.at(name);
  stream.config.is_deleting = true;
  JournalEffect effect{.kind = JournalEffect::Kind::store_stream,
                       .stream = name,
                       .frame = nullptr,
                       .description = encode_stream_config(stream.config)};
  push_journal(std::move(effect), {.kind = Pending::Kind::erase,
                                   .stream = name,
                                   .request_id = request_id,
                                   .frame = nullptr,
                                   .reply = {}});
}

Outcome<StreamView> Firehose::describe(const std::string& name) const {
  const auto found = streams_.find(name);
  if (found == streams_.end() || !found->second.is_stored) {
    return AwsError{"ResourceNotFoundException",
                    "Firehose " + name + " under account " + options_.account + " not found."};
  }
  const Stream& stream = found->second;
  StreamView view{stream.config, stream.counters, 0, 0};
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
  if (stream.config.is_deleting) {
    return answer(request_id,
                  AwsError{"ResourceNotFoundException", "Firehose " + name + " is being deleted."});
  }
  if (held_bytes_ + rows.payload_bytes() > options_.held_bytes_max) {
    return answer(request_id, unavailable("Too many bytes wait for delivery.", 503));
  }
  PutReply reply{.rows = static_cast<uint32_t>(rows.count()),
                 .throttled = {},
                 .is_single = kind == PutKind::single};
  if (!judge_rows(stream, now_ms, kind, rows, reply)) {
    return answer(request_id, unavailable("Slow down.", 500));
  }
  if (!reply.throttled.empty()) rows.drop_rows(reply.throttled);
  reply.first_record = next_record_;
  next_record_ += reply.rows;
  count_rows(stream, now_ms, rows);
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
  if (segment->frames.empty()) segment->oldest_ms = frame.arrival_ms;
  auto shared = std::make_shared<const Frame>(std::move(frame));
  segment->frames.push_back(shared);
  segment->bytes += shared->payload_bytes;
  segment->records += shared->count;
  held_bytes_ += shared->payload_bytes;
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
                                   .reply = std::move(reply)});
}

// --- objects out ---

void Firehose::seal_if_due(Stream& stream, int64_t now_ms) {
  uint64_t number = 0;
  Segment* segment = open_segment(stream, number);
  if (segment == nullptr) return remove_stream_if_empty(stream);
  const StreamConfig& config = stream.config;
  const bool is_full = segment->bytes >= config.buffer_mib * kBufferMiB;
  const bool is_old = now_ms - segment->oldest_ms >= int64_t{config.buffer_interval_s} * 1000;
  // Zero buffering gathers what arrives while the object before is being written.
  const bool must_wait = config.buffer_interval_s == 0 && stream.segments.size() > 1;
  if (is_full || config.is_deleting || (is_old && !must_wait)) seal(stream, number);
}

void Firehose::seal(Stream& stream, uint64_t number) {
  Segment& segment = stream.segments.at(number);
  const Prefix prefix = parse_prefix(stream.config.prefix, PrefixUse::objects);
  std::vector<uint64_t> random(prefix.count(PrefixPiece::Kind::random_string));
  for (uint64_t& value : random) value = random_.next();
  std::string uuid;
  append_uuid(uuid, random_);
  segment.bucket = stream.config.bucket;
  segment.key = object_key(stream.config, civil_from_ms(segment.oldest_ms), random, uuid);
  start(Pending::Kind::seal, stream, number);
}

// Gives out the effect that carries a segment one step further.
void Firehose::start(Pending::Kind kind, Stream& stream, uint64_t number) {
  Segment& segment = stream.segments.at(number);
  const std::string& name = stream.config.name;
  Pending pending{.kind = kind, .stream = name, .segment = number, .frame = nullptr, .reply = {}};
  if (kind == Pending::Kind::deliver) {
    segment.state = Segment::State::delivering;
    pending_.emplace(next_op_, std::move(pending));
    delivery_effects_.push_back(
        {next_op_++, name, segment.bucket, segment.key, stream.config.compression, segment.frames});
    return;
  }
  JournalEffect effect{.kind = JournalEffect::Kind::remove_segment,
                       .stream = name,
                       .segment = number,
                       .frame = nullptr,
                       .description = {}};
  segment.state = Segment::State::removing;
  if (kind == Pending::Kind::seal) {
    segment.state = Segment::State::sealing;
    effect.kind = JournalEffect::Kind::seal;
    effect.frame = std::make_shared<const Frame>(
        make_seal_frame(segment.bucket, segment.key, segment.oldest_ms));
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
                                   .reply = {}});
}

void Firehose::flush(uint64_t request_id) {
  Flush flush{.request_id = request_id, .waiting = {}};
  for (auto& [name, stream] : streams_) {
    uint64_t number = 0;
    if (open_segment(stream, number) != nullptr) seal(stream, number);
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

void Firehose::on_done(int64_t now_ms, uint64_t op, Error error, uint64_t object_bytes) {
  auto node = pending_.extract(op);
  if (node.empty()) return;
  Pending& pending = node.mapped();
  const auto found = streams_.find(pending.stream);
  if (found == streams_.end()) return;
  switch (pending.kind) {
    case Pending::Kind::append:
      return on_append_done(found->second, pending, error);
    case Pending::Kind::seal:
    case Pending::Kind::deliver:
    case Pending::Kind::remove_segment:
      return on_segment_done(now_ms, found->second, pending, error, object_bytes);
    case Pending::Kind::create:
    case Pending::Kind::erase:
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
                               uint64_t object_bytes) {
  Segment& segment = stream.segments.at(pending.segment);
  if (error != Error::none) {
    if (pending.kind == Pending::Kind::deliver) ++stream.counters.delivery_failures;
    retries_.emplace(now_ms + kRetryMs, Retry{pending.kind, pending.stream, pending.segment});
    return;
  }
  if (pending.kind == Pending::Kind::seal) {
    // Appends before the seal have all been reported by now; every one of them may have failed.
    const bool is_empty = segment.frames.empty();
    return start(is_empty ? Pending::Kind::remove_segment : Pending::Kind::deliver, stream,
                 pending.segment);
  }
  if (pending.kind == Pending::Kind::deliver) {
    ++stream.counters.delivered_objects;
    stream.counters.delivered_bytes += object_bytes;
    stream.counters.delivered_records += segment.records;
    held_bytes_ -= segment.bytes;
    segment.frames.clear();
    return start(Pending::Kind::remove_segment, stream, pending.segment);
  }
  stream.segments.erase(pending.segment);
  settle_flushes(pending.stream, pending.segment);
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
  if (error != Error::none) {
    found->second.config.is_deleting = false;
    if (is_create) streams_.erase(found);
    return answer(pending.request_id,
                  unavailable("The stream's description cannot be written.", 503));
  }
  found->second.is_stored = true;
  if (is_create) return answer(pending.request_id, CreateReply{arn_of(pending.stream)});
  answer(pending.request_id, DeleteReply{});
  seal_if_due(found->second, now_ms);
}

void Firehose::tick(int64_t now_ms) {
  while (!retries_.empty() && retries_.begin()->first <= now_ms) {
    const Retry retry = retries_.extract(retries_.begin()).mapped();
    const auto found = streams_.find(retry.stream);
    if (found == streams_.end()) continue;
    if (retry.kind == Pending::Kind::remove_stream) {
      found->second.is_removing = false;
      remove_stream_if_empty(found->second);
    } else {
      start(retry.kind, found->second, retry.segment);
    }
  }
  for (auto& [name, stream] : streams_) seal_if_due(stream, now_ms);
}

int64_t Firehose::next_due_ms() const {
  int64_t due = retries_.empty() ? INT64_MAX : retries_.begin()->first;
  for (const auto& [name, stream] : streams_) {
    if (stream.segments.empty()) continue;
    const Segment& segment = stream.segments.rbegin()->second;
    if (segment.state != Segment::State::open) continue;
    // Zero buffering with an object under way is woken by its completion.
    if (stream.config.buffer_interval_s == 0 && stream.segments.size() > 1) continue;
    due = std::min(due, segment.oldest_ms + int64_t{stream.config.buffer_interval_s} * 1000);
  }
  return due;
}

}  // namespace edgehose
