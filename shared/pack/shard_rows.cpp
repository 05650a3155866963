// The durable hop: a request's lines as rows on the host's disk, from the moment before its answer
// until Firehose holds them.
//
//   submit -> writing -> on_persisted -> packed ------------------> settled -> deleted
//                                     -> stored -> loading -> packed          (memory is full)
//   restart ----------------------------^
#include <algorithm>
#include <utility>

#include "shared/base/little_endian.h"
#include "shared/pack/owner.h"
#include "shared/pack/shard.h"

namespace edgehose {
namespace {

// Bookkeeping charged for each row, so that a flood of tiny rows is bounded too.
constexpr uint64_t kRowCostBytes = 160;
// The shard numbers rows from 1 on; a larger number is none of its own.
constexpr uint64_t kRowIdMax = uint64_t{1} << 62;

}  // namespace

// Rows take half of what may be held at most, and the lines of one the other half: so whatever is
// on disk can be loaded, one row at least.
bool Shard::has_disk(size_t bytes, uint64_t rows) const {
  return counters_.stored_bytes + bytes <= options_.hop_bytes_max &&
         (counters_.stored_rows + rows) * kRowCostBytes <= options_.held_bytes_max / 2 &&
         counters_.held_bytes + rows * kRowCostBytes <= options_.held_bytes_max;
}

// The first lines of a frame that make one row, and what they cost: at least one line, and more as
// long as a row takes them and they can be held at once.
std::pair<std::string_view, uint64_t> Shard::first_part(std::string_view frame) const {
  std::string_view rest = frame;
  size_t bytes = 0;
  uint64_t cost = 0;
  Line line;
  while (take_line(rest, line)) {
    const size_t end = frame.size() - rest.size();
    const uint64_t more = line.text.size() + 1 + line_cost(line);
    if (bytes > 0 && (end > kRowBytesMax || cost + more > options_.held_bytes_max / 2)) break;
    bytes = end;
    cost += more;
  }
  return {frame.substr(0, bytes), cost};
}

uint64_t Shard::count_parts(std::string_view frame) const {
  uint64_t parts = 0;
  for (; !frame.empty(); ++parts) frame.remove_prefix(first_part(frame).first.size());
  return parts;
}

void Shard::submit_to_disk(uint64_t request_id, std::string_view frame, uint64_t rows,
                           uint64_t cost) {
  // Rows on disk only go first.
  const bool is_kept =
      stored_rows_.empty() && loading_ == 0 &&
      counters_.held_bytes + rows * kRowCostBytes + cost <= options_.held_bytes_max;
  writes_.emplace(request_id,
                  Write{next_row_id_, static_cast<uint32_t>(rows), static_cast<uint32_t>(rows)});
  for (size_t offset = 0; offset < frame.size();) {
    const auto [part, part_cost] = first_part(frame.substr(offset));
    const auto bytes = static_cast<uint32_t>(part.size());
    const uint64_t row_id = next_row_id_++;
    if (is_kept) hold(part_cost);
    add_row(row_id, Row{Row::State::writing, request_id, bytes, part_cost, 0,
                        std::string(is_kept ? part : std::string_view{})});
    emit(PersistRow{row_id, request_id, static_cast<uint32_t>(offset), bytes});
    offset += bytes;
  }
}

// False when there is such a row.
bool Shard::add_row(uint64_t row_id, Row row) {
  const uint32_t bytes = row.bytes;
  if (!rows_.emplace(row_id, std::move(row)).second) return false;
  hold(kRowCostBytes);
  ++counters_.stored_rows;
  counters_.stored_bytes += bytes;
  counters_.stored_bytes_max_seen =
      std::max(counters_.stored_bytes_max_seen, counters_.stored_bytes);
  return true;
}

void Shard::on_persisted(int64_t now_ms, uint64_t row_id, Outcome outcome) {
  const auto found = rows_.find(row_id);
  if (found == rows_.end()) return pump(now_ms);
  Row& row = found->second;
  if (row.state == Row::State::abandoned) {
    outcome == Outcome::done ? delete_row(row_id) : forget_row(row_id);
  } else if (row.state == Row::State::writing) {
    const auto write = writes_.find(row.request_id);
    row.state = outcome == Outcome::done ? Row::State::written : Row::State::failed;
    if (outcome == Outcome::failed) {
      write->second.has_failed = true;
      ++counters_.failed_writes;
    }
    if (--write->second.rows_left == 0) finish_write(now_ms, row.request_id);
  }
  pump(now_ms);
}

// All rows of a request are written, or could not be: only then is it answered, and only then may
// its lines go.
void Shard::finish_write(int64_t now_ms, uint64_t request_id) {
  const Write write = take_write(request_id);
  if (write.has_failed) ++counters_.refused_requests;
  answer(request_id, write.has_failed ? 503 : 200);
  for (uint64_t row_id = write.first_row; row_id < write.first_row + write.rows; ++row_id) {
    Row& row = rows_.find(row_id)->second;
    if (write.has_failed) {
      drop_frame(row);
      row.state == Row::State::written ? delete_row(row_id) : forget_row(row_id);
    } else if (row.frame.empty()) {
      row.state = Row::State::stored;
      stored_rows_.push_back(row_id);
    } else {
      const std::string frame = std::move(row.frame);
      counters_.held_bytes -= row.cost;
      pack_row(now_ms, row_id, row, frame);
    }
  }
}

Shard::Write Shard::take_write(uint64_t request_id) {
  const auto found = writes_.find(request_id);
  const Write write = found->second;
  writes_.erase(found);
  return write;
}

// The request's deadline came before its rows were written. Its sender is told to come again, so
// the rows are not wanted any more.
void Shard::abandon_write(uint64_t request_id) {
  const Write write = take_write(request_id);
  for (uint64_t row_id = write.first_row; row_id < write.first_row + write.rows; ++row_id) {
    Row& row = rows_.find(row_id)->second;
    drop_frame(row);
    if (row.state == Row::State::writing) {
      row.state = Row::State::abandoned;
    } else {
      row.state == Row::State::written ? delete_row(row_id) : forget_row(row_id);
    }
  }
}

void Shard::drop_frame(Row& row) {
  if (row.frame.empty()) return;
  counters_.held_bytes -= row.cost;
  row.frame = {};
}

void Shard::pack_row(int64_t now_ms, uint64_t row_id, Row& row, std::string_view frame) {
  row.state = Row::State::packed;
  row.request_id = 0;
  Line line;
  while (take_line(frame, line)) {
    add_line(now_ms, row_owner(row_id), line);
    ++row.lines_left;
  }
}

void Shard::settle_row(uint64_t row_id, uint32_t lines) {
  const auto found = rows_.find(row_id);
  if (found == rows_.end()) return;
  found->second.lines_left -= lines;
  if (found->second.lines_left == 0) delete_row(row_id);
}

void Shard::delete_row(uint64_t row_id) {
  emit(DeleteRow{row_id});
  forget_row(row_id);
}

void Shard::forget_row(uint64_t row_id) {
  const auto found = rows_.find(row_id);
  --counters_.stored_rows;
  counters_.stored_bytes -= found->second.bytes;
  counters_.held_bytes -= kRowCostBytes;
  rows_.erase(found);
}

void Shard::restart(int64_t now_ms, std::string_view rows) {
  is_restarted_ = true;
  uint64_t row_id = 0;
  uint32_t bytes = 0;
  while (take_le(rows, row_id) && take_le(rows, bytes)) {
    // Not known yet: its lines' bytes are most of it, and what they come to is seen when it is
    // here.
    const uint64_t cost = std::min<uint64_t>(bytes, options_.held_bytes_max / 2);
    if (row_id > kRowIdMax) continue;
    if (!add_row(row_id, Row{Row::State::stored, 0, bytes, cost, 0, {}})) continue;
    ++counters_.restored_rows;
    stored_rows_.push_back(row_id);
    next_row_id_ = std::max(next_row_id_, row_id + 1);
  }
  pump(now_ms);
}

// Rows come back one after the other while there is room, and at least one when nothing else is
// held.
void Shard::load_rows(int64_t now_ms) {
  while (!stored_rows_.empty() && loading_ < kLoadsMax && now_ms >= load_not_before_ms_) {
    const uint64_t row_id = stored_rows_.front();
    Row& row = rows_.find(row_id)->second;
    if (!holds_only_rows() && counters_.held_bytes + row.cost > options_.held_bytes_max) return;
    stored_rows_.pop_front();
    row.state = Row::State::loading;
    ++loading_;
    hold(row.cost);
    emit(LoadRow{row_id});
  }
}

bool Shard::holds_only_rows() const {
  return counters_.held_bytes == counters_.stored_rows * kRowCostBytes;
}

// A load that failed is tried again later. What waits for room instead is looked at when something
// is settled.
int64_t Shard::next_load_ms(int64_t now_ms) const {
  return !stored_rows_.empty() && load_not_before_ms_ > now_ms ? load_not_before_ms_ : -1;
}

void Shard::on_row(int64_t now_ms, uint64_t row_id, std::string_view frame) {
  const auto found = rows_.find(row_id);
  if (found == rows_.end() || found->second.state != Row::State::loading) return pump(now_ms);
  Row& row = found->second;
  --loading_;
  counters_.held_bytes -= row.cost;
  const Measure measured = measure(now_ms, frame);
  const bool is_whole = measured.is_whole && measured.lines > 0 && measured.status != 413;
  const bool fits =
      measured.status == 200 &&
      (holds_only_rows() || counters_.held_bytes + measured.cost <= options_.held_bytes_max);
  if (is_whole && fits) {
    failed_loads_ = 0;
    pack_row(now_ms, row_id, row, frame);
  } else if (frame.empty() || is_whole) {
    row.state = Row::State::stored;
    if (measured.status == 200 && is_whole) row.cost = measured.cost;
    stored_rows_.push_front(row_id);
    load_not_before_ms_ = now_ms + backoff_ms(++failed_loads_);
  } else {
    // Acknowledged and unreadable: it stays on disk for somebody to look at.
    row.state = Row::State::broken;
    ++counters_.broken_rows;
  }
  pump(now_ms);
}

}  // namespace edgehose
