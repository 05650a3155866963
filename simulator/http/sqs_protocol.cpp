#include "simulator/http/sqs_protocol.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "shared/base/base64.h"
#include "simulator/services/sqs/queue_attributes.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kContentType = "application/x-amz-json-1.0";

HttpResponse json_answer(const json& body) {
  return {.status = 200,
          .headers = {{"Content-Type", std::string(kContentType)}},
          .body = body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

HttpResponse empty_answer() { return json_answer(json::object()); }

HttpResponse answer_or(const std::optional<AwsError>& error) {
  return error ? sqs_error(*error) : empty_answer();
}

// [mem] The codes of the query protocol, which clients of today still show for these errors.
std::string query_code(const std::string& code) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNamed = {{
      {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
      {"QueueNameExists", "QueueAlreadyExists"},
  }};
  for (const auto& [name, older] : kNamed) {
    if (name == code) return std::string(older);
  }
  constexpr std::array<std::string_view, 9> kPrefixed = {
      "BatchEntryIdsNotDistinct", "BatchRequestTooLong",          "EmptyBatchRequest",
      "InvalidBatchEntryId",      "MessageNotInflight",           "PurgeQueueInProgress",
      "QueueDeletedRecently",     "TooManyEntriesInBatchRequest", "UnsupportedOperation"};
  const bool is_prefixed = std::find(kPrefixed.begin(), kPrefixed.end(), code) != kPrefixed.end();
  return is_prefixed ? "AWS.SimpleQueueService." + code : code;
}

json attribute_json(const MessageAttribute& attribute) {
  json value = {{"DataType", attribute.type}};
  if (attribute.is_binary) {
    std::string text;
    base64_append(text, attribute.value);
    value["BinaryValue"] = text;
  } else {
    value["StringValue"] = attribute.value;
  }
  return value;
}

bool is_asked(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& asked) {
    if (asked == "All" || asked == ".*" || asked == name) return true;
    return asked.ends_with(".*") && name.starts_with(asked.substr(0, asked.size() - 1));
  });
}

json system_attributes(const ReceivedMessage& received, const std::vector<std::string>& names,
                       const std::string& account) {
  const QueuedMessage& message = received.message;
  json all = {{"SenderId", account},
              {"SentTimestamp", std::to_string(message.sent_ms)},
              {"ApproximateReceiveCount", std::to_string(message.receive_count)},
              {"ApproximateFirstReceiveTimestamp", std::to_string(message.first_receive_ms)}};
  if (!message.content->trace_header.empty()) {
    all["AWSTraceHeader"] = message.content->trace_header;
  }
  if (!message.content->dead_letter_source.empty()) {
    all["DeadLetterQueueSourceArn"] = message.content->dead_letter_source;
  }
  json asked = json::object();
  for (const auto& [name, value] : all.items()) {
    if (is_asked(names, name)) asked[name] = value;
  }
  return asked;
}

json message_json(const ReceivedMessage& received, const SqsRequest& request,
                  const std::string& account) {
  const MessageContent& content = *received.message.content;
  json message = {{"MessageId", content.id},
                  {"ReceiptHandle", received.receipt_handle},
                  {"MD5OfBody", content.body_md5},
                  {"Body", content.body}};
  const json system = system_attributes(received, request.names, account);
  if (!system.empty()) message["Attributes"] = system;
  std::vector<MessageAttribute> asked;
  for (const MessageAttribute& attribute : content.attributes) {
    if (!is_asked(request.message_attribute_names, attribute.name)) continue;
    message["MessageAttributes"][attribute.name] = attribute_json(attribute);
    asked.push_back(attribute);
  }
  // Of those that are given, which is what the client can check.
  if (!asked.empty()) message["MD5OfMessageAttributes"] = message_attributes_md5(asked);
  return message;
}

json sent_json(const std::string& id, const std::string& body_md5,
               const std::string& attributes_md5) {
  json sent = {{"MessageId", id}, {"MD5OfMessageBody", body_md5}};
  if (!attributes_md5.empty()) sent["MD5OfMessageAttributes"] = attributes_md5;
  return sent;
}

std::string queue_url(const std::string& base, const Sqs& sqs, const std::string& name) {
  return base + "/" + sqs.options().account + "/" + name;
}

