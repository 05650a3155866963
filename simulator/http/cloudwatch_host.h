// Runs CloudWatch at wall clock: at the turn of each simulated minute a thread samples the services
// and evaluates the alarms. Everything is in memory: a restart begins anew, but for the alarms of
// a file.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulator/engine/clock.h"
#include "simulator/http/metric_feed.h"
#include "simulator/services/cloudwatch/alarm.h"
#include "simulator/services/cloudwatch/metric_store.h"

namespace edgehose {

class CloudWatchHost {
 public:
  // Called from any thread, with no lock held.
  using OnChange = std::function<void(const AlarmChange&)>;

  // The clock outlives the host.
  explicit CloudWatchHost(const Clock& clock, OnChange on_change = {});
  ~CloudWatchHost();
  CloudWatchHost(const CloudWatchHost&) = delete;
  CloudWatchHost& operator=(const CloudWatchHost&) = delete;

  // Sources outlive the host, or its stop(). Before start().
  void add(MetricSource& source);
  void start();
  void stop();

  // Evaluates each minute that ended since the last turn (the last hour's at most), however late it
  // comes. Tests call it; so does the thread.
  void tick();

  // Looks or changes while nothing else does. The metrics are up to the moment.
  struct World {
    int64_t now_ms;
    MetricStore& metrics;
    AlarmSet& alarms;
    std::vector<AlarmChange>& changes;  // told to on_change afterwards
  };
  void with(const std::function<void(World)>& step);

  [[nodiscard]] std::string prometheus_text();
  // [{"name", "state", "reason", "metric", "value", ...}], for the status.
  [[nodiscard]] std::string alarms_json();

 private:
  void run();
  void tell(const std::vector<AlarmChange>& changes) const;

  const Clock& clock_;
  OnChange on_change_;
  std::mutex mutex_;  // guards all below
  std::condition_variable stop_wanted_;
  MetricStore metrics_;
  MetricFeed feed_;
  AlarmSet alarms_;
  int64_t evaluated_ms_;  // the end of the last minute that was
  bool stopping_ = false;
  std::thread thread_;
};

// A Slack-compatible message about a change: {"text": "..."}.
[[nodiscard]] std::string slack_message(const AlarmChange& change);

}  // namespace edgehose
