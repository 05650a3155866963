#include "tests/sim/shard_world.h"

#include <algorithm>
#include <set>

#include "shared/base/base64.h"
#include "shared/base/little_endian.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose::sim {
namespace {

constexpr std::string_view kMagic("\x1f\x8b\x08", 3);
constexpr uint64_t kStrayId = 1'000'000'000;
// What a line may be charged beside its bytes.
constexpr uint64_t kLineCostMax = 600;
constexpr size_t kDrainStepsMax = 200'000;

// A line: "stream|partition|id|events|" and padding.
std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  while (fields.size() < 4) {
    const size_t bar = text.find('|');
    if (bar == std::string_view::npos) return {};
    fields.push_back(text.substr(0, bar));
    text.remove_prefix(bar + 1);
  }
  return fields;
}

uint64_t id_in(std::string_view line) {
  const auto fields = fields_of(line);
  return fields.empty() ? UINT64_MAX : std::stoull(std::string(fields[2]));
}

template <typename OnLine>
void each_line(std::string_view lines, const OnLine& on_line) {
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    on_line(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

// What stands for compression: the padding goes.
std::string member_of(std::string_view lines) {
  std::string member(kMagic);
  each_line(lines, [&member](std::string_view line) {
    member += line.substr(0, line.rfind('|') + 1);
    member.push_back('\n');
  });
  return member;
}

std::vector<uint64_t> ids_of_frame(std::string_view frame) {
  std::vector<uint64_t> ids;
  for (Line line; take_line(frame, line);) ids.push_back(id_in(line.text));
  return ids;
}

}  // namespace

ShardWorld::ShardWorld(const Setup& setup, Choices& choices) : setup_(setup), choices_(choices) {}

void ShardWorld::fail(const std::string& what) {
  if (violation.empty()) violation = "at " + std::to_string(now_ms_) + " ms: " + what;
}

bool ShardWorld::flips(size_t permille) {
  if (is_draining_ || permille == 0) return false;
  return setup_.is_exhaustive ? choices_.pick(2) == 1 : choices_.chance(permille);
}

ShardOptions ShardWorld::planted_options() const {
  ShardOptions options = setup_.options;
  switch (setup_.planted) {
    case Planted::resend_at_once:
      options.backoff_ms_min = options.backoff_ms_max = 1;
      break;
    case Planted::answer_late:
      options.ack_deadline_ms *= 4;
      break;
    case Planted::linger_longer:
      options.linger_ms = options.linger_ms * 2 + 20;
      break;
    case Planted::ignore_pace:
      options.paced = false;
      break;
    case Planted::hold_more:
      options.held_bytes_max *= 8;
      break;
    case Planted::store_more:
      options.hop_bytes_max *= 8;
      break;
    case Planted::more_in_flight:
      options.in_flight_max += 2;
      break;
    default:
      break;
  }
  return options;
}

void ShardWorld::open_shard() {
  ++life_;
  shard_ = std::make_unique<Shard>(planted_options(), setup_.seed * 1'000 + life_);
  wake_at_ms_ = -1;
  if (setup_.options.ack == AckMode::firehose) {
    // What the life before sent is forgotten; so is it here.
    buckets_.clear();
    return;
  }
  // And here only what was sent above a bucket's size.
  for (auto& [stream, buckets] : buckets_) {
    for (Bucket& bucket : buckets) bucket.level = std::max<int64_t>(bucket.level, 0);
  }
  std::string rows;
  for (const auto& [row_id, bytes] : disk_) {
    if (setup_.planted == Planted::forget_rows) break;
    append_le(rows, row_id);
    append_le(rows, static_cast<uint32_t>(bytes.size()));
  }
  seen_.restored_rows += disk_.size();
  shard_->restart(now_ms_, rows);
  carry_out("");
}

void ShardWorld::run() {
  open_shard();
  for (size_t i = 0; i < setup_.steps && violation.empty(); ++i) {
    ++seen_.steps;
    step();
  }
  if (violation.empty()) drain();
  if (violation.empty()) check_drained();
  seen_.resent_rows += shard_->counters().resent_rows;
}

void ShardWorld::step() {
  enum class Act { submit, wake, leap, serve, deliver, disk, compress, crash, stray };
  std::vector<Act> acts;
  const bool more = next_request_ <= setup_.requests_max;
  if (more) acts.push_back(Act::submit);
  if (wake_at_ms_ >= 0) acts.push_back(Act::wake);
  if (setup_.leap_ms_max > 0) acts.push_back(Act::leap);
  const auto is_served = [](const Call& call) { return call.is_served; };
  if (!std::all_of(calls_.begin(), calls_.end(), is_served)) acts.push_back(Act::serve);
  if (std::any_of(calls_.begin(), calls_.end(), is_served)) acts.push_back(Act::deliver);
  if (!disk_jobs_.empty()) acts.push_back(Act::disk);
  if (!compressions_.empty()) acts.push_back(Act::compress);
  if (setup_.crash > 0 && (setup_.is_exhaustive ? seen_.crashes == 0 : flips(setup_.crash))) {
    acts.push_back(Act::crash);
  }
  if (!setup_.is_exhaustive && flips(setup_.stray)) acts.push_back(Act::stray);
  if (acts.empty()) return;
  // What is under way mostly goes on; else all would end at a deadline.
  if (!setup_.is_exhaustive) {
    for (const Act often : {Act::serve, Act::deliver, Act::disk, Act::compress}) {
      if (std::find(acts.begin(), acts.end(), often) != acts.end())
        acts.insert(acts.end(), 3, often);
    }
  }
  const Act act = acts[choices_.pick(acts.size())];
  const auto any_of = [&](bool served) {
    std::vector<size_t> found;
    for (size_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].is_served == served) found.push_back(i);
    }
    return found[choices_.pick(found.size())];
  };
  if (act == Act::submit) submit();
  if (act == Act::wake) wake();
  if (act == Act::leap) leap();
  if (act == Act::serve) serve(calls_[any_of(false)]);
  if (act == Act::deliver) deliver(any_of(true));
  if (act == Act::disk) run_disk();
  if (act == Act::compress) compress(choices_.pick(compressions_.size()));
  if (act == Act::crash) crash();
  if (act == Act::stray) stray();
}

