#include "simulator/http/watch_service.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/webhook_receiver.h"
#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

std::string alarm(const std::string& name, const char* enabled) {
  return R"({"AlarmName":")" + name + R"(","ActionsEnabled":)" + enabled +
         R"(,"Namespace":"AWS/Firehose","MetricName":"IncomingRecords",
         "Dimensions":[{"Name":"DeliveryStreamName","Value":"a"}],
         "Statistic":"Sum","Period":60,"EvaluationPeriods":1,"Threshold":0,
         "ComparisonOperator":"GreaterThanThreshold"})";
}

}  // namespace

TEST_CASE("watch service: an alarm of a file that changes its state posts to the webhook") {
  SimulatorWorld world;
  WebhookReceiver receiver;
  // What may not act is evaluated first, and told to nobody.
  auto read = read_alarm_file(R"({"webhook":"http://127.0.0.1:)" + std::to_string(receiver.port()) +
                              R"(/hook","alarms":[)" + alarm("a-mute", "false") + "," +
                              alarm("busy", "true") + "]}");
  REQUIRE(std::holds_alternative<AlarmFile>(read));
  WatchService watch({world.clock, world.host, world.meters, "ap-northeast-1", "000000000000"},
                     std::get<AlarmFile>(read));
  world.control.add_status("alarms", [&watch] { return watch.host().alarms_json(); });
  const auto status = [&world] {
    return body_of(world.send(
        {.method = "GET", .target = "/_edgehose/status", .headers = {}, .body = {}}))["alarms"];
  };
  REQUIRE(status()[0]["state"] == "INSUFFICIENT_DATA");
  REQUIRE(world.create("a").status == 200);
  REQUIRE(world.firehose_call("PutRecord", R"({"DeliveryStreamName":"a","Record":{"Data":""}})")
              .status == 200);
  world.clock.advance(60'000);
  watch.host().tick();
  const auto requests = receiver.wait(1);
  REQUIRE(requests.size() == 1);
  REQUIRE(nlohmann::json::parse(requests[0].body)["text"].get<std::string>().find("*busy*") == 0);
  REQUIRE(status()[0]["state"] == "ALARM");
  REQUIRE(status()[1]["state"] == "ALARM");
  // The services stop in this order.
  watch.stop();
}
