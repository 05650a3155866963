#include "simulator/services/sqs/sqs.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "shared/base/base64.h"
#include "shared/base/text.h"
#include "simulator/engine/checksum.h"

namespace edgehose {
namespace {

enum Kind : uint32_t {
  kQueue = 1,    // a queue's description
  kNoQueue = 2,  // it was deleted
  kMessage = 3,  // a message, whole
  kState = 4,    // when it is seen again, and how often it was received
  kGone = 5,     // it was deleted, or moved, or expired
  kPurged = 6,   // every message of a queue is gone
};

constexpr uint64_t kBilledBytes = 65'536;
constexpr size_t kMovesMax = 10;
constexpr size_t kWaitersMax = 12'000;
constexpr uint32_t kPerMillionCalls = 1'000'000;

AwsError invalid(std::string message) { return {"InvalidParameterValue", std::move(message)}; }

AwsError bad_receipt() {
  return {"ReceiptHandleIsInvalid", "The input receipt handle is invalid."};
}

FieldWriter& write_content(FieldWriter& out, const MessageContent& content) {
  out.text(content.id).text(content.body).text(content.body_md5).text(content.attributes_md5);
  out.text(content.trace_header).text(content.dead_letter_source);
  out.number(content.attributes.size());
  for (const MessageAttribute& attribute : content.attributes) {
    out.text(attribute.name).text(attribute.type).text(attribute.value);
    out.number(attribute.is_binary ? 1 : 0);
  }
  return out;
}

MessagePtr read_content(FieldReader& in) {
  MessageContent content;
  content.id = in.text();
  content.body = in.text();
  content.body_md5 = in.text();
  content.attributes_md5 = in.text();
  content.trace_header = in.text();
  content.dead_letter_source = in.text();
  for (size_t left = in.count(); left > 0 && in.ok(); --left) {
    MessageAttribute attribute{.name = in.text(), .type = in.text(), .value = in.text()};
    attribute.is_binary = in.number() != 0;
    content.attributes.push_back(std::move(attribute));
  }
  return std::make_shared<const MessageContent>(std::move(content));
}

void write_state(FieldWriter& out, const QueuedMessage& message) {
  out.time(message.sent_ms).time(message.first_receive_ms).number(message.receive_count);
  out.time(message.due_ms).number(message.in_flight ? 1 : 0);
}

void read_state(FieldReader& in, QueuedMessage& message) {
  message.sent_ms = in.time();
  message.first_receive_ms = in.time();
  message.receive_count = static_cast<uint32_t>(in.number());
  message.due_ms = in.time();
  message.in_flight = in.number() != 0;
}

std::string queue_record(const SqsQueue& queue) {
  const QueueSettings& settings = queue.settings;
  FieldWriter out;
  out.text(queue.name).time(queue.created_ms).time(queue.modified_ms);
  out.number(queue.messages.next_number());
  out.time(settings.visibility_s).time(settings.delay_s).time(settings.retention_s);
  out.time(settings.wait_s).time(settings.bytes_max);
  out.text(settings.redrive ? settings.redrive->dead_letter_arn : "");
  out.number(settings.redrive ? settings.redrive->max_receive_count : 0);
  out.text(settings.policy).text(settings.redrive_allow);
  out.number(settings.has_managed_encryption ? 1 : 0).number(queue.tags.size());
  for (const auto& [key, value] : queue.tags) out.text(key).text(value);
  return out.take();
}

bool read_queue(FieldReader& in, SqsQueue& queue) {
  queue.created_ms = in.time();
  queue.modified_ms = in.time();
  queue.messages.skip_to_number(in.number());
  QueueSettings& settings = queue.settings;
  settings.visibility_s = in.time();
  settings.delay_s = in.time();
  settings.retention_s = in.time();
  settings.wait_s = in.time();
  settings.bytes_max = in.time();
  RedrivePolicy redrive{.dead_letter_arn = in.text()};
  redrive.max_receive_count = static_cast<uint32_t>(in.number());
  settings.redrive = std::nullopt;
  if (!redrive.dead_letter_arn.empty()) settings.redrive = std::move(redrive);
  settings.policy = in.text();
  settings.redrive_allow = in.text();
  settings.has_managed_encryption = in.number() != 0;
  queue.tags.clear();
  for (size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::string key = in.text();
    queue.tags[key] = in.text();
  }
  return in.at_end();
}

std::string message_record(const std::string& queue, uint64_t number,
                           const QueuedMessage& message) {
  FieldWriter out;
  out.text(queue).number(number);
  write_state(out, message);
  return write_content(out, *message.content).take();
}

// Allowed as a character of a message: #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF.
bool is_message_character(std::string_view text, size_t at, size_t bytes) {
  if (bytes == 1) {
    const auto c = static_cast<uint8_t>(text[at]);
    return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
  }
  return text.substr(at, bytes) != "\xef\xbf\xbe" && text.substr(at, bytes) != "\xef\xbf\xbf";
}

}  // namespace

AwsError no_such_queue() { return {"QueueDoesNotExist", "The specified queue does not exist."}; }

bool is_queue_name(std::string_view name) {
  return !name.empty() && name.size() <= kQueueNameBytesMax &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

bool is_message_text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = utf8_sequence_bytes(text, at);
    if (bytes == 0 || !is_message_character(text, at, bytes)) return false;
    at += bytes;
  }
  return true;
}

