#include "simulator/services/sqs/queue_attributes.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string code(const std::optional<AwsError>& error) { return error ? error->code : ""; }

}  // namespace

TEST_CASE("queue attributes: numbers in their ranges are taken, others refused") {
  Random random(1);
  const Sqs sqs({}, random);
  QueueSettings settings;
  CHECK_FALSE(apply_attributes({{"VisibilityTimeout", "43200"},
                                {"DelaySeconds", "0"},
                                {"MessageRetentionPeriod", "1209600"},
                                {"ReceiveMessageWaitTimeSeconds", "20"},
                                {"MaximumMessageSize", "1024"}},
                               sqs, settings));
  CHECK((settings.visibility_s == 43'200 && settings.wait_s == 20 && settings.bytes_max == 1'024));
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
           {"VisibilityTimeout", "-1"},
           {"DelaySeconds", "901"},
           {"MessageRetentionPeriod", "59"},
           {"ReceiveMessageWaitTimeSeconds", "1.5"},
           {"MaximumMessageSize", ""},
           {"SqsManagedSseEnabled", "yes"}}) {
    CHECK(code(apply_attributes({{name, value}}, sqs, settings)) == "InvalidAttributeValue");
  }
  CHECK(code(apply_attributes({{"QueueArn", "x"}}, sqs, settings)) == "InvalidAttributeName");
}

TEST_CASE("queue attributes: a redrive policy needs a queue and a count, and can be taken away") {
  Random random(1);
  Sqs sqs({}, random);
  REQUIRE_FALSE(sqs.create(0, "dead", {}, {}));
  QueueSettings settings;
  const std::string arn = sqs.arn_of("dead");
  const auto apply = [&](const std::string& text) {
    return code(apply_attributes({{"RedrivePolicy", text}}, sqs, settings));
  };
  CHECK(apply(R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":"5"})").empty());
  CHECK((settings.redrive->dead_letter_arn == arn && settings.redrive->max_receive_count == 5));
  for (const std::string& wrong :
       {std::string("{"), R"({"deadLetterTargetArn":")" + arn + "\"}",
        R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":1001})",
        std::string(R"({"deadLetterTargetArn":"arn:aws:sqs:x:y:z","maxReceiveCount":1})")}) {
    CHECK(apply(wrong) == "InvalidAttributeValue");
  }
  CHECK(apply("").empty());
  CHECK_FALSE(settings.redrive);
}

TEST_CASE("queue attributes: what is asked for by name is given, an unknown name refused") {
  Random random(1);
  Sqs sqs({}, random);
  REQUIRE_FALSE(sqs.create(1'500, "q", {.policy = "{}"}, {}));
  const SqsQueue& queue = *sqs.find("q");
  const auto all = read_attributes(queue, sqs, {"All"});
  CHECK(all.value().size() == 13);
  CHECK(all.value().at("CreatedTimestamp") == "1");
  const auto some = read_attributes(queue, sqs, {"Policy", "RedrivePolicy"});
  CHECK(some.value() == std::map<std::string, std::string>{{"Policy", "{}"}});
  CHECK(read_attributes(queue, sqs, {"Colour"}).error().code == "InvalidAttributeName");
}