// ---- Things that may happen. ----

void ShardWorld::submit() {
  const uint64_t request_id = next_request_++;
  RequestFate request;
  request.at_ms = now_ms_;
  const std::string frame = make_frame(request);
  waiting_.emplace(request_id, std::move(request));
  shard_->submit(now_ms_, request_id, frame);
  if (setup_.planted == Planted::answer_at_submit && flips(100)) on_answered(request_id, 200);
  carry_out(frame);
}

std::string ShardWorld::make_frame(RequestFate& request) {
  const bool is_huge = flips(setup_.huge_line);
  request.is_huge = is_huge;
  uint64_t bytes_in_all = 0;
  std::string frame;
  for (size_t n = 1 + choices_.pick(setup_.lines_max); n > 0; --n) {
    LineFate fate;
    fate.stream = "s" + std::to_string(choices_.pick(setup_.streams));
    const size_t partition = choices_.pick(setup_.partitions);
    if (partition > 0) fate.partition = "p" + std::to_string(partition);
    fate.events = static_cast<uint32_t>(1 + choices_.pick(setup_.line_events_max));
    const uint64_t id = lines_.size();
    std::string text = fate.stream + "|" + fate.partition + "|" + std::to_string(id) + "|" +
                       std::to_string(fate.events) + "|";
    const size_t spread = setup_.line_bytes_max - setup_.line_bytes_min + 1;
    size_t bytes = setup_.line_bytes_min + choices_.pick(spread);
    if (is_huge && n == 1) bytes = kRecordBytesMax;
    text.resize(std::max(text.size(), bytes), 'x');
    const bool mixes = setup_.planted == Planted::mix_partitions;
    const uint32_t events = setup_.planted == Planted::miscount_events ? 1 : fate.events;
    append_line(frame, {fate.stream, text, events, mixes ? "" : fate.partition});
    const ShardOptions& options = setup_.options;
    if (options.ack == AckMode::firehose && !options.paced && !options.gzip_members) {
      fate.due_ms = now_ms_ + options.linger_ms;
      unsent_.push_back(id);
    }
    bytes_in_all += text.size() + kLineCostMax;
    request.lines.push_back(id);
    lines_.push_back(std::move(fate));
  }
  request.is_large = is_huge || bytes_in_all > setup_.options.held_bytes_max / 2;
  return frame;
}

