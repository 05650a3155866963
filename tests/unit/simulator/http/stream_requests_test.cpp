#include "simulator/http/stream_requests.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

namespace {

json destination() {
  return {{"RoleARN", "arn:aws:iam::000000000000:role/f"}, {"BucketARN", "arn:aws:s3:::lake"}};
}

json request(const json& extended) {
  return {{"DeliveryStreamName", "a"}, {"ExtendedS3DestinationConfiguration", extended}};
}

template <typename T>
std::string text_of(const Outcome<T>& outcome) {
  return outcome ? "taken" : outcome.error().code + ": " + outcome.error().message;
}

std::string refusal(const json& body) { return text_of(read_create_request(body.dump())); }

// A creation with every member that is modelled.
json full() {
  json extended = destination();
  extended["Prefix"] = "p/!{timestamp:yyyy}/";
  extended["ErrorOutputPrefix"] = "e/";
  extended["FileExtension"] = ".json.gz";
  extended["CompressionFormat"] = "HADOOP_SNAPPY";
  extended["BufferingHints"] = {{"SizeInMBs", 70}, {"IntervalInSeconds", 60}};
  extended["CustomTimeZone"] = "Asia/Tokyo";
  extended["S3BackupMode"] = "Enabled";
  extended["S3BackupConfiguration"] = destination();
  extended["S3BackupConfiguration"]["Prefix"] = "backup/";
  extended["CloudWatchLoggingOptions"] = {
      {"Enabled", true}, {"LogGroupName", "g"}, {"LogStreamName", "s"}};
  extended["ProcessingConfiguration"] = {
      {"Enabled", true},
      {"Processors",
       {{{"Type", "RecordDeAggregation"},
         {"Parameters", {{{"ParameterName", "SubRecordType"}, {"ParameterValue", "JSON"}}}}},
        {{"Type", "AppendDelimiterToRecord"}}}}};
  extended["DynamicPartitioningConfiguration"] = {{"Enabled", true},
                                                  {"RetryOptions", {{"DurationInSeconds", 10}}}};
  extended["EncryptionConfiguration"] = {{"KMSEncryptionConfig", {{"AWSKMSKeyARN", "arn:key"}}}};
  json body = request(extended);
  body["DeliveryStreamType"] = "DirectPut";
  body["DirectPutSourceConfiguration"] = {{"ThroughputHintInMBs", 5}};
  body["Tags"] = {{{"Key", "team"}, {"Value", "data"}}, {{"Key", "empty"}}};
  body["DeliveryStreamEncryptionConfigurationInput"] = {{"KeyType", "AWS_OWNED_CMK"}};
  return body;
}

}  // namespace

