#include "simulator/http/alarm_file.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

const std::string kAlarm =
    R"({"AlarmName":"a","Namespace":"N","MetricName":"m","Statistic":"Sum","Period":60,
        "EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold"})";

std::string fault(const std::string& text) {
  const auto read = read_alarm_file(text);
  const auto* wrong = std::get_if<std::string>(&read);
  return wrong == nullptr ? "" : *wrong;
}

}  // namespace

TEST_CASE("alarm file: a webhook and alarms as PutMetricAlarm takes them") {
  const auto read =
      read_alarm_file(R"({"webhook":"http://127.0.0.1:9/x","alarms":[)" + kAlarm + "]}");
  const auto* file = std::get_if<AlarmFile>(&read);
  REQUIRE(file != nullptr);
  REQUIRE(file->webhook->port == 9);
  REQUIRE(file->alarms.size() == 1);
  REQUIRE(file->alarms[0].name == "a");
  REQUIRE(fault(R"({"alarms":[]})").empty());
}

TEST_CASE("alarm file: what is wrong is named with its place") {
  REQUIRE(fault("{") == "is not a JSON object");
  REQUIRE(fault("{}") == "alarms: is not a list");
  REQUIRE(fault(R"({"alarm":[]})").find("alarm: there are") == 0);
  REQUIRE(fault(R"({"webhook":1,"alarms":[]})") == "webhook: is not a text");
  REQUIRE(fault(R"({"webhook_hosts":[1],"alarms":[]})") == "webhook_hosts: is not a list of names");
  REQUIRE(fault(R"({"webhook":"https://hooks.slack.com/x","alarms":[]})").find("https") !=
          std::string::npos);
  REQUIRE(fault(R"({"webhook":"http://h/","webhook_hosts":["h"],"alarms":[]})").empty());
  REQUIRE(fault(R"({"alarms":[{}]})") == "alarms[0]: The parameter AlarmName is required.");
  REQUIRE(fault("{\"alarms\":[" + kAlarm + "," + kAlarm + "]}") ==
          "alarms[1]: there is another one named a");
}
