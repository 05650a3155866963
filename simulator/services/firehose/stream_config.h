// What CreateDeliveryStream fixes for a stream, its checks, and its form on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/result.h"
#include "shared/wire/prefix.h"
#include "simulator/services/aws_error.h"

namespace edgehose {

enum class Compression : uint8_t { none, gzip };

struct StreamConfig {
  std::string name;
  std::string role_arn;
  std::string bucket;  // of BucketARN
  std::string prefix;
  std::string error_output_prefix;
  std::string file_extension;
  Compression compression = Compression::none;
  uint32_t buffer_mib = 5;
  uint32_t buffer_interval_s = 300;
  // When the stream was created, and whether its deletion was asked for.
  int64_t created_ms = 0;
  bool is_deleting = false;
};

// Buffering by size of "1 MB" means 2^20 bytes here, as in AWS's own limits pages.
inline constexpr uint64_t kBufferMiB = 1'048'576;

// [a-zA-Z0-9_.-]{1,64}
[[nodiscard]] bool is_stream_name(std::string_view name);

// Fills `bucket` of `arn:aws:s3:::bucket`; false when it has another form.
[[nodiscard]] bool read_bucket_arn(std::string_view arn, std::string& bucket);

// The first rule of AWS that the configuration breaks.
[[nodiscard]] std::optional<AwsError> check_stream_config(const StreamConfig& config);

// The extension of the stream's objects: as configured, else by compression.
[[nodiscard]] std::string_view object_extension(const StreamConfig& config);

// `<evaluated prefix><stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<uuid><extension>`.
// `time` is the arrival of the object's oldest record. AWS bounds the evaluated prefix to 512
// characters; a longer one is cut there.
[[nodiscard]] std::string object_key(const StreamConfig& config, const CivilTime& time,
                                     std::span<const uint64_t> random, std::string_view uuid);

// One `name: value` a line. No value holds a newline: check_stream_config refuses control bytes.
[[nodiscard]] std::string encode_stream_config(const StreamConfig& config);
[[nodiscard]] Result<StreamConfig> decode_stream_config(std::string_view text);

}  // namespace edgehose
