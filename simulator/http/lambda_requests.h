// Lambda's requests: REST with JSON bodies. What is of no meaning for a queue, or not modelled, is
// refused by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/http/http_server.h"
#include "simulator/services/lambda/lambda.h"

namespace edgehose {

enum class LambdaOperation : uint8_t {
  invoke,
  list_functions,
  get_function,
  create_mapping,
  get_mapping,
  list_mappings,
  update_mapping,
  delete_mapping,
  put_concurrency,
  get_concurrency,
  delete_concurrency,
};

struct LambdaCall {
  LambdaOperation operation = LambdaOperation::invoke;
  std::string name;  // of a function, or the id of a mapping
};

// Whether a path is one of Lambda's: /2015-03-31/functions, ...
[[nodiscard]] bool is_lambda_path(std::string_view target);
[[nodiscard]] Outcome<LambdaCall> read_lambda_call(const HttpRequest& request);

// CreateEventSourceMapping, or UpdateEventSourceMapping on top of `current`.
[[nodiscard]] Outcome<EventSourceMapping> read_mapping_request(std::string_view body,
                                                               const Sqs& sqs,
                                                               const EventSourceMapping* current);
// ReservedConcurrentExecutions.
[[nodiscard]] Outcome<uint32_t> read_concurrency_request(std::string_view body);

}  // namespace edgehose
