#include "simulator/services/cloudwatch/metric_store.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "simulator/engine/random.h"

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;
const uint8_t kCount = *find_metric_unit("Count");

MetricId metric(const std::string& name) { return {"N", name, {{"a", "b"}}}; }

MetricCell cell(std::initializer_list<double> values) {
  MetricCell made;
  for (const double value : values) made.add(value, 1);
  return made;
}

}  // namespace

TEST_CASE("metric store: a minute has sum, count, least and greatest of what was put in it") {
  MetricStore store;
  REQUIRE(store.put(kNow + 59'999, metric("m"), kCount, 4) == PutOutcome::stored);
  REQUIRE(store.put(kNow, metric("m"), kCount, 1.5, 2) == PutOutcome::stored);
  REQUIRE(store.put(kNow + 60'000, metric("m"), kCount, 9) == PutOutcome::stored);
  const MetricByUnit* found = store.find(metric("m"));
  REQUIRE(found != nullptr);
  const MetricSeries& series = found->at("Count");
  REQUIRE(series.size() == 2);
  const MetricCell& minute = series.at(kNow);
  REQUIRE(minute.sum == 7);
  REQUIRE(minute.count == 3);
  REQUIRE(minute.minimum == 1.5);
  REQUIRE(minute.maximum == 4);
  REQUIRE(MetricStore::newest_ms(*found) == kNow + 60'000);
}

TEST_CASE("metric store: units of one metric are kept apart") {
  MetricStore store;
  REQUIRE(store.put(kNow, metric("m"), kCount, 1) == PutOutcome::stored);
  REQUIRE(store.put(kNow, metric("m"), *find_metric_unit("Bytes"), 1) == PutOutcome::stored);
  REQUIRE(store.find(metric("m"))->size() == 2);
  REQUIRE_FALSE(find_metric_unit("Miles"));
}

TEST_CASE("metric store: a minute can be said anew") {
  MetricStore store;
  REQUIRE(store.put(kNow, metric("m"), kCount, 4) == PutOutcome::stored);
  const size_t bytes = store.bytes();
  REQUIRE(store.replace(kNow, metric("m"), kCount, kNow, cell({7})) == PutOutcome::stored);
  REQUIRE(store.find(metric("m"))->at("Count").at(kNow).sum == 7);
  REQUIRE(store.bytes() == bytes);
}

TEST_CASE("metric store: percentiles are within one in a hundred of the sorted values") {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    MetricCell whole;
    MetricCell left;
    MetricCell right;
    std::vector<double> values;
    for (int i = 0; i < 2'000; ++i) {
      const double value = static_cast<double>(1 + random.next() % 100'000) / 100;
      values.push_back(value);
      whole.add(value, 1);
      (i % 2 == 0 ? left : right).add(value, 1);
    }
    left.add(right);
    std::sort(values.begin(), values.end());
    for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
      const auto rank = static_cast<size_t>(std::ceil(percent / 100 * 2'000)) - 1;
      REQUIRE(whole.histogram.percentile(percent) == Approx(values[rank]).epsilon(0.01));
      REQUIRE(left.histogram.percentile(percent) == whole.histogram.percentile(percent));
    }
  }
}

TEST_CASE("metric store: a histogram keeps its bound and its high percentiles") {
  MetricHistogram histogram;
  double value = 1e-50;
  for (int i = 0; i < 4'000; ++i, value *= 1.05) histogram.add(value, 1);
  REQUIRE(histogram.buckets() == MetricHistogram::kBucketsMax);
  REQUIRE(histogram.percentile(99) == Approx(1e-50 * std::pow(1.05, 3'959)).epsilon(0.01));
  MetricHistogram with_zero;
  with_zero.add(0, 3);
  with_zero.add(8, 1);
  REQUIRE(with_zero.percentile(50) == 0);
  REQUIRE(with_zero.percentile(99) == Approx(8).epsilon(0.01));
}

TEST_CASE("metric store: a negative value takes the percentiles away") {
  REQUIRE(cell({1, 2}).has_values);
  REQUIRE_FALSE(cell({1, -2}).has_values);
}

TEST_CASE("metric store: a datum is at most two weeks old and two hours ahead") {
  MetricStore store;
  const auto put = [&store](int64_t at_ms) {
    return store.put(kNow, metric("m"), kCount, at_ms, cell({1}));
  };
  REQUIRE(put(kNow - 14 * 86'400'000LL) == PutOutcome::stored);
  REQUIRE(put(kNow - 14 * 86'400'000LL - 1) == PutOutcome::too_old);
  REQUIRE(put(kNow + 7'200'000) == PutOutcome::stored);
  REQUIRE(put(kNow + 7'200'001) == PutOutcome::too_early);
  REQUIRE(store.refused() == 0);
}

TEST_CASE("metric store: after fifteen days minutes are forgotten, and metrics with them") {
  MetricStore store;
  REQUIRE(store.put(kNow, metric("old"), kCount, 1) == PutOutcome::stored);
  const int64_t later = kNow + 16 * 86'400'000LL;
  REQUIRE(store.put(later, metric("new"), kCount, 1) == PutOutcome::stored);
  REQUIRE(store.find(metric("old")) == nullptr);
  REQUIRE(store.find(metric("new")) != nullptr);
}

TEST_CASE("metric store: metrics past the bound are refused and counted") {
  MetricStore store({.metrics_max = 2});
  REQUIRE(store.put(kNow, metric("a"), kCount, 1) == PutOutcome::stored);
  REQUIRE(store.put(kNow, metric("b"), kCount, 1) == PutOutcome::stored);
  REQUIRE(store.put(kNow, metric("c"), kCount, 1) == PutOutcome::no_room);
  REQUIRE(store.put(kNow, metric("a"), kCount, 1) == PutOutcome::stored);
  REQUIRE(store.refused() == 1);
}

TEST_CASE("metric store: where bytes run out the oldest hours go, and the last one stays") {
  MetricStore store({.metrics_max = 100, .bytes_max = 100'000});
  for (int minute = 0; minute < 5'000; ++minute) {
    REQUIRE(store.put(kNow + minute * 60'000, metric("m"), kCount, 1) == PutOutcome::stored);
    REQUIRE(store.bytes() <= 100'000 + 300);
  }
  const MetricSeries& series = store.find(metric("m"))->at("Count");
  REQUIRE(series.size() > 400);
  REQUIRE(series.rbegin()->first == kNow + 4'999 * 60'000);

  // All within the last hour: nothing may go, so what is new is refused.
  MetricStore full({.metrics_max = 10'000, .bytes_max = 10'000});
  size_t stored = 0;
  for (int i = 0; i < 1'000; ++i) {
    if (full.put(kNow, metric(std::to_string(i)), kCount, 1) == PutOutcome::stored) ++stored;
  }
  REQUIRE(stored > 50);
  REQUIRE(full.refused() == 1'000 - stored);
  REQUIRE(full.bytes() <= 10'000 + 300);
}
