#include "shared/pack/shard.h"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

// Bookkeeping charged for each line beside its bytes, so that a flood of tiny lines is bounded too.
constexpr uint64_t kLineCostBytes = 64;
// A request's wait is refused at once when what is held ahead of it would take longer than this
// part of its deadline.
constexpr uint64_t kWaitPermille = 700;
constexpr uint32_t kRetryAfterMaxS = 30;
// Bytes a record takes in a request beside its base64: {"Data":""} and a comma.
constexpr size_t kRecordFrameBytes = 12;
constexpr size_t kBatchFrameBytes = 128;
constexpr uint32_t kBackoffDoublingsMax = 16;

uint64_t held_bytes_of(size_t line_bytes) { return line_bytes + 1 + kLineCostBytes; }

bool is_throttle(uint32_t http_status, std::string_view type) {
  if (http_status == 429) return true;
  return type == "ServiceUnavailableException" || type == "ServiceUnavailable" ||
         type == "ThrottlingException";
}

}  // namespace

Shard::Shard(const ShardOptions& options, uint64_t seed) : options_(options), random_state_(seed) {}

void Shard::submit(int64_t now_ms, uint64_t request_id, std::string_view frame) {
  if (requests_.contains(request_id) || !has_room(frame)) {
    refuse(request_id);
    pump(now_ms);
    return;
  }
  Request& request = requests_.emplace(request_id, Request{0}).first->second;
  Line line;
  while (take_line(frame, line)) {
    add_line(now_ms, request_id, line);
    ++request.lines_left;
  }
  if (request.lines_left == 0) {
    requests_.erase(request_id);
    effects_.emplace_back(AnswerRequest{request_id, 200, 0});
    ++counters_.answered_requests;
  } else {
    deadlines_.push_back({now_ms + options_.ack_deadline_ms, request_id});
  }
  pump(now_ms);
}

bool Shard::has_room(std::string_view frame) const {
  uint64_t held = counters_.held_bytes;
  uint64_t lines = counters_.held_lines;
  Line line;
  while (take_line(frame, line)) {
    held += held_bytes_of(line.text.size());
    ++lines;
  }
  if (!frame.empty() || held > options_.held_bytes_max) return false;
  if (!options_.paced) return true;
  // The pace decides how long what is held will take; to accept more than can go in time is to
  // promise in vain.
  const uint64_t wait_ms = uint64_t{options_.ack_deadline_ms} * kWaitPermille / 1000;
  const auto in_time = [&](uint64_t count, uint64_t per_second) {
    return count <=
           std::max<uint64_t>(1, per_second * options_.share_permille / 1000) * wait_ms / 1000;
  };
  const bool records_fit =
      options_.mode == PackMode::packed || in_time(lines, options_.quota.records_s);
  return records_fit && (counters_.held_bytes == 0 || in_time(held, options_.quota.bytes_s));
}

uint32_t Shard::retry_after_s() const {
  const uint64_t rate =
      std::max<uint64_t>(1, options_.quota.bytes_s * options_.share_permille / 1000);
  const uint64_t seconds = (counters_.held_bytes + rate - 1) / rate;
  return static_cast<uint32_t>(std::clamp<uint64_t>(seconds, 1, kRetryAfterMaxS));
}

void Shard::refuse(uint64_t request_id) {
  effects_.emplace_back(AnswerRequest{request_id, 503, retry_after_s()});
  ++counters_.refused_requests;
}

size_t Shard::stream_of(std::string_view name) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [name](const Stream& stream) { return stream.name == name; });
  if (found != streams_.end()) return static_cast<size_t>(found - streams_.begin());
  streams_.emplace_back(name, options_);
  return streams_.size() - 1;
}

uint64_t Shard::record_bytes_target(const Stream& stream) const {
  if (!options_.paced) return options_.record_bytes_target;
  // Half a burst at most, or a record would wait for a full bucket; whole billing steps, so that
  // none is cut.
  const uint64_t steps = stream.pace.burst_bytes() / 2 / kBillingStepBytes;
  return std::min<uint64_t>(options_.record_bytes_target,
                            std::max<uint64_t>(1, steps) * kBillingStepBytes);
}

