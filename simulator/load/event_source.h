// Where the events of a run come from: made up, or replayed from a log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.h"
#include "simulator/load/arrivals/access_log.h"
#include "simulator/load/arrivals/event.h"
#include "simulator/load/arrivals/visits.h"

namespace edgehose {

class EventSource {
 public:
  virtual ~EventSource() = default;
  // The next event; a source without times of its own lets it happen at `time_ms`. Nothing when
  // the source is at its end.
  virtual std::optional<SentEvent> next(int64_t time_ms) = 0;
  // Events in all, where the source has an end.
  [[nodiscard]] virtual std::optional<uint64_t> count() const = 0;
};

// Lines of a log that are no events.
struct SkippedLines {
  uint64_t count = 0;
  std::vector<uint64_t> first_numbers;  // at most kSkippedNamed of them
  static constexpr size_t kSkippedNamed = 20;
};

struct Replay {
  std::unique_ptr<EventSource> source;
  SkippedLines skipped;
};

[[nodiscard]] std::unique_ptr<EventSource> make_visits_source(const VisitsOptions& options);

// Reads the log once to count and check it, and again as events are asked for. Error::not_found
// when it cannot be opened, Error::malformed when its gzip is damaged.
[[nodiscard]] Result<Replay> open_replay(const std::string& path, const ReplayOptions& options);

}  // namespace edgehose
