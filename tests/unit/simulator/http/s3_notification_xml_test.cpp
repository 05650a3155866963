#include "simulator/http/s3_notification_xml.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string document(const std::string& inner) {
  return "<NotificationConfiguration>" + inner + "</NotificationConfiguration>";
}

std::string code(const std::string& inner) {
  const auto rules = read_notification_rules(document(inner));
  return rules ? "" : rules.error().code;
}

}  // namespace

TEST_CASE("s3 notification xml: what is read is written, and read again") {
  const auto rules = read_notification_rules(document(
      "<QueueConfiguration><Id>a&amp;b</Id><Queue> arn:q </Queue><Event>s3:ObjectCreated:*</Event>"
      "<Event>s3:ObjectRemoved:Delete</Event><Filter><S3Key><FilterRule><Name>Prefix</Name>"
      "<Value>in/</Value></FilterRule><FilterRule><Name>suffix</Name><Value>.gz</Value>"
      "</FilterRule></S3Key></Filter></QueueConfiguration>"
      "<QueueConfiguration><Queue>arn:r</Queue><Event>s3:ObjectCreated:Put</Event>"
      "</QueueConfiguration>"));
  REQUIRE(rules);
  REQUIRE(rules.value().size() == 2);
  CHECK(rules.value()[0] ==
        NotificationRule{
            "a&b", "arn:q", {"s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"}, "in/", ".gz"});
  CHECK(read_notification_rules(notification_rules_xml(rules.value())).value() == rules.value());
  CHECK(read_notification_rules(document("")).value().empty());
}

TEST_CASE("s3 notification xml: what is not modelled or not well-formed is refused") {
  const std::string queue = "<Queue>arn:q</Queue>";
  const std::string event = "<Event>s3:ObjectCreated:*</Event>";
  const auto rule = [](const std::string& inner) {
    return "<QueueConfiguration>" + inner + "</QueueConfiguration>";
  };
  CHECK(code(rule(queue + event)).empty());
  CHECK(code("<TopicConfiguration/>") == "NotImplemented");
  CHECK(code("<CloudFunctionConfiguration/>") == "NotImplemented");
  CHECK(code(rule(queue + "<Event>s3:ObjectRestore:*</Event>")) == "NotImplemented");
  CHECK(code(rule(queue)) == "MalformedXML");
  CHECK(code(rule(event)) == "MalformedXML");
  CHECK(code(rule(queue + event + "<Colour/>")) == "MalformedXML");
  CHECK(code("<Other/>") == "MalformedXML");
  CHECK(code(rule(queue + event +
                  "<Filter><S3Key><FilterRule><Name>infix</Name></FilterRule></S3Key></Filter>")) ==
        "InvalidArgument");
  CHECK_FALSE(read_notification_rules("no xml"));
}