void Shard::add_line(int64_t now_ms, uint64_t request_id, const Line& line) {
  Stream& stream = streams_[stream_of(line.stream)];
  const size_t bytes = line.text.size() + 1;
  if (stream.open &&
      (options_.mode == PackMode::single || stream.open->partition != line.partition ||
       stream.open->data.size() + bytes > record_bytes_target(stream) ||
       stream.open->events + line.events > options_.record_events_max)) {
    close_record(stream);
  }
  if (!stream.open) {
    stream.open.emplace();
    stream.open->since_ms = now_ms;
    stream.open->partition = line.partition;
  }
  Record& record = *stream.open;
  record.data += line.text;
  record.data.push_back('\n');
  ++record.lines;
  record.events += line.events;
  if (record.shares.empty() || record.shares.back().request_id != request_id) {
    record.shares.push_back({request_id, 0});
  }
  ++record.shares.back().lines;
  counters_.held_bytes += held_bytes_of(line.text.size());
  counters_.held_bytes_max_seen = std::max(counters_.held_bytes_max_seen, counters_.held_bytes);
  ++counters_.held_lines;
}

void Shard::close_record(Stream& stream) {
  stream.closed.push_back(std::move(*stream.open));
  stream.open.reset();
}

void Shard::tick(int64_t now_ms) { pump(now_ms); }

std::vector<Effect> Shard::take_effects() { return std::exchange(effects_, {}); }

// Everything that may have become due: deadlines, then sends, in turn over the streams.
void Shard::pump(int64_t now_ms) {
  expire(now_ms);
  for (size_t i = 0; i < streams_.size(); ++i)
    send_ready(now_ms, (next_stream_ + i) % streams_.size());
  if (!streams_.empty()) next_stream_ = (next_stream_ + 1) % streams_.size();
  set_wake(now_ms);
}

void Shard::expire(int64_t now_ms) {
  bool any = false;
  while (!deadlines_.empty() && (deadlines_.front().at_ms <= now_ms ||
                                 !requests_.contains(deadlines_.front().request_id))) {
    const uint64_t request_id = deadlines_.front().request_id;
    deadlines_.pop_front();
    if (requests_.erase(request_id) == 0) continue;
    effects_.emplace_back(AnswerRequest{request_id, 503, retry_after_s()});
    ++counters_.timed_out_requests;
    any = true;
  }
  if (!any) return;
  for (Stream& stream : streams_) {
    drop_abandoned(stream.closed);
    drop_abandoned(stream.again);
    if (stream.open && !is_awaited(*stream.open)) {
      counters_.dropped_lines += stream.open->lines;
      release(*stream.open);
      stream.open.reset();
    }
  }
}

bool Shard::is_awaited(const Record& record) const {
  return std::any_of(record.shares.begin(), record.shares.end(),
                     [this](const Share& share) { return requests_.contains(share.request_id); });
}

void Shard::drop_abandoned(std::deque<Record>& records) {
  const auto is_abandoned = [this](const Record& record) {
    if (is_awaited(record)) return false;
    counters_.dropped_lines += record.lines;
    release(record);
    return true;
  };
  records.erase(std::remove_if(records.begin(), records.end(), is_abandoned), records.end());
}

void Shard::release(const Record& record) {
  counters_.held_bytes -= record.data.size() + record.lines * kLineCostBytes;
  counters_.held_lines -= record.lines;
}

// When something of this stream may go, as far as time decides it; -1 when there is nothing to
// send.
int64_t Shard::next_send_ms(int64_t now_ms, const Stream& stream) const {
  int64_t at_ms = -1;
  const Record* first = nullptr;
  const auto offer = [&](int64_t ready_ms, const Record& record) {
    if (at_ms < 0 || ready_ms < at_ms) {
      at_ms = ready_ms;
      first = &record;
    }
  };
  for (const Record& record : stream.again) offer(record.not_before_ms, record);
  if (!stream.closed.empty()) offer(stream.closed.front().since_ms, stream.closed.front());
  if (stream.open) offer(stream.open->since_ms + options_.linger_ms, *stream.open);
  if (first == nullptr) return -1;
  at_ms = std::max(at_ms, now_ms);
  if (options_.paced) at_ms = std::max(at_ms, now_ms + stream.pace.wait_ms(1, first->data.size()));
  return at_ms;
}