Sqs::Sqs(SqsOptions options, Random& random) : options_(std::move(options)), random_(random) {}

std::string Sqs::arn_of(std::string_view name) const {
  std::string arn = "arn:aws:sqs:";
  return arn.append(options_.region).append(":").append(options_.account).append(":").append(name);
}

std::string Sqs::name_in(std::string_view arn) const {
  const std::string head = arn_of("");
  if (!arn.starts_with(head)) return "";
  return std::string(arn.substr(head.size()));
}

SqsQueue* Sqs::look(std::string_view name) {
  const auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : &found->second;
}

const SqsQueue* Sqs::find(std::string_view name) const {
  const auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : &found->second;
}

uint64_t Sqs::bytes() const {
  uint64_t bytes = 0;
  for (const auto& [name, queue] : queues_) bytes += queue.messages.bytes();
  return bytes;
}

std::vector<std::string> Sqs::sources_of(const std::string& name) const {
  std::vector<std::string> sources;
  const std::string arn = arn_of(name);
  for (const auto& [source, queue] : queues_) {
    if (queue.settings.redrive && queue.settings.redrive->dead_letter_arn == arn) {
      sources.push_back(source);
    }
  }
  return sources;
}

void Sqs::count_request(std::string_view name, uint64_t bytes) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return;
  queue->counters.requests += std::max<uint64_t>(1, (bytes + kBilledBytes - 1) / kBilledBytes);
}

std::optional<AwsError> Sqs::create(int64_t now_ms, const std::string& name,
                                    const QueueSettings& settings,
                                    std::map<std::string, std::string> tags) {
  if (!is_queue_name(name)) {
    return invalid(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
        "length");
  }
  if (const SqsQueue* there = find(name)) {
    if (there->settings == settings) return std::nullopt;
    return AwsError{"QueueNameExists",
                    "A queue already exists with the same name and a different value for an "
                    "attribute."};
  }
  std::erase_if(deleted_ms_, [&](const auto& deleted) {
    return deleted.second + options_.name_hold_ms <= now_ms;
  });
  if (deleted_ms_.contains(name)) {
    return AwsError{"QueueDeletedRecently",
                    "You must wait 60 seconds after deleting a queue before you can create another "
                    "with the same name."};
  }
  if (queues_.size() >= options_.queues_max) {
    return AwsError{"OverLimit", "The simulator holds " + std::to_string(options_.queues_max) +
                                     " queues already."};
  }
  SqsQueue& queue = queues_[name];
  queue.name = name;
  queue.settings = settings;
  queue.tags = std::move(tags);
  queue.created_ms = queue.modified_ms = now_ms;
  log_queue(queue);
  return std::nullopt;
}

std::optional<AwsError> Sqs::erase_queue(int64_t now_ms, const std::string& name) {
  if (queues_.erase(name) == 0) return no_such_queue();
  deleted_ms_[name] = now_ms;
  append_log_record(log_, kNoQueue, FieldWriter().text(name).take());
  serve_waiters(now_ms);
  return std::nullopt;
}

std::optional<AwsError> Sqs::set_settings(int64_t now_ms, const std::string& name,
                                          const QueueSettings& settings) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  queue->settings = settings;
  queue->modified_ms = now_ms;
  log_queue(*queue);
  settle(now_ms, *queue);
  return std::nullopt;
}

