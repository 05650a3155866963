// Requests: in, waiting, answered. Rows are in shard_rows.cpp, records and batches in
// shard_send.cpp.
#include "shared/pack/shard.h"

#include <algorithm>
#include <utility>

#include "shared/base/text.h"
#include "shared/pack/owner.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

// A request's wait is refused at once when what is held ahead of it would take longer than this
// part of its deadline.
constexpr uint64_t kWaitPermille = 700;
constexpr uint32_t kRetryAfterMaxS = 30;
// What lines become as gzip members, at worst, when it comes to how long they will take.
constexpr uint64_t kMemberPermille = 400;
// Deadlines of requests that were answered are swept when they are more than those that wait.
constexpr size_t kDeadlinesSweptMin = 1'024;

}  // namespace

Shard::Shard(const ShardOptions& options, uint64_t seed) : options_(options), random_state_(seed) {}

void Shard::submit(int64_t now_ms, uint64_t request_id, std::string_view frame) {
  const Measure measured = measure(now_ms, frame);
  const bool to_disk = options_.ack == AckMode::durable_hop;
  const uint64_t rows = to_disk && measured.status == 200 ? count_parts(frame) : 0;
  const uint32_t status = judge(request_id, measured, frame.size(), rows);
  if (status != 200) {
    ++counters_.refused_requests;
    answer(request_id, status);
  } else if (measured.lines == 0) {
    answer(request_id, 200);
  } else {
    deadlines_.push_back({now_ms + options_.ack_deadline_ms, request_id});
    if (to_disk) {
      submit_to_disk(request_id, frame, rows, measured.cost);
    } else {
      submit_to_firehose(now_ms, request_id, frame);
    }
  }
  pump(now_ms);
}

// 413 is for what will never fit, 503 for what does not now.
uint32_t Shard::judge(uint64_t request_id, const Measure& measured, size_t frame_bytes,
                      uint64_t rows) const {
  if (is_known(request_id)) return 503;
  if (measured.status != 200) return measured.status;
  if (options_.ack == AckMode::durable_hop) {
    if (measured.line_cost_max > options_.held_bytes_max / 2) return 413;
    return has_disk(frame_bytes, rows) ? 200 : 503;
  }
  if (measured.cost > options_.held_bytes_max) return 413;
  return can_send_in_time(measured) ? 200 : 503;
}

Shard::Measure Shard::measure(int64_t now_ms, std::string_view frame) {
  Measure measured;
  Line line;
  while (take_line(frame, line)) {
    if (line.text.size() + 1 > kRecordBytesMax) measured.status = 413;
    if (stream_of(now_ms, line.stream) == nullptr) measured.status = 503;
    if (measured.status != 200) return measured;
    const uint64_t cost = line.text.size() + 1 + line_cost(line);
    measured.cost += cost;
    measured.line_cost_max = std::max(measured.line_cost_max, cost);
    measured.line_bytes += line.text.size() + 1;
    ++measured.lines;
  }
  measured.is_whole = frame.empty();
  if (!measured.is_whole) measured.status = 503;
  return measured;
}

bool Shard::can_send_in_time(const Measure& measured) const {
  if (counters_.held_bytes + measured.cost > options_.held_bytes_max) return false;
  if (!options_.paced) return true;
  // The pace decides how long what is held will take; to accept more than can go in time is to
  // promise in vain.
  const uint64_t wait_ms = uint64_t{options_.ack_deadline_ms} * kWaitPermille / 1000;
  const auto in_time = [&](uint64_t count, uint64_t per_second) {
    return count <=
           std::max<uint64_t>(1, per_second * options_.share_permille / 1000) * wait_ms / 1000;
  };
  const bool records_fit = options_.mode == PackMode::packed ||
                           in_time(counters_.held_lines + measured.lines, options_.quota.records_s);
  uint64_t bytes = waiting_bytes_ + measured.line_bytes;
  if (options_.gzip_members) bytes = bytes * kMemberPermille / 1000;
  return records_fit && (waiting_bytes_ == 0 || in_time(bytes, options_.quota.bytes_s));
}

void Shard::submit_to_firehose(int64_t now_ms, uint64_t request_id, std::string_view frame) {
  uint64_t lines = 0;
  Line line;
  while (take_line(frame, line)) {
    add_line(now_ms, request_owner(request_id), line);
    ++lines;
  }
  requests_.emplace(request_id, Request{lines});
}

bool Shard::is_known(uint64_t request_id) const {
  return requests_.contains(request_id) || writes_.contains(request_id);
}

// Not inlined: each effect would bring the growing of the list with it.
void Shard::emit(const Effect& effect) { effects_.push_back(effect); }

void Shard::answer(uint64_t request_id, uint32_t status) {
  if (status == 200) ++counters_.answered_requests;
  emit(AnswerRequest{request_id, status, status == 503 ? retry_after_s() : 0});
}

uint32_t Shard::retry_after_s() const {
  const uint64_t rate =
      std::max<uint64_t>(1, options_.quota.bytes_s * options_.share_permille / 1000);
  const uint64_t seconds = (waiting_bytes_ + rate - 1) / rate;
  return static_cast<uint32_t>(std::clamp<uint64_t>(seconds, 1, kRetryAfterMaxS));
}