void ShardWorld::tick() {
  wake_at_ms_ = -1;
  shard_->tick(now_ms_);
  carry_out("");
}

void ShardWorld::wake() {
  now_ms_ = std::max(now_ms_, wake_at_ms_);
  tick();
}

// A clock that jumps, and a tick nobody asked for.
void ShardWorld::leap() {
  now_ms_ += static_cast<int64_t>(choices_.pick(static_cast<size_t>(setup_.leap_ms_max)));
  tick();
}

// Firehose judges a call. What it says is delivered later, or never.
void ShardWorld::serve(Call& call) {
  call.is_served = true;
  call.status = 0;
  if (flips(setup_.fault)) {
    switch (choices_.pick(setup_.is_exhaustive ? 2 : 6)) {
      case 0:  // the connection broke before
        return;
      case 1:  // or after
        call.body = judge_rows(call);
        call.body.clear();
        call.told.clear();
        return;
      case 2:
        call.status = 400;
        call.body = R"({"__type":"ResourceNotFoundException"})";
        return;
      case 3:
        call.status = 500;
        call.body = R"({"__type":"ServiceUnavailableException","message":"Slow down."})";
        return;
      case 4:  // some rows were taken
        (void)judge_rows(call);
        call.told.clear();
        call.status = 500;
        call.body = R"({"__type":"InternalFailure"})";
        return;
      default:  // an answer cut off
        call.body = judge_rows(call);
        call.told.clear();
        call.status = 200;
        call.body.resize(choices_.pick(call.body.size()));
        return;
    }
  }
  call.body = judge_rows(call);
  call.status = 200;
}

std::string ShardWorld::judge_rows(Call& call) {
  bool any_thrown_back = false;
  for (const Row& row : call.rows) {
    const bool is_taken = !flips(setup_.throttled_row);
    call.told.push_back(is_taken || setup_.planted == Planted::accept_thrown_back);
    any_thrown_back |= !is_taken;
    for (uint64_t id : row.lines) {
      if (is_taken) seen_.duplicates += lines_[id].accepted++ > 0 ? 1 : 0;
    }
  }
  const bool resends_all = any_thrown_back && setup_.planted == Planted::resend_whole_batch;
  seen_.partial_failures += any_thrown_back && call.rows.size() > 1 ? 1 : 0;
  std::string body = R"({"FailedPutCount":0,"RequestResponses":[)";
  for (size_t i = 0; i < call.told.size(); ++i) {
    body += i > 0 ? "," : "";
    body += call.told[i] && !resends_all ? R"({"RecordId":"r"})"
                                         : R"({"ErrorCode":"ServiceUnavailableException"})";
  }
  return body + "]}";
}

