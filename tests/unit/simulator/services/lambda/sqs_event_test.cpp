#include "simulator/services/lambda/sqs_event.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;

TEST_CASE("sqs event: a batch as Lambda hands it over, in AWS's names") {
  MessageContent content;
  content.id = "id-1";
  content.body = "a\"b\n";
  content.body_md5 = "md5";
  content.attributes = {{"n", "Number", "1", false}, {"r", "Binary", std::string("\0", 1), true}};
  ReceivedMessage message{"handle",
                          {.content = std::make_shared<const MessageContent>(content),
                           .sent_ms = 5,
                           .first_receive_ms = 6,
                           .receive_count = 2}};
  const std::vector<ReceivedMessage> batch = {message, message};
  const auto event = nlohmann::json::parse(sqs_event(batch, "arn:q", "eu-west-1", "123"));
  REQUIRE(event["Records"].size() == 2);
  const auto& record = event["Records"][0];
  CHECK(record["messageId"] == "id-1");
  CHECK(record["receiptHandle"] == "handle");
  CHECK(record["body"] == "a\"b\n");
  CHECK(record["attributes"]["ApproximateReceiveCount"] == "2");
  CHECK(record["attributes"]["SentTimestamp"] == "5");
  CHECK(record["attributes"]["ApproximateFirstReceiveTimestamp"] == "6");
  CHECK(record["attributes"]["SenderId"] == "123");
  CHECK(record["messageAttributes"]["n"]["stringValue"] == "1");
  CHECK(record["messageAttributes"]["r"]["binaryValue"] == "AA==");
  CHECK(record["md5OfBody"] == "md5");
  CHECK(record["eventSource"] == "aws:sqs");
  CHECK(record["eventSourceARN"] == "arn:q");
  CHECK(record["awsRegion"] == "eu-west-1");
}

TEST_CASE("sqs event: failures are those reported; an answer that is wrong fails every message") {
  const std::set<std::string> ids = {"a", "b"};
  for (const char* none : {"", "null", "{}", R"({"batchItemFailures":[]})",
                           R"({"batchItemFailures":null})", R"({"other":1})"}) {
    CHECK(failed_messages(none, ids).empty());
  }
  CHECK(failed_messages(R"({"batchItemFailures":[{"itemIdentifier":"b"}]})", ids) ==
        std::set<std::string>{"b"});
  for (const char* all :
       {"text", "[]", R"({"batchItemFailures":1})", R"({"batchItemFailures":[{}]})",
        R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})",
        R"({"batchItemFailures":[{"itemIdentifier":"c"}]})", R"({"batchItemFailures":["b"]})",
        R"({"batchItemFailures":[{"itemIdentifier":"b"})"}) {
    CHECK(failed_messages(all, ids) == ids);
  }
}
