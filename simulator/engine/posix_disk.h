// The machine's disk.
#pragma once

#include "simulator/engine/disk.h"

namespace edgehose {

enum class Fsync : uint8_t {
  on,   // sync() and sync_folder() reach the device
  off,  // they do nothing: a kill -9 loses nothing, a power cut may
};

class PosixDisk final : public Disk {
 public:
  explicit PosixDisk(Fsync fsync = Fsync::on) : fsync_(fsync) {}

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
  Fsync fsync_;
};

}  // namespace edgehose
