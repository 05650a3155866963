// SQS's requests as a client sends them, from anything. The first byte picks the operation.
#include <array>

#include "simulator/http/sqs_requests.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr std::array<std::string_view, 12> kOperations = {
    "SendMessage",          "ReceiveMessage",          "CreateQueue", "SetQueueAttributes",
    "DeleteMessage",        "ChangeMessageVisibility", "TagQueue",    "UntagQueue",
    "StartMessageMoveTask", "ListMessageMoveTasks",    "ListQueues",  "GetQueueAttributes"};
constexpr std::array<std::string_view, 3> kBatches = {"SendMessageBatch", "DeleteMessageBatch",
                                                      "ChangeMessageVisibilityBatch"};

void check_message(const SendRequest& message) {
  check(!message.delay_s || (*message.delay_s >= 0 && *message.delay_s <= 900), "a delay's range");
  check(message.attributes.size() <= 10, "at most ten attributes");
  check(message.attributes.empty() == message.attributes_md5.empty(), "attributes have a digest");
  for (size_t i = 1; i < message.attributes.size(); ++i) {
    check(message.attributes[i - 1].name < message.attributes[i].name, "attributes are by name");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto text = text_of(data + 1, size - 1);
  const size_t pick = data[0];
  const auto request = read_sqs_request(kOperations[pick % kOperations.size()], text);
  if (request) {
    check_message(request.value().message);
    check(request.value().receive.max >= 1 && request.value().receive.max <= 10, "1 to 10");
  } else {
    check(!request.error().message.empty(), "a refusal says why");
  }
  const auto batch = read_sqs_batch(kBatches[pick % kBatches.size()], text);
  if (!batch) return 0;
  check(!batch.value().entries.empty() && batch.value().entries.size() <= kSqsBatchMax, "1 to 10");
  for (const SqsBatchEntry& entry : batch.value().entries) check_message(entry.message);
  return 0;
}
