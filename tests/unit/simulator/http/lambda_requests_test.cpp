#include "simulator/http/lambda_requests.h"

#include <catch2/catch.hpp>

using namespace edgehose;
using Op = LambdaOperation;

namespace {

std::optional<LambdaCall> call(const char* method, const char* target) {
  const auto read =
      read_lambda_call({.method = method, .target = target, .headers = {}, .body = {}});
  if (!read) return std::nullopt;
  return read.value();
}

}  // namespace

TEST_CASE("lambda requests: each call is told by its method and path") {
  CHECK(call("POST", "/2015-03-31/functions/f%24/invocations?Qualifier=1")->name == "f$");
  CHECK(call("GET", "/2015-03-31/functions/?MaxItems=5")->operation == Op::list_functions);
  CHECK(call("GET", "/2015-03-31/functions/f/configuration")->operation == Op::get_function);
  CHECK(call("POST", "/2015-03-31/event-source-mappings/")->operation == Op::create_mapping);
  CHECK(call("GET", "/2015-03-31/event-source-mappings")->operation == Op::list_mappings);
  CHECK(call("PUT", "/2015-03-31/event-source-mappings/u")->operation == Op::update_mapping);
  CHECK(call("DELETE", "/2015-03-31/event-source-mappings/u")->name == "u");
  CHECK(call("PUT", "/2017-10-31/functions/f/concurrency")->operation == Op::put_concurrency);
  CHECK(call("GET", "/2019-09-30/functions/f/concurrency")->operation == Op::get_concurrency);
  CHECK_FALSE(call("POST", "/2015-03-31/functions"));
  CHECK_FALSE(call("GET", "/2015-03-31/functions/f/invocations"));
  CHECK_FALSE(call("PATCH", "/2015-03-31/event-source-mappings/u"));
  CHECK(is_lambda_path("/2015-03-31/functions?x"));
  CHECK_FALSE(is_lambda_path("/2015-03-31/functionsx"));
  CHECK_FALSE(is_lambda_path("/2015-03-31"));
}

TEST_CASE("lambda requests: a mapping is read, and what a queue has not is refused") {
  Random random(1);
  const Sqs sqs({}, random);
  const auto read = read_mapping_request(
      R"({"EventSourceArn":")" + sqs.arn_of("q") +
          R"(","FunctionName":"f","BatchSize":7,"MaximumBatchingWindowInSeconds":3,"Enabled":false,
             "ScalingConfig":{"MaximumConcurrency":9},"Topics":[],
             "FunctionResponseTypes":["ReportBatchItemFailures"]})",
      sqs, nullptr);
  REQUIRE(read);
  const EventSourceMapping& mapping = read.value();
  CHECK((mapping.queue == "q" && mapping.function == "f" && mapping.batch_size == 7));
  CHECK((mapping.window_s == 3 && !mapping.is_enabled && mapping.reports_failures));
  CHECK(mapping.max_concurrency == 9U);
  const auto changed =
      read_mapping_request(R"({"ScalingConfig":{},"Enabled":true})", sqs, &mapping);
  REQUIRE(changed);
  CHECK((changed.value().batch_size == 7 && changed.value().is_enabled));
  CHECK_FALSE(changed.value().max_concurrency);
  const std::string head = R"({"EventSourceArn":")" + sqs.arn_of("q") + R"(","FunctionName":"f",)";
  for (const char* wrong :
       {R"("StartingPosition":"LATEST"})", R"("FunctionResponseTypes":["Other"]})",
        R"("DestinationConfig":{"OnFailure":{}}})"}) {
    CHECK(read_mapping_request(head + wrong, sqs, nullptr).error().code ==
          "InvalidParameterValueException");
  }
  CHECK(read_mapping_request(head + R"("BatchSize":"7"})", sqs, nullptr).error().code ==
        "InvalidRequestContentException");
  CHECK(read_mapping_request(R"({"FunctionName":"f"})", sqs, nullptr).error().code ==
        "InvalidParameterValueException");
  CHECK(read_mapping_request("[]", sqs, nullptr).error().code == "InvalidRequestContentException");
  CHECK(read_concurrency_request(R"({"ReservedConcurrentExecutions":3})").value() == 3);
  CHECK_FALSE(read_concurrency_request(R"({"ReservedConcurrentExecutions":-3})"));
}
