// Objects in a map: the rules of the service without a disk.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "simulator/services/s3/object_backend.h"

namespace edgehose {

class MapBackend final : public ObjectBackend {
 public:
  Error create_bucket(const std::string& bucket, int64_t now_ms) override {
    return made.emplace(bucket, now_ms).second ? Error::none : Error::already_exists;
  }
  bool has_bucket(const std::string& bucket) const override { return made.contains(bucket); }
  Result<std::vector<BucketInfo>> buckets() const override {
    std::vector<BucketInfo> found;
    for (const auto& [name, at] : made) found.push_back({name, at});
    return found;
  }
  Error remove_bucket(const std::string& bucket) override {
    if (!keys(bucket, "").value().empty()) return Error::already_exists;
    return made.erase(bucket) > 0 ? Error::none : Error::not_found;
  }
  Result<ObjectInfo> put_if(const std::string& bucket, const std::string& key, Parts parts,
                            const ObjectHeaders& headers, const PutCondition& condition) override {
    if (failure != Error::none) return failure;
    const auto before = info(bucket, key);
    if (condition.is_absent && before) return Error::already_exists;
    if (!condition.etag.empty() && !before) return Error::not_found;
    if (!condition.etag.empty() && condition.etag != "*" && condition.etag != before.value().etag) {
      return Error::already_exists;
    }
    std::string content;
    for (std::string_view part : parts) content.append(part);
    ObjectInfo info{.bytes = content.size(), .etag = "etag", .headers = headers};
    objects[bucket + "/" + key] = {info, content};
    return info;
  }
  Result<ObjectInfo> info(const std::string& bucket, const std::string& key) const override {
    const auto found = objects.find(bucket + "/" + key);
    if (found == objects.end()) return Error::not_found;
    return found->second.first;
  }
  Result<std::string> read(const std::string& bucket, const std::string& key, uint64_t offset,
                           uint64_t bytes) const override {
    if (before_read) std::exchange(before_read, nullptr)();
    return objects.at(bucket + "/" + key).second.substr(offset, bytes);
  }
  Error remove(const std::string& bucket, const std::string& key) override {
    return objects.erase(bucket + "/" + key) > 0 ? Error::none : Error::not_found;
  }
  Result<std::vector<std::string>> keys(const std::string& bucket,
                                        std::string_view prefix) const override {
    std::vector<std::string> found;
    const std::string start = bucket + "/";
    for (const auto& [path, object] : objects) {
      if (!path.starts_with(start)) continue;
      const std::string key = path.substr(start.size());
      if (key.starts_with(prefix)) found.push_back(key);
    }
    return found;
  }

  Result<std::string> begin_upload(const UploadInfo& upload) override {
    if (!has_bucket(upload.bucket)) return Error::not_found;
    UploadInfo begun = upload;
    begun.id = "id" + std::to_string(begun_.size());
    begun_[begun.id] = begun;
    return begun.id;
  }
  Result<UploadInfo> upload(const std::string& id) const override {
    const auto found = begun_.find(id);
    if (found == begun_.end()) return Error::not_found;
    return found->second;
  }
  Result<std::vector<UploadInfo>> uploads(const std::string& bucket) const override {
    std::vector<UploadInfo> found;
    for (const auto& [id, upload] : begun_) {
      if (upload.bucket == bucket) found.push_back(upload);
    }
    return found;
  }
  // A part's etag is its content, and its size what `part_bytes` says.
  Result<ObjectInfo> put_part(const std::string& id, uint32_t number, Parts parts,
                              const ObjectHeaders& headers) override {
    std::string content;
    for (std::string_view part : parts) content.append(part);
    const uint64_t bytes = part_bytes.value_or(content.size());
    parts_[id][number] = {.bytes = bytes, .etag = content, .headers = headers};
    return parts_[id][number];
  }
  Result<std::vector<PartInfo>> parts(const std::string& id) const override {
    std::vector<PartInfo> found;
    const auto at = parts_.find(id);
    if (at == parts_.end()) return found;
    for (const auto& [number, about] : at->second) found.push_back({number, about});
    return found;
  }
  Result<std::string> read_part(const std::string& id, uint32_t number) const override {
    return parts_.at(id).at(number).etag;
  }
  Result<ObjectInfo> finish_upload(const std::string& id, std::span<const uint32_t> numbers,
                                   const ObjectHeaders& headers,
                                   const PutCondition& condition) override {
    std::string content;
    for (uint32_t number : numbers) content.append(parts_.at(id).at(number).etag);
    const std::string_view whole = content;
    const UploadInfo upload = begun_.at(id);
    auto written = put_if(upload.bucket, upload.key, std::span(&whole, 1), headers, condition);
    if (written) begun_.erase(id);
    return written;
  }
  Error abort_upload(const std::string& id) override {
    return begun_.erase(id) > 0 ? Error::none : Error::not_found;
  }

  void replace(const std::string& path, const std::string& content, const std::string& etag) {
    objects[path] = {{.bytes = content.size(), .etag = etag, .headers = {}}, content};
  }

  std::map<std::string, int64_t> made;
  std::map<std::string, std::pair<ObjectInfo, std::string>> objects;
  std::optional<uint64_t> part_bytes;
  Error failure = Error::none;
  mutable std::function<void()> before_read;  // called once

 private:
  std::map<std::string, UploadInfo> begun_;
  std::map<std::string, std::map<uint32_t, ObjectInfo>> parts_;
};

}  // namespace edgehose
