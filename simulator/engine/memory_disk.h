// A disk in memory that can fail and that forgets, at a crash, all that was not synced: what the
// crash tests, and later the virtual clock, run on.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "simulator/engine/disk.h"

namespace edgehose {

// One thread only. Folders are durable at once; file content needs sync(), file names
// sync_folder().
class MemoryDisk final : public Disk {
 public:
  // Operations that change the disk are counted from 1. The n-th and the `count` - 1 after it fail
  // with `error`; half of an append's bytes are then written. n 0: none fails.
  void fail_at(uint64_t n, Error error, uint64_t count = 1) {
    fail_at_ = n;
    fail_count_ = count;
    fail_with_ = error;
    fail_forever_ = false;
  }
  // From the n-th operation on nothing works any more, as when the power goes.
  void cut_power_at(uint64_t n) {
    fail_at_ = n;
    fail_with_ = Error::io;
    fail_forever_ = true;
  }
  // Writing fails with Error::out_of_space above this many bytes in all.
  void limit_bytes(uint64_t bytes) { bytes_max_ = bytes; }
  // Power back: what was not synced is gone, and operations work again.
  void crash();
  uint64_t operations() const { return operations_; }

  [[nodiscard]] Error write_new(const std::string& path, Parts parts) override;
  [[nodiscard]] Error append(const std::string& path, Parts parts) override;
  [[nodiscard]] Error truncate(const std::string& path, uint64_t bytes) override;
  [[nodiscard]] Error sync(const std::string& path) override;
  [[nodiscard]] Error sync_folder(const std::string& path) override;
  [[nodiscard]] Error rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Error remove(const std::string& path) override;
  [[nodiscard]] Error make_folders(const std::string& path) override;
  [[nodiscard]] Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] Result<std::string> read_range(const std::string& path, uint64_t offset,
                                               uint64_t bytes) const override;
  [[nodiscard]] Result<FileInfo> info(const std::string& path) const override;
  [[nodiscard]] Result<std::vector<FolderEntry>> list(const std::string& path) const override;

 private:
  struct File {
    std::string content;
    std::string durable;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;

  // Counts an operation; its failure when it is to fail.
  Error begin();
  uint64_t bytes_used() const;
  Error add(File& file, Parts parts, bool failing);

  Names names_;
  Names durable_names_;
  std::set<std::string> folders_;
  uint64_t operations_ = 0;
  uint64_t fail_at_ = 0;
  uint64_t fail_count_ = 1;
  Error fail_with_ = Error::io;
  bool fail_forever_ = false;
  uint64_t bytes_max_ = UINT64_MAX;
};

}  // namespace edgehose
