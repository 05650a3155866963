#include "simulator/http/sqs_requests.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "shared/base/base64.h"
#include "shared/base/text.h"
#include "simulator/lake/object_store.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr size_t kAttributesMax = 10;
constexpr size_t kAttributeNameBytesMax = 256;
constexpr size_t kBatchIdBytesMax = 80;

// Thrown while a request is read, caught where the reading began.
struct Refusal {
  AwsError error;
};

AwsError malformed() {
  return {"SerializationException", "The request body is not a JSON object of the expected form."};
}

AwsError invalid(std::string message) { return {"InvalidParameterValue", std::move(message)}; }

AwsError missing(std::string_view member) {
  std::string message = "The request must contain the parameter ";
  return {"MissingParameter", message.append(member).append(".")};
}

const json* member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& object, const char* name) {
  const json* value = member(object, name);
  if (value == nullptr) return "";
  if (!value->is_string()) throw Refusal{malformed()};
  return value->get<std::string>();
}

std::optional<int64_t> number_of(const json& object, const char* name, int64_t least,
                                 int64_t most) {
  const json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) throw Refusal{malformed()};
  const auto number = value->get<int64_t>();
  const bool is_too_large = value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX;
  if (is_too_large || number < least || number > most) {
    std::string message = "Value " + value->dump() + " for parameter " + name + " is invalid. ";
    message.append("Reason: Must be between ").append(std::to_string(least)).append(" and ");
    throw Refusal{invalid(message.append(std::to_string(most)).append("."))};
  }
  return number;
}

std::vector<std::string> texts_of(const json& object, const char* name) {
  std::vector<std::string> texts;
  const json* value = member(object, name);
  if (value == nullptr) return texts;
  if (!value->is_array()) throw Refusal{malformed()};
  for (const json& text : *value) {
    if (!text.is_string()) throw Refusal{malformed()};
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::map<std::string, std::string> map_of(const json& object, const char* name) {
  std::map<std::string, std::string> map;
  const json* value = member(object, name);
  if (value == nullptr) return map;
  if (!value->is_object()) throw Refusal{malformed()};
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) throw Refusal{malformed()};
    map[key] = text.get<std::string>();
  }
  return map;
}

// Letters, digits, '_', '-', '.'; not reserved, no '.' at an end or twice.
bool is_attribute_name(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= kAttributeNameBytesMax &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return is_alnum(c) || c == '_' || c == '-' || c == '.';
                    });
  std::string lower(name.substr(0, 7));
  for (char& c : lower) c = to_lower(c);
  return fits && !lower.starts_with("aws.") && !lower.starts_with("amazon.") &&
         name.front() != '.' && name.back() != '.' && name.find("..") == std::string_view::npos;
}

MessageAttribute read_attribute(const std::string& name, const json& value) {
  if (!value.is_object()) throw Refusal{malformed()};
  if (!is_attribute_name(name)) {
    throw Refusal{invalid("The message attribute name '" + name + "' is invalid.")};
  }
  if (member(value, "StringListValues") != nullptr ||
      member(value, "BinaryListValues") != nullptr) {
    throw Refusal{{"UnsupportedOperation",
                   "Message attributes with list values are not "
                   "supported."}};
  }
  MessageAttribute attribute{.name = name, .type = text_of(value, "DataType"), .value = {}};
  const std::string kind = attribute.type.substr(0, attribute.type.find('.'));
  if (kind != "String" && kind != "Number" && kind != "Binary") {
    throw Refusal{invalid("The type of message attribute '" + name +
                          "' is invalid. You must use only the following supported type prefixes: "
                          "Binary, Number, String.")};
  }
  attribute.is_binary = kind == "Binary";
  const std::string text = text_of(value, attribute.is_binary ? "BinaryValue" : "StringValue");
  if (attribute.is_binary && !base64_decode(text, attribute.value)) throw Refusal{malformed()};
  if (!attribute.is_binary) attribute.value = text;
  if (attribute.value.empty()) {
    throw Refusal{invalid("The message attribute '" + name +
                          "' must contain non-empty message "
                          "attribute value.")};
  }
  if (!attribute.is_binary && !is_message_text(attribute.value)) {
    throw Refusal{invalid("The value of message attribute '" + name +
                          "' has a character that is not allowed.")};
  }
  return attribute;
}

