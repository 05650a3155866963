// Records and batches: from a line to what Firehose says of it.
#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/pack/shard.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

// Bookkeeping charged for each line beside its bytes: its end, its share, and its request's part of
// the maps, so that a flood of tiny lines is bounded too.
constexpr uint64_t kLineCostBytes = 160;
// The same for a record, charged to each line where every line may be a record.
constexpr uint64_t kRecordCostBytes = 320;
// Bytes a record takes in a request beside its base64: {"Data":""} and a comma.
constexpr size_t kRecordFrameBytes = 12;
constexpr size_t kBatchFrameBytes = 64;
// What lines become as a gzip member before there was one: a quarter. Guesses are a hundredth
// above what was seen, so that a member of that size does not step over its billing step.
constexpr uint32_t kFirstMemberPpm = 250'000;
constexpr uint64_t kMemberGuessPercent = 101;
// A stream that sent nothing for so long has a full bucket again: nothing is lost with it.
constexpr int64_t kForgetStreamMs = 5'000;
constexpr std::string_view kGzipMagic("\x1f\x8b\x08", 3);

bool is_throttle(uint32_t http_status, std::string_view type) {
  if (http_status == 429) return true;
  return type == "ServiceUnavailableException" || type == "ServiceUnavailable" ||
         type == "ThrottlingException";
}

size_t row_bytes(const Record& record) {
  return base64_bytes(record.data.size()) + kRecordFrameBytes;
}

}  // namespace

Shard::Stream::Stream(std::string_view stream_name, const ShardOptions& options)
    : name(stream_name),
      pace(options.quota, options.share_permille),
      billed_ppm(options.gzip_members ? kFirstMemberPpm : kPlainPpm) {
  std::string quoted;
  json_append_string(quoted, name);
  call_bytes = kBatchFrameBytes + quoted.size();
}

// Null: the shard knows kStreamsMax streams and all of them have something to do.
Shard::Stream* Shard::stream_of(int64_t now_ms, std::string_view name) {
  if (last_stream_ != nullptr && last_stream_->name == name) return last_stream_;
  const auto find = [&] {
    return std::find_if(streams_.begin(), streams_.end(),
                        [name](const auto& stream) { return stream->name == name; });
  };
  auto found = find();
  if (found == streams_.end()) {
    if (streams_.size() >= kStreamsMax) forget_idle_streams(now_ms);
    if (streams_.size() >= kStreamsMax) return nullptr;
    streams_.push_back(std::make_unique<Stream>(name, options_));
    found = streams_.end() - 1;
    (*found)->sent_ms = now_ms;
    if (is_restarted_) (*found)->pace.start_empty();
  }
  return last_stream_ = found->get();
}

void Shard::forget_idle_streams(int64_t now_ms) {
  last_stream_ = nullptr;
  const auto is_forgotten = [now_ms](const std::unique_ptr<Stream>& stream) {
    return stream->is_idle() && now_ms - stream->sent_ms > kForgetStreamMs;
  };
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), is_forgotten), streams_.end());
}

uint64_t Shard::line_cost(const Line& line) const {
  const bool is_record = options_.mode == PackMode::single || !line.partition.empty();
  const uint64_t lines = is_record ? 1 : options_.record_events_max;
  return kLineCostBytes + kRecordCostBytes / lines + line.partition.size();
}

uint64_t Shard::record_bytes_max(const Stream& stream) const {
  // With a member its lines' size is bounded; what it is on the bill depends on them.
  if (options_.gzip_members) return std::min(options_.record_bytes_target, kMemberLineBytesMax);
  if (!options_.paced) return options_.record_bytes_target;
  // Half a burst at most, or a record would wait for a full bucket; whole billing steps, so that
  // none is cut.
  const uint64_t steps = stream.pace.burst_bytes() / 2 / kBillingStepBytes;
  return std::min<uint64_t>(options_.record_bytes_target,
                            std::max<uint64_t>(1, steps) * kBillingStepBytes);
}

