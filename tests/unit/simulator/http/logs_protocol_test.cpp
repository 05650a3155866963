#include "simulator/http/logs_protocol.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

namespace {

struct Logs {
  Logs() : protocol("r", "1") {
    for (int i = 1; i <= 5; ++i) {
      protocol.write("g", "s", i * 10, "message " + std::to_string(i));
    }
    protocol.write("g", "t", 100, "another message");
    protocol.write("h", "s", 200, "elsewhere");
  }

  json ask(std::string_view operation, const json& request) {
    const HttpResponse answer = protocol.handle(operation, request.dump());
    json body = json::parse(answer.body);
    if (answer.status != 200) body["status"] = answer.status;
    return body;
  }

  // The messages of a page, and the page behind or before it.
  std::vector<std::string> messages(const json& page) {
    std::vector<std::string> texts;
    for (const json& event : page.at("events")) texts.push_back(event.at("message"));
    return texts;
  }

  LogsProtocol protocol;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("logs protocol: groups and streams are described, by prefix and page") {
  Logs logs;
  const json first = logs.ask("DescribeLogGroups", {{"limit", 1}});
  REQUIRE(first["logGroups"].size() == 1);
  CHECK(first["logGroups"][0]["logGroupName"] == "g");
  CHECK(first["logGroups"][0]["arn"] == "arn:aws:logs:r:1:log-group:g:*");
  CHECK(first["logGroups"][0]["storedBytes"] == 5 * 9 + 15);
  const json second = logs.ask("DescribeLogGroups", {{"nextToken", first["nextToken"]}});
  CHECK(second["logGroups"][0]["logGroupName"] == "h");
  CHECK_FALSE(second.contains("nextToken"));
  CHECK(logs.ask("DescribeLogGroups", {{"logGroupNamePrefix", "x"}})["logGroups"].empty());
  const json streams = logs.ask("DescribeLogStreams", {{"logGroupName", "g"}});
  REQUIRE(streams["logStreams"].size() == 2);
  CHECK(streams["logStreams"][0]["firstEventTimestamp"] == 10);
  CHECK(streams["logStreams"][0]["lastEventTimestamp"] == 50);
  const json one = logs.ask("DescribeLogStreams", {{"logGroupName", "g"}, {"limit", 1}});
  CHECK(one["nextToken"] == "s");
  for (const char* operation : {"DescribeLogGroups", "DescribeLogStreams"}) {
    CHECK(logs.ask(operation, {{"logGroupName", "g"}, {"limit", 0}})["status"] == 400);
    CHECK(logs.ask(operation, {{"logGroupName", "g"}, {"limit", 51}})["status"] == 400);
  }
}

TEST_CASE("logs protocol: events are read forward, backward and by time") {
  Logs logs;
  const json at = {{"logGroupName", "g"}, {"logStreamName", "s"}};
  const auto get = [&](const json& more) {
    json request = at;
    request.update(more);
    return logs.ask("GetLogEvents", request);
  };
  const json last = get({{"limit", 2}});
  CHECK(logs.messages(last) == Texts{"message 4", "message 5"});
  const json before = get({{"limit", 2}, {"nextToken", last["nextBackwardToken"]}});
  CHECK(logs.messages(before) == Texts{"message 2", "message 3"});
  const json head = get({{"limit", 3}, {"startFromHead", true}});
  CHECK(logs.messages(head) == Texts{"message 1", "message 2", "message 3"});
  const json rest = get({{"nextToken", head["nextForwardToken"]}});
  CHECK(logs.messages(rest) == Texts{"message 4", "message 5"});
  // At the end the token that came goes back, and what is written later is behind it.
  const json end = get({{"nextToken", rest["nextForwardToken"]}});
  CHECK(end["events"].empty());
  CHECK(end["nextForwardToken"] == rest["nextForwardToken"]);
  logs.protocol.write("g", "s", 60, "message 6");
  CHECK(logs.messages(get({{"nextToken", end["nextForwardToken"]}})) == Texts{"message 6"});
  CHECK(logs.messages(get({{"startTime", 20}, {"endTime", 40}})) ==
        Texts{"message 2", "message 3"});
}

TEST_CASE("logs protocol: a group is searched by words, stream and page") {
  Logs logs;
  const auto filter = [&](const json& more) {
    json request = {{"logGroupName", "g"}};
    request.update(more);
    return logs.ask("FilterLogEvents", request);
  };
  CHECK(logs.messages(filter({{"filterPattern", "another"}})) == Texts{"another message"});
  CHECK(logs.messages(filter({{"filterPattern", R"("message 2")"}})) == Texts{"message 2"});
  CHECK(filter({{"filterPattern", "message 2"}})["events"].size() == 1);
  CHECK(filter({{"logStreamNames", {"t"}}})["events"].size() == 1);
  const json first = filter({{"limit", 4}});
  CHECK(first["events"].size() == 4);
  CHECK(logs.messages(filter({{"nextToken", first["nextToken"]}})) ==
        Texts{"message 5", "another message"});
  for (const char* pattern : {"{ $.a = 1 }", "?a", "-a", R"("open)"}) {
    INFO(pattern);
    CHECK(filter({{"filterPattern", pattern}})["__type"] == "InvalidParameterException");
  }
}

TEST_CASE("logs protocol: what is not there or makes no sense has AWS's error") {
  Logs logs;
  const auto type = [&](std::string_view operation, const json& request) {
    return logs.ask(operation, request).value("__type", "");
  };
  CHECK(type("GetLogEvents", {{"logGroupName", "x"}, {"logStreamName", "s"}}) ==
        "ResourceNotFoundException");
  CHECK(type("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "x"}}) ==
        "ResourceNotFoundException");
  CHECK(type("GetLogEvents", json::object()) == "InvalidParameterException");
  for (const json& more :
       {json{{"limit", -1}}, json{{"limit", 0}}, json{{"limit", "1"}}, json{{"nextToken", "f/x"}},
        json{{"nextToken", 3}}, json{{"startTime", 1.5}}}) {
    json request = {{"logGroupName", "g"}, {"logStreamName", "s"}};
    request.update(more);
    INFO(request.dump());
    CHECK(type("GetLogEvents", request) == "InvalidParameterException");
  }
  CHECK(type("PutLogEvents", json::object()) == "UnknownOperationException");
  CHECK(json::parse(logs.protocol.handle("GetLogEvents", "[").body)["__type"] ==
        "SerializationException");
}