void Shard::send_ready(int64_t now_ms, size_t stream_index) {
  Stream& stream = streams_[stream_index];
  stream.pace.refill(now_ms);
  while (in_flight_.size() < options_.in_flight_max && next_send_ms(now_ms, stream) == now_ms) {
    std::vector<Record> records = take_batch(now_ms, stream);
    if (records.empty()) return;
    send(stream_index, std::move(records));
  }
}

// The next batch: what goes again first, then what is closed, then the open record when it waited
// long enough or there is a call to share. Never above Firehose's bounds, nor above what the pace
// allows now.
std::vector<Shard::Record> Shard::take_batch(int64_t now_ms, Stream& stream) {
  std::vector<Record> batch;
  uint64_t raw_bytes = 0;
  size_t call_bytes = kBatchFrameBytes + stream.name.size();
  const auto fits = [&](const Record& record) {
    const size_t row_bytes = base64_bytes(record.data.size()) + kRecordFrameBytes;
    if (batch.size() == kBatchRecordsMax || call_bytes + row_bytes > kBatchBytesMax) return false;
    return !options_.paced ||
           stream.pace.can_send(batch.size() + 1, raw_bytes + record.data.size());
  };
  const auto take = [&](Record& record) {
    call_bytes += base64_bytes(record.data.size()) + kRecordFrameBytes;
    raw_bytes += record.data.size();
    batch.push_back(std::move(record));
  };
  for (auto it = stream.again.begin(); it != stream.again.end();) {
    if (it->not_before_ms > now_ms || !fits(*it)) {
      ++it;
      continue;
    }
    ++counters_.resent_rows;
    take(*it);
    it = stream.again.erase(it);
  }
  while (!stream.closed.empty() && fits(stream.closed.front())) {
    take(stream.closed.front());
    stream.closed.pop_front();
  }
  const bool is_due = stream.open && now_ms - stream.open->since_ms >= options_.linger_ms;
  if (is_due && stream.closed.empty() && fits(*stream.open)) {
    take(*stream.open);
    stream.open.reset();
  }
  return batch;
}

void Shard::send(size_t stream_index, std::vector<Record> records) {
  Stream& stream = streams_[stream_index];
  std::vector<std::string_view> rows;
  uint64_t bytes = 0;
  for (Record& record : records) {
    ++record.attempts;
    rows.emplace_back(record.data);
    bytes += record.data.size();
    counters_.sent_lines += record.lines;
  }
  stream.pace.sent(records.size(), bytes);
  ++counters_.sent_batches;
  counters_.sent_records += records.size();
  counters_.sent_bytes += bytes;
  SendBatch effect{next_batch_id_++, {}};
  append_put_record_batch(effect.body, stream.name, rows);
  in_flight_.emplace(effect.batch_id, Batch{stream_index, std::move(records)});
  effects_.emplace_back(std::move(effect));
}

void Shard::on_answer(int64_t now_ms, uint32_t batch_id, uint32_t http_status,
                      std::string_view body) {
  const auto found = in_flight_.find(batch_id);
  if (found == in_flight_.end()) return;
  Batch batch = std::move(found->second);
  in_flight_.erase(found);
  Stream& stream = streams_[batch.stream];

  auto answer =
      http_status == 200 ? read_batch_answer(body) : Result<BatchAnswer>(Error::malformed);
  if (answer && answer.value().row_errors.size() == batch.records.size()) {
    bool any_throttled = false;
    for (size_t i = 0; i < batch.records.size(); ++i) {
      if (answer.value().row_errors[i].empty()) {
        settle(batch.records[i]);
      } else {
        any_throttled = true;
        ++counters_.throttled_rows;
        send_again(now_ms, stream, std::move(batch.records[i]));
      }
    }
    if (any_throttled) stream.pace.throttled();
    pump(now_ms);
    return;
  }

  const std::string type = http_status == 200 ? "" : read_error_type(body);
  const bool throttled = is_throttle(http_status, type);
  // Only a refusal in so many words says that nothing was accepted.
  const bool ambiguous = !throttled && (http_status < 400 || http_status >= 500);
  if (throttled) {
    ++counters_.throttled_calls;
    stream.pace.throttled();
  } else {
    ++counters_.failed_calls;
    last_failure_.clear();
    append_number(last_failure_, http_status);
    last_failure_ += type.empty() ? "" : " " + std::string(utf8_prefix(type, 64));
  }
  for (Record& record : batch.records) {
    if (ambiguous) counters_.ambiguous_lines += record.lines;
    send_again(now_ms, stream, std::move(record));
  }
  pump(now_ms);
}

