// Latencies in an HdrHistogram: three significant digits from a microsecond to an hour, in fixed
// memory (about 180 KB).
#pragma once

#include <cstdint>
#include <memory>

struct hdr_histogram;  // of the C library

namespace edgehose {

class Histogram {
 public:
  Histogram();

  // Counts a duration; what lies outside the range counts as its nearest end.
  void record_ns(int64_t ns);

  // The duration that `percent` of those counted do not pass; 0 when none was counted.
  [[nodiscard]] int64_t percentile_us(double percent) const;
  [[nodiscard]] int64_t max_us() const;
  [[nodiscard]] int64_t count() const;

 private:
  struct Closer {
    void operator()(hdr_histogram* histogram) const;
  };
  std::unique_ptr<hdr_histogram, Closer> histogram_;
};

}  // namespace edgehose
