#include "simulator/load/event_source.h"

#include <utility>

#include "simulator/load/log_reader.h"

namespace edgehose {
namespace {

class VisitsSource final : public EventSource {
 public:
  explicit VisitsSource(const VisitsOptions& options) : visits_(options) {}
  std::optional<SentEvent> next(int64_t time_ms) override { return visits_.next(time_ms); }
  [[nodiscard]] std::optional<uint64_t> count() const override { return std::nullopt; }

 private:
  Visits visits_;
};

// Reads the log a second time, one event at a time: memory does not grow with the log.
class ReplaySource final : public EventSource {
 public:
  ReplaySource(LogReader reader, uint64_t count, ReplayOptions options)
      : reader_(std::move(reader)), count_(count), options_(std::move(options)) {}

  std::optional<SentEvent> next(int64_t /*time_ms*/) override {
    while (reader_.next(line_)) {
      const std::optional<AccessLogLine> line = parse_access_log_line(line_);
      if (line) return event_of_log_line(*line, reader_.line_number(), options_);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<uint64_t> count() const override { return count_; }

 private:
  LogReader reader_;
  uint64_t count_;
  ReplayOptions options_;
  std::string line_;
};

}  // namespace

std::unique_ptr<EventSource> make_visits_source(const VisitsOptions& options) {
  return std::make_unique<VisitsSource>(options);
}

Result<Replay> open_replay(const std::string& path, const ReplayOptions& options) {
  Result<LogReader> counting = LogReader::open(path);
  if (!counting) return counting.error();
  SkippedLines skipped;
  uint64_t events = 0;
  std::string line;
  while (counting.value().next(line)) {
    if (parse_access_log_line(line)) {
      ++events;
      continue;
    }
    ++skipped.count;
    if (skipped.first_numbers.size() < SkippedLines::kSkippedNamed) {
      skipped.first_numbers.push_back(counting.value().line_number());
    }
  }
  if (counting.value().failed()) return Error::malformed;
  Result<LogReader> reading = LogReader::open(path);
  if (!reading) return reading.error();
  Replay replay;
  replay.source = std::make_unique<ReplaySource>(std::move(reading).value(), events, options);
  replay.skipped = std::move(skipped);
  return replay;
}

}  // namespace edgehose