// Firehose holds the record: count it to the requests that brought it.
void Shard::settle(Record& record) {
  counters_.delivered_lines += record.lines;
  ++counters_.delivered_records;
  counters_.billed_bytes += billed_bytes(record.data.size());
  release(record);
  for (const Share& share : record.shares) {
    const auto found = requests_.find(share.request_id);
    if (found == requests_.end()) continue;
    found->second.lines_left -= share.lines;
    if (found->second.lines_left > 0) continue;
    requests_.erase(found);
    effects_.emplace_back(AnswerRequest{share.request_id, 200, 0});
    ++counters_.answered_requests;
  }
}

void Shard::send_again(int64_t now_ms, Stream& stream, Record record) {
  if (!is_awaited(record)) {
    counters_.dropped_lines += record.lines;
    release(record);
    return;
  }
  record.not_before_ms = now_ms + backoff_ms(record.attempts);
  stream.again.push_back(std::move(record));
}

// Doubles with each attempt, then anywhere in the upper half of that: spread, but never at once.
int64_t Shard::backoff_ms(uint32_t attempts) {
  const uint32_t doublings = std::min(attempts - 1, kBackoffDoublingsMax);
  const uint64_t bound =
      std::min<uint64_t>(uint64_t{options_.backoff_ms_min} << doublings, options_.backoff_ms_max);
  const uint64_t half = bound / 2;
  return static_cast<int64_t>(half + next_random() % (bound - half + 1));
}

// splitmix64 (Steele, Lea, Flood 2014).
uint64_t Shard::next_random() {
  uint64_t z = random_state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

void Shard::set_wake(int64_t now_ms) {
  int64_t at_ms = -1;
  const auto offer = [&at_ms](int64_t ms) {
    if (ms >= 0 && (at_ms < 0 || ms < at_ms)) at_ms = ms;
  };
  if (!deadlines_.empty()) offer(deadlines_.front().at_ms);
  // With every connection busy only an answer can free one.
  if (in_flight_.size() < options_.in_flight_max) {
    for (const Stream& stream : streams_) offer(next_send_ms(now_ms, stream));
  }
  if (at_ms >= 0) effects_.emplace_back(WakeAt{std::max(at_ms, now_ms + 1)});
}

std::string shard_status_json(const Shard& shard) {
  const ShardCounters& counters = shard.counters();
  const std::array<std::pair<std::string_view, uint64_t>, 21> fields = {{
      {"held_bytes", counters.held_bytes},
      {"held_bytes_max_seen", counters.held_bytes_max_seen},
      {"held_lines", counters.held_lines},
      {"waiting_requests", shard.waiting_requests()},
      {"in_flight_batches", shard.in_flight_batches()},
      {"sent_batches", counters.sent_batches},
      {"sent_records", counters.sent_records},
      {"sent_lines", counters.sent_lines},
      {"sent_bytes", counters.sent_bytes},
      {"billed_bytes", counters.billed_bytes},
      {"delivered_lines", counters.delivered_lines},
      {"delivered_records", counters.delivered_records},
      {"throttled_rows", counters.throttled_rows},
      {"throttled_calls", counters.throttled_calls},
      {"failed_calls", counters.failed_calls},
      {"resent_rows", counters.resent_rows},
      {"ambiguous_lines", counters.ambiguous_lines},
      {"answered_requests", counters.answered_requests},
      {"refused_requests", counters.refused_requests},
      {"timed_out_requests", counters.timed_out_requests},
      {"dropped_lines", counters.dropped_lines},
  }};
  std::string json = "{";
  for (const auto& [name, value] : fields) {
    json_append_string(json, name);
    json.push_back(':');
    append_number(json, static_cast<int64_t>(value));
    json.push_back(',');
  }
  json += "\"last_failure\":";
  json_append_string(json, shard.last_failure());
  return json + "}";
}

}  // namespace edgehose