// A page of names after `token`, which is the last name of the page before.
json page_of(const std::vector<std::string>& names, const SqsRequest& request,
             const std::function<std::string(const std::string&)>& word, const char* member) {
  const size_t most = static_cast<size_t>(request.max_results.value_or(1'000));
  json page = {{member, json::array()}};
  for (const std::string& name : names) {
    if (name <= request.next_token) continue;
    if (page[member].size() == most) {
      if (request.max_results) {
        const std::string last = page[member].back().get<std::string>();
        page["NextToken"] = last.substr(last.rfind('/') + 1);
      }
      break;
    }
    page[member].push_back(word(name));
  }
  return page;
}

std::string_view status_text(MoveTask::Status status) {
  return status == MoveTask::Status::running     ? "RUNNING"
         : status == MoveTask::Status::completed ? "COMPLETED"
                                                 : "CANCELLED";
}

bool is_batch(std::string_view operation) {
  return operation == "SendMessageBatch" || operation == "DeleteMessageBatch" ||
         operation == "ChangeMessageVisibilityBatch";
}

}  // namespace

HttpResponse sqs_error(const AwsError& error) {
  const bool is_ours = error.http_status >= 500;
  HttpResponse response =
      json_answer({{"__type", "com.amazonaws.sqs#" + error.code}, {"message", error.message}});
  response.status = error.http_status;
  response.headers.emplace_back("x-amzn-query-error",
                                query_code(error.code) + (is_ours ? ";Receiver" : ";Sender"));
  return response;
}

HttpResponse sqs_query_refusal() {
  return {.status = 400,
          .headers = {{"Content-Type", "text/xml"}},
          .body =
              "<?xml version=\"1.0\"?>\n"
              "<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error>"
              "<Type>Sender</Type><Code>UnsupportedProtocol</Code>"
              "<Message>This simulator speaks SQS's JSON protocol, not the older query "
              "protocol: use an SDK of 2024 or later.</Message>"
              "</Error></ErrorResponse>\n"};
}

struct SqsProtocol::Named {
  std::string_view name;
  Operation operation;
};

void SqsProtocol::handle(std::string_view operation, const std::string& body, std::string_view host,
                         const HttpRespond& respond) {
  static constexpr std::array<Named, 17> kOperations = {{
      {"CreateQueue", &SqsProtocol::create},
      {"DeleteQueue", &SqsProtocol::erase_queue},
      {"GetQueueUrl", &SqsProtocol::get_url},
      {"ListQueues", &SqsProtocol::list},
      {"ListDeadLetterSourceQueues", &SqsProtocol::list_sources},
      {"GetQueueAttributes", &SqsProtocol::get_attributes},
      {"SetQueueAttributes", &SqsProtocol::set_attributes},
      {"PurgeQueue", &SqsProtocol::purge},
      {"TagQueue", &SqsProtocol::tag},
      {"UntagQueue", &SqsProtocol::untag},
      {"ListQueueTags", &SqsProtocol::list_tags},
      {"SendMessage", &SqsProtocol::send},
      {"DeleteMessage", &SqsProtocol::erase},
      {"ChangeMessageVisibility", &SqsProtocol::change_visibility},
      {"StartMessageMoveTask", &SqsProtocol::start_move},
      {"ListMessageMoveTasks", &SqsProtocol::list_moves},
      {"CancelMessageMoveTask", &SqsProtocol::cancel_move},
  }};
  if (operation == "ReceiveMessage") return receive(body, respond);
  if (is_batch(operation)) {
    auto read = read_sqs_batch(operation, body);
    if (!read) return respond(sqs_error(read.error()));
    return host_.call([&](int64_t now_ms) { return batch(now_ms, operation, read.value()); },
                      respond);
  }
  const auto* const named =
      std::find_if(kOperations.begin(), kOperations.end(),
                   [&](const Named& entry) { return entry.name == operation; });
  if (named == kOperations.end()) {
    const bool is_permission = operation == "AddPermission" || operation == "RemovePermission";
    return respond(sqs_error(
        is_permission ? AwsError{"UnsupportedOperation",
                                 "This simulator has one account and no access control: " +
                                     std::string(operation) + " is not modelled."}
                      : AwsError{"UnknownOperationException",
                                 "SQS has no operation " + std::string(operation) + ".", 404}));
  }
  const auto read = read_sqs_request(operation, body);
  if (!read) return respond(sqs_error(read.error()));
  const std::string base = "http://" + std::string(host);
  host_.call(
      [&](int64_t now_ms) {
        sqs_.count_request(read.value().queue, body.size());
        return (this->*named->operation)(now_ms, read.value(), base);
      },
      respond);
}

HttpResponse SqsProtocol::create(int64_t now_ms, const SqsRequest& request,
                                 const std::string& base) {
  QueueSettings settings;
  // FIFO queues end in .fifo, which is the plainest sign of them.
  if (request.queue.ends_with(".fifo")) {
    return sqs_error({"InvalidAttributeValue", "FIFO queues are not modelled by this simulator."});
  }
  if (auto error = apply_attributes(request.attributes, sqs_, settings)) return sqs_error(*error);
  if (auto error = sqs_.create(now_ms, request.queue, settings, request.tags)) {
    return sqs_error(*error);
  }
  return json_answer({{"QueueUrl", queue_url(base, sqs_, request.queue)}});
}

HttpResponse SqsProtocol::erase_queue(int64_t now_ms, const SqsRequest& request,
                                      const std::string& /*base*/) {
  return answer_or(sqs_.erase_queue(now_ms, request.queue));
}

HttpResponse SqsProtocol::get_url(int64_t /*now_ms*/, const SqsRequest& request,
                                  const std::string& base) {
  if (sqs_.find(request.queue) == nullptr) return sqs_error(no_such_queue());
  return json_answer({{"QueueUrl", queue_url(base, sqs_, request.queue)}});
}

HttpResponse SqsProtocol::list(int64_t /*now_ms*/, const SqsRequest& request,
                               const std::string& base) {
  std::vector<std::string> names;
  for (const auto& [name, queue] : sqs_.queues()) {
    if (name.starts_with(request.prefix)) names.push_back(name);
  }
  const auto word = [&](const std::string& name) { return queue_url(base, sqs_, name); };
  return json_answer(page_of(names, request, word, "QueueUrls"));
}

HttpResponse SqsProtocol::list_sources(int64_t /*now_ms*/, const SqsRequest& request,
                                       const std::string& base) {
  if (sqs_.find(request.queue) == nullptr) return sqs_error(no_such_queue());
  const auto word = [&](const std::string& name) { return queue_url(base, sqs_, name); };
  return json_answer(page_of(sqs_.sources_of(request.queue), request, word, "queueUrls"));
}

HttpResponse SqsProtocol::get_attributes(int64_t now_ms, const SqsRequest& request,
                                         const std::string& /*base*/) {
  sqs_.tick(now_ms);
  const SqsQueue* queue = sqs_.find(request.queue);
  if (queue == nullptr) return sqs_error(no_such_queue());
  const auto attributes = read_attributes(*queue, sqs_, request.names);
  if (!attributes) return sqs_error(attributes.error());
  if (attributes.value().empty()) return empty_answer();
  return json_answer({{"Attributes", attributes.value()}});
}

HttpResponse SqsProtocol::set_attributes(int64_t now_ms, const SqsRequest& request,
                                         const std::string& /*base*/) {
  const SqsQueue* queue = sqs_.find(request.queue);
  if (queue == nullptr) return sqs_error(no_such_queue());
  QueueSettings settings = queue->settings;
  if (auto error = apply_attributes(request.attributes, sqs_, settings)) return sqs_error(*error);
  return answer_or(sqs_.set_settings(now_ms, request.queue, settings));
}

HttpResponse SqsProtocol::purge(int64_t now_ms, const SqsRequest& request,
                                const std::string& /*base*/) {
  return answer_or(sqs_.purge(now_ms, request.queue));
}

HttpResponse SqsProtocol::tag(int64_t /*now_ms*/, const SqsRequest& request,
                              const std::string& /*base*/) {
  return answer_or(sqs_.tag(request.queue, request.tags));
}

HttpResponse SqsProtocol::untag(int64_t /*now_ms*/, const SqsRequest& request,
                                const std::string& /*base*/) {
  return answer_or(sqs_.untag(request.queue, request.tag_keys));
}

HttpResponse SqsProtocol::list_tags(int64_t /*now_ms*/, const SqsRequest& request,
                                    const std::string& /*base*/) {
  const SqsQueue* queue = sqs_.find(request.queue);
  if (queue == nullptr) return sqs_error(no_such_queue());
  return json_answer({{"Tags", queue->tags}});
}

HttpResponse SqsProtocol::send(int64_t now_ms, const SqsRequest& request,
                               const std::string& /*base*/) {
  const auto id = sqs_.send(now_ms, request.queue, request.message);
  if (!id) return sqs_error(id.error());
  return json_answer(
      sent_json(id.value(), request.message.body_md5, request.message.attributes_md5));
}

HttpResponse SqsProtocol::erase(int64_t now_ms, const SqsRequest& request,
                                const std::string& /*base*/) {
  return answer_or(sqs_.erase(now_ms, request.queue, request.receipt_handle));
}

HttpResponse SqsProtocol::change_visibility(int64_t now_ms, const SqsRequest& request,
                                            const std::string& /*base*/) {
  return answer_or(sqs_.change_visibility(now_ms, request.queue, request.receipt_handle,
                                          request.visibility_s.value_or(0)));
}

HttpResponse SqsProtocol::start_move(int64_t now_ms, const SqsRequest& request,
                                     const std::string& /*base*/) {
  const auto handle = sqs_.start_move(now_ms, request.source_arn, request.destination_arn,
                                      static_cast<uint32_t>(request.per_second.value_or(0)));
  if (!handle) return sqs_error(handle.error());
  return json_answer({{"TaskHandle", handle.value()}});
}

HttpResponse SqsProtocol::list_moves(int64_t now_ms, const SqsRequest& request,
                                     const std::string& /*base*/) {
  sqs_.tick(now_ms);
  const std::string source = sqs_.name_in(request.source_arn);
  if (sqs_.find(source) == nullptr) {
    return sqs_error({"ResourceNotFoundException", "The source queue does not exist.", 404});
  }
  json results = json::array();
  for (const MoveTask& task : sqs_.moves(source)) {
    if (results.size() == static_cast<size_t>(request.max_results.value_or(1))) break;
    json result = {{"Status", status_text(task.status)},
                   {"SourceArn", sqs_.arn_of(task.source)},
                   {"ApproximateNumberOfMessagesMoved", task.moved},
                   {"ApproximateNumberOfMessagesToMove", task.to_move},
                   {"StartedTimestamp", task.started_ms}};
    if (task.status == MoveTask::Status::running) result["TaskHandle"] = task.handle;
    if (!task.destination.empty()) result["DestinationArn"] = sqs_.arn_of(task.destination);
    if (task.per_second != 0) result["MaxNumberOfMessagesPerSecond"] = task.per_second;
    results.push_back(std::move(result));
  }
  return json_answer({{"Results", results}});
}

HttpResponse SqsProtocol::cancel_move(int64_t /*now_ms*/, const SqsRequest& request,
                                      const std::string& /*base*/) {
  const auto moved = sqs_.cancel_move(request.task_handle);
  if (!moved) return sqs_error(moved.error());
  return json_answer({{"ApproximateNumberOfMessagesMoved", moved.value()}});
}

void SqsProtocol::receive(const std::string& body, const HttpRespond& respond) {
  auto read = read_sqs_request("ReceiveMessage", body);
  if (!read) return respond(sqs_error(read.error()));
  const std::string queue = read.value().queue;
  const ReceiveRequest request = read.value().receive;
  const auto word = [this, asked = std::move(read.value())](const ReceiveReply& reply) {
    if (const auto* error = std::get_if<AwsError>(&reply)) return sqs_error(*error);
    json messages = json::array();
    for (const ReceivedMessage& message : *std::get_if<std::vector<ReceivedMessage>>(&reply)) {
      messages.push_back(message_json(message, asked, sqs_.options().account));
    }
    if (messages.empty()) return empty_answer();
    return json_answer({{"Messages", messages}});
  };
  host_.receive(queue, request, word, respond);
}

Outcome<std::string> SqsProtocol::perform(int64_t now_ms, std::string_view operation,
                                          const std::string& queue, SqsBatchEntry& entry) {
  if (entry.error) return *entry.error;
  std::optional<AwsError> error;
  if (operation == "SendMessageBatch") {
    return sqs_.send(now_ms, queue, std::move(entry.message));
  }
  if (operation == "DeleteMessageBatch") {
    error = sqs_.erase(now_ms, queue, entry.receipt_handle);
  } else {
    error =
        sqs_.change_visibility(now_ms, queue, entry.receipt_handle, entry.visibility_s.value_or(0));
  }
  if (error) return *error;
  return std::string();
}

HttpResponse SqsProtocol::batch(int64_t now_ms, std::string_view operation, SqsBatch& batch) {
  if (sqs_.find(batch.queue) == nullptr) return sqs_error(no_such_queue());
  json successful = json::array();
  json failed = json::array();
  uint64_t bytes = 0;
  for (SqsBatchEntry& entry : batch.entries) {
    bytes += entry.message.body.size();
    const std::string body_md5 = entry.message.body_md5;
    const std::string attributes_md5 = entry.message.attributes_md5;
    const auto done = perform(now_ms, operation, batch.queue, entry);
    if (!done) {
      failed.push_back({{"Id", entry.id},
                        {"SenderFault", done.error().http_status < 500},
                        {"Code", query_code(done.error().code)},
                        {"Message", done.error().message}});
      continue;
    }
    json result = {{"Id", entry.id}};
    if (operation == "SendMessageBatch") {
      result.update(sent_json(done.value(), body_md5, attributes_md5));
    }
    successful.push_back(std::move(result));
  }
  sqs_.count_request(batch.queue, bytes);
  return json_answer({{"Successful", successful}, {"Failed", failed}});
}

}  // namespace edgehose
