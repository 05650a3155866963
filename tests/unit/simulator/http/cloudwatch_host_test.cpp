#include "simulator/http/cloudwatch_host.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;

class Throttled final : public MetricSource {
 public:
  void sample(int64_t /*now_ms*/, const TakeSample& take) override {
    take({.metric = metric, .value = value});
  }
  MetricId metric{"AWS/Firehose", "ThrottledRecords", {{"DeliveryStreamName", "s<1>"}}};
  double value = 0;
};

AlarmConfig alarm(const MetricId& metric) {
  return {.name = "throttled",
          .metric = metric,
          .statistic = *read_statistic("Sum"),
          .threshold = 0,
          .comparison = AlarmComparison::above};
}

}  // namespace

TEST_CASE("cloudwatch host: at the turn of a minute it samples, evaluates and tells the change") {
  SimulatedClock clock(kNow);
  Throttled source;
  std::vector<AlarmChange> told;
  CloudWatchHost host(clock, [&told](const AlarmChange& change) { told.push_back(change); });
  host.add(source);
  host.with([&source](const CloudWatchHost::World& world) {
    REQUIRE_FALSE(world.alarms.put(world.now_ms, alarm(source.metric)));
  });
  source.value = 120;
  clock.advance(59'999);
  host.tick();
  REQUIRE(told.empty());
  clock.advance(1);
  host.tick();
  REQUIRE(told.size() == 1);
  REQUIRE(told[0].alarm.state == AlarmState::alarm);
  REQUIRE(json::parse(slack_message(told[0])) ==
          json{{"text",
                "*throttled* INSUFFICIENT_DATA -&gt; ALARM at 2026-11-22T13:21:00.000Z\n"
                "AWS/Firehose ThrottledRecords Sum {DeliveryStreamName=s&lt;1&gt;} = 120.0\n"
                "Threshold Crossed: 1 out of the last 1 datapoints [120.0] was greater than the "
                "threshold (0.0)."}});
  const json status = json::parse(host.alarms_json());
  REQUIRE(status[0]["name"] == "throttled");
  REQUIRE(status[0]["state"] == "ALARM");
  REQUIRE(status[0]["value"] == 120);

  // Minutes without throttling: it comes back, and says so once.
  clock.advance(60'000);
  host.tick();
  clock.advance(60'000);
  host.tick();
  REQUIRE(told.size() == 2);
  REQUIRE(told[1].alarm.state == AlarmState::ok);
  REQUIRE(host.prometheus_text().find("edgehose_firehose_throttled_records_total") !=
          std::string::npos);
}

TEST_CASE("cloudwatch host: a turn that comes late evaluates the minutes it missed") {
  SimulatedClock clock(kNow);
  Throttled source;
  std::vector<AlarmChange> told;
  CloudWatchHost host(clock, [&told](const AlarmChange& change) { told.push_back(change); });
  host.add(source);
  host.with([&source](const CloudWatchHost::World& world) {
    REQUIRE_FALSE(world.alarms.put(world.now_ms, alarm(source.metric)));
  });
  source.value = 120;
  clock.advance(59'999);
  host.with([](const CloudWatchHost::World&) {});
  clock.advance(600'001);
  host.tick();
  REQUIRE(told.size() == 2);
  REQUIRE(told[0].alarm.state == AlarmState::alarm);
  REQUIRE(told[0].at_ms == kNow + 60'000);
  REQUIRE(told[1].alarm.state == AlarmState::insufficient_data);
  host.tick();
  REQUIRE(told.size() == 2);
}

TEST_CASE("cloudwatch host: its thread turns the minutes by the clock's speed") {
  const RealClock clock(6'000);  // a minute in 10 ms
  Throttled source;
  source.value = 1;
  std::atomic<int> told{0};
  CloudWatchHost host(clock, [&told](const AlarmChange&) { ++told; });
  host.add(source);
  host.with([&source](const CloudWatchHost::World& world) {
    REQUIRE_FALSE(world.alarms.put(world.now_ms, alarm(source.metric)));
  });
  host.start();
  for (int i = 0; i < 1'000 && told == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  host.stop();
  REQUIRE(told > 0);
}
