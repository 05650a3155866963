#include "simulator/http/firehose_protocol.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kContentType = "application/x-amz-json-1.1";
constexpr uint64_t kListDefault = 10;
constexpr uint64_t kListMax = 10'000;
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
  // The member is one of {"Enabled": false, ...}, or is not modelled.
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

void read_buffering(const json& value, StreamConfig& config) {
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
  config.buffer_mib = static_cast<uint32_t>(std::min<uint64_t>(*size, UINT32_MAX));
  config.buffer_interval_s = static_cast<uint32_t>(std::min<uint64_t>(*interval, UINT32_MAX));
}

void read_compression(const std::string& format, StreamConfig& config) {
  if (format.empty() || format == "UNCOMPRESSED") return;
  if (format != "GZIP") {
    throw Refusal{invalid("CompressionFormat " + format +
                          " is not modelled by this simulator: use UNCOMPRESSED or GZIP.")};
  }
  config.compression = Compression::gzip;
}

// What AWS takes only in one form here: the form in which it does nothing.
void read_unmodelled(Members& members) {
  for (const char* name : {"ProcessingConfiguration", "DataFormatConversionConfiguration",
                           "DynamicPartitioningConfiguration", "CloudWatchLoggingOptions"}) {
    members.disabled(name);
  }
  const std::string backup = members.text("S3BackupMode");
  if (!backup.empty() && backup != "Disabled") members.refuse("S3BackupMode " + backup);
  const std::string zone = members.text("CustomTimeZone");
  if (!zone.empty() && zone != "UTC") members.refuse("CustomTimeZone " + zone);
  const json* encryption = members.take("EncryptionConfiguration");
  const json none = {{"NoEncryptionConfig", "NoEncryption"}};
  if (encryption != nullptr && *encryption != none) members.refuse("EncryptionConfiguration");
}

void read_destination(const json& value, const std::string& path, StreamConfig& config) {
  Members members(value, path + ".");
  config.role_arn = members.required_text("RoleARN", "roleARN");
  const std::string arn = members.required_text("BucketARN", "bucketARN");
  if (!read_bucket_arn(arn, config.bucket)) {
    throw Refusal{{"ValidationException",
                   "1 validation error detected: Value '" + arn +
                       "' at 'bucketARN' failed to satisfy constraint: Member must satisfy regular "
                       "expression pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}"}};
  }
  config.prefix = members.text("Prefix");
  config.error_output_prefix = members.text("ErrorOutputPrefix");
  config.file_extension = members.text("FileExtension");
  read_compression(members.text("CompressionFormat"), config);
  if (const json* hints = members.take("BufferingHints")) read_buffering(*hints, config);
  read_unmodelled(members);
  members.finish();
}

StreamConfig read_create(std::string_view body) {
  const json request = parse(body);
  Members members(request, "");
  StreamConfig config;
  config.name = members.required_text("DeliveryStreamName", "deliveryStreamName");
  const std::string type = members.text("DeliveryStreamType");
  if (!type.empty() && type != "DirectPut") members.refuse("DeliveryStreamType " + type);
  // Informational in AWS too.
  if (const json* hint = members.take("DirectPutSourceConfiguration")) {
    Members(*hint, "DirectPutSourceConfiguration.").number("ThroughputHintInMBs");
  }
  const json* extended = members.take("ExtendedS3DestinationConfiguration");
  const json* plain = members.take("S3DestinationConfiguration");
  members.finish();
  if ((extended != nullptr) == (plain != nullptr)) {
    throw Refusal{invalid("Exactly one destination configuration is required.")};
  }
  if (extended != nullptr) {
    read_destination(*extended, "ExtendedS3DestinationConfiguration", config);
  } else {
    read_destination(*plain, "S3DestinationConfiguration", config);
  }
  return config;
}

// The JSON number AWS gives for an instant: seconds with a fraction.
double seconds(int64_t ms) { return static_cast<double>(ms) / 1000.0; }

