// What CreateDeliveryStream and UpdateDestination fix for a stream, its checks, and its form on
// disk. Limits and patterns are those of the API's model (2015-08-04).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.h"
#include "shared/wire/prefix.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// One bucket that a stream writes to: its main destination, or the backup of its source records.
struct S3Destination {
  std::string role_arn;
  std::string bucket;  // of BucketARN
  std::string prefix;
  std::string error_output_prefix;
  Compression compression = Compression::none;
  uint32_t buffer_mib = 5;
  uint32_t buffer_interval_s = 300;
  std::string kms_key_arn;  // of EncryptionConfiguration; empty: NoEncryption. Kept, and no more.
  // CloudWatchLoggingOptions: kept, and no more.
  bool is_logging = false;
  std::string log_group;
  std::string log_stream;
};

// As the API names them; see processing_config.h for what they mean.
struct Processor {
  std::string type;
  std::vector<std::pair<std::string, std::string>> parameters;

  friend bool operator==(const Processor&, const Processor&) = default;
};

// Server-side encryption. Nothing is encrypted here: answers and descriptions say what AWS's would.
struct StreamEncryption {
  bool is_on = false;
  std::string key_type = {};  // AWS_OWNED_CMK, CUSTOMER_MANAGED_CMK; empty: never asked for
  std::string key_arn = {};
  int64_t changed_ms = 0;  // ENABLING or DISABLING for a while from here
};

// The members of the main destination stand in the stream itself.
struct StreamConfig : S3Destination {
  std::string name;
  std::string file_extension;
  std::string time_zone;  // of keys; empty: UTC
  bool is_processing = false;
  std::vector<Processor> processors;  // kept while processing is off, as AWS does
  bool is_partitioned = false;
  uint32_t partition_retry_s = 300;  // RetryOptions of dynamic partitioning: kept, and no more
  bool has_backup = false;           // S3BackupMode Enabled
  std::optional<S3Destination> backup;
  std::map<std::string, std::string> tags;
  StreamEncryption encryption;
  uint64_t version = 1;  // one more with each change of the destination
  int64_t created_ms = 0;
  int64_t updated_ms = 0;  // 0: never
  bool is_deleting = false;
};

// Buffering by size of "1 MB" means 2^20 bytes here, as in AWS's own limits pages.
inline constexpr uint64_t kBufferMiB = 1'048'576;
inline constexpr size_t kTagsMax = 50;

// [a-zA-Z0-9_.-]{1,64}
[[nodiscard]] bool is_stream_name(std::string_view name);

// Fills `bucket` of `arn:aws:s3:::bucket`; false when it has another form.
[[nodiscard]] bool read_bucket_arn(std::string_view arn, std::string& bucket);

// UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY. Nothing for another text.
[[nodiscard]] std::optional<Compression> find_compression(std::string_view name);
[[nodiscard]] std::string_view to_text(Compression compression);

// The error of a value that the API's model refuses before anything looks at it.
[[nodiscard]] AwsError constraint_error(std::string_view value, std::string_view member,
                                        std::string_view rule);

// The first rule of AWS that the configuration breaks. Time zones, queries and functions are
// checked by who has them: processing.h.
[[nodiscard]] std::optional<AwsError> check_stream_config(const StreamConfig& config);
// The first tag that AWS refuses: key of 1 to 128 characters that does not begin with aws:, value
// of at most 256.
[[nodiscard]] std::optional<AwsError> check_tags(const std::map<std::string, std::string>& tags);

// Whether both say the same of where and how records are delivered.
[[nodiscard]] bool is_same_destination(const StreamConfig& a, const StreamConfig& b);

// The extension of the stream's objects: as configured, else by compression.
[[nodiscard]] std::string_view object_extension(const StreamConfig& config);

// What a key is made of beside the configuration. `time` is the arrival of the object's oldest
// record in the stream's time zone.
struct KeyInputs {
  PrefixInputs prefix;
  std::string_view uuid;
};

// `<evaluated prefix><stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<uuid><extension>`.
[[nodiscard]] std::string object_key(const StreamConfig& config, const KeyInputs& inputs);
// The same below the error prefix, without extension: what failed is stored as text. A stream
// without ErrorOutputPrefix puts it below `<Prefix><error-output-type>/yyyy/MM/dd/HH/`.
[[nodiscard]] std::string error_key(const StreamConfig& config, const KeyInputs& inputs);
// The same below the prefix of the backup.
[[nodiscard]] std::string backup_key(const StreamConfig& config, const KeyInputs& inputs);

// One `name: value` a line, control bytes and % of values as %XX.
[[nodiscard]] std::string encode_stream_config(const StreamConfig& config);
[[nodiscard]] Result<StreamConfig> decode_stream_config(std::string_view text);

}  // namespace edgehose
