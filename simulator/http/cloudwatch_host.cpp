#include "simulator/http/cloudwatch_host.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/base/calendar.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr int64_t kTurnMsMin = 10;
// Minutes that passed without a turn are evaluated one by one, so many at most.
constexpr int64_t kCatchUpMinutesMax = 60;

// `AWS/Firehose ThrottledRecords Sum {DeliveryStreamName=s}`
std::string metric_text(const AlarmConfig& config) {
  std::string text = config.metric.space + " " + config.metric.name + " " + config.statistic.text;
  std::string dimensions;
  for (const auto& [name, value] : config.metric.dimensions) {
    dimensions.append(dimensions.empty() ? "" : ", ").append(name).append("=").append(value);
  }
  return dimensions.empty() ? text : text + " {" + dimensions + "}";
}

std::string value_text(const Alarm& alarm) {
  return alarm.value ? json(*alarm.value).dump() : "unknown";
}

// Slack reads these three as markup.
std::string slack_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

CloudWatchHost::CloudWatchHost(const Clock& clock, OnChange on_change)
    : clock_(clock), on_change_(std::move(on_change)), evaluated_ms_(minute_of(clock.now_ms())) {}

CloudWatchHost::~CloudWatchHost() { stop(); }

void CloudWatchHost::add(MetricSource& source) { feed_.add(source); }

void CloudWatchHost::start() {
  with([](const World&) {});  // the first minute begins here
  thread_ = std::thread([this] { run(); });
}

void CloudWatchHost::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_wanted_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CloudWatchHost::tick() {
  with([this](const World& world) {
    const int64_t end_ms = minute_of(world.now_ms);
    const int64_t first_ms = end_ms - (kCatchUpMinutesMax - 1) * kMinuteMs;
    for (int64_t at_ms = std::max(evaluated_ms_ + kMinuteMs, first_ms); at_ms <= end_ms;
         at_ms += kMinuteMs) {
      for (AlarmChange& change : world.alarms.evaluate(at_ms, world.metrics)) {
        world.changes.push_back(std::move(change));
      }
      evaluated_ms_ = at_ms;
    }
  });
}

void CloudWatchHost::with(const std::function<void(World)>& step) {
  std::vector<AlarmChange> changes;
  {
    const std::lock_guard lock(mutex_);
    const int64_t now_ms = clock_.now_ms();
    feed_.sample(now_ms, metrics_);
    step({now_ms, metrics_, alarms_, changes});
  }
  tell(changes);
}

void CloudWatchHost::tell(const std::vector<AlarmChange>& changes) const {
  if (!on_change_) return;
  for (const AlarmChange& change : changes) on_change_(change);
}

void CloudWatchHost::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const int64_t left_ms = kMinuteMs - clock_.now_ms() % kMinuteMs;
      // A clock so fast that minutes are shorter than this takes several of them in one turn.
      const int64_t least_ms = clock_.real_ms(kMinuteMs) < kTurnMsMin ? kTurnMsMin : 1;
      const int64_t real_ms = std::clamp<int64_t>(clock_.real_ms(left_ms), least_ms, kMinuteMs);
      if (stop_wanted_.wait_for(lock, std::chrono::milliseconds(real_ms),
                                [this] { return stopping_; })) {
        return;
      }
    }
    tick();
  }
}

std::string CloudWatchHost::prometheus_text() {
  const std::lock_guard lock(mutex_);
  return feed_.prometheus_text(clock_.now_ms());
}

std::string CloudWatchHost::alarms_json() {
  json list = json::array();
  const std::lock_guard lock(mutex_);
  for (const auto& [name, alarm] : alarms_.alarms()) {
    list.push_back({{"name", name},
                    {"state", to_text(alarm.state)},
                    {"reason", alarm.reason},
                    {"since_ms", alarm.state_ms},
                    {"metric", metric_text(alarm.config)},
                    {"value", alarm.value ? json(*alarm.value) : json(nullptr)}});
  }
  return list.dump();
}

std::string slack_message(const AlarmChange& change) {
  const Alarm& alarm = change.alarm;
  std::string text = "*" + slack_escaped(alarm.config.name) + "* ";
  text.append(to_text(change.from)).append(" -&gt; ").append(to_text(alarm.state));
  text += " at " + iso_ms(change.at_ms) + "\n" + slack_escaped(metric_text(alarm.config)) + " = " +
          value_text(alarm) + "\n" + slack_escaped(alarm.reason);
  return json{{"text", text}}.dump();
}

}  // namespace edgehose
