#include "simulator/http/fault_control.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/world.h"

using namespace edgehose;

namespace {

// A simulator whose faults and quotas may be changed, unless told otherwise.
struct ControlledWorld : SimulatorWorld {
  explicit ControlledWorld(ControlAccess access = ControlAccess::on)
      : gate(1, clock, wall),
        faults(gate, host, access),
        controlled(host, meters, clock, &faults),
        front({protocol, s3_protocol, events.sqs(), events.lambda(), controlled, workers, clock,
               random, &gate},
              std::nullopt) {}

  HttpResponse ask(const char* method, const char* target, const std::string& body = "",
                   HttpHeaders headers = {{"host", "127.0.0.1:4566"}}) {
    Recorder recorder;
    front.handle({.method = method, .target = target, .headers = std::move(headers), .body = body},
                 recorder.respond());
    return recorder.wait();
  }
  HttpResponse firehose_call_here(const std::string& operation, const std::string& body) {
    return ask("POST", "/", body,
               {{"host", "127.0.0.1"}, {"x-amz-target", "Firehose_20150804." + operation}});
  }
  nlohmann::json add(const std::string& fault) {
    const auto response = ask("POST", "/_edgehose/faults", fault);
    INFO(response.body);
    REQUIRE(response.status == 200);
    return body_of(response);
  }

  RealClock wall;
  FaultGate gate;
  FaultControl faults;
  Control controlled;
  Frontend front;
};

constexpr const char* kSlowS3 = R"({"service":"s3","operation":"PutObject","error":"SlowDown"})";

}  // namespace

TEST_CASE("fault control: off, it says which option turns it on, and changes nothing") {
  ControlledWorld world(ControlAccess::off);
  for (const char* target : {"/_edgehose/faults", "/_edgehose/quota", "/_edgehose/faults/1"}) {
    const auto response = world.ask("POST", target, kSlowS3);
    CHECK(response.status == 403);
    CHECK(body_of(response)["mend"] == "start the simulator with: edgehose up --control");
  }
  CHECK(body_of(world.ask("GET", "/_edgehose/status"))["faults"].empty());
}

TEST_CASE("fault control: a page in a browser cannot use it") {
  ControlledWorld world;
  for (const HttpHeaders& headers :
       {HttpHeaders{{"host", "evil.example:4566"}},
        HttpHeaders{{"host", "127.0.0.1:4566"}, {"origin", "http://evil.example"}}}) {
    CHECK(world.ask("POST", "/_edgehose/faults", kSlowS3, headers).status == 403);
  }
  CHECK(world.ask("GET", "/_edgehose/faults", "", {{"host", "[::1]:4566"}}).status == 200);
}

TEST_CASE("fault control: faults are added, listed with their hits, and cleared") {
  ControlledWorld world;
  CHECK(world.add(kSlowS3)["id"] == 1);
  CHECK(world.add(R"({"service":"delivery","latency":"1s","from":"1h"})")["state"] == "waiting");
  const auto put = world.ask("PUT", "/lake/k", "x");
  CHECK(put.status == 503);
  CHECK(put.body.find("<Code>SlowDown</Code>") != std::string::npos);
  CHECK(world.ask("GET", "/lake/k").status == 404);
  const auto listed = body_of(world.ask("GET", "/_edgehose/faults"))["faults"];
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["hits"] == 1);
  CHECK(body_of(world.ask("GET", "/_edgehose/status"))["faults"] == listed);
  CHECK(world.ask("DELETE", "/_edgehose/faults/9").status == 404);
  CHECK(world.ask("DELETE", "/_edgehose/faults/x").status == 400);
  CHECK(body_of(world.ask("DELETE", "/_edgehose/faults/1"))["cleared"] == 1);
  CHECK(world.ask("PUT", "/lake/k", "x").status == 200);
  CHECK(body_of(world.ask("DELETE", "/_edgehose/faults"))["cleared"] == 1);
  CHECK(world.ask("PATCH", "/_edgehose/faults").status == 405);
}

TEST_CASE(
    "fault control: a fault that is not understood names its place, and the 65th is refused") {
  ControlledWorld world;
  const auto wrong = world.ask("POST", "/_edgehose/faults", R"({"service":"s3","eror":1})");
  CHECK(wrong.status == 400);
  CHECK(body_of(wrong)["place"] == "/eror");
  for (size_t i = 0; i < kFaultsMax; ++i) world.add(kSlowS3);
  CHECK(world.ask("POST", "/_edgehose/faults", kSlowS3).status == 409);
}

