#include "simulator/engine/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace edgehose {
namespace {

Error error_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return Error::not_found;
    case ENOSPC:
    case EDQUOT:
      return Error::out_of_space;
    case EEXIST:
    case ENOTEMPTY:
      return Error::already_exists;
    case ENAMETOOLONG:
    case EFBIG:
      return Error::too_large;
    default:
      return Error::io;
  }
}

Error last_error() { return error_of(errno); }

// Owns a descriptor for the length of one operation.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

// Writes every byte of up to 64 buffers, however few the kernel takes at a time.
Error write_vector(int file, std::span<iovec> buffers) {
  while (!buffers.empty()) {
    const ssize_t written = ::writev(file, buffers.data(), static_cast<int>(buffers.size()));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    auto left = static_cast<size_t>(written);
    while (!buffers.empty() && left >= buffers[0].iov_len) {
      left -= buffers[0].iov_len;
      buffers = buffers.subspan(1);
    }
    if (buffers.empty()) break;
    // A short write with nothing taken would spin: the kernel reports a full disk on the next call.
    buffers[0].iov_base = static_cast<char*>(buffers[0].iov_base) + left;
    buffers[0].iov_len -= left;
  }
  return Error::none;
}

Error write_parts(int file, Disk::Parts parts) {
  std::array<iovec, 64> buffers;
  while (!parts.empty()) {
    const size_t count = std::min(parts.size(), buffers.size());
    size_t used = 0;
    for (std::string_view part : parts.first(count)) {
      if (part.empty()) continue;
      buffers[used++] = {const_cast<char*>(part.data()), part.size()};
    }
    const Error error = write_vector(file, std::span(buffers).first(used));
    if (error != Error::none) return error;
    parts = parts.subspan(count);
  }
  return Error::none;
}

Error write_with_flags(const std::string& path, int flags, Disk::Parts parts) {
  const Descriptor file(path, flags);
  if (!file.is_open()) return last_error();
  return write_parts(file.number(), parts);
}

}  // namespace

Error PosixDisk::write_new(const std::string& path, Parts parts) {
  return write_with_flags(path, O_WRONLY | O_CREAT | O_TRUNC, parts);
}

Error PosixDisk::append(const std::string& path, Parts parts) {
  return write_with_flags(path, O_WRONLY | O_CREAT | O_APPEND, parts);
}

Error PosixDisk::truncate(const std::string& path, uint64_t bytes) {
  return ::truncate(path.c_str(), static_cast<off_t>(bytes)) == 0 ? Error::none : last_error();
}

Error PosixDisk::sync(const std::string& path) {
  if (fsync_ == Fsync::off) return Error::none;
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) return last_error();
  return ::fdatasync(file.number()) == 0 ? Error::none : last_error();
}

Error PosixDisk::sync_folder(const std::string& path) {
  if (fsync_ == Fsync::off) return Error::none;
  const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) return last_error();
  return ::fsync(folder.number()) == 0 ? Error::none : last_error();
}

Error PosixDisk::rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? Error::none : last_error();
}

Error PosixDisk::remove(const std::string& path) {
  return std::remove(path.c_str()) == 0 ? Error::none : last_error();
}

Error PosixDisk::make_folders(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    return S_ISDIR(status.st_mode) ? Error::none : Error::already_exists;
  }
  const std::string above = folder_of(path);
  if (above != path) {
    const Error error = make_folders(above);
    if (error != Error::none) return error;
  }
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return last_error();
  return sync_folder(above);
}

Result<std::string> PosixDisk::read(const std::string& path) const {
  const auto about = info(path);
  if (!about) return about.error();
  if (about.value().is_folder) return Error::not_found;
  return read_range(path, 0, about.value().bytes);
}

Result<std::string> PosixDisk::read_range(const std::string& path, uint64_t offset,
                                          uint64_t bytes) const {
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) return last_error();
  std::string content(bytes, '\0');
  size_t have = 0;
  while (have < content.size()) {
    const ssize_t got = ::pread(file.number(), content.data() + have, content.size() - have,
                                static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  content.resize(have);
  return content;
}

Result<FileInfo> PosixDisk::info(const std::string& path) const {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return last_error();
  FileInfo about;
  about.is_folder = S_ISDIR(status.st_mode);
  about.bytes = static_cast<uint64_t>(status.st_size);
  about.modified_ms = static_cast<int64_t>(status.st_mtim.tv_sec) * 1000 +
                      static_cast<int64_t>(status.st_mtim.tv_nsec) / 1'000'000;
  return about;
}

Result<std::vector<FolderEntry>> PosixDisk::list(const std::string& path) const {
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return last_error();
  std::vector<FolderEntry> entries;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_folder = entry->d_type == DT_DIR;
    // Some file systems leave the kind out of the listing.
    if (entry->d_type == DT_UNKNOWN) {
      const auto about = info(path + "/" + entry->d_name);
      is_folder = about && about.value().is_folder;
    }
    entries.push_back({std::string(name), is_folder});
  }
  ::closedir(folder);
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace edgehose
