#include "simulator/http/firehose_protocol.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;
using nlohmann::json;

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
  REQUIRE(world.firehose_call("NotYetInvented", "{}").status == 404);
}

TEST_CASE("firehose protocol: a stream is changed over the wire") {
  SimulatorWorld world;
  REQUIRE(world.create("a").status == 200);
  const auto call = [&](const std::string& operation, json body) {
    body["DeliveryStreamName"] = "a";
    return world.firehose_call(operation, body.dump());
  };
  const json update = {{"CurrentDeliveryStreamVersionId", "1"},
                       {"DestinationId", "destinationId-000000000001"},
                       {"ExtendedS3DestinationUpdate", {{"Prefix", "new/"}}}};
  REQUIRE(call("UpdateDestination", update).status == 200);
  const auto stale = call("UpdateDestination", update);
  REQUIRE(body_of(stale)["__type"] == "ConcurrentModificationException");
  const json tags = json::array({{{"Key", "k"}, {"Value", "v"}}});
  REQUIRE(call("TagDeliveryStream", {{"Tags", tags}}).status == 200);
  REQUIRE(body_of(call("ListTagsForDeliveryStream", json::object()))["Tags"] == tags);
  REQUIRE(call("UntagDeliveryStream", {{"TagKeys", json::array({"k"})}}).status == 200);
  REQUIRE(call("StartDeliveryStreamEncryption", json::object()).status == 200);
  const auto put = body_of(call("PutRecord", {{"Record", {{"Data", "eA=="}}}}));
  REQUIRE(put["Encrypted"] == true);
  REQUIRE(call("StopDeliveryStreamEncryption", json::object()).status == 200);
  const auto described = body_of(call("DescribeDeliveryStream", json::object()));
  const json& stream = described["DeliveryStreamDescription"];
  REQUIRE(stream["VersionId"] == "2");
  REQUIRE(stream["DeliveryStreamEncryptionConfiguration"]["Status"] == "DISABLED");
  for (const char* operation : {"UpdateDestination", "TagDeliveryStream", "UntagDeliveryStream",
                                "ListTagsForDeliveryStream", "StopDeliveryStreamEncryption"}) {
    REQUIRE(world.firehose_call(operation, "{}").status == 400);
  }
}

TEST_CASE("firehose protocol: the sixth call of a second is told to slow down") {
  SimulatorWorld world;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(world.firehose_call("ListDeliveryStreams", "{}").status == 200);
  }
  const auto sixth = world.firehose_call("ListDeliveryStreams", "{}");
  REQUIRE(sixth.status == 400);
  REQUIRE(body_of(sixth) == json{{"__type", "ThrottlingException"}, {"message", "Rate exceeded"}});
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