void ShardWorld::deliver(size_t index) {
  Call call = std::move(calls_[index]);
  calls_.erase(calls_.begin() + static_cast<ptrdiff_t>(index));
  if (call.life != life_) return;
  if (call.status == 0 && setup_.planted == Planted::accept_on_timeout) {
    call.status = 200;
    call.told.assign(call.rows.size(), true);
    call.body = R"({"RequestResponses":[)";
    for (size_t i = 0; i < call.rows.size(); ++i) {
      call.body += std::string(i > 0 ? "," : "") + R"({"RecordId":"r"})";
    }
    call.body += "]}";
  }
  for (size_t i = 0; i < call.rows.size(); ++i) {
    for (uint64_t id : call.rows[i].lines) {
      lines_[id].is_out = false;
      if (i < call.told.size() && call.told[i]) {
        lines_[id].told_life = life_;
      } else {
        lines_[id].not_before_ms = now_ms_ + setup_.options.backoff_ms_min / 2;
      }
    }
  }
  last_batch_ = call.batch_id;
  shard_->on_answer(now_ms_, call.batch_id, call.status, call.body);
  carry_out("");
}

// The disk does one thing after the other.
void ShardWorld::run_disk() {
  const DiskJob job = std::move(disk_jobs_.front());
  disk_jobs_.pop_front();
  if (job.operation == DiskOperation::erase) {
    forget_row(job.row_id);
  } else if (job.operation == DiskOperation::load) {
    ++seen_.loads;
    const auto found = disk_.find(job.row_id);
    if (found == disk_.end()) return fail("a row is loaded that is not on disk");
    const bool other = setup_.planted == Planted::load_other_row;
    const std::string bytes = other ? disk_.begin()->second : found->second;
    shard_->on_row(now_ms_, job.row_id, flips(setup_.disk_fault) ? "" : bytes);
    carry_out("");
  } else if (flips(setup_.disk_fault)) {
    shard_->on_persisted(now_ms_, job.row_id, Shard::Outcome::failed);
    carry_out("");
  } else {
    write_row(job);
    // On disk, and nobody heard of it.
    if (!setup_.is_exhaustive && flips(setup_.crash)) return crash();
    shard_->on_persisted(now_ms_, job.row_id, Shard::Outcome::done);
    carry_out("");
  }
}

void ShardWorld::write_row(const DiskJob& job) {
  const bool reuses = setup_.planted == Planted::reuse_row_ids;
  const uint64_t row_id = reuses ? 1 + job.row_id % 4 : job.row_id;
  if (disk_.contains(row_id)) {
    if (!reuses) fail("a row written over another");
    forget_row(row_id);
  }
  for (uint64_t id : ids_of_frame(job.bytes)) ++lines_[id].on_disk;
  disk_bytes_ += job.bytes.size();
  disk_.emplace(row_id, job.bytes);
  if (disk_bytes_ > setup_.options.hop_bytes_max) fail("more on disk than hop_bytes_max");
}

void ShardWorld::forget_row(uint64_t row_id) {
  const auto found = disk_.find(row_id);
  if (found == disk_.end()) return;
  const std::vector<uint64_t> ids = ids_of_frame(found->second);
  disk_bytes_ -= found->second.size();
  disk_.erase(found);
  for (uint64_t id : ids) {
    --lines_[id].on_disk;
    if (lines_[id].is_acknowledged) check_safe(id, "when its row was deleted");
  }
}

void ShardWorld::compress(size_t index) {
  const auto [record_id, lines] = compressions_[index];
  compressions_.erase(compressions_.begin() + static_cast<ptrdiff_t>(index));
  std::string member = member_of(lines);
  if (setup_.planted == Planted::lose_lines_of_member) {
    const size_t last = member.rfind('\n', member.size() - 2);
    if (last != std::string::npos) member.resize(last + 1);
  }
  if (flips(setup_.compressor_fault)) member = choices_.pick(2) == 0 ? "" : "not gzip";
  ++seen_.members;
  shard_->on_compressed(now_ms_, record_id, member);
  carry_out("");
}

// The shard is gone with all it held; so is what the disk was still to do. Calls on the network go
// on without anybody who waits for them.
void ShardWorld::crash() {
  ++seen_.crashes;
  disk_jobs_.clear();
  compressions_.clear();
  waiting_.clear();
  unsent_.clear();
  // A host never brings an answer to another life's batch: its ids begin anew.
  last_batch_ = static_cast<uint32_t>(kStrayId);
  for (uint64_t id = 0; id < lines_.size(); ++id) {
    LineFate& line = lines_[id];
    line.is_out = false;
    line.due_ms = -1;
    line.not_before_ms = 0;
    if (line.is_acknowledged) check_safe(id, "after a crash");
  }
  open_shard();
}

