// SQS's requests, AWS JSON 1.0, as the service takes them. Members that are of no meaning for a
// standard queue and change nothing are passed over; what is not modelled is refused by name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/sqs/sqs.h"

namespace edgehose {

// What any operation may carry; which members it needs is its own affair.
struct SqsRequest {
  std::string queue;  // the name in QueueUrl, or QueueName
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::string> tags;
  std::vector<std::string> tag_keys;
  std::vector<std::string> names;  // of attributes asked for, or of message system attributes
  std::vector<std::string> message_attribute_names;
  std::string receipt_handle;
  std::optional<int64_t> visibility_s;
  std::string prefix;
  std::optional<int64_t> max_results;
  std::string next_token;
  std::string source_arn;
  std::string destination_arn;
  std::optional<int64_t> per_second;
  std::string task_handle;
  ReceiveRequest receive;
  SendRequest message;
};
// `operation` decides which members must be there.
[[nodiscard]] Outcome<SqsRequest> read_sqs_request(std::string_view operation,
                                                   std::string_view body);

// One entry of a batch: what is wrong with it alone, or what it asks.
struct SqsBatchEntry {
  std::string id;
  std::optional<AwsError> error;
  SendRequest message;
  std::string receipt_handle;
  std::optional<int64_t> visibility_s;
};
struct SqsBatch {
  std::string queue;
  std::vector<SqsBatchEntry> entries;
};
[[nodiscard]] Outcome<SqsBatch> read_sqs_batch(std::string_view operation, std::string_view body);

// MD5s as SQS works them out: of the body, and of the attributes in the order of their names, each
// part behind its length.
[[nodiscard]] std::string message_attributes_md5(const std::vector<MessageAttribute>& attributes);

}  // namespace edgehose
