#include "simulator/http/metric_feed.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;

class Source final : public MetricSource {
 public:
  void sample(int64_t /*now_ms*/, const TakeSample& take) override {
    for (const MetricSample& sample : samples) take(sample);
  }
  std::vector<MetricSample> samples;
};

MetricSample sample(const char* name, MetricSample::Kind kind, double value, double total = 0) {
  return {.metric = {"AWS/Firehose", name, {{"DeliveryStreamName", "s"}}},
          .kind = kind,
          .value = value,
          .total = total};
}

const MetricSeries& series(const MetricStore& store, const char* name) {
  return store.find({"AWS/Firehose", name, {{"DeliveryStreamName", "s"}}})->at("Count");
}

}  // namespace

TEST_CASE("metric feed: each minute gets what a counter grew by, whenever it was looked at") {
  using Kind = MetricSample::Kind;
  Source source;
  MetricFeed feed;
  feed.add(source);
  MetricStore store;
  // Counts at seconds; a look at each. Minutes grow by 10, 30 and 0.
  const std::pair<int64_t, double> looks[] = {{5, 4},    {30, 7},   {60, 10}, {61, 25},
                                              {120, 40}, {180, 40}, {185, 41}};
  for (const auto& [second, count] : looks) {
    source.samples = {sample("IncomingRecords", Kind::counter, count)};
    feed.sample(kNow + second * 1'000, store);
  }
  const MetricSeries& minutes = series(store, "IncomingRecords");
  std::vector<double> sums;
  for (const auto& [minute, cell] : minutes) {
    REQUIRE(cell.count == 1);
    sums.push_back(cell.sum);
  }
  REQUIRE(sums == std::vector<double>{10, 30, 0, 1});
  REQUIRE(minutes.begin()->first == kNow);
}

TEST_CASE(
    "metric feed: a quiet counter has no zeros, a gauge is as it is, shares and means average") {
  using Kind = MetricSample::Kind;
  Source source;
  MetricFeed feed;
  feed.add(source);
  MetricStore store;
  MetricSample quiet = sample("Quiet", Kind::counter, 0);
  quiet.has_zeros = false;
  source.samples = {quiet, sample("Gauge", Kind::gauge, 7), sample("Share", Kind::share, 3, 4),
                    sample("Mean", Kind::mean, 9, 2)};
  feed.sample(kNow, store);
  REQUIRE(store.find(quiet.metric) == nullptr);
  REQUIRE(series(store, "Gauge").at(kNow).sum == 7);
  REQUIRE(series(store, "Share").at(kNow).sum == 3);
  REQUIRE(series(store, "Share").at(kNow).count == 4);
  REQUIRE(series(store, "Mean").at(kNow).sum == 9);
  REQUIRE(series(store, "Mean").at(kNow).count == 2);
}

TEST_CASE("metric feed: a counter that began anew counts from nothing") {
  using Kind = MetricSample::Kind;
  Source source;
  MetricFeed feed;
  feed.add(source);
  MetricStore store;
  source.samples = {sample("C", Kind::counter, 100)};
  feed.sample(kNow, store);
  feed.sample(kNow + 60'000, store);
  source.samples.clear();
  feed.sample(kNow + 70'000, store);
  source.samples = {sample("C", Kind::counter, 3)};
  feed.sample(kNow + 120'000, store);
  REQUIRE(series(store, "C").at(kNow).sum == 100);
  REQUIRE(series(store, "C").at(kNow + 60'000).sum == 3);
}

TEST_CASE("metric feed: Prometheus reads the same figures") {
  using Kind = MetricSample::Kind;
  Source source;
  MetricFeed feed;
  feed.add(source);
  source.samples = {
      sample("IncomingRecords", Kind::counter, 5), sample("BytesPerSecondLimit", Kind::gauge, 1.5),
      sample("DeliveryToS3.Success", Kind::share, 3, 4), sample("Latency", Kind::mean, 9, 2)};
  source.samples[1].metric.dimensions[0].second = "a\"b\\c\nd";
  REQUIRE(feed.prometheus_text(kNow) ==
          "# HELP edgehose_firehose_bytes_per_second_limit AWS/Firehose BytesPerSecondLimit, in "
          "Count\n"
          "# TYPE edgehose_firehose_bytes_per_second_limit gauge\n"
          "edgehose_firehose_bytes_per_second_limit{delivery_stream_name=\"a\\\"b\\\\c\\nd\"} 1.5\n"
          "# HELP edgehose_firehose_delivery_to_s3_success_of_total AWS/Firehose "
          "DeliveryToS3.Success, in Count\n"
          "# TYPE edgehose_firehose_delivery_to_s3_success_of_total counter\n"
          "edgehose_firehose_delivery_to_s3_success_of_total{delivery_stream_name=\"s\"} 4\n"
          "# HELP edgehose_firehose_delivery_to_s3_success_total AWS/Firehose "
          "DeliveryToS3.Success, in Count\n"
          "# TYPE edgehose_firehose_delivery_to_s3_success_total counter\n"
          "edgehose_firehose_delivery_to_s3_success_total{delivery_stream_name=\"s\"} 3\n"
          "# HELP edgehose_firehose_incoming_records_total AWS/Firehose IncomingRecords, in Count\n"
          "# TYPE edgehose_firehose_incoming_records_total counter\n"
          "edgehose_firehose_incoming_records_total{delivery_stream_name=\"s\"} 5\n"
          "# HELP edgehose_firehose_latency_count AWS/Firehose Latency, in Count\n"
          "# TYPE edgehose_firehose_latency_count counter\n"
          "edgehose_firehose_latency_count{delivery_stream_name=\"s\"} 2\n"
          "# HELP edgehose_firehose_latency_sum AWS/Firehose Latency, in Count\n"
          "# TYPE edgehose_firehose_latency_sum counter\n"
          "edgehose_firehose_latency_sum{delivery_stream_name=\"s\"} 9\n");
  REQUIRE(prometheus_name("AWS/ApiGateway", "5XXError") == "edgehose_api_gateway_5_xxerror");
}
