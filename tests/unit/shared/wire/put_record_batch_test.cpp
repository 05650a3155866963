#include "shared/wire/put_record_batch.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "shared/base/base64.h"

using namespace edgehose;
using nlohmann::json;

namespace {

std::string write(std::string_view stream, const std::vector<std::string>& records) {
  std::string body = "before";
  append_put_record_batch(body, stream, {records.begin(), records.end()});
  REQUIRE(body.starts_with("before"));
  return body.substr(6);
}

std::vector<std::string> decoded_records(const PutRequest& request) {
  std::vector<std::string> records;
  REQUIRE(request.records);
  for (const auto& data : *request.records) {
    REQUIRE(data);
    std::string bytes;
    REQUIRE(base64_decode(*data, bytes));
    records.push_back(bytes);
  }
  return records;
}

}  // namespace

TEST_CASE("put_record_batch: what is written is the body AWS documents") {
  CHECK(write("page_view", {"a\n", "bc\n"}) ==
        R"({"DeliveryStreamName":"page_view","Records":[{"Data":"YQo="},{"Data":"YmMK"}]})");
  CHECK(write("s", {}) == R"({"DeliveryStreamName":"s","Records":[]})");
}

TEST_CASE("put_record_batch: random records come back through the service's reader and nlohmann") {
  std::mt19937_64 random(18);
  for (int i = 0; i < 300; ++i) {
    std::vector<std::string> records(random() % 20);
    for (std::string& record : records) {
      record.resize(random() % 3'000);
      for (char& c : record) c = static_cast<char>(random());
    }
    const std::string body = write("a.b-c_9", records);
    const auto request = read_put_request(body);
    REQUIRE(request);
    CHECK(request.value().stream == "a.b-c_9");
    REQUIRE(decoded_records(request.value()) == records);

    const json document = json::parse(body);
    REQUIRE(document["Records"].size() == records.size());
    for (size_t row = 0; row < records.size(); ++row) {
      std::string bytes;
      REQUIRE(base64_decode(document["Records"][row]["Data"].get<std::string>(), bytes));
      REQUIRE(bytes == records[row]);
    }
  }
}

TEST_CASE("put_record_batch: billing rounds each record up to 5 KB") {
  CHECK(billed_bytes(0) == 0);
  CHECK(billed_bytes(1) == 5'120);
  CHECK(billed_bytes(5'120) == 5'120);
  CHECK(billed_bytes(5'121) == 10'240);
  CHECK(billed_bytes(1'024'000) == 1'024'000);
}

TEST_CASE("read_put_request: forms that AWS SDKs send are read") {
  const auto single = read_put_request(R"({"DeliveryStreamName":"s","Record":{"Data":"YQ=="}})");
  REQUIRE(single);
  CHECK(decoded_records(single.value()) == std::vector<std::string>{"a"});

  // Any order, unknown members, blanks, escapes in names and data.
  const auto odd = read_put_request(
      " { \"Extra\" : {\"x\":[1]} , \"Records\" : [ {\"Data\":\"Pz8\\/\", \"More\":null} , {} ] , "
      "\"DeliveryStreamName\" : \"s\\u0074\" } \n");
  REQUIRE(odd);
  CHECK(odd.value().stream == "st");
  REQUIRE(odd.value().records->size() == 2);
  CHECK((*odd.value().records)[0] == "Pz8/");
  CHECK((*odd.value().records)[1] == std::nullopt);

  const auto nothing = read_put_request("{}");
  REQUIRE(nothing);
  CHECK_FALSE(nothing.value().stream);
  CHECK_FALSE(nothing.value().records);
  REQUIRE(read_put_request(R"({"Records":[]})").value().records);
}

// The unescaped texts live in the request: it may move.
TEST_CASE("read_put_request: data with escapes outlives a move of the request") {
  auto read = read_put_request(R"({"Records":[{"Data":"\/\/8="},{"Data":"YQ\u003d="}]})");
  REQUIRE(read);
  const PutRequest moved = std::move(read).value();
  CHECK((*moved.records)[0] == "//8=");
  CHECK((*moved.records)[1] == "YQ==");
}

TEST_CASE("read_put_request: what is not such a request is malformed") {
  for (const std::string body :
       {"", "null", "[]", "\"x\"", "{", "{}x", "{}{}", R"({"DeliveryStreamName":1})",
        R"({"Records":{}})", R"({"Records":null})", R"({"Records":[1]})",
        R"({"Records":[{"Data":1}]})", R"({"Records":["YQ=="]})", R"({"Record":[]})",
        R"({"Record":{"Data":null}})",
        R"({"Records":[{}]})"
        "x",
        R"({"DeliveryStreamName":"a\q"})"}) {
    CAPTURE(body);
    CHECK(read_put_request(body).error() == Error::malformed);
  }
  CHECK(read_put_request(std::string("{}\0", 3)).error() == Error::malformed);
  const std::string deep = R"({"X":)" + std::string(100, '[') + std::string(100, ']') + "}";
  CHECK(read_put_request(deep).error() == Error::malformed);
}

TEST_CASE("read_put_request: a request cut at each byte is malformed") {
  const std::string body = write("stream", {"one", "two", "three"});
  for (size_t cut = 0; cut < body.size(); ++cut) {
    CHECK(read_put_request(body.substr(0, cut)).error() == Error::malformed);
  }
}

TEST_CASE("read_batch_answer: rows say accepted by their id or failed by their code") {
  const auto answer = read_batch_answer(
      R"({"FailedPutCount":2,"Encrypted":false,"RequestResponses":[{"RecordId":"a"},)"
      R"({"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."},)"
      R"({"ErrorCode":"InternalFailure","RecordId":null}]})");
  REQUIRE(answer);
  CHECK(answer.value().row_errors ==
        std::vector<std::string>{"", "ServiceUnavailableException", "InternalFailure"});
  const auto none = read_batch_answer(R"({"RequestResponses":[]})");
  REQUIRE(none);
  CHECK(none.value().row_errors.empty());
}

TEST_CASE("read_batch_answer: anything that does not speak of each row is malformed") {
  for (const std::string body :
       {"", "{}", "[]", "null", "<html>502</html>", R"({"FailedPutCount":0})",
        R"({"RequestResponses":null})", R"({"RequestResponses":[{}]})",
        R"({"RequestResponses":[1]})", R"({"RequestResponses":[null]})",
        R"({"RequestResponses":[{"RecordId":null}]})", R"({"RequestResponses":[{"RecordId":1}]})",
        R"({"RequestResponses":[{"RecordId":"a"}])", R"({"RequestResponses":[{"RecordId":"a"}]}x)",
        R"({"RequestResponses":[{"RecordId":"a"}]}{})"}) {
    CAPTURE(body);
    CHECK(read_batch_answer(body).error() == Error::malformed);
  }
  const std::string whole =
      R"({"FailedPutCount":0,"RequestResponses":[{"RecordId":"a"},{"RecordId":"b"}]})";
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK(read_batch_answer(whole.substr(0, cut)).error() == Error::malformed);
  }
}

TEST_CASE("read_error_type: the code without its namespace, or nothing") {
  CHECK(read_error_type(R"({"__type":"ServiceUnavailableException","message":"Slow down."})") ==
        "ServiceUnavailableException");
  CHECK(read_error_type(R"({"__type":"com.amazonaws.firehose#ResourceNotFoundException"})") ==
        "ResourceNotFoundException");
  for (const std::string body : {"", "{}", "<html>", R"({"__type":1})", R"({"__type":"x")"}) {
    CHECK(read_error_type(body).empty());
  }
}
