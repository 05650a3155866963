#include "simulator/services/lambda/sqs_event.h"

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out.push_back(',');
  json_append_string(out, name);
  out.push_back(':');
  json_append_string(out, value);
}

void append_attribute(std::string& out, const MessageAttribute& attribute) {
  if (out.back() != '{') out.push_back(',');
  json_append_string(out, attribute.name);
  out.append(":{");
  if (attribute.is_binary) {
    std::string text;
    base64_append(text, attribute.value);
    append_member(out, "binaryValue", text);
  } else {
    append_member(out, "stringValue", attribute.value);
  }
  out.append(R"(,"stringListValues":[],"binaryListValues":[])");
  append_member(out, "dataType", attribute.type);
  out.push_back('}');
}

// "itemIdentifier" of one element; empty where it has none.
std::string identifier(JsonScanner& scanner) {
  std::string id;
  std::string_view key;
  if (!scanner.enter_object()) return id;
  while (scanner.next_member(key)) {
    const bool is_id = key == "\"itemIdentifier\"";
    const std::string_view value = scanner.take_value();
    if (is_id && value.size() > 2 && value.front() == '"') id = value.substr(1, value.size() - 2);
  }
  return id;
}

}  // namespace

std::string sqs_event(std::span<const ReceivedMessage> messages, const std::string& queue_arn,
                      const std::string& region, const std::string& account) {
  std::string event = "{\"Records\":[";
  for (const ReceivedMessage& received : messages) {
    const QueuedMessage& message = received.message;
    const MessageContent& content = *message.content;
    if (event.back() != '[') event.push_back(',');
    event.push_back('{');
    append_member(event, "messageId", content.id);
    append_member(event, "receiptHandle", received.receipt_handle);
    append_member(event, "body", content.body);
    event.append(",\"attributes\":{");
    append_member(event, "ApproximateReceiveCount", std::to_string(message.receive_count));
    append_member(event, "SentTimestamp", std::to_string(message.sent_ms));
    append_member(event, "SenderId", account);
    append_member(event, "ApproximateFirstReceiveTimestamp",
                  std::to_string(message.first_receive_ms));
    if (!content.trace_header.empty()) append_member(event, "AWSTraceHeader", content.trace_header);
    event.append("},\"messageAttributes\":{");
    for (const MessageAttribute& attribute : content.attributes) append_attribute(event, attribute);
    event.push_back('}');
    append_member(event, "md5OfBody", content.body_md5);
    append_member(event, "eventSource", "aws:sqs");
    append_member(event, "eventSourceARN", queue_arn);
    append_member(event, "awsRegion", region);
    event.push_back('}');
  }
  return event.append("]}");
}

std::set<std::string> failed_messages(std::string_view answer, const std::set<std::string>& ids) {
  answer = trim(answer);
  if (answer.empty() || answer == "null") return {};
  std::set<std::string> failed;
  JsonScanner scanner(answer);
  std::string_view key;
  if (!scanner.enter_object()) return ids;
  while (scanner.next_member(key)) {
    if (key != "\"batchItemFailures\"") {
      (void)scanner.take_value();
      continue;
    }
    if (scanner.peek() == 'n') {
      (void)scanner.take_value();
      continue;
    }
    if (!scanner.enter_array()) return ids;
    while (scanner.next_element()) {
      const std::string id = identifier(scanner);
      if (!scanner.ok() || !ids.contains(id)) return ids;
      failed.insert(id);
    }
  }
  return scanner.ok() ? failed : ids;
}

}  // namespace edgehose
