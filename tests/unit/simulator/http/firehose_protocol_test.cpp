#include "simulator/http/firehose_protocol.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;
using nlohmann::json;

namespace {

json destination() {
  return {{"RoleARN", "arn:aws:iam::000000000000:role/f"}, {"BucketARN", "arn:aws:s3:::lake"}};
}

json request(const json& extended) {
  return {{"DeliveryStreamName", "a"}, {"ExtendedS3DestinationConfiguration", extended}};
}

std::string refusal(const json& body) {
  const auto config = read_create_request(body.dump());
  return config ? "taken" : config.error().code + ": " + config.error().message;
}

}  // namespace

TEST_CASE("firehose protocol: a create request is read whole") {
  json extended = destination();
  extended["Prefix"] = "p/!{timestamp:yyyy}/";
  extended["ErrorOutputPrefix"] = "e/";
  extended["FileExtension"] = ".json.gz";
  extended["CompressionFormat"] = "GZIP";
  extended["BufferingHints"] = {{"SizeInMBs", 7}, {"IntervalInSeconds", 0}};
  extended["CustomTimeZone"] = "UTC";
  extended["S3BackupMode"] = "Disabled";
  extended["CloudWatchLoggingOptions"] = {{"Enabled", false}};
  extended["ProcessingConfiguration"] = {{"Enabled", false}};
  extended["EncryptionConfiguration"] = {{"NoEncryptionConfig", "NoEncryption"}};
  json body = request(extended);
  body["DeliveryStreamType"] = "DirectPut";
  body["DirectPutSourceConfiguration"] = {{"ThroughputHintInMBs", 5}};
  const auto config = read_create_request(body.dump());
  REQUIRE(config);
  REQUIRE(config.value().bucket == "lake");
  REQUIRE(config.value().buffer_mib == 7);
  REQUIRE(config.value().buffer_interval_s == 0);
  REQUIRE(config.value().compression == Compression::gzip);
  REQUIRE(config.value().file_extension == ".json.gz");
  const auto plain = read_create_request(
      json{{"DeliveryStreamName", "a"}, {"S3DestinationConfiguration", destination()}}.dump());
  REQUIRE(plain.value().buffer_interval_s == 300);
}

TEST_CASE("firehose protocol: what is not modelled is refused by its name, wherever it stands") {
  const auto [member, value] = GENERATE(table<std::string, json>({
      {"ProcessingConfiguration", {{"Enabled", true}}},
      {"ProcessingConfiguration", json::object()},
      {"DataFormatConversionConfiguration", {{"Enabled", true}}},
      {"DynamicPartitioningConfiguration", {{"Enabled", true}}},
      {"CloudWatchLoggingOptions", {{"Enabled", true}, {"LogGroupName", "x"}}},
      {"S3BackupMode", "Enabled"},
      {"S3BackupConfiguration", json::object()},
      {"CustomTimeZone", "Asia/Tokyo"},
      {"EncryptionConfiguration", {{"KMSEncryptionConfig", {{"AWSKMSKeyARN", "arn"}}}}},
      {"CompressionFormat", "Snappy"},
      {"NotYetInvented", 1},
  }));
  json extended = destination();
  extended[member] = value;
  REQUIRE_THAT(refusal(request(extended)), Catch::StartsWith("InvalidArgumentException: ") &&
                                               Catch::Contains(member) &&
                                               Catch::Contains("not modelled"));
  json top = request(destination());
  top["Tags"] = json::array({{{"Key", "k"}}});
  REQUIRE_THAT(refusal(top), Catch::Contains("Tags is not modelled"));
  top = request(destination());
  top["DeliveryStreamType"] = "KinesisStreamAsSource";
  REQUIRE_THAT(refusal(top), Catch::Contains("KinesisStreamAsSource"));
}

TEST_CASE("firehose protocol: what is missing or of the wrong kind is refused") {
  REQUIRE_THAT(refusal(json::array()), Catch::StartsWith("SerializationException"));
  REQUIRE_THAT(refusal(json::object()), Catch::Contains("'deliveryStreamName'"));
  REQUIRE_THAT(refusal({{"DeliveryStreamName", 1}}), Catch::StartsWith("SerializationException"));
  REQUIRE_THAT(refusal({{"DeliveryStreamName", "a"}}), Catch::Contains("Exactly one destination"));
  REQUIRE_THAT(refusal(request(json::object())), Catch::Contains("'roleARN'"));
  json extended = destination();
  extended["BucketARN"] = "lake";
  REQUIRE_THAT(refusal(request(extended)), Catch::Contains("'bucketARN'"));
  extended = destination();
  extended["BufferingHints"] = {{"SizeInMBs", 1}};
  REQUIRE_THAT(refusal(request(extended)), Catch::Contains("or neither"));
  extended["BufferingHints"] = {{"SizeInMBs", -1}, {"IntervalInSeconds", 1}};
  REQUIRE_THAT(refusal(request(extended)), Catch::StartsWith("SerializationException"));
  REQUIRE_FALSE(read_create_request("{\"DeliveryStreamName\":"));
}

