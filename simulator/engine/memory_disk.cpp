#include "simulator/engine/memory_disk.h"

#include <algorithm>

namespace edgehose {

Error MemoryDisk::begin() {
  ++operations_;
  if (fail_at_ == 0 || operations_ < fail_at_) return Error::none;
  if (operations_ >= fail_at_ + fail_count_ && !fail_forever_) return Error::none;
  return fail_with_;
}

void MemoryDisk::crash() {
  names_ = durable_names_;
  for (auto& [path, file] : names_) file->content = file->durable;
  fail_at_ = 0;
}

uint64_t MemoryDisk::bytes_used() const {
  uint64_t total = 0;
  for (const auto& [path, file] : names_) total += file->content.size();
  return total;
}

Error MemoryDisk::add(File& file, Parts parts, bool failing) {
  std::string bytes;
  for (std::string_view part : parts) bytes.append(part);
  const uint64_t used = bytes_used();
  const uint64_t room = bytes_max_ > used ? bytes_max_ - used : 0;
  if (failing) bytes.resize(bytes.size() / 2);
  if (bytes.size() > room) {
    file.content.append(bytes, 0, room);
    return Error::out_of_space;
  }
  file.content.append(bytes);
  return Error::none;
}

Error MemoryDisk::write_new(const std::string& path, Parts parts) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  if (!folders_.contains(folder_of(path))) return Error::not_found;
  auto& file = names_[path];
  file = std::make_shared<File>();
  return add(*file, parts, false);
}

Error MemoryDisk::append(const std::string& path, Parts parts) {
  const Error failure = begin();
  if (failure != Error::none && fail_forever_) return failure;
  if (!folders_.contains(folder_of(path))) return Error::not_found;
  auto& file = names_[path];
  if (file == nullptr) file = std::make_shared<File>();
  const Error error = add(*file, parts, failure != Error::none);
  return failure != Error::none ? failure : error;
}

Error MemoryDisk::truncate(const std::string& path, uint64_t bytes) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  const auto found = names_.find(path);
  if (found == names_.end()) return Error::not_found;
  found->second->content.resize(bytes);
  return Error::none;
}

Error MemoryDisk::sync(const std::string& path) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  const auto found = names_.find(path);
  if (found == names_.end()) return Error::not_found;
  found->second->durable = found->second->content;
  return Error::none;
}

Error MemoryDisk::sync_folder(const std::string& path) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  std::erase_if(durable_names_, [&](const auto& name) { return folder_of(name.first) == path; });
  for (const auto& [name, file] : names_) {
    if (folder_of(name) == path) durable_names_[name] = file;
  }
  return Error::none;
}

Error MemoryDisk::rename(const std::string& from, const std::string& to) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  const auto found = names_.find(from);
  if (found == names_.end() || !folders_.contains(folder_of(to))) return Error::not_found;
  names_[to] = found->second;
  names_.erase(from);
  return Error::none;
}

Error MemoryDisk::remove(const std::string& path) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  if (names_.erase(path) > 0) return Error::none;
  if (!folders_.contains(path)) return Error::not_found;
  const auto entries = list(path);
  if (entries && !entries.value().empty()) return Error::already_exists;
  folders_.erase(path);
  return Error::none;
}

Error MemoryDisk::make_folders(const std::string& path) {
  const Error failure = begin();
  if (failure != Error::none) return failure;
  for (std::string at = path; at != "." && at != "/"; at = folder_of(at)) folders_.insert(at);
  return Error::none;
}

Result<std::string> MemoryDisk::read(const std::string& path) const {
  const auto found = names_.find(path);
  if (found == names_.end()) return Error::not_found;
  return found->second->content;
}

Result<std::string> MemoryDisk::read_range(const std::string& path, uint64_t offset,
                                           uint64_t bytes) const {
  auto content = read(path);
  if (!content) return content.error();
  if (offset >= content.value().size()) return std::string();
  return content.value().substr(offset, bytes);
}

Result<FileInfo> MemoryDisk::info(const std::string& path) const {
  FileInfo about;
  const auto found = names_.find(path);
  if (found != names_.end()) {
    about.bytes = found->second->content.size();
    return about;
  }
  if (!folders_.contains(path)) return Error::not_found;
  about.is_folder = true;
  return about;
}

Result<std::vector<FolderEntry>> MemoryDisk::list(const std::string& path) const {
  if (!folders_.contains(path)) return Error::not_found;
  std::vector<FolderEntry> entries;
  const std::string start = path + "/";
  for (const auto& [name, file] : names_) {
    if (folder_of(name) == path) entries.push_back({name.substr(start.size()), false});
  }
  for (const std::string& name : folders_) {
    if (folder_of(name) == path) entries.push_back({name.substr(start.size()), true});
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace edgehose
