#include "simulator/http/stream_requests.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "shared/base/text.h"
#include "simulator/services/firehose/processing_config.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr uint64_t kListMax = 10'000;
constexpr size_t kVersionDigitsMax = 50;
constexpr std::string_view kDestinationId = "destinationId-000000000001";

AwsError malformed() {
  return {"SerializationException", "The request body is not a JSON object of the expected form."};
}

AwsError invalid(std::string message) { return {"InvalidArgumentException", std::move(message)}; }

AwsError missing(std::string_view member) {
  std::string message = "1 validation error detected: Value null at '";
  message.append(member).append("' failed to satisfy constraint: Member must not be null");
  return {"ValidationException", std::move(message)};
}

// Thrown while a control-plane request is read, caught where the reading began.
struct Refusal {
  AwsError error;
};

// A JSON object whose members are taken one by one; what is left over at the end is refused.
class Members {
 public:
  Members(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) throw Refusal{malformed()};
  }

  // nullptr when the member is absent or null.
  const json* take(const char* name) {
    taken_.emplace_back(name);
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  std::string text(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return "";
    if (!value->is_string()) throw Refusal{malformed()};
    return value->get<std::string>();
  }
  // Nothing when the member is absent: an empty text is one that was given.
  std::optional<std::string> text_if(const char* name) {
    if (take(name) == nullptr) return std::nullopt;
    return text(name);
  }
  bool flag(const char* name, bool otherwise) {
    const json* value = take(name);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) throw Refusal{malformed()};
    return value->get<bool>();
  }
  const json* array(const char* name) {
    const json* value = take(name);
    if (value != nullptr && !value->is_array()) throw Refusal{malformed()};
    return value;
  }
  std::string required_text(const char* name, std::string_view member) {
    if (take(name) == nullptr) throw Refusal{missing(member)};
    return text(name);
  }
  std::optional<uint64_t> number(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_unsigned()) throw Refusal{malformed()};
    return value->get<uint64_t>();
  }
  // The member must be {"Enabled": false, ...}: more is not modelled.
  void disabled(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return;
    if (!value->is_object()) throw Refusal{malformed()};
    const auto enabled = value->find("Enabled");
    if (enabled == value->end() || *enabled != false) refuse(name);
  }
  [[noreturn]] void refuse(const std::string& name) const {
    throw Refusal{invalid(path_ + name + " is not modelled by this simulator.")};
  }
  void finish() const {
    for (const auto& [name, value] : object_.items()) {
      if (value.is_null()) continue;
      if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) refuse(name);
    }
  }

 private:
  const json& object_;
  std::string path_;
  std::vector<std::string> taken_;
};

json parse(std::string_view body) {
  json value = json::parse(body, nullptr, false);
  if (!value.is_object()) throw Refusal{malformed()};
  return value;
}