// Reports of what the shard did not ask for, or has heard already.
void ShardWorld::stray() {
  switch (choices_.pick(6)) {
    case 0:
      shard_->on_answer(now_ms_, last_batch_, 200, R"({"RequestResponses":[{"RecordId":"r"}]})");
      break;
    case 1:
      shard_->on_answer(now_ms_, static_cast<uint32_t>(kStrayId), 500, "");
      break;
    case 2:
      shard_->on_compressed(now_ms_, static_cast<uint32_t>(kStrayId), kMagic);
      break;
    case 3:
      shard_->on_persisted(now_ms_, kStrayId, Shard::Outcome::done);
      break;
    case 4:
      shard_->on_row(now_ms_, kStrayId, "x");
      break;
    default:
      if (!disk_.empty()) shard_->on_row(now_ms_, disk_.rbegin()->first + kStrayId, "");
  }
  carry_out("");
}

// ---- The shard's effects. ----

void ShardWorld::carry_out(const std::string& frame) {
  int64_t wake_at_ms = -1;
  for (const Effect& effect : shard_->take_effects()) {
    digest_ += std::to_string(effect.index());
    if (const auto* batch = std::get_if<SendBatch>(&effect)) {
      on_send(batch->batch_id);
    } else if (const auto* done = std::get_if<AnswerRequest>(&effect)) {
      on_answered(done->request_id, done->status);
      if (setup_.planted == Planted::answer_twice && flips(50)) {
        on_answered(done->request_id, done->status);
      }
    } else if (const auto* wake = std::get_if<WakeAt>(&effect)) {
      if (wake->at_ms <= now_ms_) fail("a wake that is not in the future");
      wake_at_ms = wake->at_ms;
    } else if (const auto* record = std::get_if<CompressRecord>(&effect)) {
      const std::string lines(shard_->sealed_record(record->record_id));
      if (lines.empty()) fail("an empty record to compress");
      compressions_.emplace_back(record->record_id, lines);
    } else if (const auto* row = std::get_if<PersistRow>(&effect)) {
      on_persist(*row, frame);
    } else if (const auto* erase = std::get_if<DeleteRow>(&effect)) {
      if (setup_.planted == Planted::never_delete) continue;
      disk_jobs_.push_back({DiskOperation::erase, erase->row_id, {}});
    } else if (const auto* load = std::get_if<LoadRow>(&effect)) {
      disk_jobs_.push_back({DiskOperation::load, load->row_id, {}});
    }
  }
  wake_at_ms_ = wake_at_ms;
  if (setup_.planted == Planted::forget_wakes && flips(200)) wake_at_ms_ = -1;
  check_bounds();
  check_waiting();
}

void ShardWorld::on_persist(const PersistRow& effect, const std::string& frame) {
  if (size_t{effect.offset} + effect.bytes > frame.size() || effect.bytes == 0) {
    return fail("a row that is no part of the frame");
  }
  const std::string bytes = frame.substr(effect.offset, effect.bytes);
  if (bytes.size() > kRowBytesMax && ids_of_frame(bytes).size() > 1) fail("a row above 2 MB");
  disk_jobs_.push_back({DiskOperation::write, effect.row_id, bytes});
  if (setup_.planted == Planted::answer_before_disk && waiting_.contains(effect.request_id)) {
    on_answered(effect.request_id, 200);
  }
}

void ShardWorld::check_safe(uint64_t line, const char* when) {
  if (lines_[line].accepted > 0 || lines_[line].on_disk > 0) return;
  fail("line " + std::to_string(line) + " was acknowledged and is nowhere " + when);
}