SendRequest read_message(const json& object) {
  SendRequest message;
  message.body = text_of(object, "MessageBody");
  message.delay_s = number_of(object, "DelaySeconds", 0, 900);
  for (const char* fifo : {"MessageDeduplicationId"}) {
    if (member(object, fifo) != nullptr) {
      throw Refusal{invalid(std::string("The request includes a parameter that is not valid for "
                                        "this queue type: ") +
                            fifo)};
    }
  }
  if (const json* attributes = member(object, "MessageAttributes")) {
    if (!attributes->is_object()) throw Refusal{malformed()};
    if (attributes->size() > kAttributesMax) {
      throw Refusal{invalid("Number of message attributes [" + std::to_string(attributes->size()) +
                            "] exceeds the allowed maximum [10].")};
    }
    // By name already: so are nlohmann's objects.
    for (const auto& [name, value] : attributes->items()) {
      message.attributes.push_back(read_attribute(name, value));
    }
  }
  if (const json* system = member(object, "MessageSystemAttributes")) {
    if (!system->is_object()) throw Refusal{malformed()};
    for (const auto& [name, value] : system->items()) {
      if (name != "AWSTraceHeader" || !value.is_object()) {
        throw Refusal{invalid("Message system attribute '" + name + "' is invalid.")};
      }
      message.trace_header = text_of(value, "StringValue");
    }
  }
  const std::array<std::string_view, 1> body = {message.body};
  message.body_md5 = md5_hex(body);
  if (!message.attributes.empty()) {
    message.attributes_md5 = message_attributes_md5(message.attributes);
  }
  return message;
}

json parse_object(std::string_view body) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) throw Refusal{malformed()};
  return object;
}

// The last part of http://HOST/ACCOUNT/NAME.
std::string name_in_url(std::string_view url) {
  const size_t slash = url.rfind('/');
  return std::string(slash == std::string_view::npos ? url : url.substr(slash + 1));
}

std::string queue_of(const json& object, std::string_view operation) {
  if (operation == "CreateQueue" || operation == "GetQueueUrl") {
    if (member(object, "QueueName") == nullptr) throw Refusal{missing("QueueName")};
    return text_of(object, "QueueName");
  }
  constexpr std::array<std::string_view, 4> kWithout = {
      "ListQueues", "StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask"};
  if (std::find(kWithout.begin(), kWithout.end(), operation) != kWithout.end()) return "";
  const std::string url = text_of(object, "QueueUrl");
  if (url.empty()) throw Refusal{missing("QueueUrl")};
  return name_in_url(url);
}

