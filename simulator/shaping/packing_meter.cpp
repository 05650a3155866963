#include "simulator/shaping/packing_meter.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "shared/base/calendar.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

ShardOptions without_quota(ShardOptions options) {
  // What is asked is the packing, not what a quota would hold back.
  options.paced = false;
  // A disk in between changes when lines go, not how they are packed.
  options.ack = AckMode::firehose;
  return options;
}

// The answer to a request of `records` rows, each accepted.
std::string accept_all(size_t records) {
  std::string answer = R"({"FailedPutCount":0,"RequestResponses":[)";
  for (size_t i = 0; i < records; ++i) {
    answer += i == 0 ? R"({"RecordId":"1"})" : R"(,{"RecordId":"1"})";
  }
  return answer + "]}";
}

// A gzip member at zlib's usual level; empty when zlib has no memory.
std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  constexpr int kMemoryLevel = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipOnly, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string member(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(member.data());
  stream.avail_out = static_cast<uInt>(member.size());
  deflate(&stream, Z_FINISH);
  member.resize(member.size() - stream.avail_out);
  deflateEnd(&stream);
  return member;
}

}  // namespace

PackingMeter::PackingMeter(const ShardOptions& options, size_t reorder_bytes_max)
    : shard_(without_quota(options), 0), reorder_bytes_max_(reorder_bytes_max) {}

void PackingMeter::submit(int64_t now_ms, std::string_view lines) {
  // A shard's times are not negative: they count from the first instant of all.
  const int64_t shard_ms = std::clamp(now_ms, kInstantMsMin, kInstantMsMax) - kInstantMsMin;
  held_.push_back({shard_ms, next_request_id_++, std::string(lines)});
  std::push_heap(held_.begin(), held_.end(), is_later);
  held_bytes_ += sizeof(Held) + lines.size();
  while (held_bytes_ > reorder_bytes_max_) submit_earliest();
}

// Requests of one time keep their order.
bool PackingMeter::is_later(const Held& a, const Held& b) {
  return std::tie(a.now_ms, a.number) > std::tie(b.now_ms, b.number);
}

void PackingMeter::submit_earliest() {
  std::pop_heap(held_.begin(), held_.end(), is_later);
  const Held request = std::move(held_.back());
  held_.pop_back();
  held_bytes_ -= sizeof(Held) + request.lines.size();
  if (!has_time_) now_ms_ = request.now_ms;
  has_time_ = true;
  if (request.now_ms < now_ms_) ++late_requests_;
  run_until(request.now_ms);
  now_ms_ = std::max(now_ms_, request.now_ms);
  shard_.submit(now_ms_, request.number, request.lines);
  run_effects();
}

void PackingMeter::finish() {
  while (!held_.empty()) submit_earliest();
  // A wake follows for as long as a line waits.
  while (has_wake_ && shard_.counters().held_lines > 0) run_until(wake_ms_);
}

void PackingMeter::run_until(int64_t now_ms) {
  while (has_wake_ && wake_ms_ <= now_ms) {
    has_wake_ = false;
    now_ms_ = std::max(now_ms_, wake_ms_);
    shard_.tick(now_ms_);
    run_effects();
  }
}

void PackingMeter::run_effects() {
  // An answer leaves effects of its own.
  for (auto effects = shard_.take_effects(); !effects.empty(); effects = shard_.take_effects()) {
    for (const Effect& effect : effects) carry_out(effect);
  }
}

void PackingMeter::carry_out(const Effect& effect) {
  if (const auto* send = std::get_if<SendBatch>(&effect)) {
    std::string body;
    shard_.append_batch(send->batch_id, body);
    const auto request = read_put_request(body);
    const size_t records = request && request.value().records ? request.value().records->size() : 0;
    shard_.on_answer(now_ms_, send->batch_id, 200, accept_all(records));
  } else if (const auto* compress = std::get_if<CompressRecord>(&effect)) {
    const std::string member = gzip(shard_.sealed_record(compress->record_id));
    shard_.on_compressed(now_ms_, compress->record_id, member);
  } else if (const auto* wake = std::get_if<WakeAt>(&effect)) {
    has_wake_ = true;
    wake_ms_ = wake->at_ms;
  }
}

}  // namespace edgehose
