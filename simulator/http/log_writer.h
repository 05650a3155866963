// Writes a log (engine/record_log.h) from a thread of its own, with one fsync for all that waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulator/engine/disk.h"

namespace edgehose {

class LogWriter {
 public:
  using Done = std::function<void(Error)>;

  // `path` is cut to `good_bytes` before the first record. The disk outlives the writer.
  LogWriter(Disk& disk, std::string path, uint64_t good_bytes);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Adds records; `done` is called from the writer's thread when they are durable, or are not going
  // to be. Without records it is called when those before are.
  void append(std::string records, Done done);
  // Puts `records` in place of the whole log, in the order of the calls.
  void replace(std::string records);
  // Of the log as it will be when all that was asked for is done.
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  // Writes what waits and ends.
  void stop();

 private:
  struct Work {
    std::string records;
    Done done;
    bool is_whole = false;
  };
  void run();
  Error write(const std::vector<Work>& group);
  Error append_to_file(const std::string& records);

  Disk& disk_;
  std::string path_;
  uint64_t good_bytes_;
  bool is_clean_ = false;  // nothing stands behind good_bytes_
  bool is_named_ = false;
  std::atomic<uint64_t> bytes_;

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::vector<Work> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace edgehose