void ShardWorld::on_answered(uint64_t request_id, uint32_t status) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) return fail("an answer to a request that does not wait");
  const RequestFate request = std::move(found->second);
  waiting_.erase(found);
  if (request.is_huge && status != 413) fail("a line no record takes, and not 413");
  if (status == 413 && !request.is_large) fail("413 to what would fit");
  seen_.acknowledged += status == 200 ? 1 : 0;
  seen_.refused += status == 503 ? 1 : 0;
  seen_.too_large += status == 413 ? 1 : 0;
  for (uint64_t id : request.lines) {
    if (status == 200) {
      lines_[id].is_acknowledged = true;
      check_safe(id, "when it was acknowledged");
    } else {
      lines_[id].due_ms = -1;
    }
  }
}

void ShardWorld::on_send(uint32_t batch_id) {
  std::string body;
  shard_->append_batch(batch_id, body);
  const auto request = read_put_request(body);
  if (!request) return fail("a batch that is no PutRecordBatch");
  const std::string& stream = *request.value().stream;
  if (body.size() > kBatchBytesMax) fail("a batch above 4 MiB");
  const size_t rows = request.value().records->size();
  if (rows == 0 || rows > kBatchRecordsMax) fail("a batch of 0 or above 500 records");
  Call call;
  call.batch_id = batch_id;
  call.life = life_;
  for (const auto& data : *request.value().records) {
    std::string record;
    if (!data || !base64_decode(*data, record)) return fail("a record that is no base64");
    call.rows.push_back(read_record(record, stream));
    check_record(call.rows.back(), stream);
  }
  check_pace(stream, call.rows);
  calls_.push_back(std::move(call));
  if (setup_.planted == Planted::delete_when_sent && !disk_.empty()) {
    disk_jobs_.push_back({DiskOperation::erase, disk_.begin()->first, {}});
  }
}

ShardWorld::Row ShardWorld::read_record(const std::string& record, const std::string& stream) {
  std::string_view lines = record;
  Row row{record.size(), {}};
  if (setup_.options.gzip_members) {
    if (!lines.starts_with(kMagic)) fail("a record that is no gzip member");
    lines.remove_prefix(std::min(lines.size(), kMagic.size()));
  }
  if (lines.empty() || lines.back() != '\n') fail("a record that does not end its last line");
  each_line(lines, [&](std::string_view line) {
    const uint64_t id = id_in(line);
    if (id >= lines_.size() || fields_of(line)[0] != stream)
      return fail("a line not of its stream");
    row.lines.push_back(id);
    take_line_out(id);
  });
  return row;
}

void ShardWorld::take_line_out(uint64_t id) {
  LineFate& line = lines_[id];
  const std::string name = "line " + std::to_string(id);
  if (line.told_life == life_) fail(name + " is sent again though it was accepted");
  if (line.is_out) fail(name + " is in flight twice");
  if (now_ms_ < line.not_before_ms) fail(name + " is sent again without waiting");
  line.is_out = true;
  line.due_ms = -1;
}

void ShardWorld::check_record(const Row& row, const std::string& stream) {
  if (row.bytes > kRecordBytesMax) fail("a record above 1,000 KiB");
  uint64_t events = 0;
  std::set<std::string> partitions;
  for (uint64_t id : row.lines) {
    if (lines_[id].stream != stream) fail("a record that mixes streams");
    events += lines_[id].events;
    partitions.insert(lines_[id].partition);
  }
  if (partitions.size() > 1) fail("a record that mixes partitions");
  const bool is_alone = row.lines.size() == 1;
  if (events > setup_.options.record_events_max && !is_alone) fail("a record of too many events");
  if (setup_.options.mode == PackMode::single && !is_alone) fail("a packed record in single mode");
}

