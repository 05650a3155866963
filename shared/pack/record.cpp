#include "shared/pack/record.h"

#include <algorithm>
#include <utility>

namespace edgehose {
namespace {

// Shares of the first `lines` lines; what is left stays in `shares`.
std::vector<Share> take_shares(std::vector<Share>& shares, uint32_t lines) {
  std::vector<Share> taken;
  size_t whole = 0;
  while (whole < shares.size() && shares[whole].lines <= lines) lines -= shares[whole++].lines;
  taken.reserve(whole + 1);
  for (size_t i = 0; i < whole; ++i) taken.push_back(shares[i]);
  if (lines > 0) {
    taken.push_back({shares[whole].owner, lines});
    shares[whole].lines -= lines;
  }
  shares.erase(shares.begin(), shares.begin() + static_cast<ptrdiff_t>(whole));
  return taken;
}

}  // namespace

OpenRecord::OpenRecord(std::string_view partition, uint64_t line_cost_bytes) {
  record_.partition = partition;
  record_.line_cost_bytes = line_cost_bytes;
}

void OpenRecord::add(int64_t now_ms, uint64_t owner, std::string_view line, uint32_t events) {
  if (ends_.empty()) record_.since_ms = now_ms;
  const size_t bytes = record_.data.size() + line.size() + 1;
  // Grows by a quarter, not to the double: what is reserved and not used is memory that no bound
  // counts.
  if (bytes > record_.data.capacity()) record_.data.reserve(bytes + bytes / 4);
  record_.data += line;
  record_.data.push_back('\n');
  record_.line_bytes = static_cast<uint32_t>(bytes);
  ++record_.lines;
  record_.events += events;
  if (record_.shares.empty() || record_.shares.back().owner != owner) {
    record_.shares.push_back({owner, 0});
  }
  ++record_.shares.back().lines;
  ends_.push_back({record_.line_bytes, record_.events, now_ms});
}

size_t OpenRecord::lines_until(int64_t until_ms) const {
  const auto is_early = [until_ms](const LineEnd& end) { return end.at_ms <= until_ms; };
  return static_cast<size_t>(std::find_if_not(ends_.begin(), ends_.end(), is_early) -
                             ends_.begin());
}

Record OpenRecord::cut(size_t lines) {
  const LineEnd end = ends_[lines - 1];
  Record taken;
  taken.partition = record_.partition;
  taken.line_cost_bytes = record_.line_cost_bytes;
  taken.since_ms = record_.since_ms;
  taken.data.assign(record_.data, 0, end.bytes);
  taken.line_bytes = end.bytes;
  taken.lines = static_cast<uint32_t>(lines);
  taken.events = end.events;
  taken.shares = take_shares(record_.shares, taken.lines);

  record_.data.erase(0, end.bytes);
  record_.line_bytes -= taken.line_bytes;
  record_.lines -= taken.lines;
  record_.events -= taken.events;
  ends_.erase(ends_.begin(), ends_.begin() + static_cast<ptrdiff_t>(lines));
  for (LineEnd& left : ends_) {
    left.bytes -= end.bytes;
    left.events -= end.events;
  }
  if (!ends_.empty()) record_.since_ms = ends_.front().at_ms;
  return taken;
}

}  // namespace edgehose
