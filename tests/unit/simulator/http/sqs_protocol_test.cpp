#include "simulator/http/sqs_protocol.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;
using nlohmann::json;

TEST_CASE("sqs protocol: an error has its name, its older name, and its status") {
  SimulatorWorld world;
  const auto missing = world.sqs_call("GetQueueUrl", {{"QueueName", "none"}});
  CHECK(missing.status == 400);
  CHECK(body_of(missing)["__type"] == "com.amazonaws.sqs#QueueDoesNotExist");
  CHECK(header_of(missing, "x-amzn-query-error") ==
        "AWS.SimpleQueueService.NonExistentQueue;Sender");
  CHECK(header_of(missing, "Content-Type") == "application/x-amz-json-1.0");
  CHECK(world.sqs_call("Sing", json::object()).status == 404);
  const auto failed = sqs_error({"InternalFailure", "x", 500});
  CHECK(header_of(failed, "x-amzn-query-error") == "InternalFailure;Receiver");
  CHECK(sqs_query_refusal().body.find("JSON protocol") != std::string::npos);
}

TEST_CASE("sqs protocol: a message goes in and comes out") {
  SimulatorWorld world;
  const auto made = body_of(world.sqs_call("CreateQueue", {{"QueueName", "q"}}));
  const std::string url = made["QueueUrl"];
  CHECK(url == "http://127.0.0.1/000000000000/q");
  const auto sent =
      body_of(world.sqs_call("SendMessage", {{"QueueUrl", url}, {"MessageBody", "a"}}));
  const auto received = body_of(world.sqs_call("ReceiveMessage", {{"QueueUrl", url}}));
  CHECK(received["Messages"][0]["MessageId"] == sent["MessageId"]);
  CHECK_FALSE(received["Messages"][0].contains("Attributes"));
  const std::string handle = received["Messages"][0]["ReceiptHandle"];
  CHECK(world.sqs_call("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", handle}}).status ==
        200);
  CHECK(body_of(world.sqs_call("ReceiveMessage", {{"QueueUrl", url}})).empty());
}