TEST_CASE("fault control: a duplicate is carried out and answered with an error") {
  ControlledWorld world;
  world.add(R"({"service":"s3","operation":"PutObject","error":"InternalError","duplicate":true})");
  CHECK(world.ask("PUT", "/lake/k", "x").status == 500);
  CHECK(world.ask("GET", "/lake/k").body == "x");
}

TEST_CASE("fault control: rows refused by a fault are named in their places and never stored") {
  ControlledWorld world;
  REQUIRE(world.create("a").status == 200);
  world.add(R"({"service":"firehose","stream":"a","operation":"PutRecordBatch",
                "partial":{"share":0.5,"code":"InternalFailure"}})");
  nlohmann::json batch = {{"DeliveryStreamName", "a"}, {"Records", nlohmann::json::array()}};
  for (int i = 0; i < 100; ++i) batch["Records"].push_back({{"Data", "eA=="}});
  const auto answer = body_of(world.firehose_call_here("PutRecordBatch", batch.dump()));
  const auto failed = answer["FailedPutCount"].get<size_t>();
  CHECK((failed > 20 && failed < 80));
  REQUIRE(answer["RequestResponses"].size() == 100);
  size_t errors = 0;
  std::set<std::string> ids;
  for (const auto& row : answer["RequestResponses"]) {
    if (row.contains("RecordId")) {
      CHECK(ids.insert(row["RecordId"].get<std::string>()).second);
    } else {
      CHECK(row["ErrorCode"] == "InternalFailure");
      ++errors;
    }
  }
  CHECK(errors == failed);
  const auto stream = body_of(world.ask("GET", "/_edgehose/status"))["streams"][0];
  CHECK(stream["records"] == 100 - failed);
  CHECK(stream["throttled_records"] == 0);
}

TEST_CASE("fault control: a fault of one stream leaves the others alone") {
  ControlledWorld world;
  REQUIRE(world.create("a").status == 200);
  REQUIRE(world.create("b").status == 200);
  world.add(R"({"service":"firehose","stream":"a","error":"ServiceUnavailableException"})");
  const auto put = [&](const std::string& name) {
    return world.firehose_call_here(
        "PutRecord", R"({"Record":{"Data":"eA=="},"DeliveryStreamName":")" + name + "\"}");
  };
  const auto refused = put("a");
  CHECK(refused.status == 500);
  CHECK(body_of(refused)["__type"] == "ServiceUnavailableException");
  CHECK(put("b").status == 200);
}

TEST_CASE("fault control: quotas are shown, and raised for one stream or for all") {
  ControlledWorld world;
  CHECK(world.ask("POST", "/_edgehose/quota", R"({"stream":"all","factor":2})").status == 404);
  REQUIRE(world.create("a").status == 200);
  const auto quota = body_of(world.ask("GET", "/_edgehose/quota"));
  CHECK(quota["streams"][0]["bytes_s"] == 0);
  // The world's profile is unlimited.
  const auto refused = world.ask("POST", "/_edgehose/quota", R"({"stream":"a","bytes_s":5})");
  CHECK(refused.status == 400);
  CHECK(body_of(refused)["error"].get<std::string>().find("unlimited") != std::string::npos);
}

TEST_CASE("fault control: a raise is read strictly") {
  const auto good = read_raise_request(R"({"stream":"a","factor":2.5})");
  CHECK(std::get<RaiseRequest>(good).factor_milli == 2'500);
  CHECK(std::get<RaiseRequest>(read_raise_request(R"({"stream":"all","bytes_s":7})")).bytes_s == 7);
  for (const char* bad :
       {"[]", "{", R"({"stream":"a"})", R"({"factor":2})", R"({"stream":"","factor":2})",
        R"({"stream":"a","factor":0.5})", R"({"stream":"a","factor":1001})",
        R"({"stream":"a","factor":2,"bytes_s":7})", R"({"stream":"a","factor":2,"x":1})",
        R"({"stream":"a","bytes_s":-1})", R"({"stream":"a","bytes_s":0})"}) {
    INFO(bad);
    CHECK(std::holds_alternative<std::string>(read_raise_request(bad)));
  }
}
