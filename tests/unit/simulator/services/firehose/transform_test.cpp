#include "simulator/services/firehose/transform.h"

#include <array>
#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

const TransformCall kCall{"arn:s", "ap-northeast-1", "id", 7};

std::vector<TransformResult> read(const std::string& records, size_t count = 2) {
  return read_transform_answer("{\"records\":[" + records + "]}", kCall, count);
}

std::string record(int id, const std::string& result, const std::string& more = "") {
  return R"({"recordId":"edgehose-000000000000000)" + std::to_string(id) + R"(","result":")" +
         result + "\"" + more + "}";
}

}  // namespace

TEST_CASE("transform: the event that a function sees") {
  const std::array<TransformRecord, 2> records = {{{"hello", 1'655'000'000'123}, {"", 2}}};
  REQUIRE(
      transform_event(kCall, records) ==
      R"({"invocationId":"id","deliveryStreamArn":"arn:s","region":"ap-northeast-1","records":[)"
      R"({"recordId":"edgehose-0000000000000007","approximateArrivalTimestamp":1655000000123,)"
      R"("data":"aGVsbG8="},)"
      R"({"recordId":"edgehose-0000000000000008","approximateArrivalTimestamp":2,"data":""}]})");
}

TEST_CASE("transform: results come back in the order of the records, with partition keys") {
  const auto results =
      read(record(8, "Dropped") + "," +
           record(7, "Ok", R"(,"data":"eA==","metadata":{"partitionKeys":{"a":"1","b":2}})"));
  REQUIRE(results[0].kind == TransformResult::Kind::ok);
  REQUIRE(results[0].bytes == "x");
  REQUIRE(results[0].keys == std::vector<PartitionKey>{{"a", "1"}, {"b", "2"}});
  REQUIRE(results[1].kind == TransformResult::Kind::dropped);
}

TEST_CASE("transform: a record fails alone when it is missing, doubled or marked") {
  auto results = read(record(7, "ProcessingFailed", R"(,"data":"eA==")"));
  REQUIRE(results[0].code == "Lambda.ProcessingFailedStatus");
  REQUIRE(results[1].code == "Lambda.MissingRecordId");
  results = read(record(7, "Dropped") + "," + record(7, "Dropped") + "," + record(8, "Dropped") +
                 "," + record(9, "Dropped"));
  REQUIRE(results[0].code == "Lambda.DuplicatedRecordId");
  REQUIRE(results[1].kind == TransformResult::Kind::dropped);
}

TEST_CASE("transform: an answer that breaks the model fails the batch") {
  for (const std::string& bad :
       {record(7, "ok"), record(7, "Ok"), record(7, "Ok", R"(,"data":"%")")}) {
    const auto results = read(record(8, "Dropped") + "," + bad);
    REQUIRE(results[0].code == "Lambda.FunctionError");
    REQUIRE(results[1].code == "Lambda.FunctionError");
  }
  for (const char* bad : {"", "null", "{}", R"({"records":1})", R"({"records":[1]})",
                          R"({"records":[]} x)", R"({"records":[{"recordId":)"}) {
    const auto results = read_transform_answer(bad, kCall, 2);
    REQUIRE(results.size() == 2);
    REQUIRE(results[1].code == "Lambda.JsonProcessingException");
  }
}