TEST_CASE("stream requests: a creation is read whole, and described as it was asked for") {
  const auto read = read_create_request(full().dump());
  REQUIRE(text_of(read) == "taken");
  const StreamConfig& config = read.value();
  REQUIRE(config.bucket == "lake");
  REQUIRE(config.buffer_mib == 70);
  REQUIRE(config.compression == Compression::hadoop_snappy);
  REQUIRE(config.partition_retry_s == 10);
  REQUIRE(config.backup->prefix == "backup/");
  REQUIRE(config.tags.at("team") == "data");
  REQUIRE(config.encryption.is_on);
  Random random(1);
  const Firehose firehose({}, random);
  const json described = json::parse(describe_text(firehose, config, 5'000));
  const json& stream = described["DeliveryStreamDescription"];
  REQUIRE(stream["VersionId"] == "1");
  REQUIRE(stream["DeliveryStreamEncryptionConfiguration"] ==
          json{{"Status", "ENABLED"}, {"KeyType", "AWS_OWNED_CMK"}});
  json s3 = stream["Destinations"][0]["ExtendedS3DestinationDescription"];
  json asked = full()["ExtendedS3DestinationConfiguration"];
  // What AWS fills in or names differently.
  REQUIRE(s3["S3BackupDescription"]["Prefix"] == "backup/");
  s3.erase("S3BackupDescription");
  asked.erase("S3BackupConfiguration");
  asked["ProcessingConfiguration"]["Processors"][1]["Parameters"] = json::array();
  REQUIRE(s3 == asked);
}

TEST_CASE("stream requests: AWS's defaults") {
  const auto plain = read_create_request(
      json{{"DeliveryStreamName", "a"}, {"S3DestinationConfiguration", destination()}}.dump());
  REQUIRE(plain.value().buffer_interval_s == 300);
  REQUIRE(plain.value().buffer_mib == 5);
  REQUIRE(plain.value().compression == Compression::none);
  REQUIRE_FALSE(plain.value().is_processing);
}

TEST_CASE("stream requests: what is not modelled is refused by its name, wherever it stands") {
  json extended = destination();
  extended["DataFormatConversionConfiguration"] = {{"Enabled", true}};
  REQUIRE_THAT(refusal(request(extended)),
               Catch::Contains("DataFormatConversionConfiguration is not modelled"));
  extended = destination();
  extended["NotYetInvented"] = 1;
  REQUIRE_THAT(refusal(request(extended)), Catch::Contains("NotYetInvented is not modelled"));
  json top = request(destination());
  top["DeliveryStreamType"] = "KinesisStreamAsSource";
  REQUIRE_THAT(refusal(top), Catch::Contains("KinesisStreamAsSource"));
  top = request(destination());
  top["SplunkDestinationConfiguration"] = json::object();
  REQUIRE_THAT(refusal(top), Catch::Contains("SplunkDestinationConfiguration is not modelled"));
}

TEST_CASE("stream requests: what is missing or of the wrong kind is refused") {
  REQUIRE_THAT(refusal(json::array()), Catch::StartsWith("SerializationException"));
  REQUIRE_THAT(refusal(json::object()), Catch::Contains("'deliveryStreamName'"));
  REQUIRE_THAT(refusal({{"DeliveryStreamName", 1}}), Catch::StartsWith("SerializationException"));
  REQUIRE_THAT(refusal({{"DeliveryStreamName", "a/b"}}), Catch::Contains("'deliveryStreamName'"));
  REQUIRE_THAT(refusal({{"DeliveryStreamName", "a"}}), Catch::Contains("Exactly one destination"));
  REQUIRE_THAT(refusal(request(json::object())), Catch::Contains("'bucketARN'"));
  REQUIRE_FALSE(read_create_request("{\"DeliveryStreamName\":"));
  const auto [member, value, expected] = GENERATE(table<std::string, json, std::string>({
      {"RoleARN", nullptr, "'roleARN'"},
      {"BucketARN", "lake", "'bucketARN'"},
      {"BufferingHints", {{"SizeInMBs", 1}}, "or neither"},
      {"BufferingHints", {{"SizeInMBs", -1}, {"IntervalInSeconds", 1}}, "SerializationException"},
      {"CompressionFormat", "gzip", "'compressionFormat'"},
      {"S3BackupMode", "On", "'s3BackupMode'"},
      {"EncryptionConfiguration", {{"NoEncryptionConfig", "x"}}, "'noEncryptionConfig'"},
      {"EncryptionConfiguration", {{"KMSEncryptionConfig", json::object()}}, "'awsKMSKeyARN'"},
      {"ProcessingConfiguration", {{"Processors", 1}}, "SerializationException"},
      {"ProcessingConfiguration", {{"Processors", {json::object()}}}, "'type'"},
      {"ProcessingConfiguration", {{"Enabled", 1}}, "SerializationException"},
  }));
  json extended = destination();
  extended[member] = value;
  REQUIRE_THAT(refusal(request(extended)), Catch::Contains(expected));
}

TEST_CASE("stream requests: keys of encryption belong to their kinds") {
  const auto start = [](const json& input) {
    return text_of(read_start_encryption_request(json{
        {"DeliveryStreamName", "a"},
        {"DeliveryStreamEncryptionConfigurationInput",
         input}}.dump()));
  };
  REQUIRE(start({{"KeyType", "AWS_OWNED_CMK"}}) == "taken");
  REQUIRE(start({{"KeyType", "CUSTOMER_MANAGED_CMK"}, {"KeyARN", "arn:aws:kms:r:1:key/x"}}) ==
          "taken");
  REQUIRE_THAT(start({{"KeyType", "OTHER"}}), Catch::Contains("'keyType'"));
  REQUIRE_THAT(start({{"KeyType", "CUSTOMER_MANAGED_CMK"}}), Catch::Contains("must be given"));
  REQUIRE_THAT(start({{"KeyType", "AWS_OWNED_CMK"}, {"KeyARN", "arn:x"}}),
               Catch::Contains("must not be given"));
  REQUIRE(
      read_start_encryption_request(R"({"DeliveryStreamName":"a"})").value().encryption.key_type ==
      "AWS_OWNED_CMK");
}

TEST_CASE("stream requests: an update changes what it names and keeps the rest") {
  const StreamConfig current = read_create_request(full().dump()).value();
  const auto update = [&](const json& extended) {
    const json body = {{"DeliveryStreamName", "a"},
                       {"CurrentDeliveryStreamVersionId", "1"},
                       {"DestinationId", "destinationId-000000000001"},
                       {"ExtendedS3DestinationUpdate", extended}};
    return apply_update(read_update_request(body.dump()).value(), current);
  };
  const auto same = update(json::object());
  REQUIRE(is_same_destination(same.value(), current));
  const auto changed = update({{"Prefix", ""}, {"S3BackupUpdate", {{"Prefix", "b2/"}}}}).value();
  REQUIRE(changed.prefix.empty());
  REQUIRE(changed.backup->prefix == "b2/");
  REQUIRE(changed.backup->bucket == "lake");
  REQUIRE(changed.processors == current.processors);
  REQUIRE_FALSE(is_same_destination(changed, current));
  const auto off = update({{"ProcessingConfiguration", {{"Enabled", false}}}}).value();
  REQUIRE_FALSE(off.is_processing);
  REQUIRE(off.processors.empty());
  REQUIRE_THAT(text_of(update({{"Unknown", 1}})), Catch::Contains("Unknown is not modelled"));
}

TEST_CASE("stream requests: an update names a version and the one destination") {
  const auto update = [](const json& more) {
    json body = {{"DeliveryStreamName", "a"},
                 {"CurrentDeliveryStreamVersionId", "1"},
                 {"DestinationId", "destinationId-000000000001"}};
    body.update(more);
    return read_update_request(body.dump());
  };
  REQUIRE(update({{"CurrentDeliveryStreamVersionId", "17"}}).value().from_version == 17);
  REQUIRE(update({{"CurrentDeliveryStreamVersionId", std::string(50, '9')}}).value().from_version ==
          UINT64_MAX);
  for (const char* version : {"", "1a", "-1"}) {
    REQUIRE_THAT(text_of(update({{"CurrentDeliveryStreamVersionId", version}})),
                 Catch::Contains("'currentDeliveryStreamVersionId'"));
  }
  REQUIRE_THAT(text_of(update({{"DestinationId", "other"}})),
               Catch::Contains("Destination Id other not found"));
  REQUIRE_THAT(text_of(apply_update(update(json::object()).value(), {})),
               Catch::Contains("Exactly one destination update"));
}

TEST_CASE("stream requests: tags and their lists") {
  REQUIRE(
      read_tag_request(R"({"DeliveryStreamName":"a","Tags":[{"Key":"k","Value":"v"},{"Key":"k"}]})")
          .value()
          .tags == std::map<std::string, std::string>{{"k", ""}});
  REQUIRE_THAT(text_of(read_tag_request(R"({"DeliveryStreamName":"a","Tags":[]})")),
               Catch::Contains("length from 1 to 50"));
  REQUIRE_THAT(text_of(read_tag_request(R"({"DeliveryStreamName":"a"})")),
               Catch::Contains("'tags'"));
  REQUIRE(read_untag_request(R"({"DeliveryStreamName":"a","TagKeys":["x"]})").value().keys ==
          std::vector<std::string>{"x"});
  REQUIRE_FALSE(read_untag_request(R"({"DeliveryStreamName":"a","TagKeys":[1]})"));
  const std::map<std::string, std::string> tags = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  REQUIRE(list_tags_text(tags, {"s", "a", 1}) ==
          R"({"HasMoreTags":true,"Tags":[{"Key":"b","Value":"2"}]})");
  REQUIRE(list_tags_text(tags, {"s", "b", 5}) ==
          R"({"HasMoreTags":false,"Tags":[{"Key":"c","Value":"3"}]})");
  REQUIRE_THAT(text_of(read_list_tags_request(R"({"DeliveryStreamName":"a","Limit":51})")),
               Catch::Contains("between 1 and 50"));
}

TEST_CASE("stream requests: lists of streams") {
  REQUIRE(read_list_request("{}").value().limit == 10);
  REQUIRE_FALSE(read_list_request(R"({"DeliveryStreamType":"MSKAsSource"})").value().is_direct_put);
  REQUIRE_THAT(text_of(read_list_request(R"({"Limit":0})")), Catch::Contains("'limit'"));
  REQUIRE(list_text({"a"}, true) ==
          R"({"DeliveryStreamNames":["a"],"HasMoreDeliveryStreams":true})");
  REQUIRE(text_of(read_stream_name(R"({"DeliveryStreamName":"a","x":1})", {"x"})) == "taken");
  REQUIRE_THAT(text_of(read_stream_name(R"({"DeliveryStreamName":"a","y":1})", {"x"})),
               Catch::Contains("y is not modelled"));
}