void Shard::add_line(int64_t now_ms, uint64_t owner, const Line& line) {
  Stream& stream = *stream_of(now_ms, line.stream);
  OpenRecord* open = &open_record(stream, line);
  const uint64_t bytes_max = record_bytes_max(stream);
  const auto is_full = [&] {
    const Record& record = open->record();
    return !open->is_empty() &&
           (options_.mode == PackMode::single ||
            record.data.size() + line.text.size() + 1 > bytes_max ||
            uint64_t{record.events} + line.events > options_.record_events_max);
  };
  while (is_full()) close_record(stream, *open, lines_when_full(open->ends(), stream.billed_ppm));
  open->add(now_ms, owner, line.text, line.events);
  hold(line.text.size() + 1 + line_cost(line));
  waiting_bytes_ += line.text.size() + 1;
  ++counters_.held_lines;
}

// The open record of a line's partition. With too many partitions open the oldest record goes as it
// is.
OpenRecord& Shard::open_record(Stream& stream, const Line& line) {
  const auto is_its = [&line](const OpenRecord& open) {
    return open.record().partition == line.partition;
  };
  const auto found = std::find_if(stream.open.begin(), stream.open.end(), is_its);
  if (found != stream.open.end()) return *found;
  if (stream.open.size() >= kOpenPartitionsMax) {
    close_record(stream, stream.open.front(), stream.open.front().ends().size());
    stream.open.pop_front();
  }
  return stream.open.emplace_back(line.partition, line_cost(line));
}

void Shard::close_record(Stream& stream, OpenRecord& open, size_t lines) {
  (options_.gzip_members ? stream.raw : stream.closed).push_back(open.cut(lines));
}

bool Shard::is_due(int64_t now_ms, const OpenRecord& open) const {
  return now_ms - open.since_ms() >= options_.linger_ms;
}

// Lines that waited their time must go; which of the younger ones go with them, the bill says.
size_t Shard::due_lines(int64_t now_ms, const Stream& stream, const OpenRecord& open) const {
  return lines_when_due(open.ends(), open.lines_until(now_ms - options_.linger_ms),
                        stream.billed_ppm);
}

// Gzip members: what is due is sealed, what is sealed is compressed by the host.
void Shard::seal_ready(int64_t now_ms, Stream& stream) {
  while (sealed_.size() < kCompressionsMax && !stream.raw.empty() &&
         stream.raw.front().not_before_ms <= now_ms) {
    compress(stream, stream.raw);
  }
  auto open = stream.open.begin();
  while (open != stream.open.end() && sealed_.size() < kCompressionsMax) {
    if (is_due(now_ms, *open)) {
      Records due;
      due.push_back(open->cut(due_lines(now_ms, stream, *open)));
      compress(stream, due);
    }
    open = open->is_empty() ? stream.open.erase(open) : std::next(open);
  }
}

// Gives the first of `from` to the host.
void Shard::compress(Stream& stream, Records& from) {
  Sealed& sealed = sealed_.emplace_back();
  sealed.record_id = next_record_id_++;
  sealed.stream = &stream;
  sealed.record.splice(sealed.record.end(), from, from.begin());
  ++stream.out;
  emit(CompressRecord{sealed.record_id});
}

int64_t Shard::next_seal_ms(const Stream& stream) const {
  if (!options_.gzip_members) return -1;
  int64_t at_ms = stream.raw.empty() ? -1 : stream.raw.front().not_before_ms;
  for (const OpenRecord& open : stream.open) {
    const int64_t due_ms = open.since_ms() + options_.linger_ms;
    if (at_ms < 0 || due_ms < at_ms) at_ms = due_ms;
  }
  return at_ms;
}

std::string_view Shard::sealed_record(uint32_t record_id) const {
  for (const Sealed& sealed : sealed_) {
    if (sealed.record_id == record_id) return sealed.record.front().data;
  }
  return {};
}