// Runs a reader, which may throw a refusal.
template <typename T, typename Reader>
Outcome<T> guarded(const Reader& reader) {
  try {
    return reader();
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

std::string stream_name(Members& members) {
  std::string name = members.required_text("DeliveryStreamName", "deliveryStreamName");
  if (is_stream_name(name)) return name;
  throw Refusal{constraint_error(name, "deliveryStreamName",
                                 "Member must satisfy regular expression pattern: "
                                 "[a-zA-Z0-9_.-]+ and have length from 1 to 64")};
}

uint64_t limit_of(Members& members, uint64_t otherwise, uint64_t max) {
  const uint64_t limit = members.number("Limit").value_or(otherwise);
  if (limit >= 1 && limit <= max) return limit;
  throw Refusal{constraint_error(std::to_string(limit), "limit",
                                 "Member must have value between 1 and " + std::to_string(max))};
}

// --- destinations ---
// Each reader changes what the document has and leaves the rest: a creation starts from AWS's
// defaults, an update from the stream as it is.

void read_buffering(const json& value, S3Destination& to) {
  Members hints(value, "BufferingHints.");
  const auto size = hints.number("SizeInMBs");
  const auto interval = hints.number("IntervalInSeconds");
  hints.finish();
  if (size.has_value() != interval.has_value()) {
    throw Refusal{
        invalid("BufferingHints: give both SizeInMBs and IntervalInSeconds, or neither.")};
  }
  if (!size) return;
  // A value too large for the member stays too large for the check that follows.
  to.buffer_mib = static_cast<uint32_t>(std::min<uint64_t>(*size, UINT32_MAX));
  to.buffer_interval_s = static_cast<uint32_t>(std::min<uint64_t>(*interval, UINT32_MAX));
}

void read_compression(const std::string& format, S3Destination& to) {
  const auto compression = find_compression(format);
  if (!compression) {
    throw Refusal{constraint_error(format, "compressionFormat",
                                   "Member must satisfy enum value set: [UNCOMPRESSED, GZIP, ZIP, "
                                   "Snappy, HADOOP_SNAPPY]")};
  }
  to.compression = *compression;
}

void read_object_encryption(const json& value, S3Destination& to) {
  Members members(value, "EncryptionConfiguration.");
  const auto none = members.text_if("NoEncryptionConfig");
  const json* kms = members.take("KMSEncryptionConfig");
  members.finish();
  if (none && *none != "NoEncryption") {
    throw Refusal{constraint_error(*none, "noEncryptionConfig",
                                   "Member must satisfy enum value set: [NoEncryption]")};
  }
  if (none && kms != nullptr) {
    throw Refusal{invalid("EncryptionConfiguration: give one of the two.")};
  }
  to.kms_key_arn.clear();
  if (kms == nullptr) return;
  Members key(*kms, "KMSEncryptionConfig.");
  to.kms_key_arn = key.required_text("AWSKMSKeyARN", "awsKMSKeyARN");
  key.finish();
}

void read_logging(const json& value, S3Destination& to) {
  Members members(value, "CloudWatchLoggingOptions.");
  to.is_logging = members.flag("Enabled", to.is_logging);
  if (auto group = members.text_if("LogGroupName")) to.log_group = *group;
  if (auto stream = members.text_if("LogStreamName")) to.log_stream = *stream;
  members.finish();
}

void read_bucket(const std::string& arn, S3Destination& to) {
  if (read_bucket_arn(arn, to.bucket)) return;
  throw Refusal{constraint_error(
      arn, "bucketARN",
      "Member must satisfy regular expression pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}")};
}

void read_destination(Members& members, S3Destination& to) {
  if (auto role = members.text_if("RoleARN")) to.role_arn = *role;
  if (auto arn = members.text_if("BucketARN")) read_bucket(*arn, to);
  if (to.bucket.empty()) throw Refusal{missing("bucketARN")};
  if (to.role_arn.empty()) throw Refusal{missing("roleARN")};
  if (auto prefix = members.text_if("Prefix")) to.prefix = *prefix;
  if (auto prefix = members.text_if("ErrorOutputPrefix")) to.error_output_prefix = *prefix;
  if (auto format = members.text_if("CompressionFormat")) read_compression(*format, to);
  if (const json* hints = members.take("BufferingHints")) read_buffering(*hints, to);
  if (const json* value = members.take("EncryptionConfiguration"))
    read_object_encryption(*value, to);
  if (const json* value = members.take("CloudWatchLoggingOptions")) read_logging(*value, to);
}

Processor read_processor(const json& value) {
  Members members(value, "Processors.");
  Processor processor{members.required_text("Type", "type"), {}};
  if (const json* parameters = members.array("Parameters")) {
    for (const json& one : *parameters) {
      Members parameter(one, "Parameters.");
      const std::string name = parameter.required_text("ParameterName", "parameterName");
      processor.parameters.emplace_back(
          name, parameter.required_text("ParameterValue", "parameterValue"));
      parameter.finish();
    }
  }
  members.finish();
  return processor;
}

// Processors left out of an update are none any more, as AWS reads it.
void read_processing_configuration(const json& value, StreamConfig& config) {
  Members members(value, "ProcessingConfiguration.");
  config.is_processing = members.flag("Enabled", config.is_processing);
  const json* processors = members.array("Processors");
  members.finish();
  config.processors.clear();
  if (processors == nullptr) return;
  for (const json& processor : *processors) config.processors.push_back(read_processor(processor));
}

void read_partitioning(const json& value, StreamConfig& config) {
  Members members(value, "DynamicPartitioningConfiguration.");
  config.is_partitioned = members.flag("Enabled", config.is_partitioned);
  if (const json* retry = members.take("RetryOptions")) {
    Members options(*retry, "RetryOptions.");
    const auto seconds = options.number("DurationInSeconds");
    options.finish();
    if (seconds) {
      config.partition_retry_s = static_cast<uint32_t>(std::min<uint64_t>(*seconds, UINT32_MAX));
    }
  }
  members.finish();
}

void read_backup(Members& members, const char* name, StreamConfig& config) {
  if (const auto mode = members.text_if("S3BackupMode")) {
    if (*mode != "Enabled" && *mode != "Disabled") {
      throw Refusal{constraint_error(*mode, "s3BackupMode",
                                     "Member must satisfy enum value set: [Disabled, Enabled]")};
    }
    config.has_backup = *mode == "Enabled";
  }
  const json* value = members.take(name);
  if (value == nullptr) return;
  Members backup(*value, std::string(name) + ".");
  if (!config.backup) config.backup.emplace();
  read_destination(backup, *config.backup);
  backup.finish();
}

void read_extended(const json& value, const std::string& path, const char* backup,
                   StreamConfig& config) {
  Members members(value, path + ".");
  read_destination(members, config);
  if (auto extension = members.text_if("FileExtension")) config.file_extension = *extension;
  if (auto zone = members.text_if("CustomTimeZone")) config.time_zone = *zone;
  if (const json* processing = members.take("ProcessingConfiguration")) {
    read_processing_configuration(*processing, config);
  }
  if (const json* partitioning = members.take("DynamicPartitioningConfiguration")) {
    read_partitioning(*partitioning, config);
  }
  read_backup(members, backup, config);
  // Parquet and ORC come with the lake.
  members.disabled("DataFormatConversionConfiguration");
  members.finish();
}

void read_plain(const json& value, const std::string& path, StreamConfig& config) {
  Members members(value, path + ".");
  read_destination(members, config);
  members.finish();
}

std::map<std::string, std::string> read_tags(const json& list) {
  if (list.empty() || list.size() > kTagsMax) {
    throw Refusal{constraint_error(std::to_string(list.size()) + " tags", "tags",
                                   "Member must have length from 1 to 50")};
  }
  std::map<std::string, std::string> tags;
  for (const json& one : list) {
    Members tag(one, "Tags.");
    const std::string key = tag.required_text("Key", "tags.member.key");
    tags[key] = tag.text("Value");
    tag.finish();
  }
  return tags;
}

StreamEncryption read_encryption(const json& value) {
  Members members(value, "DeliveryStreamEncryptionConfigurationInput.");
  StreamEncryption encryption{.is_on = true, .key_type = {}, .key_arn = {}};
  encryption.key_type = members.required_text("KeyType", "keyType");
  encryption.key_arn = members.text("KeyARN");
  members.finish();
  const bool is_own = encryption.key_type == "CUSTOMER_MANAGED_CMK";
  if (!is_own && encryption.key_type != "AWS_OWNED_CMK") {
    throw Refusal{constraint_error(
        encryption.key_type, "keyType",
        "Member must satisfy enum value set: [AWS_OWNED_CMK, CUSTOMER_MANAGED_CMK]")};
  }
  if (is_own == encryption.key_arn.empty()) {
    throw Refusal{invalid(is_own ? "KeyARN must be given when KeyType is CUSTOMER_MANAGED_CMK."
                                 : "KeyARN must not be given when KeyType is AWS_OWNED_CMK.")};
  }
  if (is_own && !encryption.key_arn.starts_with("arn:")) {
    throw Refusal{constraint_error(encryption.key_arn, "keyARN",
                                   "Member must satisfy regular expression pattern: arn:.*:kms:"
                                   "[a-zA-Z0-9\\-]+:\\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\\-_/]+")};
  }
  return encryption;
}

StreamConfig read_create(std::string_view body) {
  const json request = parse(body);
  Members members(request, "");
  StreamConfig config;
  config.name = stream_name(members);
  const std::string type = members.text("DeliveryStreamType");
  if (!type.empty() && type != "DirectPut") members.refuse("DeliveryStreamType " + type);
  // Informational in AWS too.
  if (const json* hint = members.take("DirectPutSourceConfiguration")) {
    Members(*hint, "DirectPutSourceConfiguration.").number("ThroughputHintInMBs");
  }
  if (const json* tags = members.array("Tags")) config.tags = read_tags(*tags);
  if (const json* encryption = members.take("DeliveryStreamEncryptionConfigurationInput")) {
    config.encryption = read_encryption(*encryption);
  }
  const json* extended = members.take("ExtendedS3DestinationConfiguration");
  const json* plain = members.take("S3DestinationConfiguration");
  members.finish();
  if ((extended != nullptr) == (plain != nullptr)) {
    throw Refusal{invalid("Exactly one destination configuration is required.")};
  }
  if (extended != nullptr) {
    read_extended(*extended, "ExtendedS3DestinationConfiguration", "S3BackupConfiguration", config);
  } else {
    read_plain(*plain, "S3DestinationConfiguration", config);
  }
  return config;
}

UpdateRequest read_update(std::string_view body) {
  const json request = parse(body);
  Members members(request, "");
  UpdateRequest update{stream_name(members), 0, std::string(body)};
  const std::string version =
      members.required_text("CurrentDeliveryStreamVersionId", "currentDeliveryStreamVersionId");
  const auto [end, code] =
      std::from_chars(version.data(), version.data() + version.size(), update.from_version);
  const bool is_digits = !version.empty() && std::all_of(version.begin(), version.end(), is_digit);
  if (!is_digits || version.size() > kVersionDigitsMax) {
    throw Refusal{constraint_error(version, "currentDeliveryStreamVersionId",
                                   "Member must satisfy regular expression pattern: [0-9]+ and "
                                   "have length from 1 to 50")};
  }
  // More digits than a version can have: no stream is at it.
  if (code != std::errc()) update.from_version = UINT64_MAX;
  const std::string id = members.required_text("DestinationId", "destinationId");
  if (id != kDestinationId) {
    throw Refusal{invalid("Destination Id " + id + " not found")};
  }
  return update;
}

StreamConfig updated(const UpdateRequest& update, StreamConfig config) {
  const json request = parse(update.body);
  Members members(request, "");
  for (const char* read :
       {"DeliveryStreamName", "CurrentDeliveryStreamVersionId", "DestinationId"}) {
    members.take(read);
  }
  const json* extended = members.take("ExtendedS3DestinationUpdate");
  const json* plain = members.take("S3DestinationUpdate");
  members.finish();
  if ((extended != nullptr) == (plain != nullptr)) {
    throw Refusal{invalid("Exactly one destination update is required.")};
  }
  if (extended != nullptr) {
    read_extended(*extended, "ExtendedS3DestinationUpdate", "S3BackupUpdate", config);
  } else {
    read_plain(*plain, "S3DestinationUpdate", config);
  }
  return config;
}

// --- answers ---

// The JSON number AWS gives for an instant: seconds with a fraction.
double seconds(int64_t ms) { return static_cast<double>(ms) / 1000.0; }

json destination_json(const S3Destination& to) {
  json logging = {{"Enabled", to.is_logging}};
  if (!to.log_group.empty()) logging["LogGroupName"] = to.log_group;
  if (!to.log_stream.empty()) logging["LogStreamName"] = to.log_stream;
  json encryption = {{"NoEncryptionConfig", "NoEncryption"}};
  if (!to.kms_key_arn.empty()) {
    encryption = {{"KMSEncryptionConfig", {{"AWSKMSKeyARN", to.kms_key_arn}}}};
  }
  return {
      {"RoleARN", to.role_arn},
      {"BucketARN", "arn:aws:s3:::" + to.bucket},
      {"Prefix", to.prefix},
      {"ErrorOutputPrefix", to.error_output_prefix},
      {"BufferingHints",
       {{"SizeInMBs", to.buffer_mib}, {"IntervalInSeconds", to.buffer_interval_s}}},
      {"CompressionFormat", to_text(to.compression)},
      {"EncryptionConfiguration", std::move(encryption)},
      {"CloudWatchLoggingOptions", std::move(logging)},
  };
}

json processing_json(const StreamConfig& config) {
  json processing = {{"Enabled", config.is_processing}};
  if (config.processors.empty()) return processing;
  processing["Processors"] = json::array();
  for (const Processor& processor : config.processors) {
    json one = {{"Type", processor.type}, {"Parameters", json::array()}};
    for (const auto& [name, value] : processor.parameters) {
      one["Parameters"].push_back({{"ParameterName", name}, {"ParameterValue", value}});
    }
    processing["Processors"].push_back(std::move(one));
  }
  return processing;
}

json destinations_json(const StreamConfig& config) {
  json s3 = destination_json(config);
  json extended = s3;
  extended["ProcessingConfiguration"] = processing_json(config);
  extended["S3BackupMode"] = config.has_backup ? "Enabled" : "Disabled";
  if (config.backup) extended["S3BackupDescription"] = destination_json(*config.backup);
  if (!config.file_extension.empty()) extended["FileExtension"] = config.file_extension;
  if (!config.time_zone.empty()) extended["CustomTimeZone"] = config.time_zone;
  if (config.is_partitioned) {
    extended["DynamicPartitioningConfiguration"] = {
        {"Enabled", true}, {"RetryOptions", {{"DurationInSeconds", config.partition_retry_s}}}};
  }
  return {{"DestinationId", kDestinationId},
          {"S3DestinationDescription", std::move(s3)},
          {"ExtendedS3DestinationDescription", std::move(extended)}};
}

std::string_view to_text(StreamStatus status) {
  constexpr std::array<std::string_view, 3> kNames = {"CREATING", "ACTIVE", "DELETING"};
  return kNames[static_cast<size_t>(status)];
}

std::string_view to_text(EncryptionStatus status) {
  constexpr std::array<std::string_view, 4> kNames = {"ENABLED", "ENABLING", "DISABLED",
                                                      "DISABLING"};
  return kNames[static_cast<size_t>(status)];
}

json encryption_json(const Firehose& firehose, const StreamConfig& config, int64_t now_ms) {
  json encryption = {{"Status", to_text(firehose.encryption_of(config, now_ms))}};
  if (!config.encryption.key_type.empty()) encryption["KeyType"] = config.encryption.key_type;
  if (!config.encryption.key_arn.empty()) encryption["KeyARN"] = config.encryption.key_arn;
  return encryption;
}

}  // namespace

Outcome<StreamConfig> read_create_request(std::string_view body) {
  return guarded<StreamConfig>([&] { return read_create(body); });
}

Outcome<std::string> read_stream_name(std::string_view body,
                                      const std::vector<std::string>& others) {
  return guarded<std::string>([&] {
    const json request = parse(body);
    Members members(request, "");
    std::string name = stream_name(members);
    for (const std::string& other : others) members.take(other.c_str());
    members.finish();
    return name;
  });
}

Outcome<UpdateRequest> read_update_request(std::string_view body) {
  return guarded<UpdateRequest>([&] { return read_update(body); });
}

Outcome<StreamConfig> apply_update(const UpdateRequest& request, const StreamConfig& current) {
  return guarded<StreamConfig>([&] { return updated(request, current); });
}

Outcome<ListRequest> read_list_request(std::string_view body) {
  return guarded<ListRequest>([&] {
    const json request = parse(body);
    Members members(request, "");
    ListRequest list;
    list.limit = limit_of(members, list.limit, kListMax);
    const std::string type = members.text("DeliveryStreamType");
    list.is_direct_put = type.empty() || type == "DirectPut";
    list.after = members.text("ExclusiveStartDeliveryStreamName");
    members.finish();
    return list;
  });
}

Outcome<TagRequest> read_tag_request(std::string_view body) {
  return guarded<TagRequest>([&] {
    const json request = parse(body);
    Members members(request, "");
    TagRequest tag{stream_name(members), {}};
    const json* tags = members.array("Tags");
    members.finish();
    if (tags == nullptr) throw Refusal{missing("tags")};
    tag.tags = read_tags(*tags);
    return tag;
  });
}

Outcome<UntagRequest> read_untag_request(std::string_view body) {
  return guarded<UntagRequest>([&] {
    const json request = parse(body);
    Members members(request, "");
    UntagRequest untag{stream_name(members), {}};
    const json* keys = members.array("TagKeys");
    members.finish();
    if (keys == nullptr) throw Refusal{missing("tagKeys")};
    if (keys->empty() || keys->size() > kTagsMax) {
      throw Refusal{constraint_error(std::to_string(keys->size()) + " keys", "tagKeys",
                                     "Member must have length from 1 to 50")};
    }
    for (const json& key : *keys) {
      if (!key.is_string()) throw Refusal{malformed()};
      untag.keys.push_back(key.get<std::string>());
    }
    return untag;
  });
}

Outcome<ListTagsRequest> read_list_tags_request(std::string_view body) {
  return guarded<ListTagsRequest>([&] {
    const json request = parse(body);
    Members members(request, "");
    ListTagsRequest list;
    list.name = stream_name(members);
    list.limit = limit_of(members, list.limit, kTagsMax);
    list.after = members.text("ExclusiveStartTagKey");
    members.finish();
    return list;
  });
}

Outcome<EncryptionRequest> read_start_encryption_request(std::string_view body) {
  return guarded<EncryptionRequest>([&] {
    const json request = parse(body);
    Members members(request, "");
    EncryptionRequest start{stream_name(members), {}};
    const json* input = members.take("DeliveryStreamEncryptionConfigurationInput");
    members.finish();
    // Without it AWS takes its own key.
    start.encryption = {.is_on = true, .key_type = "AWS_OWNED_CMK", .key_arn = {}};
    if (input != nullptr) start.encryption = read_encryption(*input);
    return start;
  });
}

std::string describe_text(const Firehose& firehose, const StreamConfig& config, int64_t now_ms) {
  json description = {
      {"DeliveryStreamName", config.name},
      {"DeliveryStreamARN", firehose.arn_of(config.name)},
      {"DeliveryStreamStatus", to_text(firehose.status_of(config, now_ms))},
      {"DeliveryStreamType", "DirectPut"},
      {"DeliveryStreamEncryptionConfiguration", encryption_json(firehose, config, now_ms)},
      {"VersionId", std::to_string(config.version)},
      {"CreateTimestamp", seconds(config.created_ms)},
      {"Destinations", json::array({destinations_json(config)})},
      {"HasMoreDestinations", false},
  };
  if (config.updated_ms != 0) description["LastUpdateTimestamp"] = seconds(config.updated_ms);
  return json{{"DeliveryStreamDescription", std::move(description)}}.dump();
}

std::string list_text(const std::vector<std::string>& names, bool has_more) {
  return json{{"DeliveryStreamNames", names}, {"HasMoreDeliveryStreams", has_more}}.dump();
}

std::string list_tags_text(const std::map<std::string, std::string>& tags,
                           const ListTagsRequest& request) {
  json list = json::array();
  bool has_more = false;
  for (auto at = tags.upper_bound(request.after); at != tags.end(); ++at) {
    if (list.size() == request.limit) {
      has_more = true;
      break;
    }
    list.push_back({{"Key", at->first}, {"Value", at->second}});
  }
  return json{{"Tags", std::move(list)}, {"HasMoreTags", has_more}}.dump();
}

}  // namespace edgehose
