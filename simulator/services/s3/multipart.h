// S3's multipart uploads: begin, put parts in any order, complete them as one object or abort.
// The wire and the checksums are simulator/http's; what was accepted is the backend's to keep.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/s3/object_backend.h"

namespace edgehose {

inline constexpr uint32_t kPartNumberMax = 10'000;
inline constexpr uint64_t kPartBytesMin = 5U << 20;  // of all parts but the last
// What one object put together from parts may have; AWS takes 48.8 TiB. An answer holds it in
// memory.
inline constexpr uint64_t kAssembledBytesMax = 1U << 30;
inline constexpr uint32_t kListPartsMax = 1'000;

// A part as the client lists it in its last call.
struct CompletedPart {
  uint32_t number = 0;
  std::string etag = {};
  ObjectHeaders checksums = {};  // x-amz-checksum-* by name; to be as they were on upload
};

// An upload as requests name it: all three must agree.
struct UploadName {
  std::string bucket;
  std::string key;
  std::string id;
};

// The parts that were found to make an object, and what the upload said of it when it began.
struct Assembly {
  std::string id;
  ObjectHeaders headers;
  std::vector<PartInfo> parts;
};

template <typename T>
struct Page {
  std::vector<T> entries;
  bool has_more = false;
};

class Multipart {
 public:
  // The backend outlives it.
  explicit Multipart(ObjectBackend& backend) : backend_(backend) {}

  // `upload` without its id; the id is given back.
  Outcome<std::string> begin(const UploadInfo& upload);
  // The upload, when all of its name is right.
  Outcome<UploadInfo> find(const UploadName& name) const;
  Outcome<ObjectInfo> put_part(const UploadName& name, uint32_t number, std::string_view bytes,
                               const ObjectHeaders& headers);
  Outcome<Assembly> assemble(const UploadName& name, std::span<const CompletedPart> listed) const;
  Outcome<std::string> read_part(const Assembly& assembly, uint32_t number) const;
  // `headers` are those of the finished object.
  Outcome<ObjectInfo> complete(const Assembly& assembly, const ObjectHeaders& headers,
                               const PutCondition& condition);
  std::optional<AwsError> abort(const UploadName& name);
  // Parts with a number above `after`, at most `count`.
  Outcome<Page<PartInfo>> list_parts(const UploadName& name, uint32_t after, uint32_t count) const;
  // Uploads of keys that start with `prefix`, after `key_marker` and in it after `id_marker`.
  Outcome<Page<UploadInfo>> list_uploads(const std::string& bucket, std::string_view prefix,
                                         const UploadName& after, uint32_t count) const;

 private:
  ObjectBackend& backend_;
};

[[nodiscard]] std::optional<AwsError> check_part_number(uint64_t number);

}  // namespace edgehose
