// Turns the counters of services into metrics: each simulated minute, and whenever metrics are
// read, it asks its sources and puts what has grown since the minute began. The same figures are
// the text that Prometheus reads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "simulator/services/cloudwatch/metric_store.h"

namespace edgehose {

struct MetricSample {
  enum class Kind : uint8_t {
    counter,  // grows since the start of the program; a minute's datum is by how much
    gauge,    // is as it is
    share,    // `value` of `total` are such, both growing; a minute's average is the share
    mean      // `value` is the sum of `total` figures, both growing; only their average is known
  };
  MetricId metric;
  std::string_view unit = "Count";  // of kMetricUnits
  Kind kind = Kind::counter;
  double value = 0;
  double total = 0;
  // Whether a minute in which nothing happened has a datum of 0.
  bool has_zeros = true;
};
using TakeSample = std::function<void(const MetricSample&)>;

// A service's figures, as it sees them at the moment. Called by one thread at a time.
class MetricSource {
 public:
  virtual ~MetricSource() = default;
  virtual void sample(int64_t now_ms, const TakeSample& take) = 0;
};

class MetricFeed {
 public:
  // The source outlives the feed.
  void add(MetricSource& source) { sources_.push_back(&source); }

  // In the minute that runs, its datum is said anew. The first sample after its end is the last
  // word on it: whoever calls at the turn of each minute makes the minutes exact.
  void sample(int64_t now_ms, MetricStore& store);

  // Prometheus's text format 0.0.4: edgehose_firehose_incoming_records_total{...}.
  [[nodiscard]] std::string prometheus_text(int64_t now_ms) const;

 private:
  struct Base {
    double value = 0;  // when the minute began
    double total = 0;
    uint64_t round = 0;
  };
  void put(int64_t now_ms, const MetricSample& sample, bool is_over, MetricStore& store);

  std::vector<MetricSource*> sources_;
  std::map<MetricId, Base> bases_;
  int64_t minute_ms_ = INT64_MIN;  // the one that runs
  uint64_t round_ = 0;
};

// `AWS/Firehose`, `DeliveryToS3.Records` -> `edgehose_firehose_delivery_to_s3_records`
[[nodiscard]] std::string prometheus_name(std::string_view space, std::string_view metric);

}  // namespace edgehose
