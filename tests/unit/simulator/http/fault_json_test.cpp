#include "simulator/http/fault_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "simulator/http/s3_request.h"

using namespace edgehose;

namespace {

constexpr int64_t kNow = 1'795'353'600'000;  // 2026-11-22T13:20:00Z

FaultRule good(const std::string& text) {
  auto read = read_fault(text, kNow);
  if (const auto* wrong = std::get_if<FaultProblem>(&read)) FAIL(wrong->place + wrong->what);
  return std::get<FaultRule>(read);
}

FaultProblem bad(const std::string& text) {
  INFO(text);
  auto read = read_fault(text, kNow);
  REQUIRE(std::holds_alternative<FaultProblem>(read));
  auto problem = std::get<FaultProblem>(read);
  CHECK_FALSE(problem.what.empty());
  CHECK_FALSE(problem.mend.empty());
  return problem;
}

}  // namespace

TEST_CASE("fault json: reads every member") {
  const FaultRule fault = good(
      R"({"service":"s3","operation":"PutObject","bucket":"lake","rate":0.25,"error":"SlowDown",
          "latency":"200ms..2s","from":"30s","for":"10m","duplicate":true})");
  CHECK(fault.service == FaultService::s3);
  CHECK((fault.operation == "PutObject" && fault.target == "lake"));
  CHECK(fault.rate_ppm == 250'000);
  CHECK((fault.error->code == "SlowDown" && fault.error->http_status == 503));
  CHECK((fault.latency_min_ms == 200 && fault.latency_max_ms == 2'000));
  CHECK((fault.from_ms == kNow + 30'000 && fault.until_ms == kNow + 630'000));
  CHECK(fault.duplicate);
  const FaultRule partial = good(
      R"({"service":"firehose","stream":"a","partial":{"share":0.000001,"code":"InternalFailure"}})");
  CHECK((partial.partial_ppm == 1 && partial.partial_code == RowFaultCode::internal_failure));
  CHECK((partial.operation == "*" && partial.target == "a" && partial.rate_ppm == kPerMillion));
  const FaultRule own = good(
      R"({"service":"s3","error":{"code":"Teapot","status":418,"message":"short"},
          "from":"2026-11-22T13:30:00Z","until":"2026-11-22T13:40:00Z"})");
  CHECK((own.error->code == "Teapot" && own.error->http_status == 418));
  CHECK(own.until_ms - own.from_ms == 600'000);
}

TEST_CASE("fault json: a duplicate without an error takes the service's own") {
  CHECK(good(R"({"service":"firehose","duplicate":true})").error->http_status == 500);
  CHECK(good(R"({"service":"s3","duplicate":true})").error->code == "SlowDown");
}

TEST_CASE("fault json: what is not known or makes no sense is refused with its place") {
  CHECK(bad("[]").place.empty());
  CHECK(bad("{").what == "is not JSON");
  CHECK(bad(R"({"service":"s3","eror":"SlowDown"})").place == "/eror");
  CHECK(bad(R"({"error":"SlowDown"})").place == "/service");
  CHECK(bad(R"({"service":"athena","error":"SlowDown"})").place == "/service");
  CHECK(bad(R"({"service":"s3","operation":"PutRecord","error":"SlowDown"})").place ==
        "/operation");
  CHECK(bad(R"({"service":"s3","stream":"a","error":"SlowDown"})").place == "/stream");
  CHECK(bad(R"({"service":"firehose","bucket":"a","duplicate":true})").place == "/bucket");
  for (const char* rate : {"0", "1.000001", "-1", "0.0000001", "0.1234567", "\"1\"", "1e300"}) {
    CHECK(bad(R"({"service":"s3","error":"SlowDown","rate":)" + std::string(rate) + "}").place ==
          "/rate");
  }
  for (const char* latency : {"", "x", "61s", "2s..1s", "0", "1s..", "..1s", "1s..2s..3s"}) {
    CHECK(bad(R"({"service":"s3","latency":")" + std::string(latency) + "\"}").place == "/latency");
  }
  CHECK(bad(R"({"service":"s3","error":"Foo"})").place == "/error");
  CHECK(bad(R"({"service":"s3","error":{"code":"Foo"}})").place == "/error");
  CHECK(bad(R"({"service":"s3","error":{"code":"F o","status":500}})").place == "/error/code");
  CHECK(bad(R"({"service":"s3","error":{"code":"Foo","status":200}})").place == "/error/status");
  CHECK(bad(R"({"service":"s3","partial":0.5})").place == "/partial");
  CHECK(bad(R"({"service":"firehose","operation":"PutRecord","partial":0.5})").place == "/partial");
  CHECK(bad(R"({"service":"firehose","partial":{"share":0.5,"code":"X"}})").place ==
        "/partial/code");
  CHECK(bad(R"({"service":"delivery","duplicate":true})").place == "/duplicate");
  CHECK(bad(R"({"service":"s3","error":"SlowDown","for":"1m","until":"2m"})").place == "/for");
  CHECK(bad(R"({"service":"s3","error":"SlowDown","until":"2026-11-22T13:00:00Z"})").place ==
        "/until");
  CHECK(bad(R"({"service":"s3","error":"SlowDown","from":"soon"})").place == "/from");
  CHECK(bad(R"({"service":"s3"})").what == "the fault does nothing");
}

TEST_CASE("fault json: a file is one list, and the place says which of it is wrong") {
  const auto two = read_fault_file(
      R"({"faults":[{"service":"s3","error":"SlowDown"},{"service":"delivery","latency":"1s"}]})",
      kNow);
  CHECK(std::get<std::vector<FaultRule>>(two).size() == 2);
  const auto wrong = read_fault_file(
      R"({"faults":[{"service":"s3","error":"SlowDown"},{"service":"s3","rate":2}]})", kNow);
  CHECK(std::get<FaultProblem>(wrong).place == "/faults/1/rate");
  CHECK(std::holds_alternative<FaultProblem>(read_fault_file("[]", kNow)));
  CHECK(std::holds_alternative<FaultProblem>(read_fault_file(R"({"faults":[],"x":1})", kNow)));
}

TEST_CASE("fault json: every operation of S3 that is told apart has its name") {
  const auto names = fault_operations(FaultService::s3);
  CHECK(names[static_cast<size_t>(S3Operation::list_buckets)] == "ListBuckets");
  CHECK(names[static_cast<size_t>(S3Operation::put_object)] == "PutObject");
  CHECK(names[static_cast<size_t>(S3Operation::complete_upload)] == "CompleteMultipartUpload");
  CHECK(names[static_cast<size_t>(S3Operation::list_uploads)] == "ListMultipartUploads");
  CHECK(names.size() == static_cast<size_t>(S3Operation::put_notification) + 1);
  CHECK(fault_operations(FaultService::delivery).size() == 1);
}

TEST_CASE("fault json: each service names what its faults may be narrowed to") {
  for (const auto& [service, target] :
       std::initializer_list<std::pair<std::string, std::string>>{{"firehose", "stream"},
                                                                  {"s3", "bucket"},
                                                                  {"delivery", "bucket"},
                                                                  {"sqs", "queue"},
                                                                  {"lambda", "function"},
                                                                  {"apigateway", "api"}}) {
    const std::string head = R"({"service":")" + service + R"(","latency":"1s",")";
    CHECK(good(head + target + R"(":"a"})").target == "a");
    const std::string other = target == "queue" ? "stream" : "queue";
    CHECK(bad(head + other + R"(":"a"})").place == "/" + other);
  }
  CHECK(good(R"({"service":"lambda","error":"FunctionError"})").error->code == "FunctionError");
  CHECK(good(R"({"service":"sqs","operation":"ReceiveMessage","error":"InternalFailure"})")
            .operation == "ReceiveMessage");
}

TEST_CASE("fault json: a fault is told in one line, exactly") {
  FaultRule fault = good(
      R"({"service":"firehose","operation":"PutRecordBatch","stream":"clicks","partial":0.125,
          "rate":0.005,"latency":"200ms..2s","for":"10m"})");
  CHECK(fault_text(fault) ==
        "firehose PutRecordBatch on clicks: answers late by 200 to 2000 ms, 12.5 % of the rows "
        "refused with ServiceUnavailableException; meets 0.5 % of the calls; until "
        "2026-11-22T13:30:00.000Z");
  const auto entry = nlohmann::json::parse(fault_entry_json({3, fault, 7}, kNow));
  CHECK((entry["id"] == 3 && entry["hits"] == 7 && entry["state"] == "in_force"));
  CHECK(nlohmann::json::parse(fault_entry_json({3, fault, 7}, kNow + 600'000))["state"] == "over");
  fault.from_ms = kNow + 1;
  CHECK(nlohmann::json::parse(fault_entry_json({3, fault, 7}, kNow))["state"] == "waiting");
}
