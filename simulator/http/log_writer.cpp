#include "simulator/http/log_writer.h"

#include <array>
#include <utility>

namespace edgehose {

LogWriter::LogWriter(Disk& disk, std::string path, uint64_t good_bytes)
    : disk_(disk),
      path_(std::move(path)),
      good_bytes_(good_bytes),
      bytes_(good_bytes),
      thread_([this] { run(); }) {}

LogWriter::~LogWriter() { stop(); }

void LogWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LogWriter::append(std::string records, Done done) {
  const std::lock_guard lock(mutex_);
  bytes_ += records.size();
  queue_.push_back({std::move(records), std::move(done), false});
  wanted_.notify_one();
}

void LogWriter::replace(std::string records) {
  const std::lock_guard lock(mutex_);
  bytes_ = records.size();
  queue_.push_back({std::move(records), [](Error) {}, true});
  wanted_.notify_one();
}

void LogWriter::run() {
  while (true) {
    std::vector<Work> group;
    {
      std::unique_lock lock(mutex_);
      wanted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      group.swap(queue_);
    }
    const Error error = write(group);
    for (Work& work : group) work.done(error);
  }
}

Error LogWriter::write(const std::vector<Work>& group) {
  std::string records;
  for (const Work& work : group) {
    if (!work.is_whole) {
      records.append(work.records);
      continue;
    }
    // What waits is in the state that the whole was made of.
    const std::array<std::string_view, 1> parts = {work.records};
    if (write_atomically(disk_, path_ + ".new", path_, parts) == Error::none) {
      records.clear();
      good_bytes_ = work.records.size();
      is_clean_ = is_named_ = true;
    }
  }
  return records.empty() ? Error::none : append_to_file(records);
}

Error LogWriter::append_to_file(const std::string& records) {
  if (!is_clean_) {
    const Error cut = disk_.truncate(path_, good_bytes_);
    if (cut != Error::none && cut != Error::not_found) return cut;
    is_clean_ = true;
  }
  const std::array<std::string_view, 1> parts = {records};
  Error error = disk_.append(path_, parts);
  if (error == Error::none) error = disk_.sync(path_);
  if (error == Error::none && !is_named_) error = disk_.sync_folder(folder_of(path_));
  if (error != Error::none) {
    is_clean_ = false;
    return error;
  }
  is_named_ = true;
  good_bytes_ += records.size();
  return Error::none;
}

}  // namespace edgehose
