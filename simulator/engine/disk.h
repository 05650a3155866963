// The disk as the services see it: a few operations, each of which may fail, none of which is
// durable before its sync. Two classes each: PosixDisk (posix_disk.h) and MemoryDisk
// (memory_disk.h), which loses what was not synced and fails the n-th operation on request.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.h"

namespace edgehose {

struct FileInfo {
  uint64_t bytes = 0;
  int64_t modified_ms = 0;
  bool is_folder = false;
};

struct FolderEntry {
  std::string name;
  bool is_folder = false;
};

// Paths are plain text with '/' between names. Every operation may be called from any thread; two
// threads must not write the same path at once. Error::none is success.
class Disk {
 public:
  using Parts = std::span<const std::string_view>;

  virtual ~Disk() = default;

  // Creates `path` or empties it, and writes the parts one after the other.
  [[nodiscard]] virtual Error write_new(const std::string& path, Parts parts) = 0;
  // Adds the parts at the end, creating the file. On a failure some of the bytes may be there.
  [[nodiscard]] virtual Error append(const std::string& path, Parts parts) = 0;
  [[nodiscard]] virtual Error truncate(const std::string& path, uint64_t bytes) = 0;
  // Makes the content of a file durable.
  [[nodiscard]] virtual Error sync(const std::string& path) = 0;
  // Makes names made, renamed or removed in a folder durable.
  [[nodiscard]] virtual Error sync_folder(const std::string& path) = 0;
  // Replaces `to` in one step, if it exists.
  [[nodiscard]] virtual Error rename(const std::string& from, const std::string& to) = 0;
  // Removes a file or an empty folder; Error::not_found when there is none.
  [[nodiscard]] virtual Error remove(const std::string& path) = 0;
  // Makes the folder and those above it, durably.
  [[nodiscard]] virtual Error make_folders(const std::string& path) = 0;

  [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
  // Up to `bytes` from `offset`; fewer at the end of the file.
  [[nodiscard]] virtual Result<std::string> read_range(const std::string& path, uint64_t offset,
                                                       uint64_t bytes) const = 0;
  [[nodiscard]] virtual Result<FileInfo> info(const std::string& path) const = 0;
  // Sorted by name.
  [[nodiscard]] virtual Result<std::vector<FolderEntry>> list(const std::string& path) const = 0;
};

// The folder a path lies in: "a/b" of "a/b/c".
[[nodiscard]] std::string folder_of(const std::string& path);

// Replaces `path` by the parts, durably and in one step: a reader, and a restart after a crash,
// sees the old content or the new, never a mixture. `temporary` must be on the same file system.
[[nodiscard]] Error write_atomically(Disk& disk, const std::string& temporary,
                                     const std::string& path, Disk::Parts parts);

}  // namespace edgehose