TEST_CASE("firehose protocol: the whole life of a stream over the wire") {
  SimulatorWorld world;
  const auto created = world.create("a");
  REQUIRE(created.status == 200);
  REQUIRE(header_of(created, "Content-Type") == "application/x-amz-json-1.1");
  REQUIRE(body_of(created)["DeliveryStreamARN"] ==
          "arn:aws:firehose:ap-northeast-1:000000000000:deliverystream/a");
  const auto again = world.create("a");
  REQUIRE(again.status == 400);
  REQUIRE(body_of(again)["__type"] == "ResourceInUseException");

  const auto described = body_of(
      world.firehose_call("DescribeDeliveryStream", R"({"DeliveryStreamName":"a","Limit":1})"));
  const auto& description = described["DeliveryStreamDescription"];
  REQUIRE(description["DeliveryStreamStatus"] == "ACTIVE");
  REQUIRE(description["CreateTimestamp"] == 1'795'353'600.0);
  REQUIRE(description["Destinations"][0]["ExtendedS3DestinationDescription"]["BufferingHints"] ==
          json{{"SizeInMBs", 5}, {"IntervalInSeconds", 300}});

  const auto listed = body_of(world.firehose_call("ListDeliveryStreams", "{}"));
  REQUIRE(listed == json{{"DeliveryStreamNames", {"a"}}, {"HasMoreDeliveryStreams", false}});
  const auto typed = body_of(
      world.firehose_call("ListDeliveryStreams", R"({"DeliveryStreamType":"MSKAsSource"})"));
  REQUIRE(typed["DeliveryStreamNames"].empty());
  REQUIRE(world.firehose_call("ListDeliveryStreams", R"({"Limit":0})").status == 400);
  REQUIRE(world.firehose_call("DeleteDeliveryStream", R"({"DeliveryStreamName":"a"})").status ==
          200);
  REQUIRE(world.firehose_call("StartDeliveryStreamEncryption", "{}").status == 404);
}

TEST_CASE("firehose protocol: answers to puts") {
  SimulatorWorld world;
  REQUIRE(world.create("a").status == 200);
  const auto single = body_of(
      world.firehose_call("PutRecord", R"({"DeliveryStreamName":"a","Record":{"Data":"eA=="}})"));
  REQUIRE_FALSE(single["RecordId"].get<std::string>().empty());
  REQUIRE(single["Encrypted"] == false);
  const auto batch = body_of(world.firehose_call(
      "PutRecordBatch", R"({"Records":[{"Data":"eA=="},{"Data":""}],"DeliveryStreamName":"a"})"));
  REQUIRE(batch["FailedPutCount"] == 0);
  REQUIRE(batch["RequestResponses"].size() == 2);
  const auto bad = world.firehose_call(
      "PutRecordBatch", R"({"DeliveryStreamName":"a","Records":[{"Data":"eA=="},{"Data":"e"}]})");
  REQUIRE(bad.status == 400);
  REQUIRE(body_of(bad)["__type"] == "SerializationException");
  const auto empty =
      world.firehose_call("PutRecordBatch", R"({"DeliveryStreamName":"a","Records":[]})");
  REQUIRE(body_of(empty)["__type"] == "ValidationException");
  const auto no_data =
      world.firehose_call("PutRecordBatch", R"({"DeliveryStreamName":"a","Records":[{}]})");
  REQUIRE_THAT(body_of(no_data)["message"].get<std::string>(), Catch::Contains("'data'"));
  // Nothing of the refused calls was counted.
  world.host.inspect([&](const Firehose& firehose) {
    REQUIRE(firehose.describe("a").value().counters.records == 3);
  });
}

TEST_CASE("firehose protocol: an error's text need not be UTF-8") {
  const auto response = json_error({"Code", "bad \xff byte", 400});
  REQUIRE(body_of(response)["__type"] == "Code");
}