std::optional<AwsError> Sqs::purge(int64_t now_ms, const std::string& name) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  if (now_ms < queue->purged_ms + options_.purge_interval_ms) {
    return AwsError{"PurgeQueueInProgress",
                    "Only one PurgeQueue operation on " + name + " is allowed every 60 seconds.",
                    403};
  }
  queue->purged_ms = now_ms;
  queue->messages.clear();
  append_log_record(log_, kPurged, FieldWriter().text(name).take());
  return std::nullopt;
}

std::optional<AwsError> Sqs::tag(const std::string& name,
                                 const std::map<std::string, std::string>& tags) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  for (const auto& [key, value] : tags) queue->tags[key] = value;
  log_queue(*queue);
  return std::nullopt;
}

std::optional<AwsError> Sqs::untag(const std::string& name, const std::vector<std::string>& keys) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  for (const std::string& key : keys) queue->tags.erase(key);
  log_queue(*queue);
  return std::nullopt;
}

Outcome<std::string> Sqs::send(int64_t now_ms, const std::string& name, SendRequest request) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  auto content = std::make_shared<MessageContent>();
  content->body = std::move(request.body);
  content->attributes = std::move(request.attributes);
  if (content->body.empty()) {
    return AwsError{"MissingParameter", "The request must contain the parameter MessageBody."};
  }
  if (!is_message_text(content->body)) {
    return AwsError{"InvalidMessageContents",
                    "Invalid binary character was found in the message "
                    "body, the set of allowed characters is #x9 | #xA | "
                    "#xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 "
                    "to #x10FFFF"};
  }
  if (content->bytes() > static_cast<uint64_t>(queue->settings.bytes_max)) {
    return invalid("One or more parameters are invalid. Reason: Message must be shorter than " +
                   std::to_string(queue->settings.bytes_max) + " bytes.");
  }
  if (bytes() + content->bytes() > options_.bytes_max) {
    return AwsError{"ServiceUnavailable", "The simulator's queues hold as much as it keeps.", 503};
  }
  append_uuid(content->id, random_);
  content->body_md5 = std::move(request.body_md5);
  content->attributes_md5 = std::move(request.attributes_md5);
  content->trace_header = std::move(request.trace_header);
  queue->counters.sent += 1;
  queue->counters.sent_bytes += content->bytes();
  std::string id = content->id;
  const int64_t delay_s = request.delay_s.value_or(queue->settings.delay_s);
  log_message(*queue, queue->messages.send(now_ms, std::move(content), delay_s * 1'000));
  serve_waiters(now_ms);
  return id;
}

void Sqs::receive(int64_t now_ms, uint64_t request_id, const std::string& name,
                  const ReceiveRequest& request) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return received_.push_back({request_id, no_such_queue()});
  settle(now_ms, *queue);
  const int64_t wait_s = request.wait_s.value_or(queue->settings.wait_s);
  waiters_.push_back({request_id, name, request, now_ms + wait_s * 1'000});
  // A client that hung up leaves its wait behind: the oldest of too many end.
  if (waiters_.size() > kWaitersMax) waiters_.front().until_ms = now_ms;
  serve_waiters(now_ms);
}

void Sqs::cancel(uint64_t request_id) {
  std::erase_if(waiters_, [&](const Waiter& waiter) { return waiter.request_id == request_id; });
}

std::vector<ReceivedMessage> Sqs::poll(int64_t now_ms, const std::string& name, size_t max,
                                       size_t bytes_max) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return {};
  settle(now_ms, *queue);
  bool over_limit = false;
  return take(now_ms, *queue, queue->settings.visibility_s * 1'000, max, bytes_max, over_limit);
}

std::vector<ReceivedMessage> Sqs::take(int64_t now_ms, SqsQueue& queue, int64_t visibility_ms,
                                       size_t max, size_t bytes_max, bool& over_limit) {
  std::vector<ReceivedMessage> messages;
  const uint32_t most =
      queue.settings.redrive ? queue.settings.redrive->max_receive_count : uint32_t{0};
  size_t bytes = 0;
  while (messages.size() < max && bytes < bytes_max) {
    MessageQueue::Take how{.visibility_ms = std::max<int64_t>(1, visibility_ms),
                           .max_receive_count = most,
                           .in_flight_max = options_.in_flight_max};
    if (random_.below(kPerMillionCalls) < options_.reorder_ppm) {
      how.skip = random_.below(options_.reorder_window);
    }
    auto taken = queue.messages.take(now_ms, how);
    bool has_more = false;
    for (NumberedMessage& dead : taken.dead) has_more |= !bury(queue, std::move(dead));
    over_limit = over_limit || taken.over_limit;
    if (!taken.message && has_more) continue;
    if (!taken.message) break;
    const auto& [number, message] = *taken.message;
    bytes += message.content->bytes();
    log_state(queue, number);
    messages.push_back({receipt_handle(queue, number, message.receive_count), message});
  }
  queue.counters.received += messages.size();
  return messages;
}

// Into the dead-letter queue, under the time it was sent first. Where that queue is gone the
// message stays, and is counted anew.
bool Sqs::bury(SqsQueue& queue, NumberedMessage dead) {
  SqsQueue* grave = look(name_in(queue.settings.redrive->dead_letter_arn));
  if (grave == nullptr) {
    dead.message.receive_count = 0;
    queue.messages.restore(dead.number, std::move(dead.message));
    log_message(queue, dead.number);
    return false;
  }
  MessageContent content = *dead.message.content;
  content.dead_letter_source = arn_of(queue.name);
  queue.counters.dead_lettered += 1;
  log_gone(queue, dead.number);
  log_message(*grave, grave->messages.add(
                          {.content = std::make_shared<const MessageContent>(std::move(content)),
                           .sent_ms = dead.message.sent_ms,
                           .first_receive_ms = dead.message.first_receive_ms,
                           .receive_count = dead.message.receive_count}));
  return true;
}

void Sqs::settle(int64_t now_ms, SqsQueue& queue) {
  for (const uint64_t number : queue.messages.advance(now_ms, queue.settings.retention_s * 1'000)) {
    queue.counters.expired += 1;
    log_gone(queue, number);
  }
}

void Sqs::serve_waiters(int64_t now_ms) {
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    SqsQueue* queue = look(waiter->queue);
    if (queue == nullptr) {
      received_.push_back({waiter->request_id, no_such_queue()});
      waiter = waiters_.erase(waiter);
      continue;
    }
    bool over_limit = false;
    const ReceiveRequest& request = waiter->request;
    const int64_t visibility_s = request.visibility_s.value_or(queue->settings.visibility_s);
    auto messages =
        take(now_ms, *queue, visibility_s * 1'000, request.max, kSqsMessageBytesMax, over_limit);
    const bool waits = messages.empty() && now_ms < waiter->until_ms;
    if (waits) {
      ++waiter;
      continue;
    }
    uint64_t bytes = 0;
    for (const ReceivedMessage& message : messages) bytes += message.message.content->bytes();
    count_request(queue->name, bytes);
    // Short polling tells of the limit, long polling is silent.
    const bool is_short = request.wait_s.value_or(queue->settings.wait_s) == 0;
    if (messages.empty() && over_limit && is_short) {
      received_.push_back(
          {waiter->request_id, AwsError{"OverLimit", "Too many messages in flight.", 403}});
    } else {
      if (messages.empty()) queue->counters.empty_receives += 1;
      received_.push_back({waiter->request_id, std::move(messages)});
    }
    waiter = waiters_.erase(waiter);
  }
}

std::optional<AwsError> Sqs::erase(int64_t now_ms, const std::string& name,
                                   std::string_view receipt_handle) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  settle(now_ms, *queue);
  const auto receipt = read_receipt(*queue, receipt_handle);
  if (!receipt) return bad_receipt();
  const bool has_copy = random_.below(kPerMillionCalls) < options_.duplicate_ppm;
  const int64_t visibility_ms = std::max<int64_t>(1, queue->settings.visibility_s * 1'000);
  const auto found = queue->messages.erase(*receipt, has_copy ? now_ms + visibility_ms : 0);
  // An old receipt is taken as well, and the message stays.
  if (found != MessageQueue::Found::yes) return std::nullopt;
  queue->counters.deleted += 1;
  if (has_copy) {
    queue->counters.copies += 1;
    log_state(*queue, receipt->number);
  } else {
    log_gone(*queue, receipt->number);
  }
  return std::nullopt;
}

std::optional<AwsError> Sqs::change_visibility(int64_t now_ms, const std::string& name,
                                               std::string_view receipt_handle,
                                               int64_t visibility_s) {
  SqsQueue* queue = look(name);
  if (queue == nullptr) return no_such_queue();
  settle(now_ms, *queue);
  const auto receipt = read_receipt(*queue, receipt_handle);
  if (!receipt) return bad_receipt();
  if (queue->messages.change_visibility(now_ms, *receipt, visibility_s * 1'000) !=
      MessageQueue::Found::yes) {
    return AwsError{"MessageNotInflight", "The message referred to isn't in flight."};
  }
  log_state(*queue, receipt->number);
  serve_waiters(now_ms);
  return std::nullopt;
}

Outcome<std::string> Sqs::start_move(int64_t now_ms, const std::string& source_arn,
                                     const std::string& destination_arn, uint32_t per_second) {
  const std::string source = name_in(source_arn);
  const std::string destination = destination_arn.empty() ? "" : name_in(destination_arn);
  const SqsQueue* queue = find(source);
  if (queue == nullptr || (!destination_arn.empty() && find(destination) == nullptr)) {
    return AwsError{"ResourceNotFoundException",
                    "The resource that you specified for the SourceArn parameter doesn't exist.",
                    404};
  }
  if (sources_of(source).empty()) {
    return invalid("Source queue must be configured as a Dead Letter Queue.");
  }
  for (const MoveTask& task : moves_) {
    if (task.source == source && task.status == MoveTask::Status::running) {
      return AwsError{"UnsupportedOperation",
                      "There is already a task running. Only one active task is allowed for a "
                      "source queue arn at a given time."};
    }
  }
  MoveTask task;
  task.source = source;
  task.destination = destination;
  task.per_second = per_second;
  append_uuid(task.handle, random_);
  task.to_move = queue->messages.visible();
  task.started_ms = now_ms;
  // The oldest of a source's past moves go.
  if (moves(source).size() >= kMovesMax) {
    moves_.erase(std::find_if(moves_.begin(), moves_.end(),
                              [&](const MoveTask& old) { return old.source == source; }));
  }
  moves_.push_back(task);
  tick(now_ms);
  return task.handle;
}

Outcome<uint64_t> Sqs::cancel_move(std::string_view handle) {
  for (MoveTask& task : moves_) {
    if (task.handle != handle || task.status != MoveTask::Status::running) continue;
    task.status = MoveTask::Status::cancelled;
    return task.moved;
  }
  return AwsError{"ResourceNotFoundException", "There is no running task with this handle.", 404};
}

std::vector<MoveTask> Sqs::moves(const std::string& source) const {
  std::vector<MoveTask> found;
  for (const MoveTask& task : moves_) {
    if (task.source == source) found.push_back(task);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

void Sqs::move_on(int64_t now_ms, MoveTask& task) {
  SqsQueue* source = look(task.source);
  const int64_t elapsed_ms = now_ms - task.started_ms;
  // The first goes at once.
  const uint64_t allowed = task.per_second == 0
                               ? UINT64_MAX
                               : 1 + static_cast<uint64_t>(elapsed_ms) * task.per_second / 1'000;
  while (source != nullptr && task.moved < allowed) {
    auto next = source->messages.pop();
    if (!next) break;
    const std::string to = task.destination.empty()
                               ? name_in(next->message.content->dead_letter_source)
                               : task.destination;
    SqsQueue* target = look(to);
    if (target == nullptr) target = source;
    log_gone(*source, next->number);
    MessageContent content = *next->message.content;
    content.dead_letter_source.clear();
    log_message(*target, target->messages.add(
                             {.content = std::make_shared<const MessageContent>(std::move(content)),
                              .sent_ms = now_ms}));
    ++task.moved;
    if (target == source && task.moved >= task.to_move) break;
  }
  if (source == nullptr || source->messages.visible() == 0 || task.moved >= task.to_move) {
    task.status = MoveTask::Status::completed;
  }
}

std::vector<Sqs::Received> Sqs::take_received() { return std::exchange(received_, {}); }

void Sqs::tick(int64_t now_ms) {
  for (auto& [name, queue] : queues_) settle(now_ms, queue);
  for (MoveTask& task : moves_) {
    if (task.status == MoveTask::Status::running) move_on(now_ms, task);
  }
  serve_waiters(now_ms);
}

int64_t Sqs::next_due_ms() const {
  int64_t due_ms = INT64_MAX;
  for (const auto& [name, queue] : queues_) {
    due_ms = std::min(due_ms, queue.messages.next_due_ms(queue.settings.retention_s * 1'000));
  }
  for (const Waiter& waiter : waiters_) due_ms = std::min(due_ms, waiter.until_ms);
  for (const MoveTask& task : moves_) {
    if (task.status != MoveTask::Status::running) continue;
    const uint64_t wait_ms = task.moved * 1'000 / std::max<uint32_t>(1, task.per_second);
    due_ms = std::min(due_ms, task.started_ms + static_cast<int64_t>(wait_ms) + 1);
  }
  return due_ms;
}

// base64 of "<queue>:<number>:<receives>:<XXH64 of all before>": opaque to clients, but a handle
// that was made up or belongs to another queue is told apart.
std::string Sqs::receipt_handle(const SqsQueue& queue, uint64_t number, uint32_t count) const {
  std::string plain = queue.name + ":" + std::to_string(number) + ":" + std::to_string(count);
  const uint64_t seal = xxh64(plain);
  plain.append(":").append(std::to_string(seal));
  std::string handle;
  base64_append(handle, plain);
  return handle;
}

std::optional<Receipt> Sqs::read_receipt(const SqsQueue& queue, std::string_view handle) {
  std::string plain;
  if (handle.size() > 1'024 || !base64_decode(handle, plain)) return std::nullopt;
  const size_t last = plain.rfind(':');
  const std::string head = queue.name + ":";
  if (last == std::string::npos || !plain.starts_with(head)) return std::nullopt;
  const std::string_view signed_part = std::string_view(plain).substr(0, last);
  if (plain.substr(last + 1) != std::to_string(xxh64(signed_part))) return std::nullopt;
  const std::string_view numbers = signed_part.substr(head.size());
  Receipt receipt;
  const size_t colon = numbers.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const char* end = numbers.data() + numbers.size();
  const auto number = std::from_chars(numbers.data(), end, receipt.number);
  const auto count = std::from_chars(numbers.data() + colon + 1, end, receipt.receive_count);
  if (number.ec != std::errc() || count.ec != std::errc()) return std::nullopt;
  return receipt;
}

void Sqs::log_queue(const SqsQueue& queue) { append_log_record(log_, kQueue, queue_record(queue)); }

void Sqs::log_message(const SqsQueue& queue, uint64_t number) {
  const QueuedMessage* message = queue.messages.find(number);
  append_log_record(log_, kMessage, message_record(queue.name, number, *message));
}

void Sqs::log_state(const SqsQueue& queue, uint64_t number) {
  FieldWriter out;
  out.text(queue.name).number(number);
  write_state(out, *queue.messages.find(number));
  append_log_record(log_, kState, out.take());
}

void Sqs::log_gone(const SqsQueue& queue, uint64_t number) {
  append_log_record(log_, kGone, FieldWriter().text(queue.name).number(number).take());
}

std::string Sqs::take_log() { return std::exchange(log_, {}); }

std::string Sqs::snapshot() const {
  std::string log;
  for (const auto& [name, queue] : queues_) {
    append_log_record(log, kQueue, queue_record(queue));
    for (const auto& [number, message] : queue.messages.messages()) {
      append_log_record(log, kMessage, message_record(name, number, message));
    }
  }
  return log;
}

bool Sqs::apply(const LogRecord& record) {
  FieldReader in(record.payload);
  const std::string name = in.text();
  if (!in.ok() || !is_queue_name(name)) return false;
  if (record.kind == kNoQueue) return queues_.erase(name) > 0;
  if (record.kind == kQueue) {
    SqsQueue& queue = queues_[name];
    queue.name = name;
    return read_queue(in, queue);
  }
  SqsQueue* queue = look(name);
  if (queue == nullptr) return false;
  if (record.kind == kPurged) {
    queue->messages.clear();
    return in.at_end();
  }
  const uint64_t number = in.number();
  if (record.kind == kGone) {
    queue->messages.remove(number);
    return in.at_end();
  }
  QueuedMessage message;
  read_state(in, message);
  if (record.kind == kState) {
    const QueuedMessage* there = queue->messages.find(number);
    if (there == nullptr || !in.at_end()) return false;
    message.content = there->content;
  } else {
    message.content = read_content(in);
  }
  if (!in.at_end()) return false;
  queue->messages.restore(number, std::move(message));
  return true;
}

size_t Sqs::restore(const std::vector<LogRecord>& records) {
  size_t unread = 0;
  for (const LogRecord& record : records) unread += apply(record) ? 0 : 1;
  return unread;
}

}  // namespace edgehose
