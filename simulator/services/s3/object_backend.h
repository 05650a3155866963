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
  std::string etag;  // MD5 of the content, 32 hexadecimal digits, no quotes
  ObjectHeaders headers;
};

struct BucketInfo {
  std::string name;
  int64_t created_ms = 0;
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

  // Durable and whole, or not there at all.
  [[nodiscard]] virtual Result<ObjectInfo> put(const std::string& bucket, const std::string& key,
                                               Parts parts, const ObjectHeaders& headers) = 0;
  [[nodiscard]] virtual Result<ObjectInfo> info(const std::string& bucket,
                                                const std::string& key) const = 0;
  [[nodiscard]] virtual Result<std::string> read(const std::string& bucket, const std::string& key,
                                                 uint64_t offset, uint64_t bytes) const = 0;
  [[nodiscard]] virtual Error remove(const std::string& bucket, const std::string& key) = 0;
  // Every key that starts with `prefix`, in the order of their bytes.
  [[nodiscard]] virtual Result<std::vector<std::string>> keys(const std::string& bucket,
                                                              std::string_view prefix) const = 0;
};

}  // namespace edgehose
