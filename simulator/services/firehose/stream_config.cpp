#include "simulator/services/firehose/stream_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "shared/base/text.h"
#include "simulator/services/firehose/processing_config.h"

namespace edgehose {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kExtensionBytesMax = 128;
constexpr size_t kBucketBytesMax = 255;
constexpr size_t kZoneBytesMax = 50;
constexpr uint32_t kBufferMiBMax = 128;
constexpr uint32_t kBufferIntervalMaxS = 900;
constexpr uint32_t kBackupIntervalMinS = 60;
constexpr uint32_t kPartitionRetryMaxS = 7'200;
constexpr size_t kTagKeyCharsMax = 128;
constexpr size_t kTagValueCharsMax = 256;

using CompressionName = std::pair<Compression, std::string_view>;
constexpr std::array<CompressionName, 5> kCompressions = {{
    {Compression::none, "UNCOMPRESSED"},
    {Compression::gzip, "GZIP"},
    {Compression::zip, "ZIP"},
    {Compression::snappy, "Snappy"},
    {Compression::hadoop_snappy, "HADOOP_SNAPPY"},
}};

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alnum(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_control_byte(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_control_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control_byte);
}

AwsError invalid(std::string message) { return {"InvalidArgumentException", std::move(message)}; }

bool is_role_arn(std::string_view arn) {
  return arn.starts_with("arn:") && arn.size() <= 512 &&
         arn.find(":iam::") != std::string_view::npos &&
         arn.find(":role/") != std::string_view::npos && !has_control_byte(arn);
}

std::optional<AwsError> check_names(const StreamConfig& config) {
  if (!is_stream_name(config.name)) {
    return constraint_error(config.name, "deliveryStreamName",
                            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and "
                            "have length from 1 to 64");
  }
  const std::string& extension = config.file_extension;
  if (!extension.empty() &&
      (extension.size() > kExtensionBytesMax || extension.size() < 2 || extension[0] != '.' ||
       std::any_of(extension.begin(), extension.end(), is_upper) ||
       !all_of(extension, "!-_.*'()"))) {
    return constraint_error(
        extension, "fileExtension",
        "Member must satisfy regular expression pattern: ^$|\\.[0-9a-z!\\-_.*'()]+");
  }
  const std::string& zone = config.time_zone;
  const bool is_zone_text = std::all_of(zone.begin(), zone.end(),
                                        [](char c) { return is_alpha(c) || c == '/' || c == '_'; });
  if (zone.size() > kZoneBytesMax || !is_zone_text) {
    return constraint_error(zone, "customTimeZone",
                            "Member must satisfy regular expression pattern: ^$|[a-zA-Z/_]+");
  }
  return std::nullopt;
}

std::optional<AwsError> check_buffering(const S3Destination& to) {
  if (to.buffer_mib < 1 || to.buffer_mib > kBufferMiBMax) {
    return invalid("BufferingHints.SizeInMBs must be between 1 and 128.");
  }
  if (to.buffer_interval_s > kBufferIntervalMaxS) {
    return invalid("BufferingHints.IntervalInSeconds must be between 0 and 900.");
  }
  return std::nullopt;
}

// The expressions that the user wrote must not come out above 512 characters; what Firehose itself
// appends to a literal prefix does not count.
bool is_too_long(const Prefix& prefix) {
  if (!prefix.has_expressions()) return false;
  const std::vector<uint64_t> random(prefix.count(PrefixPiece::Kind::random_string));
  std::string text;
  append_prefix(text, prefix,
                {.time = CivilTime(), .random = random, .error_output_type = "processing-failed"});
  return text.size() > kEvaluatedPrefixBytesMax;
}

std::optional<AwsError> check_prefix(std::string_view name, std::string_view text, PrefixUse use) {
  if (has_control_byte(text)) {
    return invalid("Prefix and ErrorOutputPrefix must not hold control characters.");
  }
  const Prefix prefix = parse_prefix(text, use);
  if (!prefix.fault.empty()) return invalid(std::string(name) + ": " + prefix.fault + ".");
  if (text.find("!{") != std::string_view::npos && is_too_long(prefix)) {
    return invalid(std::string(name) + " is longer than 512 characters when it is evaluated.");
  }
  return std::nullopt;
}

std::optional<AwsError> check_prefixes(const S3Destination& to, PrefixUse use) {
  if (auto error = check_prefix("Prefix", to.prefix, use)) return error;
  if (auto error = check_prefix("ErrorOutputPrefix", to.error_output_prefix, PrefixUse::errors)) {
    return error;
  }
  const bool has_expression = to.prefix.find("!{") != std::string::npos;
  if (has_expression && to.error_output_prefix.empty()) {
    return invalid("ErrorOutputPrefix must be given when Prefix contains expressions.");
  }
  const Prefix errors = parse_prefix(to.error_output_prefix, PrefixUse::errors);
  if (errors.has_expressions() && errors.count(PrefixPiece::Kind::error_output_type) == 0) {
    return invalid(
        "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}.");
  }
  return std::nullopt;
}

std::optional<AwsError> check_destination(const S3Destination& to, PrefixUse use) {
  if (!is_role_arn(to.role_arn)) {
    return constraint_error(
        to.role_arn, "roleARN",
        "Member must satisfy regular expression pattern: arn:.*:iam::\\d{12}:role/.*");
  }
  if (auto error = check_buffering(to)) return error;
  return check_prefixes(to, use);
}

std::optional<AwsError> check_backup(const StreamConfig& config) {
  if (!config.has_backup) return std::nullopt;
  if (!config.backup)
    return invalid("S3BackupConfiguration must be given with S3BackupMode Enabled.");
  if (config.backup->buffer_interval_s < kBackupIntervalMinS) {
    return invalid("S3BackupConfiguration: BufferingHints.IntervalInSeconds must be at least 60.");
  }
  return check_destination(*config.backup, PrefixUse::objects);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Letters, digits and blanks of any script are let through: what is not ASCII is one of them here.
bool is_tag_key(std::string_view key) {
  return !key.empty() && characters(key) <= kTagKeyCharsMax && !key.starts_with("aws:") &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
                  std::string_view(" _.:/=+-@%").find(c) != std::string_view::npos;
         });
}

