// Amazon S3, the part that Firehose, its readers and the clients in tests need: buckets, whole
// objects, ranges, copies, lists; multipart.h has uploads in parts. No versions, no access control.
// A thin layer of rules over an ObjectBackend; calls may come from several threads at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/s3/object_backend.h"

namespace edgehose {

inline constexpr size_t kObjectKeyBytesMax = 1'024;
inline constexpr uint32_t kListKeysMax = 1'000;

// 3 to 63 lower-case letters, digits, '.' and '-', a letter or digit at both ends, no "..".
[[nodiscard]] bool is_bucket_name(std::string_view name);

// A part of an object: `first` to `last`, both inclusive; or the last `suffix` bytes.
struct ByteRange {
  uint64_t first = 0;
  std::optional<uint64_t> last;
  std::optional<uint64_t> suffix;
};
// Reads `bytes=a-b`, `bytes=a-`, `bytes=-n`. Nothing for any other text: S3 then sends the whole.
[[nodiscard]] std::optional<ByteRange> read_byte_range(std::string_view header);

// Offset and length of what a range names of an object; nothing when all of it lies outside.
[[nodiscard]] std::optional<std::pair<uint64_t, uint64_t>> resolve_range(const ByteRange& range,
                                                                         uint64_t bytes);

struct ObjectContent {
  ObjectInfo info;
  std::string bytes;
  uint64_t offset = 0;  // of `bytes` in the object
  bool is_partial = false;
};

struct ListInput {
  std::string prefix;
  std::string delimiter;
  std::string start_after;
  std::optional<std::string> continuation_token;
  uint32_t max_keys = kListKeysMax;
};

struct ListedObject {
  std::string key;
  ObjectInfo info;
};

struct ListPage {
  std::vector<ListedObject> objects;
  std::vector<std::string> common_prefixes;
  std::string next_token = {};  // empty: the list ends here
  std::string last_name = {};   // the key or common prefix that stands last
};

class S3 {
 public:
  // The backend outlives the service.
  S3(ObjectBackend& backend, std::string region);

  Outcome<std::vector<BucketInfo>> list_buckets() const;
  // `location` is the LocationConstraint asked for; empty: none.
  std::optional<AwsError> create_bucket(const std::string& bucket, const std::string& location,
                                        int64_t now_ms);
  std::optional<AwsError> head_bucket(const std::string& bucket) const;
  std::optional<AwsError> delete_bucket(const std::string& bucket);
  [[nodiscard]] const std::string& region() const { return region_; }

  Outcome<ObjectInfo> put_object(const std::string& bucket, const std::string& key,
                                 std::string_view bytes, const ObjectHeaders& headers,
                                 const PutCondition& condition = {});
  Outcome<ObjectInfo> head_object(const std::string& bucket, const std::string& key) const;
  Outcome<ObjectContent> get_object(const std::string& bucket, const std::string& key,
                                    const std::optional<ByteRange>& range) const;
  [[nodiscard]] ObjectBackend& backend() { return backend_; }
  // Deleting what is not there succeeds too, as in S3.
  std::optional<AwsError> delete_object(const std::string& bucket, const std::string& key);
  Outcome<ListPage> list_objects(const std::string& bucket, const ListInput& input) const;

 private:
  std::optional<AwsError> check_object(const std::string& bucket, const std::string& key) const;

  ObjectBackend& backend_;
  std::string region_;
};

[[nodiscard]] AwsError no_such_bucket();
// What a failure of the backend is to a client.
[[nodiscard]] AwsError s3_error_of(Error error);
// The same for a write under a condition.
[[nodiscard]] AwsError put_error_of(Error error, const PutCondition& condition);
// Nothing, or why no object can have this key.
[[nodiscard]] std::optional<AwsError> check_key(std::string_view key);

// One entry of a page before the objects are looked up.
struct ListEntry {
  std::string name;  // a key, or a common prefix
  bool is_prefix = false;
};

// The order of S3's lists over sorted keys: entries after `after`, at most `count`; common prefixes
// not above `after` are left out. `has_more` tells whether any was cut off.
[[nodiscard]] std::vector<ListEntry> list_entries(const std::vector<std::string>& keys,
                                                  const ListInput& input, std::string_view after,
                                                  size_t count, bool& has_more);

}  // namespace edgehose
