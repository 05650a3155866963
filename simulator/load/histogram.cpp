#include "simulator/load/histogram.h"

#include <hdr_histogram.h>

#include <algorithm>
#include <new>

namespace edgehose {
namespace {

constexpr int64_t kHourUs = 3'600'000'000;
constexpr int kSignificantDigits = 3;

}  // namespace

void Histogram::Closer::operator()(hdr_histogram* histogram) const { hdr_close(histogram); }

Histogram::Histogram() {
  hdr_histogram* made = nullptr;
  if (hdr_init(1, kHourUs, kSignificantDigits, &made) != 0) throw std::bad_alloc();
  histogram_.reset(made);
}

void Histogram::record_ns(int64_t ns) {
  hdr_record_value(histogram_.get(), std::clamp<int64_t>(ns / 1000, 0, kHourUs));
}

int64_t Histogram::percentile_us(double percent) const {
  return count() == 0 ? 0 : hdr_value_at_percentile(histogram_.get(), percent);
}

int64_t Histogram::max_us() const { return count() == 0 ? 0 : hdr_max(histogram_.get()); }

int64_t Histogram::count() const { return histogram_->total_count; }

}  // namespace edgehose
