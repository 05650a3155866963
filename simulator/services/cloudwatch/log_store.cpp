#include "simulator/services/cloudwatch/log_store.h"

#include <utility>

namespace edgehose {

void LogStore::put(const std::string& group, const std::string& stream, int64_t now_ms,
                   std::string message) {
  const auto known = groups_.find(group);
  if (known == groups_.end() || !known->second.contains(stream)) {
    if (streams_ == kLogStreamsMax) return;
    ++streams_;
    groups_[group][stream].created_ms = now_ms;
  }
  LogStream& kept = groups_[group][stream];
  if (message.size() > kLogMessageBytesMax) message.resize(kLogMessageBytesMax);
  if (kept.events.size() == kLogEventsMax) {
    kept.bytes -= kept.events.front().message.size();
    kept.events.pop_front();
  }
  kept.bytes += message.size();
  kept.events.push_back({++kept.written, now_ms, std::move(message)});
}

}  // namespace edgehose
