#include "simulator/http/sqs_requests.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string refusal(std::string_view operation, std::string_view body) {
  const auto request = read_sqs_request(operation, body);
  return request ? "" : request.error().code;
}

}  // namespace

TEST_CASE("sqs requests: a message is read whole, with the MD5s of its parts") {
  const auto read = read_sqs_request(
      "SendMessage",
      R"({"QueueUrl":"http://h/0/q","MessageBody":"hello","DelaySeconds":3,"MessageAttributes":{
          "b":{"DataType":"Binary","BinaryValue":"AAE="},
          "a":{"DataType":"String.x","StringValue":"v"}},
          "MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"t"}}})");
  REQUIRE(read);
  const SendRequest& message = read.value().message;
  CHECK(read.value().queue == "q");
  CHECK(message.body_md5 == "5d41402abc4b2a76b9719d911017c592");
  CHECK((message.delay_s == 3 && message.trace_header == "t"));
  REQUIRE(message.attributes.size() == 2);
  CHECK((message.attributes[0].name == "a" && message.attributes[1].is_binary));
  CHECK(message.attributes[1].value == std::string("\0\1", 2));
  CHECK(message.attributes_md5 == message_attributes_md5(message.attributes));
}

TEST_CASE("sqs requests: what is missing, out of range or no attribute is refused by name") {
  CHECK(refusal("SendMessage", "[]") == "SerializationException");
  CHECK(refusal("SendMessage", R"({"QueueUrl":"q"})") == "MissingParameter");
  CHECK(refusal("SendMessage", R"({"MessageBody":"a"})") == "MissingParameter");
  CHECK(refusal("SendMessage", R"({"QueueUrl":"q","MessageBody":1})") == "SerializationException");
  CHECK(refusal("ReceiveMessage", R"({"QueueUrl":"q","MaxNumberOfMessages":11})") ==
        "InvalidParameterValue");
  CHECK(refusal("ReceiveMessage", R"({"QueueUrl":"q","WaitTimeSeconds":18446744073709551615})") ==
        "InvalidParameterValue");
  CHECK(refusal("ChangeMessageVisibility", R"({"QueueUrl":"q","ReceiptHandle":"r"})") ==
        "MissingParameter");
  const auto attribute = [](const std::string& text) {
    return refusal("SendMessage",
                   R"({"QueueUrl":"q","MessageBody":"a","MessageAttributes":{)" + text + "}}");
  };
  CHECK(attribute(R"("aws.x":{"DataType":"String","StringValue":"v"})") == "InvalidParameterValue");
  CHECK(attribute(R"("a..b":{"DataType":"String","StringValue":"v"})") == "InvalidParameterValue");
  CHECK(attribute(R"("a":{"DataType":"Bool","StringValue":"v"})") == "InvalidParameterValue");
  CHECK(attribute(R"("a":{"DataType":"String","StringValue":""})") == "InvalidParameterValue");
  CHECK(attribute(R"("a":{"DataType":"Binary","BinaryValue":"?"})") == "SerializationException");
  CHECK(attribute(R"("a":{"DataType":"String","StringListValues":["v"]})") ==
        "UnsupportedOperation");
  CHECK(refusal("SendMessage",
                R"({"QueueUrl":"q","MessageBody":"a","MessageDeduplicationId":"d"})") ==
        "InvalidParameterValue");
}

TEST_CASE("sqs requests: one wrong entry of a batch does not speak for the others") {
  const auto batch = read_sqs_batch("SendMessageBatch",
                                    R"({"QueueUrl":"q","Entries":[{"Id":"a","MessageBody":"1"},
          {"Id":"b","MessageBody":"1","DelaySeconds":901}]})");
  REQUIRE(batch);
  CHECK_FALSE(batch.value().entries[0].error);
  CHECK(batch.value().entries[1].error->code == "InvalidParameterValue");
  const auto code = [](std::string_view entries) {
    const auto read = read_sqs_batch(
        "DeleteMessageBatch", std::string(R"({"QueueUrl":"q","Entries":)").append(entries) + "}");
    return read ? "" : read.error().code;
  };
  CHECK(code("[]") == "EmptyBatchRequest");
  CHECK(code("{}") == "SerializationException");
  CHECK(code(R"([{"Id":"a/b"}])") == "InvalidBatchEntryId");
  CHECK(code(R"([{"Id":"a"},{"Id":"a"}])") == "BatchEntryIdsNotDistinct");
}