void Shard::on_compressed(int64_t now_ms, uint32_t record_id, std::string_view member) {
  const auto has_id = [record_id](const Sealed& one) { return one.record_id == record_id; };
  const auto found = std::find_if(sealed_.begin(), sealed_.end(), has_id);
  if (found == sealed_.end()) return pump(now_ms);
  Stream& stream = *found->stream;
  Records one = std::move(found->record);
  Record& record = one.front();
  sealed_.erase(found);
  --stream.out;
  const bool is_member = member.starts_with(kGzipMagic) && member.size() <= kRecordBytesMax;
  if (!is_awaited(record)) {
    counters_.dropped_lines += record.lines;
    release(record);
  } else if (is_member) {
    release(record);
    record.data = std::string(member);
    record.attempts = 0;
    regain(record);
    const uint64_t seen_ppm = uint64_t{kPlainPpm} * member.size() / record.line_bytes;
    stream.billed_ppm = static_cast<uint32_t>(std::min<uint64_t>(
        2 * uint64_t{kPlainPpm}, std::max<uint64_t>(1, seen_ppm * kMemberGuessPercent / 100)));
    stream.closed.splice(stream.closed.end(), one);
  } else {
    ++counters_.failed_compressions;
    record.not_before_ms = now_ms + backoff_ms(++record.attempts);
    stream.raw.splice(stream.raw.begin(), one);
  }
  pump(now_ms);
}

// When something of this stream may go, as far as time decides it; -1 when there is nothing to
// send.
int64_t Shard::next_send_ms(int64_t now_ms, const Stream& stream) const {
  int64_t at_ms = -1;
  size_t bytes = 0;
  const auto offer = [&](int64_t ready_ms, const Record& record) {
    if (at_ms >= 0 && ready_ms >= at_ms) return;
    at_ms = ready_ms;
    bytes = record.data.size();
  };
  for (const Record& record : stream.again) offer(record.not_before_ms, record);
  if (!stream.closed.empty()) {
    offer(stream.closed.front().since_ms, stream.closed.front());
  } else if (!options_.gzip_members) {
    for (const OpenRecord& open : stream.open) {
      offer(open.since_ms() + options_.linger_ms, open.record());
    }
  }
  if (at_ms < 0) return -1;
  at_ms = std::max(at_ms, now_ms);
  if (options_.paced) at_ms = std::max(at_ms, now_ms + stream.pace.wait_ms(1, bytes));
  return at_ms;
}

void Shard::send_ready(int64_t now_ms, Stream& stream) {
  stream.pace.refill(now_ms);
  while (in_flight_.size() < options_.in_flight_max && next_send_ms(now_ms, stream) == now_ms) {
    Records records = take_batch(now_ms, stream);
    if (records.empty()) return;
    send(now_ms, stream, std::move(records));
  }
}

// The next batch: what goes again first, then what is closed, then what is open and waited long
// enough. Never above Firehose's bounds, nor above what the pace allows now.
class Shard::Filling {
 public:
  Filling(const Stream& stream, const ShardOptions& options)
      : pace_(options.paced ? &stream.pace : nullptr), call_bytes_(stream.call_bytes) {}

  bool fits(size_t record_bytes) const {
    const size_t bytes = base64_bytes(record_bytes) + kRecordFrameBytes;
    if (batch_.size() == kBatchRecordsMax || call_bytes_ + bytes > kBatchBytesMax) return false;
    if (pace_ == nullptr) return true;
    if (batch_.empty()) return pace_->can_send(1, record_bytes);
    return pace_->can_send_more(batch_.size() + 1, raw_bytes_ + record_bytes);
  }
  void take(Records& from, Records::iterator record) {
    call_bytes_ += row_bytes(*record);
    raw_bytes_ += record->data.size();
    batch_.splice(batch_.end(), from, record);
  }
  Records batch() && { return std::move(batch_); }

 private:
  const Pace* pace_;
  size_t call_bytes_;
  uint64_t raw_bytes_ = 0;
  Records batch_;
};