// --- keys ---

// A longer prefix cannot be configured; keys of partitions are measured before they come here.
void append_name(std::string& key, const StreamConfig& config, const KeyInputs& inputs) {
  key.append(config.name).append("-");
  append_number(key, static_cast<int64_t>(config.version));
  // The pattern is one this project writes: it cannot fail.
  (void)append_formatted(key, "-yyyy-MM-dd-HH-mm-ss-", inputs.prefix.time);
  key.append(inputs.uuid);
}

// --- form on disk ---

void append_line(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.append(name).append(": ");
  for (const char c : value) {
    if (c != '%' && !is_control_byte(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  out.append("\n");
}

void append_line(std::string& out, std::string_view name, int64_t value) {
  std::string digits;
  append_number(digits, value);
  append_line(out, name, digits);
}

void append_flag(std::string& out, std::string_view name, bool value) {
  append_line(out, name, value ? "1" : "0");
}

void append_destination(std::string& out, const std::string& before, const S3Destination& to) {
  append_line(out, before + "role_arn", to.role_arn);
  append_line(out, before + "bucket", to.bucket);
  append_line(out, before + "prefix", to.prefix);
  append_line(out, before + "error_output_prefix", to.error_output_prefix);
  append_line(out, before + "compression", to_text(to.compression));
  append_line(out, before + "buffer_mib", int64_t{to.buffer_mib});
  append_line(out, before + "buffer_interval_s", int64_t{to.buffer_interval_s});
  append_line(out, before + "kms_key_arn", to.kms_key_arn);
  append_flag(out, before + "is_logging", to.is_logging);
  append_line(out, before + "log_group", to.log_group);
  append_line(out, before + "log_stream", to.log_stream);
}

// False when `text` is not a whole number.
template <typename T>
bool read_number(std::string_view text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

bool read_escaped(std::string_view text, std::string& value) {
  value.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      value.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
      return false;
    }
    value.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
    i += 2;
  }
  return true;
}

bool read_destination_line(std::string_view name, const std::string& value, S3Destination& to) {
  if (name == "role_arn") to.role_arn = value;
  if (name == "bucket") to.bucket = value;
  if (name == "prefix") to.prefix = value;
  if (name == "error_output_prefix") to.error_output_prefix = value;
  if (name == "kms_key_arn") to.kms_key_arn = value;
  if (name == "is_logging") to.is_logging = value == "1";
  if (name == "log_group") to.log_group = value;
  if (name == "log_stream") to.log_stream = value;
  if (name == "buffer_mib") return read_number(value, to.buffer_mib);
  if (name == "buffer_interval_s") return read_number(value, to.buffer_interval_s);
  if (name != "compression") return true;
  const auto compression = find_compression(value);
  if (compression) to.compression = *compression;
  return compression.has_value();
}

bool read_line(std::string_view name, const std::string& value, StreamConfig& config) {
  if (name == "name") config.name = value;
  if (name == "file_extension") config.file_extension = value;
  if (name == "time_zone") config.time_zone = value;
  if (name == "is_processing") config.is_processing = value == "1";
  if (name == "is_partitioned") config.is_partitioned = value == "1";
  if (name == "has_backup") config.has_backup = value == "1";
  if (name == "is_deleting") config.is_deleting = value == "1";
  if (name == "encryption.is_on") config.encryption.is_on = value == "1";
  if (name == "encryption.key_type") config.encryption.key_type = value;
  if (name == "encryption.key_arn") config.encryption.key_arn = value;
  if (name == "encryption.changed_ms") return read_number(value, config.encryption.changed_ms);
  if (name == "partition_retry_s") return read_number(value, config.partition_retry_s);
  if (name == "version") return read_number(value, config.version);
  if (name == "created_ms") return read_number(value, config.created_ms);
  if (name == "updated_ms") return read_number(value, config.updated_ms);
  if (name == "processor") config.processors.push_back({value, {}});
  if (name.starts_with("tag.")) {
    std::string key;
    if (!read_escaped(name.substr(4), key)) return false;
    config.tags[key] = value;
  }
  if (name.starts_with("parameter.")) {
    if (config.processors.empty()) return false;
    config.processors.back().parameters.emplace_back(name.substr(10), value);
  }
  if (name.starts_with("backup.")) {
    if (!config.backup) config.backup.emplace();
    return read_destination_line(name.substr(7), value, *config.backup);
  }
  return read_destination_line(name, value, config);
}

// A tag's key as part of a line's name: what ends a name is escaped too.
std::string tag_name(std::string_view key) {
  std::string name = "tag.";
  for (const char c : key) {
    if (c == ':') {
      name.append("%3A");
    } else if (c == '%') {
      name.append("%25");
    } else {
      name.push_back(c);
    }
  }
  return name;
}

auto destination_fields(const S3Destination& to) {
  return std::tie(to.role_arn, to.bucket, to.prefix, to.error_output_prefix, to.compression,
                  to.buffer_mib, to.buffer_interval_s, to.kms_key_arn, to.is_logging, to.log_group,
                  to.log_stream);
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

std::optional<Compression> find_compression(std::string_view name) {
  for (const auto& [compression, text] : kCompressions) {
    if (text == name) return compression;
  }
  return std::nullopt;
}

std::string_view to_text(Compression compression) {
  for (const auto& [known, text] : kCompressions) {
    if (known == compression) return text;
  }
  return "";
}

AwsError constraint_error(std::string_view value, std::string_view member, std::string_view rule) {
  std::string message = "1 validation error detected: Value '";
  message.append(value).append("' at '").append(member);
  message.append("' failed to satisfy constraint: ").append(rule);
  return {"ValidationException", std::move(message)};
}

std::optional<AwsError> check_stream_config(const StreamConfig& config) {
  if (auto error = check_names(config)) return error;
  if (config.partition_retry_s > kPartitionRetryMaxS) {
    return invalid("RetryOptions.DurationInSeconds must be between 0 and 7200.");
  }
  const PrefixUse use = config.is_partitioned ? PrefixUse::partitioned : PrefixUse::objects;
  if (auto error = check_destination(config, use)) return error;
  if (auto error = check_backup(config)) return error;
  if (auto error = check_tags(config.tags)) return error;
  return check_processing(config);
}

std::optional<AwsError> check_tags(const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags) {
    if (!is_tag_key(key)) {
      return constraint_error(
          key, "tags.member.key",
          "Member must have length from 1 to 128 and satisfy regular expression "
          "pattern: ^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$");
    }
    if (characters(value) > kTagValueCharsMax || has_control_byte(value)) {
      return constraint_error(value, "tags.member.value",
                              "Member must have length less than or equal to 256 and satisfy "
                              "regular expression pattern: ^[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$");
    }
  }
  if (tags.size() <= kTagsMax) return std::nullopt;
  return AwsError{"LimitExceededException", "A delivery stream can have at most 50 tags."};
}

bool is_same_destination(const StreamConfig& a, const StreamConfig& b) {
  const auto rest = [](const StreamConfig& c) {
    return std::tie(c.file_extension, c.time_zone, c.is_processing, c.processors, c.is_partitioned,
                    c.partition_retry_s, c.has_backup);
  };
  const bool same_backup = a.backup && b.backup
                               ? destination_fields(*a.backup) == destination_fields(*b.backup)
                               : a.backup.has_value() == b.backup.has_value();
  return destination_fields(a) == destination_fields(b) && rest(a) == rest(b) && same_backup;
}

// AWS's pages name .hsnappy; some accounts were seen to get .snappy for both.
std::string_view object_extension(const StreamConfig& config) {
  if (!config.file_extension.empty()) return config.file_extension;
  switch (config.compression) {
    case Compression::none:
      return "";
    case Compression::gzip:
      return ".gz";
    case Compression::zip:
      return ".zip";
    case Compression::snappy:
      return ".snappy";
    case Compression::hadoop_snappy:
      return ".hsnappy";
  }
  return "";
}

std::string object_key(const StreamConfig& config, const KeyInputs& inputs) {
  const PrefixUse use = config.is_partitioned ? PrefixUse::partitioned : PrefixUse::objects;
  std::string key;
  append_prefix(key, parse_prefix(config.prefix, use), inputs.prefix);
  append_name(key, config, inputs);
  key.append(object_extension(config));
  return key;
}

std::string error_key(const StreamConfig& config, const KeyInputs& inputs) {
  std::string text = config.error_output_prefix;
  if (text.empty()) {
    text = config.prefix + "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/";
  }
  std::string key;
  append_prefix(key, parse_prefix(text, PrefixUse::errors), inputs.prefix);
  append_name(key, config, inputs);
  return key;
}

std::string backup_key(const StreamConfig& config, const KeyInputs& inputs) {
  StreamConfig as_backup;
  static_cast<S3Destination&>(as_backup) = *config.backup;
  as_backup.name = config.name;
  as_backup.version = config.version;
  return object_key(as_backup, inputs);
}

std::string encode_stream_config(const StreamConfig& config) {
  std::string text;
  append_line(text, "name", config.name);
  append_destination(text, "", config);
  append_line(text, "file_extension", config.file_extension);
  append_line(text, "time_zone", config.time_zone);
  append_flag(text, "is_processing", config.is_processing);
  for (const Processor& processor : config.processors) {
    append_line(text, "processor", processor.type);
    for (const auto& [name, value] : processor.parameters) {
      append_line(text, "parameter." + name, value);
    }
  }
  append_flag(text, "is_partitioned", config.is_partitioned);
  append_line(text, "partition_retry_s", int64_t{config.partition_retry_s});
  append_flag(text, "has_backup", config.has_backup);
  if (config.backup) append_destination(text, "backup.", *config.backup);
  for (const auto& [key, value] : config.tags) append_line(text, tag_name(key), value);
  append_flag(text, "encryption.is_on", config.encryption.is_on);
  append_line(text, "encryption.key_type", config.encryption.key_type);
  append_line(text, "encryption.key_arn", config.encryption.key_arn);
  append_line(text, "encryption.changed_ms", config.encryption.changed_ms);
  append_line(text, "version", std::to_string(config.version));
  append_line(text, "created_ms", config.created_ms);
  append_line(text, "updated_ms", config.updated_ms);
  append_flag(text, "is_deleting", config.is_deleting);
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
    std::string value;
    if (!read_escaped(line.substr(colon + 2), value)) return Error::malformed;
    if (!read_line(line.substr(0, colon), value, config)) return Error::malformed;
  }
  if (check_stream_config(config)) return Error::malformed;
  return config;
}

}  // namespace edgehose