void Shard::tick(int64_t now_ms) { pump(now_ms); }

std::vector<Effect> Shard::take_effects() { return std::exchange(effects_, {}); }

// Everything that may have become due: deadlines, rows that fit into memory again, then sends, in
// turn over the streams.
void Shard::pump(int64_t now_ms) {
  expire(now_ms);
  load_rows(now_ms);
  for (size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = *streams_[(next_stream_ + i) % streams_.size()];
    if (stream.is_idle()) continue;
    if (options_.gzip_members) seal_ready(now_ms, stream);
    send_ready(now_ms, stream);
  }
  if (!streams_.empty()) next_stream_ = (next_stream_ + 1) % streams_.size();
  set_wake(now_ms);
}

void Shard::expire(int64_t now_ms) {
  bool any = false;
  while (!deadlines_.empty() &&
         (deadlines_.front().at_ms <= now_ms || !is_known(deadlines_.front().request_id))) {
    const uint64_t request_id = deadlines_.front().request_id;
    deadlines_.pop_front();
    if (requests_.erase(request_id) > 0) {
      any = true;
    } else if (writes_.contains(request_id)) {
      abandon_write(request_id);
    } else {
      continue;
    }
    ++counters_.timed_out_requests;
    answer(request_id, 503);
  }
  if (deadlines_.size() > kDeadlinesSweptMin && deadlines_.size() > 2 * waiting_requests()) {
    deadlines_.remove_if([this](const Deadline& one) { return !is_known(one.request_id); });
  }
  if (any) drop_abandoned();
}

bool Shard::is_awaited(const Record& record) const {
  return std::any_of(record.shares.begin(), record.shares.end(), [this](const Share& share) {
    return is_row(share.owner) || requests_.contains(id_of(share.owner));
  });
}

// Records in flight or being compressed are looked at when they come back.
void Shard::drop_abandoned() {
  const auto drop = [this](const Record& record) {
    if (is_awaited(record)) return false;
    counters_.dropped_lines += record.lines;
    release(record);
    return true;
  };
  for (const auto& stream : streams_) {
    for (Records* records : {&stream->raw, &stream->closed, &stream->again}) {
      records->remove_if(drop);
    }
    stream->open.remove_if([&drop](const OpenRecord& open) { return drop(open.record()); });
  }
}

void Shard::hold(uint64_t bytes) {
  counters_.held_bytes += bytes;
  counters_.held_bytes_max_seen = std::max(counters_.held_bytes_max_seen, counters_.held_bytes);
}

// A record whose bytes changed is held again.
void Shard::regain(const Record& record) {
  hold(record.held_bytes());
  counters_.held_lines += record.lines;
  waiting_bytes_ += record.data.size();
}

void Shard::release(const Record& record) {
  counters_.held_bytes -= record.held_bytes();
  counters_.held_lines -= record.lines;
  waiting_bytes_ -= record.data.size();
}

void Shard::on_answer(int64_t now_ms, uint32_t batch_id, uint32_t http_status,
                      std::string_view body) {
  const auto has_id = [batch_id](const Batch& batch) { return batch.batch_id == batch_id; };
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), has_id);
  if (found == in_flight_.end()) return pump(now_ms);
  Batch batch = std::move(*found);
  in_flight_.erase(found);
  --batch.stream->out;
  if (http_status != 200 || !take_rows(now_ms, batch, body)) {
    call_failed(now_ms, batch, http_status, body);
  }
  pump(now_ms);
}

// Firehose holds the record: count it to the requests and rows that brought it.
void Shard::settle(const Record& record) {
  counters_.delivered_lines += record.lines;
  counters_.delivered_events += record.events;
  counters_.delivered_line_bytes += record.line_bytes;
  ++counters_.delivered_records;
  counters_.billed_bytes += billed_bytes(record.data.size());
  if (record.is_ambiguous) counters_.duplicate_lines_max += record.lines;
  release(record);
  for (const Share& share : record.shares) {
    if (is_row(share.owner)) {
      settle_row(id_of(share.owner), share.lines);
      continue;
    }
    const auto found = requests_.find(id_of(share.owner));
    if (found == requests_.end()) continue;
    found->second.lines_left -= share.lines;
    if (found->second.lines_left > 0) continue;
    requests_.erase(found);
    answer(id_of(share.owner), 200);
  }
}

// Doubles with each attempt, then anywhere in the upper half of that: spread, but never at once.
int64_t Shard::backoff_ms(uint32_t attempts) {
  constexpr uint32_t kDoublingsMax = 16;
  const uint32_t doublings = std::min(std::max(attempts, 1U) - 1, kDoublingsMax);
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
  offer(next_load_ms(now_ms));
  for (const auto& stream : streams_) {
    if (stream->is_idle()) continue;
    // With every connection busy only an answer can free one; and so with compressions.
    if (in_flight_.size() < options_.in_flight_max) offer(next_send_ms(now_ms, *stream));
    if (sealed_.size() < kCompressionsMax) offer(next_seal_ms(*stream));
  }
  if (at_ms >= 0) emit(WakeAt{std::max(at_ms, now_ms + 1)});
}

}  // namespace edgehose
