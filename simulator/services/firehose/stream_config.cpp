#include "simulator/services/firehose/stream_config.h"

#include <algorithm>
#include <charconv>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kExtensionBytesMax = 128;
constexpr size_t kBucketBytesMax = 255;
constexpr uint32_t kBufferMiBMax = 128;
constexpr uint32_t kBufferIntervalMaxS = 900;
// No UpdateDestination yet, hence no second version of a configuration.
constexpr std::string_view kVersion = "1";

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alnum(c) || others.find(c) != std::string_view::npos;
  });
}

bool has_control_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

AwsError invalid(std::string message) { return {"InvalidArgumentException", std::move(message)}; }

AwsError constraint(std::string_view value, std::string_view member, std::string_view rule) {
  std::string message = "1 validation error detected: Value '";
  message.append(value).append("' at '").append(member);
  message.append("' failed to satisfy constraint: ").append(rule);
  return {"ValidationException", std::move(message)};
}

std::optional<AwsError> check_names(const StreamConfig& config) {
  if (!is_stream_name(config.name)) {
    return constraint(config.name, "deliveryStreamName",
                      "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and have "
                      "length from 1 to 64");
  }
  const bool is_role = config.role_arn.starts_with("arn:") && config.role_arn.size() <= 512 &&
                       config.role_arn.find(":iam::") != std::string::npos &&
                       config.role_arn.find(":role/") != std::string::npos;
  if (!is_role) {
    return constraint(
        config.role_arn, "roleARN",
        "Member must satisfy regular expression pattern: arn:.*:iam::\\d{12}:role/.*");
  }
  const std::string& extension = config.file_extension;
  if (!extension.empty() &&
      (extension.size() > kExtensionBytesMax || extension.size() < 2 || extension[0] != '.' ||
       std::any_of(extension.begin(), extension.end(), is_upper) ||
       !all_of(extension, "!-_.*'()"))) {
    return constraint(extension, "fileExtension",
                      "Member must satisfy regular expression pattern: ^$|\\.[0-9a-z!\\-_.*'()]+");
  }
  return std::nullopt;
}

std::optional<AwsError> check_buffering(const StreamConfig& config) {
  if (config.buffer_mib < 1 || config.buffer_mib > kBufferMiBMax) {
    return invalid("BufferingHints.SizeInMBs must be between 1 and 128.");
  }
  if (config.buffer_interval_s > kBufferIntervalMaxS) {
    return invalid("BufferingHints.IntervalInSeconds must be between 0 and 900.");
  }
  return std::nullopt;
}

std::optional<AwsError> check_prefixes(const StreamConfig& config) {
  if (has_control_byte(config.prefix) || has_control_byte(config.error_output_prefix)) {
    return invalid("Prefix and ErrorOutputPrefix must not hold control characters.");
  }
  const Prefix objects = parse_prefix(config.prefix, PrefixUse::objects);
  if (!objects.fault.empty()) return invalid("Prefix: " + objects.fault + ".");
  const Prefix errors = parse_prefix(config.error_output_prefix, PrefixUse::errors);
  if (!errors.fault.empty()) return invalid("ErrorOutputPrefix: " + errors.fault + ".");
  const bool has_expression = config.prefix.find("!{") != std::string::npos;
  if (has_expression && config.error_output_prefix.empty()) {
    return invalid("ErrorOutputPrefix must be given when Prefix contains expressions.");
  }
  if (errors.has_expressions() && errors.count(PrefixPiece::Kind::error_output_type) == 0) {
    return invalid(
        "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}.");
  }
  return std::nullopt;
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\n");
}

void append_line(std::string& out, std::string_view name, int64_t value) {
  std::string digits;
  append_number(digits, value);
  append_line(out, name, digits);
}

// False when `text` is not a whole number.
template <typename T>
bool read_number(std::string_view text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

bool read_line(std::string_view name, std::string_view value, StreamConfig& config) {
  if (name == "name") config.name = value;
  if (name == "role_arn") config.role_arn = value;
  if (name == "bucket") config.bucket = value;
  if (name == "prefix") config.prefix = value;
  if (name == "error_output_prefix") config.error_output_prefix = value;
  if (name == "file_extension") config.file_extension = value;
  if (name == "compression") {
    config.compression = value == "GZIP" ? Compression::gzip : Compression::none;
  }
  if (name == "is_deleting") config.is_deleting = value == "1";
  if (name == "buffer_mib") return read_number(value, config.buffer_mib);
  if (name == "buffer_interval_s") return read_number(value, config.buffer_interval_s);
  if (name == "created_ms") return read_number(value, config.created_ms);
  return true;
}

}  // namespace

bool is_stream_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && all_of(name, "_.-");
}

bool read_bucket_arn(std::string_view arn, std::string& bucket) {
  constexpr std::string_view kMark = ":s3:::";
  const size_t mark = arn.find(kMark);
  if (!arn.starts_with("arn:") || mark == std::string_view::npos) return false;
  bucket = arn.substr(mark + kMark.size());
  return !bucket.empty() && bucket.size() <= kBucketBytesMax && all_of(bucket, "_.-");
}

std::optional<AwsError> check_stream_config(const StreamConfig& config) {
  if (auto error = check_names(config)) return error;
  if (auto error = check_buffering(config)) return error;
  return check_prefixes(config);
}

std::string_view object_extension(const StreamConfig& config) {
  if (!config.file_extension.empty()) return config.file_extension;
  return config.compression == Compression::gzip ? ".gz" : "";
}

std::string object_key(const StreamConfig& config, const CivilTime& time,
                       std::span<const uint64_t> random, std::string_view uuid) {
  std::string key;
  append_prefix(key, parse_prefix(config.prefix, PrefixUse::objects),
                {.time = time, .random = random, .error_output_type = {}});
  if (key.size() > kEvaluatedPrefixBytesMax) key.resize(kEvaluatedPrefixBytesMax);
  key.append(config.name).append("-").append(kVersion);
  // The pattern is one this project writes: it cannot fail.
  (void)append_formatted(key, "-yyyy-MM-dd-HH-mm-ss-", time);
  key.append(uuid).append(object_extension(config));
  return key;
}

std::string encode_stream_config(const StreamConfig& config) {
  std::string text;
  append_line(text, "name", config.name);
  append_line(text, "role_arn", config.role_arn);
  append_line(text, "bucket", config.bucket);
  append_line(text, "prefix", config.prefix);
  append_line(text, "error_output_prefix", config.error_output_prefix);
  append_line(text, "file_extension", config.file_extension);
  append_line(text, "compression",
              config.compression == Compression::gzip ? "GZIP" : "UNCOMPRESSED");
  append_line(text, "buffer_mib", int64_t{config.buffer_mib});
  append_line(text, "buffer_interval_s", int64_t{config.buffer_interval_s});
  append_line(text, "created_ms", config.created_ms);
  append_line(text, "is_deleting", config.is_deleting ? "1" : "0");
  return text;
}

Result<StreamConfig> decode_stream_config(std::string_view text) {
  StreamConfig config;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return Error::malformed;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return Error::malformed;
    if (!read_line(line.substr(0, colon), line.substr(colon + 2), config)) return Error::malformed;
  }
  if (check_stream_config(config)) return Error::malformed;
  return config;
}

}  // namespace edgehose