json destination_of(const StreamConfig& config) {
  json s3 = {
      {"RoleARN", config.role_arn},
      {"BucketARN", "arn:aws:s3:::" + config.bucket},
      {"Prefix", config.prefix},
      {"ErrorOutputPrefix", config.error_output_prefix},
      {"BufferingHints",
       {{"SizeInMBs", config.buffer_mib}, {"IntervalInSeconds", config.buffer_interval_s}}},
      {"CompressionFormat", config.compression == Compression::gzip ? "GZIP" : "UNCOMPRESSED"},
      {"EncryptionConfiguration", {{"NoEncryptionConfig", "NoEncryption"}}},
      {"CloudWatchLoggingOptions", {{"Enabled", false}}},
  };
  json extended = s3;
  extended["ProcessingConfiguration"] = {{"Enabled", false}};
  extended["S3BackupMode"] = "Disabled";
  if (!config.file_extension.empty()) extended["FileExtension"] = config.file_extension;
  return {{"DestinationId", kDestinationId},
          {"S3DestinationDescription", std::move(s3)},
          {"ExtendedS3DestinationDescription", std::move(extended)}};
}

std::string describe_text(const Firehose& firehose, const StreamConfig& config) {
  const json description = {
      {"DeliveryStreamName", config.name},
      {"DeliveryStreamARN", firehose.arn_of(config.name)},
      {"DeliveryStreamStatus", config.is_deleting ? "DELETING" : "ACTIVE"},
      {"DeliveryStreamType", "DirectPut"},
      {"DeliveryStreamEncryptionConfiguration", {{"Status", "DISABLED"}}},
      {"VersionId", "1"},
      {"CreateTimestamp", seconds(config.created_ms)},
      {"LastUpdateTimestamp", seconds(config.created_ms)},
      {"Destinations", json::array({destination_of(config)})},
      {"HasMoreDestinations", false},
  };
  return json{{"DeliveryStreamDescription", description}}.dump();
}

void append_record_id(std::string& out, uint64_t record) {
  // Opaque to clients; the fixed head and tail keep it recognisable in logs.
  out.append("edgehose-");
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[record >> shift & 15]);
}

std::string put_text(const PutReply& reply) {
  std::string text;
  if (reply.is_single) {
    text.append(R"({"Encrypted":false,"RecordId":")");
    append_record_id(text, reply.first_record);
    return text.append("\"}");
  }
  text.reserve(64 + size_t{64} * reply.rows);
  text.append(R"({"Encrypted":false,"FailedPutCount":)");
  append_number(text, std::count(reply.throttled.begin(), reply.throttled.end(), 1));
  text.append(R"(,"RequestResponses":[)");
  for (uint32_t row = 0; row < reply.rows; ++row) {
    if (row > 0) text.push_back(',');
    if (!reply.throttled.empty() && reply.throttled[row] != 0) {
      text.append(R"({"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."})");
      continue;
    }
    text.append(R"({"RecordId":")");
    append_record_id(text, reply.first_record + row);
    text.append("\"}");
  }
  return text.append("]}");
}

HttpResponse respond_to(const FirehoseReply& reply) {
  if (const auto* error = std::get_if<AwsError>(&reply)) return json_error(*error);
  if (const auto* put = std::get_if<PutReply>(&reply)) return json_response(put_text(*put));
  if (const auto* create = std::get_if<CreateReply>(&reply)) {
    return json_response(json{{"DeliveryStreamARN", create->arn}}.dump());
  }
  return json_response("{}");
}

std::string read_name(std::string_view body, std::initializer_list<const char*> others) {
  const json request = parse(body);
  Members members(request, "");
  std::string name = members.required_text("DeliveryStreamName", "deliveryStreamName");
  for (const char* other : others) members.take(other);
  members.finish();
  return name;
}

}  // namespace

HttpResponse json_response(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", std::string(kContentType)}},
          .body = std::move(body)};
}

HttpResponse json_error(const AwsError& error) {
  HttpResponse response =
      json_response(json{{"__type", error.code}, {"message", error.message}}.dump(
          -1, ' ', false, json::error_handler_t::replace));
  response.status = error.http_status;
  response.headers.emplace_back("x-amzn-ErrorType", error.code);
  return response;
}