Records Shard::take_batch(int64_t now_ms, Stream& stream) {
  Filling filling(stream, options_);
  for (auto it = stream.again.begin(); it != stream.again.end();) {
    const auto record = it++;
    if (record->not_before_ms > now_ms || !filling.fits(record->data.size())) continue;
    ++counters_.resent_rows;
    filling.take(stream.again, record);
  }
  while (!stream.closed.empty() && filling.fits(stream.closed.front().data.size())) {
    filling.take(stream.closed, stream.closed.begin());
  }
  if (options_.gzip_members || !stream.closed.empty()) return std::move(filling).batch();
  for (auto open = stream.open.begin(); open != stream.open.end();) {
    if (is_due(now_ms, *open)) {
      const size_t lines = due_lines(now_ms, stream, *open);
      if (filling.fits(open->ends()[lines - 1].bytes)) {
        Records due;
        due.push_back(open->cut(lines));
        filling.take(due, due.begin());
      }
    }
    open = open->is_empty() ? stream.open.erase(open) : std::next(open);
  }
  return std::move(filling).batch();
}

void Shard::send(int64_t now_ms, Stream& stream, Records records) {
  uint64_t bytes = 0;
  for (Record& record : records) {
    ++record.attempts;
    bytes += record.data.size();
    counters_.sent_lines += record.lines;
  }
  stream.pace.sent(records.size(), bytes);
  stream.sent_ms = now_ms;
  ++stream.out;
  ++counters_.sent_batches;
  counters_.sent_records += records.size();
  counters_.sent_bytes += bytes;
  const uint32_t batch_id = next_batch_id_++;
  in_flight_.push_back(Batch{batch_id, &stream, std::move(records)});
  emit(SendBatch{batch_id});
}

void Shard::append_batch(uint32_t batch_id, std::string& out) const {
  for (const Batch& batch : in_flight_) {
    if (batch.batch_id != batch_id) continue;
    std::vector<std::string_view> rows;
    for (const Record& record : batch.records) rows.push_back(record.data);
    append_put_record_batch(out, batch.stream->name, rows);
  }
}

// False: the answer is not one to this batch, so nothing is known of its rows.
bool Shard::take_rows(int64_t now_ms, Batch& batch, std::string_view body) {
  const auto answer = read_batch_answer(body);
  if (!answer || answer.value().row_errors.size() != batch.records.size()) return false;
  bool any_throttled = false;
  for (const std::string& error : answer.value().row_errors) {
    if (error.empty()) {
      settle(batch.records.front());
      batch.records.pop_front();
    } else {
      any_throttled = true;
      ++counters_.throttled_rows;
      send_again(now_ms, *batch.stream, batch.records);
    }
  }
  if (any_throttled) batch.stream->pace.throttled();
  return true;
}

void Shard::call_failed(int64_t now_ms, Batch& batch, uint32_t http_status, std::string_view body) {
  const std::string type = http_status == 200 ? "" : read_error_type(body);
  const bool throttled = is_throttle(http_status, type);
  // Only a refusal in so many words says that nothing was accepted.
  const bool ambiguous = !throttled && (http_status < 400 || http_status >= 500);
  if (throttled) {
    ++counters_.throttled_calls;
    batch.stream->pace.throttled();
  } else {
    ++counters_.failed_calls;
    last_failure_.clear();
    append_number(last_failure_, http_status);
    if (!type.empty()) last_failure_.append(" ").append(utf8_prefix(type, 64));
  }
  while (!batch.records.empty()) {
    if (ambiguous) {
      Record& record = batch.records.front();
      record.is_ambiguous = true;
      ++counters_.ambiguous_rows;
      counters_.ambiguous_lines += record.lines;
    }
    send_again(now_ms, *batch.stream, batch.records);
  }
}

// The first of `from`; dropped when nobody waits for it any more.
void Shard::send_again(int64_t now_ms, Stream& stream, Records& from) {
  Record& record = from.front();
  if (!is_awaited(record)) {
    counters_.dropped_lines += record.lines;
    release(record);
    from.pop_front();
    return;
  }
  record.not_before_ms = now_ms + backoff_ms(record.attempts);
  stream.again.splice(stream.again.end(), from, from.begin());
}

}  // namespace edgehose
