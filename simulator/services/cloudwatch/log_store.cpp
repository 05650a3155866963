#include "simulator/services/cloudwatch/log_store.h"

#include <utility>

namespace edgehose {

void LogStore::put(const std::string& group, const std::string& stream, int64_t now_ms,
                   std::string message) {
  if (message.size() > kLogMessageBytesMax) message.resize(kLogMessageBytesMax);
  const auto known = groups_.find(group);
  const bool is_new = known == groups_.end() || !known->second.contains(stream);
  if (is_new && streams_ == kLogStreamsMax) return;
  // Not even in place of all that its stream has.
  const size_t replaceable = is_new ? 0 : known->second.find(stream)->second.bytes;
  if (bytes_ - replaceable + message.size() > kLogBytesMax) return;
  LogStream& kept = groups_[group][stream];
  if (is_new) {
    ++streams_;
    kept.created_ms = now_ms;
  }
  if (kept.events.size() == kLogEventsMax) drop_oldest(kept);
  while (bytes_ + message.size() > kLogBytesMax) drop_oldest(kept);
  kept.bytes += message.size();
  bytes_ += message.size();
  kept.events.push_back({++kept.written, now_ms, std::move(message)});
}

void LogStore::drop_oldest(LogStream& stream) {
  const size_t bytes = stream.events.front().message.size();
  stream.events.pop_front();
  stream.bytes -= bytes;
  bytes_ -= bytes;
}

}  // namespace edgehose
