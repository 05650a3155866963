#include "shared/pack/close_rule.h"

#include <algorithm>

#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

// Line ends looked at, counted from the last: the step of 5,120 bytes divided by so many leaves
// little to gain.
constexpr size_t kPlacesMax = 64;
// Of what is sent; less is not worth a record of its own.
constexpr uint64_t kWasteWorthCutting = 100;

struct Size {
  uint64_t bytes;   // on the bill before rounding
  uint64_t wasted;  // by rounding

  bool is_better_than(const Size& other) const {
    return wasted * other.bytes < other.wasted * bytes;
  }
};

Size size_of(const LineEnd& end, uint32_t billed_ppm) {
  const uint64_t bytes = std::max<uint64_t>(1, uint64_t{end.bytes} * billed_ppm / kPlainPpm);
  return {bytes, billed_bytes(bytes) - bytes};
}

size_t best_place(const std::vector<LineEnd>& ends, size_t lines_min, uint32_t billed_ppm) {
  const size_t last = ends.size();
  const size_t first = std::max({size_t{1}, lines_min, last - std::min(last, kPlacesMax)});
  size_t best = last;
  Size best_size = size_of(ends[last - 1], billed_ppm);
  for (size_t lines = last; lines-- > first;) {
    const Size size = size_of(ends[lines - 1], billed_ppm);
    if (!size.is_better_than(best_size)) continue;
    best = lines;
    best_size = size;
  }
  return best;
}

}  // namespace

size_t lines_when_due(const std::vector<LineEnd>& ends, size_t lines_min, uint32_t billed_ppm) {
  if (ends.empty()) return 0;
  const Size all = size_of(ends.back(), billed_ppm);
  if (all.wasted * kWasteWorthCutting <= all.bytes) return ends.size();
  return best_place(ends, lines_min, billed_ppm);
}

size_t lines_when_full(const std::vector<LineEnd>& ends, uint32_t billed_ppm) {
  if (ends.empty()) return 0;
  const auto is_below_half = [bytes = ends.back().bytes](const LineEnd& end) {
    return end.bytes < bytes / 2;
  };
  const auto first = std::partition_point(ends.begin(), ends.end(), is_below_half);
  return best_place(ends, static_cast<size_t>(first - ends.begin()) + 1, billed_ppm);
}

}  // namespace edgehose
