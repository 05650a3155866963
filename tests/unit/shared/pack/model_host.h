// A model of all that surrounds a shard, in virtual time: requests that arrive, the network,
// Firehose with a quota of its own and faults by seed, and a clock that only ticks when the shard
// asked for it. Every step is checked; what breaks a promise of the shard becomes a line in
// `violations`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "shared/base/base64.h"
#include "shared/pack/shard.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose::test {

// Bugs planted in the host, which the same checks must find.
enum class Plant { none, drop_throttled_row, answer_early, answer_twice, forget_wakes };

struct Scenario {
  ShardOptions options;
  Quota firehose_quota;  // what Firehose itself enforces
  uint64_t seed = 1;
  int64_t load_ms = 3'000;
  uint64_t bytes_s = 200'000;
  size_t line_bytes_min = 20;
  size_t line_bytes_max = 600;
  size_t lines_max = 5;  // of a request
  size_t streams = 3;
  int64_t send_jitter_ms = 30;
  int64_t answer_jitter_ms = 30;
  // Of a thousand calls each.
  uint32_t lost_before = 0;   // the request never arrives
  uint32_t lost_after = 0;    // Firehose took it, the answer does not come
  uint32_t garbage = 0;       // 200 with a body that is not the answer
  uint32_t server_error = 0;  // 500 InternalFailure: some rows were taken
  uint32_t refused = 0;       // 400
  uint32_t throttled_call = 0;
  uint32_t throttled_row = 0;  // of a thousand rows
  Plant plant = Plant::none;
};

