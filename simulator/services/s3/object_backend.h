// Where the S3 service keeps its objects: the store on disk (lake/object_store.h), behind an
// interface.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.h"

namespace edgehose {

// Headers kept with an object (Content-Type, x-amz-meta-*, ...): lower-case name and value.
using ObjectHeaders = std::vector<std::pair<std::string, std::string>>;

struct ObjectInfo {
  uint64_t bytes = 0;
  int64_t modified_ms = 0;
  // MD5 of the content, 32 hexadecimal digits, no quotes; of an object put together from parts the
  // MD5 of the parts' MD5s, '-', and how many they were.
  std::string etag = {};
  ObjectHeaders headers = {};
};

struct BucketInfo {
  std::string name;
  int64_t created_ms = 0;
};

// What must be so for an object to be written; nothing asked by default.
struct PutCondition {
  bool is_absent = false;  // If-None-Match: *
  std::string etag = {};   // If-Match, without quotes; "*" is any object
};

// A multipart upload that was begun and neither completed nor aborted.
struct UploadInfo {
  std::string id;  // 32 hexadecimal digits
  std::string bucket;
  std::string key;
  int64_t started_ms = 0;
  ObjectHeaders headers;
};

struct PartInfo {
  uint32_t number = 0;
  ObjectInfo info;
};

// Names are checked by the service before they come here. Calls come from any thread. Error::none
// is success; Error::not_found: no such bucket or object.
class ObjectBackend {
 public:
  using Parts = std::span<const std::string_view>;

  virtual ~ObjectBackend() = default;

  // Error::already_exists when there is one of that name.
  [[nodiscard]] virtual Error create_bucket(const std::string& bucket, int64_t now_ms) = 0;
  [[nodiscard]] virtual bool has_bucket(const std::string& bucket) const = 0;
  // By name.
  [[nodiscard]] virtual Result<std::vector<BucketInfo>> buckets() const = 0;

  // Error::already_exists while an object is in it. Unfinished uploads go with it.
  [[nodiscard]] virtual Error remove_bucket(const std::string& bucket) = 0;

  // Durable and whole, or not there at all. Error::already_exists: the condition asks for no object
  // or another; Error::not_found: it asks for an object and there is none.
  [[nodiscard]] virtual Result<ObjectInfo> put_if(const std::string& bucket, const std::string& key,
                                                  Parts parts, const ObjectHeaders& headers,
                                                  const PutCondition& condition) = 0;
  [[nodiscard]] Result<ObjectInfo> put(const std::string& bucket, const std::string& key,
                                       Parts parts, const ObjectHeaders& headers) {
    return put_if(bucket, key, parts, headers, {});
  }
  [[nodiscard]] virtual Result<ObjectInfo> info(const std::string& bucket,
                                                const std::string& key) const = 0;
  [[nodiscard]] virtual Result<std::string> read(const std::string& bucket, const std::string& key,
                                                 uint64_t offset, uint64_t bytes) const = 0;
  [[nodiscard]] virtual Error remove(const std::string& bucket, const std::string& key) = 0;
  // Every key that starts with `prefix`, in the order of their bytes.
  [[nodiscard]] virtual Result<std::vector<std::string>> keys(const std::string& bucket,
                                                              std::string_view prefix) const = 0;

  // Multipart uploads: parts are as durable and as whole as objects. Error::not_found: no upload of
  // that id, or no such part.
  [[nodiscard]] virtual Result<std::string> begin_upload(const UploadInfo& upload) = 0;
  [[nodiscard]] virtual Result<UploadInfo> upload(const std::string& id) const = 0;
  // In the order of their keys, then ids.
  [[nodiscard]] virtual Result<std::vector<UploadInfo>> uploads(
      const std::string& bucket) const = 0;
  // Replaces a part of the same number.
  [[nodiscard]] virtual Result<ObjectInfo> put_part(const std::string& id, uint32_t number,
                                                    Parts parts, const ObjectHeaders& headers) = 0;
  // By number.
  [[nodiscard]] virtual Result<std::vector<PartInfo>> parts(const std::string& id) const = 0;
  [[nodiscard]] virtual Result<std::string> read_part(const std::string& id,
                                                      uint32_t number) const = 0;
  // Puts the parts of these numbers together as the upload's object and ends the upload.
  [[nodiscard]] virtual Result<ObjectInfo> finish_upload(const std::string& id,
                                                         std::span<const uint32_t> numbers,
                                                         const ObjectHeaders& headers,
                                                         const PutCondition& condition) = 0;
  [[nodiscard]] virtual Error abort_upload(const std::string& id) = 0;
};

}  // namespace edgehose