// Firehose's own bucket of one second, for this shard's share.
void ShardWorld::check_pace(const std::string& stream, const std::vector<Row>& rows) {
  const ShardOptions& options = setup_.options;
  if (!options.paced) return;
  uint64_t bytes = 0;
  for (const Row& row : rows) bytes += row.bytes;
  const uint64_t wanted[] = {rows.size(), 1, bytes};
  auto& buckets = buckets_[stream];
  if (buckets.empty()) {
    for (uint64_t rate :
         {options.quota.records_s, options.quota.requests_s, options.quota.bytes_s}) {
      const auto per_ms = static_cast<int64_t>(rate * options.share_permille / 1'000);
      buckets.push_back({per_ms * 1'000, per_ms, now_ms_});
    }
  }
  for (size_t i = 0; i < buckets.size(); ++i) {
    Bucket& bucket = buckets[i];
    const int64_t full = bucket.rate * 1'000;
    bucket.level = std::min(full, bucket.level + (now_ms_ - bucket.then_ms) * bucket.rate);
    bucket.then_ms = now_ms_;
    const auto cost = static_cast<int64_t>(wanted[i]) * 1'000;
    // What is larger than a bucket goes alone and leaves a debt.
    if (cost <= full && bucket.level < cost) fail("above the pace of " + stream);
    bucket.level -= cost;
  }
}

void ShardWorld::check_bounds() {
  const ShardCounters& counters = shard_->counters();
  if (counters.held_bytes > setup_.options.held_bytes_max) fail("held_bytes above its bound");
  if (shard_->in_flight_batches() > setup_.options.in_flight_max)
    fail("too many batches in flight");
  if (compressions_.size() > kCompressionsMax) fail("too many compressions at once");
  if (counters.stored_bytes > setup_.options.hop_bytes_max) fail("stored_bytes above its bound");
}

// The shard has just had its say at this time: nobody waits past a deadline, no line past its due.
void ShardWorld::check_waiting() {
  for (const auto& [id, request] : waiting_) {
    if (now_ms_ >= request.at_ms + setup_.options.ack_deadline_ms) {
      fail("request " + std::to_string(id) + " is not answered by its deadline");
    }
  }
  while (!unsent_.empty() && lines_[unsent_.front()].due_ms < 0) unsent_.pop_front();
  if (unsent_.empty() || shard_->in_flight_batches() >= setup_.options.in_flight_max) return;
  if (lines_[unsent_.front()].due_ms <= now_ms_) {
    fail("line " + std::to_string(unsent_.front()) + " waits longer than its linger");
  }
}

// ---- The end. ----

void ShardWorld::drain() {
  is_draining_ = true;
  for (size_t i = 0; i < kDrainStepsMax && violation.empty(); ++i) {
    if (!calls_.empty()) {
      if (!calls_.front().is_served) serve(calls_.front());
      deliver(0);
    } else if (!disk_jobs_.empty()) {
      run_disk();
    } else if (!compressions_.empty()) {
      compress(0);
    } else if (wake_at_ms_ >= 0) {
      wake();
    } else {
      return;
    }
  }
  fail("it does not come to rest");
}

void ShardWorld::check_drained() {
  const ShardCounters& counters = shard_->counters();
  if (!waiting_.empty()) fail("a request without an answer and nothing left to happen");
  if (counters.held_bytes != 0 || counters.held_lines != 0) {
    fail("held at the end: " + std::to_string(counters.held_bytes) + " bytes, " +
         std::to_string(counters.held_lines) + " lines");
  }
  if (!disk_.empty()) fail("rows on disk at the end");
  if (counters.stored_rows != 0 || counters.stored_bytes != 0) fail("rows counted at the end");
  if (shard_->waiting_requests() != 0 || shard_->in_flight_batches() != 0) {
    fail("requests or batches at the end");
  }
  for (uint64_t id = 0; id < lines_.size(); ++id) {
    if (lines_[id].is_acknowledged && lines_[id].accepted == 0) {
      fail("line " + std::to_string(id) + " was acknowledged and never accepted");
    }
  }
  if (counters.broken_rows != 0) fail("a row that came back broken");
}

}  // namespace edgehose::sim