void read_receive(const json& object, ReceiveRequest& receive) {
  receive.max = static_cast<uint32_t>(number_of(object, "MaxNumberOfMessages", 1, 10).value_or(1));
  receive.visibility_s = number_of(object, "VisibilityTimeout", 0, 43'200);
  receive.wait_s = number_of(object, "WaitTimeSeconds", 0, 20);
}

void require(const json& object, std::string_view operation) {
  struct Need {
    std::string_view operation;
    const char* member;
  };
  constexpr std::array<Need, 11> kNeeds = {{
      {"SetQueueAttributes", "Attributes"},
      {"SendMessage", "MessageBody"},
      {"DeleteMessage", "ReceiptHandle"},
      {"ChangeMessageVisibility", "ReceiptHandle"},
      {"ChangeMessageVisibility", "VisibilityTimeout"},
      {"TagQueue", "Tags"},
      {"UntagQueue", "TagKeys"},
      {"StartMessageMoveTask", "SourceArn"},
      {"ListMessageMoveTasks", "SourceArn"},
      {"CancelMessageMoveTask", "TaskHandle"},
      {"GetQueueUrl", "QueueName"},
  }};
  for (const Need& need : kNeeds) {
    if (need.operation == operation && member(object, need.member) == nullptr) {
      throw Refusal{missing(need.member)};
    }
  }
}

SqsRequest read_request(std::string_view operation, std::string_view body) {
  const json object = parse_object(body);
  SqsRequest request;
  request.queue = queue_of(object, operation);
  require(object, operation);
  request.attributes = map_of(object, "Attributes");
  request.tags = map_of(object, operation == "CreateQueue" ? "tags" : "Tags");
  request.tag_keys = texts_of(object, "TagKeys");
  request.names = texts_of(object, "AttributeNames");
  for (std::string& name : texts_of(object, "MessageSystemAttributeNames")) {
    request.names.push_back(std::move(name));
  }
  request.message_attribute_names = texts_of(object, "MessageAttributeNames");
  request.receipt_handle = text_of(object, "ReceiptHandle");
  request.prefix = text_of(object, "QueueNamePrefix");
  request.max_results = number_of(object, "MaxResults", 1, 1'000);
  request.next_token = text_of(object, "NextToken");
  request.source_arn = text_of(object, "SourceArn");
  request.destination_arn = text_of(object, "DestinationArn");
  request.per_second = number_of(object, "MaxNumberOfMessagesPerSecond", 1, 500);
  request.task_handle = text_of(object, "TaskHandle");
  if (operation == "ReceiveMessage") read_receive(object, request.receive);
  if (operation == "SendMessage") request.message = read_message(object);
  request.visibility_s = number_of(object, "VisibilityTimeout", 0, 43'200);
  return request;
}

bool is_batch_id(std::string_view id) {
  return !id.empty() && id.size() <= kBatchIdBytesMax &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

SqsBatchEntry read_entry(std::string_view operation, const json& object) {
  SqsBatchEntry entry{.id = text_of(object, "Id"),
                      .error = {},
                      .message = {},
                      .receipt_handle = {},
                      .visibility_s = {}};
  if (!is_batch_id(entry.id)) {
    throw Refusal{{"InvalidBatchEntryId",
                   "A batch entry id can only contain alphanumeric "
                   "characters, hyphens and underscores. It can be at most "
                   "80 letters long."}};
  }
  // What is wrong with one entry is told of it alone.
  try {
    if (operation == "SendMessageBatch") {
      entry.message = read_message(object);
    } else {
      entry.receipt_handle = text_of(object, "ReceiptHandle");
      entry.visibility_s = number_of(object, "VisibilityTimeout", 0, 43'200);
    }
  } catch (const Refusal& refusal) {
    if (refusal.error.code == "SerializationException") throw;
    entry.error = refusal.error;
  }
  return entry;
}

SqsBatch read_batch(std::string_view operation, std::string_view body) {
  const json object = parse_object(body);
  SqsBatch batch{.queue = queue_of(object, operation), .entries = {}};
  const json* entries = member(object, "Entries");
  if (entries != nullptr && !entries->is_array()) throw Refusal{malformed()};
  if (entries == nullptr || entries->empty()) {
    throw Refusal{{"EmptyBatchRequest", "There should be at least one " + std::string(operation) +
                                            "RequestEntry in the request."}};
  }
  if (entries->size() > kSqsBatchMax) {
    throw Refusal{{"TooManyEntriesInBatchRequest",
                   "Maximum number of entries per request are 10. You have sent " +
                       std::to_string(entries->size()) + "."}};
  }
  std::set<std::string> ids;
  size_t bytes = 0;
  for (const json& entry : *entries) {
    if (!entry.is_object()) throw Refusal{malformed()};
    batch.entries.push_back(read_entry(operation, entry));
    const SqsBatchEntry& read = batch.entries.back();
    if (!ids.insert(read.id).second) {
      throw Refusal{{"BatchEntryIdsNotDistinct", "Id " + read.id + " repeated."}};
    }
    bytes += read.message.body.size();
    for (const MessageAttribute& attribute : read.message.attributes) {
      bytes += attribute.name.size() + attribute.type.size() + attribute.value.size();
    }
  }
  if (bytes > kSqsMessageBytesMax) {
    throw Refusal{{"BatchRequestTooLong",
                   "Batch requests cannot be longer than " + std::to_string(kSqsMessageBytesMax) +
                       " bytes. You have sent " + std::to_string(bytes) + " bytes."}};
  }
  return batch;
}

void append_part(std::string& out, std::string_view part) {
  const auto bytes = static_cast<uint32_t>(part.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bytes >> shift));
  out.append(part);
}

}  // namespace

std::string message_attributes_md5(const std::vector<MessageAttribute>& attributes) {
  std::string bytes;
  for (const MessageAttribute& attribute : attributes) {
    append_part(bytes, attribute.name);
    append_part(bytes, attribute.type);
    bytes.push_back(attribute.is_binary ? '\2' : '\1');
    append_part(bytes, attribute.value);
  }
  const std::array<std::string_view, 1> parts = {bytes};
  return md5_hex(parts);
}

Outcome<SqsRequest> read_sqs_request(std::string_view operation, std::string_view body) {
  try {
    return read_request(operation, body);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

Outcome<SqsBatch> read_sqs_batch(std::string_view operation, std::string_view body) {
  try {
    return read_batch(operation, body);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

}  // namespace edgehose
