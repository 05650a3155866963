// Log events by group and stream, as CloudWatch Logs has them. In memory, and bounded: the oldest
// events of a stream go first, and what finds no room at all is dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace edgehose {

inline constexpr size_t kLogEventsMax = 10'000;      // of a stream
inline constexpr size_t kLogStreamsMax = 10'000;     // of all groups: what comes later is dropped
inline constexpr size_t kLogMessageBytesMax = 4096;  // AWS: 256 KB; ours are short
inline constexpr size_t kLogBytesMax = size_t{64} << 20;  // of all messages together

struct LogEvent {
  uint64_t number = 0;  // one more with each of its stream, from 1
  int64_t time_ms = 0;
  std::string message;
};

struct LogStream {
  int64_t created_ms = 0;
  uint64_t written = 0;  // events in all
  uint64_t bytes = 0;    // of messages that are kept
  std::deque<LogEvent> events;
};

class LogStore {
 public:
  using Streams = std::map<std::string, LogStream, std::less<>>;

  // Makes the group and the stream where there are none. A message that is too long is cut; where
  // all bytes are taken the stream gives up its own oldest events.
  void put(const std::string& group, const std::string& stream, int64_t now_ms,
           std::string message);
  [[nodiscard]] const std::map<std::string, Streams, std::less<>>& groups() const {
    return groups_;
  }

 private:
  void drop_oldest(LogStream& stream);

  std::map<std::string, Streams, std::less<>> groups_;
  size_t streams_ = 0;
  size_t bytes_ = 0;
};

}  // namespace edgehose