// Firehose's own bucket: one second of its rate, thousandths of a token.
class ModelBucket {
 public:
  explicit ModelBucket(uint64_t rate) : rate_(static_cast<int64_t>(rate)), level_(rate_ * 1'000) {}
  void refill(int64_t now_ms) {
    level_ = std::min(rate_ * 1'000, level_ + (now_ms - then_ms_) * rate_);
    then_ms_ = now_ms;
  }
  bool has(uint64_t count) const { return level_ >= static_cast<int64_t>(count) * 1'000; }
  void take(uint64_t count) { level_ -= static_cast<int64_t>(count) * 1'000; }

 private:
  int64_t rate_;
  int64_t level_;
  int64_t then_ms_ = 0;
};

class ModelHost {
 public:
  explicit ModelHost(const Scenario& scenario)
      : scenario_(scenario), random_(scenario.seed), shard_(scenario.options, scenario.seed) {}

  // Runs the load and then until nothing is left to happen.
  void run() {
    at(0, [this] { arrive(); });
    while (violations.size() < 5) {
      const bool wake_next = wake_at_ >= 0 && (events_.empty() || wake_at_ <= events_.top().at_ms);
      if (!wake_next && events_.empty()) break;
      if (wake_next) {
        now_ms_ = std::max(now_ms_, wake_at_);
        wake_at_ = -1;
        ++ticks;
        shard_.tick(now_ms_);
        carry_out();
      } else {
        const Event event = events_.top();
        events_.pop();
        now_ms_ = event.at_ms;
        event.run();
      }
    }
    check_drained();
  }

  const ShardCounters& counters() const { return shard_.counters(); }
  std::vector<std::string> violations;
  uint64_t ticks = 0;
  uint64_t steps = 0;  // submits and answers
  uint64_t acknowledged = 0;
  uint64_t refused = 0;
  uint64_t duplicates = 0;      // lines accepted more than once
  uint64_t accepted_bytes = 0;  // by Firehose, with repeats
  std::string digest;           // of every effect, to compare two runs

 private:
  struct Event {
    int64_t at_ms;
    uint64_t order;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
    }
  };
  struct LineFate {
    uint32_t accepted = 0;  // times Firehose took it
    bool settled = false;   // and said so
    bool in_flight = false;
    bool dropped = false;  // its request was answered 503
  };
  struct RequestFate {
    std::vector<uint64_t> lines;
    int64_t at_ms = 0;
    uint32_t answers = 0;
  };

  void fail(const std::string& what) {
    violations.push_back("at " + std::to_string(now_ms_) + " ms: " + what);
  }
  uint64_t pick(uint64_t count) { return random_() % count; }
  bool chance(uint32_t permille) { return permille > 0 && pick(1'000) < permille; }
  void at(int64_t ms, std::function<void()> run) { events_.push({ms, order_++, std::move(run)}); }

  void arrive() {
    if (now_ms_ >= scenario_.load_ms) return;
    RequestFate request;
    request.at_ms = now_ms_;
    std::string frame;
    uint64_t bytes = 0;
    for (size_t n = pick(scenario_.lines_max + 1); n > 0; --n) {
      const size_t stream = pick(scenario_.streams);
      std::string text = "s" + std::to_string(stream) + " " + std::to_string(lines_.size()) + " ";
      text.resize(
          std::max(text.size(), scenario_.line_bytes_min +
                                    pick(scenario_.line_bytes_max - scenario_.line_bytes_min + 1)),
          'x');
      append_line(frame, {"s" + std::to_string(stream), text, 1});
      bytes += text.size() + 1;
      request.lines.push_back(lines_.size());
      lines_.emplace_back();
    }
    const uint64_t id = next_request_++;
    requests_.emplace(id, std::move(request));
    ++steps;
    shard_.submit(now_ms_, id, frame);
    if (scenario_.plant == Plant::answer_early && pick(20) == 0) answer(id, 200);
    carry_out();
    // Poisson-like gaps that keep the byte rate.
    const uint64_t mean_gap_ms_thousandths =
        std::max<uint64_t>(1, bytes) * 1'000'000 / scenario_.bytes_s;
    credit_ += mean_gap_ms_thousandths * (500 + pick(1'001)) / 1'000;
    const auto gap_ms = static_cast<int64_t>(credit_ / 1'000);
    credit_ %= 1'000;
    at(now_ms_ + gap_ms, [this] { arrive(); });
  }

  void carry_out() {
    bool woke = false;
    for (const Effect& effect : shard_.take_effects()) {
      if (const auto* batch = std::get_if<SendBatch>(&effect)) {
        std::string body;
        shard_.append_batch(batch->batch_id, body);
        digest += "b" + std::to_string(batch->batch_id) + ":" + std::to_string(body.size());
        send(batch->batch_id, body);
      } else if (const auto* done = std::get_if<AnswerRequest>(&effect)) {
        digest += "a" + std::to_string(done->request_id) + ":" + std::to_string(done->status);
        if (done->status == 503 && (done->retry_after_s < 1 || done->retry_after_s > 30))
          fail("Retry-After out of bounds");
        answer(done->request_id, done->status);
        if (scenario_.plant == Plant::answer_twice && pick(50) == 0)
          answer(done->request_id, done->status);
      } else if (std::holds_alternative<WakeAt>(effect)) {
        if (woke) fail("two wakes of one call");
        woke = true;
        wake_at_ = std::get<WakeAt>(effect).at_ms;
        digest += "w" + std::to_string(wake_at_);
        if (wake_at_ <= now_ms_) fail("a wake that is not in the future");
      } else {
        fail("an effect of a mode that is not on");
      }
    }
    if (!woke || (scenario_.plant == Plant::forget_wakes && pick(2) == 0)) wake_at_ = -1;
    if (shard_.counters().held_bytes > scenario_.options.held_bytes_max)
      fail("held_bytes above its bound");
    if (shard_.in_flight_batches() > scenario_.options.in_flight_max)
      fail("too many batches in flight");
  }

  void answer(uint64_t id, uint32_t status) {
    const auto found = requests_.find(id);
    if (found == requests_.end()) return fail("an answer to no request");
    RequestFate& request = found->second;
    if (++request.answers > 1) return fail("request " + std::to_string(id) + " answered twice");
    if (now_ms_ > request.at_ms + scenario_.options.ack_deadline_ms + 1) {
      fail("request " + std::to_string(id) + " answered past its deadline");
    }
    (status == 200 ? acknowledged : refused) += 1;
    for (uint64_t line : request.lines) {
      lines_[line].dropped = status != 200;
      if (status == 200 && lines_[line].accepted == 0)
        fail("line " + std::to_string(line) + " acknowledged but not accepted");
    }
  }

  struct Row {
    size_t bytes;
    std::vector<uint64_t> lines;
  };

  void send(uint32_t batch_id, const std::string& body) {
    const auto request = read_put_request(body);
    if (!request) return fail("a batch that is no PutRecordBatch");
    std::vector<Row> rows;
    if (body.size() > kBatchBytesMax) fail("a batch above 4 MiB");
    if (request.value().records->empty() || request.value().records->size() > kBatchRecordsMax)
      fail("a batch of 0 or above 500 records");
    for (const auto& data : *request.value().records) {
      std::string record;
      if (!data || !base64_decode(*data, record)) return fail("a record that is no base64");
      rows.push_back(read_record(record, *request.value().stream));
    }
    const int64_t delay =
        1 + static_cast<int64_t>(pick(static_cast<uint64_t>(scenario_.send_jitter_ms)));
    at(now_ms_ + delay, [this, id = batch_id, stream = *request.value().stream,
                         rows = std::move(rows)] { serve(id, stream, rows); });
  }

  Row read_record(const std::string& record, const std::string& stream) {
    if (record.size() > kRecordBytesMax) fail("a record above 1,000 KiB");
    if (record.empty() || record.back() != '\n') fail("a record that does not end its last line");
    Row row{record.size(), {}};
    for (size_t start = 0; start < record.size();) {
      const size_t end = record.find('\n', start);
      const std::string line = record.substr(start, end - start);
      start = end + 1;
      if (!line.starts_with(stream + " ")) fail("a record that mixes streams");
      const uint64_t id = std::stoull(line.substr(line.find(' ') + 1));
      LineFate& fate = lines_[id];
      if (fate.settled) fail("line " + std::to_string(id) + " sent again though accepted");
      if (fate.in_flight) fail("line " + std::to_string(id) + " in flight twice");
      fate.in_flight = true;
      row.lines.push_back(id);
    }
    if (row.lines.size() > scenario_.options.record_events_max) fail("a record of too many events");
    if (scenario_.options.mode == PackMode::single && row.lines.size() != 1)
      fail("a packed record in single mode");
    return row;
  }

  void accept(const Row& row) {
    accepted_bytes += row.bytes;
    for (uint64_t line : row.lines) duplicates += ++lines_[line].accepted > 1;
  }

  // Firehose judges a call.
  void serve(uint32_t batch_id, const std::string& stream, const std::vector<Row>& rows) {
    if (chance(scenario_.lost_before)) return reply(batch_id, rows, {}, 0, "");
    if (chance(scenario_.refused))
      return reply(batch_id, rows, {}, 400, R"({"__type":"ResourceNotFoundException"})");
    const auto bucket =
        buckets_
            .try_emplace(stream, Buckets{ModelBucket(scenario_.firehose_quota.records_s),
                                         ModelBucket(scenario_.firehose_quota.requests_s),
                                         ModelBucket(scenario_.firehose_quota.bytes_s)})
            .first;
    Buckets& quota = bucket->second;
    quota.records.refill(now_ms_);
    quota.requests.refill(now_ms_);
    quota.bytes.refill(now_ms_);
    if (!quota.requests.has(1) || chance(scenario_.throttled_call)) {
      return reply(batch_id, rows, {}, 500,
                   R"({"__type":"ServiceUnavailableException","message":"Slow down."})");
    }
    quota.requests.take(1);
    std::vector<bool> taken;
    std::string body = R"({"FailedPutCount":0,"RequestResponses":[)";
    for (const Row& row : rows) {
      const bool fits =
          quota.records.has(1) && quota.bytes.has(row.bytes) && !chance(scenario_.throttled_row);
      if (fits) {
        quota.records.take(1);
        quota.bytes.take(row.bytes);
        accept(row);
      }
      body += taken.empty() ? "" : ",";
      // The planted bug tells the shard that a row which Firehose threw back was taken.
      const bool told = fits || (scenario_.plant == Plant::drop_throttled_row);
      body += told ? R"({"RecordId":"r"})"
                   : R"({"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."})";
      taken.push_back(told);
    }
    body += "]}";
    if (chance(scenario_.lost_after)) return reply(batch_id, rows, {}, 0, "");
    if (chance(scenario_.server_error))
      return reply(batch_id, rows, {}, 500, R"({"__type":"InternalFailure"})");
    if (chance(scenario_.garbage))
      return reply(batch_id, rows, {}, 200, body.substr(0, pick(body.size())));
    reply(batch_id, rows, taken, 200, body);
  }

  // `told`: what the answer says of each row; empty where it says nothing.
  void reply(uint32_t batch_id, const std::vector<Row>& rows, const std::vector<bool>& told,
             uint32_t status, const std::string& body) {
    const int64_t delay =
        1 + static_cast<int64_t>(pick(static_cast<uint64_t>(scenario_.answer_jitter_ms)));
    at(now_ms_ + delay, [=, this] {
      for (size_t i = 0; i < rows.size(); ++i) {
        for (uint64_t line : rows[i].lines) {
          lines_[line].in_flight = false;
          if (!told.empty() && told[i]) lines_[line].settled = true;
        }
      }
      ++steps;
      // An answer to a batch that is done changes nothing.
      if (pick(10) == 0) {
        shard_.on_answer(now_ms_, batch_id + 1'000'000, 200, body);
        carry_out();
      }
      shard_.on_answer(now_ms_, batch_id, status, body);
      carry_out();
    });
  }

  void check_drained() {
    if (!violations.empty()) return;
    for (const auto& [id, request] : requests_) {
      if (request.answers != 1)
        fail("request " + std::to_string(id) + " answered " + std::to_string(request.answers) +
             " times");
    }
    const ShardCounters& counters = shard_.counters();
    if (counters.held_bytes != 0 || counters.held_lines != 0)
      fail("held after the drain: " + std::to_string(counters.held_bytes) + " bytes, " +
           std::to_string(counters.held_lines) + " lines");
    if (shard_.waiting_requests() != 0 || shard_.in_flight_batches() != 0)
      fail("requests or batches after the drain");
    if (duplicates > counters.ambiguous_lines) fail("more duplicates than ambiguous lines");
    if (counters.answered_requests != acknowledged) fail("answered_requests counts wrong");
    if (counters.refused_requests + counters.timed_out_requests != refused)
      fail("503 answers count wrong");
    if (counters.held_bytes_max_seen > scenario_.options.held_bytes_max)
      fail("held_bytes_max_seen above its bound");
    // A shard that wakes each millisecond for nothing would pass all else.
    if (ticks > 4 * steps + static_cast<uint64_t>(now_ms_) / 5)
      fail("woken " + std::to_string(ticks) + " times for " + std::to_string(steps) + " steps");
  }

  struct Buckets {
    ModelBucket records;
    ModelBucket requests;
    ModelBucket bytes;
  };

  Scenario scenario_;
  std::mt19937_64 random_;
  Shard shard_;
  int64_t now_ms_ = 0;
  int64_t wake_at_ = -1;
  uint64_t order_ = 0;
  uint64_t credit_ = 0;
  uint64_t next_request_ = 1;
  std::priority_queue<Event> events_;
  std::vector<LineFate> lines_;
  std::map<uint64_t, RequestFate> requests_;
  std::map<std::string, Buckets> buckets_;
};

}  // namespace edgehose::test
