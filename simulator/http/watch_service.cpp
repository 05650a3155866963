#include "simulator/http/watch_service.h"

#include <utility>

namespace edgehose {

WatchService::WatchService(const WatchWorld& world, AlarmFile alarms)
    : firehose_metrics_(world.firehose),
      s3_metrics_(world.meters),
      host_(world.clock,
            [this](const AlarmChange& change) {
              if (webhook_ && change.alarm.config.actions_enabled) {
                webhook_->post(slack_message(change));
              }
            }),
      protocol_(host_, world.region, world.account) {
  if (alarms.webhook) webhook_.emplace(std::move(*alarms.webhook));
  host_.add(firehose_metrics_);
  host_.add(s3_metrics_);
  if (world.events != nullptr) host_.add(event_metrics_.emplace(*world.events));
  if (world.gateway != nullptr) host_.add(gateway_metrics_.emplace(*world.gateway));
  host_.with([&alarms](const CloudWatchHost::World& seen) {
    for (AlarmConfig& alarm : alarms.alarms) {
      (void)seen.alarms.put(seen.now_ms, std::move(alarm));  // the file's reader kept the bound
    }
  });
}

WatchService::~WatchService() { stop(); }

void WatchService::start() { host_.start(); }

void WatchService::stop() {
  host_.stop();
  if (webhook_) webhook_->stop();
}

}  // namespace edgehose