Outcome<StreamConfig> read_create_request(std::string_view body) {
  try {
    return read_create(body);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

void FirehoseProtocol::handle(std::string_view operation, const std::string& body,
                              const HttpRespond& respond) {
  try {
    if (operation == "PutRecordBatch") return put(body, PutKind::batch, respond);
    if (operation == "PutRecord") return put(body, PutKind::single, respond);
    if (operation == "CreateDeliveryStream") return create(body, respond);
    if (operation == "DeleteDeliveryStream") return erase(body, respond);
    if (operation == "DescribeDeliveryStream") return describe(body, respond);
    if (operation == "ListDeliveryStreams") return list(body, respond);
    respond(json_error({"UnknownOperationException",
                        "This simulator does not model Firehose's " + std::string(operation) + ".",
                        404}));
  } catch (const Refusal& refusal) {
    respond(json_error(refusal.error));
  }
}

void FirehoseProtocol::put(std::string_view body, PutKind kind, const HttpRespond& respond) {
  const auto request = read_put_request(body);
  if (!request) return respond(json_error(malformed()));
  const auto& stream = request.value().stream;
  const auto& records = request.value().records;
  if (!stream) return respond(json_error(missing("deliveryStreamName")));
  if (!records) {
    return respond(json_error(missing(kind == PutKind::single ? "record" : "records")));
  }
  if (auto error = check_put_count(records->size())) return respond(json_error(*error));
  FrameBuilder rows(body.size() / 4 * 3 + records->size() * sizeof(uint32_t));
  for (const auto& text : *records) {
    if (!text) return respond(json_error(missing("data")));
    if (!rows.try_add_base64(*text)) return respond(json_error(malformed()));
  }
  if (auto error = check_put_bytes(kind, rows)) return respond(json_error(*error));
  host_.put(*stream, kind, std::move(rows),
            [respond](const FirehoseReply& reply) { respond(respond_to(reply)); });
}

void FirehoseProtocol::create(const std::string& body, const HttpRespond& respond) {
  host_.create(read_create(body),
               [respond](const FirehoseReply& reply) { respond(respond_to(reply)); });
}

// AllowForceDelete concerns KMS grants only, and there are none here.
void FirehoseProtocol::erase(const std::string& body, const HttpRespond& respond) {
  host_.erase(read_name(body, {"AllowForceDelete"}),
              [respond](const FirehoseReply& reply) { respond(respond_to(reply)); });
}

// A stream has one destination: Limit and ExclusiveStartDestinationId cannot matter.
void FirehoseProtocol::describe(const std::string& body, const HttpRespond& respond) {
  const std::string name = read_name(body, {"Limit", "ExclusiveStartDestinationId"});
  HttpResponse response;
  host_.inspect([&](const Firehose& firehose) {
    const auto found = firehose.describe(name);
    response = found ? json_response(describe_text(firehose, found.value().config))
                     : json_error(found.error());
  });
  respond(std::move(response));
}

void FirehoseProtocol::list(const std::string& body, const HttpRespond& respond) {
  const json request = parse(body);
  Members members(request, "");
  const uint64_t limit = members.number("Limit").value_or(kListDefault);
  const std::string type = members.text("DeliveryStreamType");
  const std::string after = members.text("ExclusiveStartDeliveryStreamName");
  members.finish();
  if (limit < 1 || limit > kListMax) {
    throw Refusal{{"ValidationException",
                   "1 validation error detected: Value '" + std::to_string(limit) +
                       "' at 'limit' failed to satisfy constraint: Member must have value between "
                       "1 and 10000"}};
  }
  bool has_more = false;
  std::vector<std::string> names;
  // Every stream here is DirectPut.
  if (type.empty() || type == "DirectPut") {
    host_.inspect([&](const Firehose& firehose) { names = firehose.list(after, limit, has_more); });
  }
  respond(json_response(
      json{{"DeliveryStreamNames", names}, {"HasMoreDeliveryStreams", has_more}}.dump()));
}

}  // namespace edgehose
