#include "simulator/services/firehose/deaggregate.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

using Parts = std::vector<std::string_view>;

Parts json(std::string_view record) {
  ProcessingConfig config;
  config.deaggregation = Deaggregation::json;
  return deaggregate(record, config);
}

Parts at(std::string_view delimiter, std::string_view record) {
  ProcessingConfig config;
  config.deaggregation = Deaggregation::delimited;
  config.sub_record_delimiter = delimiter;
  return deaggregate(record, config);
}

std::string repeated(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all.append(text);
  return all;
}

}  // namespace

TEST_CASE("deaggregate: JSON objects are told apart with and without newlines") {
  REQUIRE(json(R"({"a":1}{"b":"}{"} {"c":[{}]})") ==
          Parts{R"({"a":1})", R"({"b":"}{"})", R"({"c":[{}]})"});
  REQUIRE(json("{}\n{}\r\n\n{}\n") == Parts{"{}", "{}", "{}"});
  REQUIRE(json(R"( {"a":1} )") == Parts{R"({"a":1})"});
}

TEST_CASE("deaggregate: what is not a row of JSON objects stays whole") {
  for (const std::string_view record :
       {std::string_view("nope"), std::string_view("[{},{}]"), std::string_view("{} 1"),
        std::string_view("{}{"), std::string_view(""), std::string_view("{}\0{}", 5)}) {
    REQUIRE(json(record) == Parts{record});
  }
}

TEST_CASE("deaggregate: more than 500 sub-records stay one record, silently") {
  REQUIRE(json(repeated("{}", 500)).size() == 500);
  const std::string many = repeated("{}", 501);
  REQUIRE(json(many) == Parts{many});
  REQUIRE(at(";", repeated("x;", 500)).size() == 500);
  const std::string lines = repeated("x;", 501);
  REQUIRE(at(";", lines) == Parts{lines});
}

TEST_CASE("deaggregate: pieces between delimiters, the empty ones left out") {
  REQUIRE(at("####", "a####b########c") == Parts{"a", "b", "c"});
  REQUIRE(at("\n", "a\n") == Parts{"a"});
  REQUIRE(at(";", "whole") == Parts{"whole"});
  REQUIRE(at(";", ";;") == Parts{";;"});
  REQUIRE(deaggregate("a;b", ProcessingConfig()) == Parts{"a;b"});
}

TEST_CASE("deaggregate: the messages of a CloudWatch Logs envelope") {
  std::string messages;
  REQUIRE(extract_log_messages(
      R"({"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"a\tb"},{"message":""}]})",
      messages));
  REQUIRE(messages == "a\tb\n\n");
  messages.clear();
  REQUIRE(extract_log_messages(R"({"logEvents":[{"message":"x"}],"messageType":"CONTROL_MESSAGE"})",
                               messages));
  REQUIRE(messages.empty());
  for (const char* other : {"", "[]", "{}", R"({"logEvents":1})", R"({"logEvents":[1]})",
                            R"({"logEvents":[]} x)", R"({"logEvents":[{"message":1)"}) {
    REQUIRE_FALSE(extract_log_messages(other, messages));
  }
}
