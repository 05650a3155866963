#include "simulator/services/lambda/lambda.h"

#include <algorithm>
#include <utility>

#include "simulator/services/lambda/sqs_event.h"

namespace edgehose {
namespace {

// Kinds of records; those below 32 are of other services.
enum Kind : uint32_t {
  kMapping = 32,
  kNoMapping = 33,
  kEvent = 34,    // an asynchronous event that was accepted
  kNoEvent = 35,  // it is done, or given up
  kReserved = 36,
};

constexpr uint32_t kMilli = 1'000;
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kLongPollMs = 20'000;
// An event of a batch holds at most 6 MB; what stands around a message in it is counted too.
constexpr size_t kEnvelopeBytes = 700;
constexpr uint32_t kReservedLeast = 100;  // left to functions without a reservation

AwsError invalid(std::string message) {
  return {"InvalidParameterValueException", std::move(message)};
}

// 1 min and 2 min after an error of the function's.
int64_t retry_after_ms(uint32_t errors) { return kMinuteMs * errors; }
// 1 s, 2 s, 4 s ... 5 min after a throttle.
int64_t back_off_ms(uint32_t throttles) {
  return std::min<int64_t>(300'000, int64_t{1'000} << std::min<uint32_t>(throttles - 1, 9));
}

bool is_function_fault(InvokeResult::Kind kind) {
  return kind == InvokeResult::Kind::function_error || kind == InvokeResult::Kind::timeout;
}

}  // namespace

std::string function_named(std::string_view text) {
  // arn:aws:lambda:<region>:<account>:function:<name>[:<version>], <account>:function:<name>,
  // <name>[:<version>]
  constexpr std::string_view kFunction = "function:";
  const size_t at = text.find(kFunction);
  if (at != std::string_view::npos) text.remove_prefix(at + kFunction.size());
  return std::string(text.substr(0, text.find(':')));
}

AwsError no_such_function(const std::string& arn) {
  return {"ResourceNotFoundException", "Function not found: " + arn, 404};
}

Lambda::Lambda(LambdaOptions options, const std::vector<FunctionInfo>& functions, Sqs& sqs,
               Random& random, QueueIsUp is_up)
    : options_(std::move(options)), sqs_(sqs), random_(random), is_up_(std::move(is_up)) {
  for (const FunctionInfo& info : functions) functions_[info.name].info = info;
}

std::string Lambda::arn_of(std::string_view name) const {
  std::string arn = "arn:aws:lambda:" + options_.region + ":" + options_.account + ":function:";
  return arn.append(name);
}

const FunctionInfo* Lambda::find(std::string_view name) const {
  const auto found = functions_.find(function_named(name));
  return found == functions_.end() ? nullptr : &found->second.info;
}

Lambda::Function* Lambda::look(std::string_view name) {
  const auto found = functions_.find(function_named(name));
  return found == functions_.end() ? nullptr : &found->second;
}

std::vector<std::pair<FunctionInfo, FunctionCounters>> Lambda::functions() const {
  std::vector<std::pair<FunctionInfo, FunctionCounters>> all;
  all.reserve(functions_.size());
  for (const auto& [name, function] : functions_) {
    all.emplace_back(function.info, function.counters);
  }
  return all;
}

// A function's own bound, the account's, what others have reserved, and how fast environments may
// grow.
bool Lambda::has_room(int64_t now_ms, Function& function) const {
  uint32_t reserved_by_others = 0;
  for (const auto& [name, other] : functions_) {
    if (&other == &function || !other.info.reserved_concurrency) continue;
    // What they have reserved and do not use is kept for them.
    reserved_by_others +=
        std::max(*other.info.reserved_concurrency, other.counters.running) - other.counters.running;
  }
  const uint32_t wanted = function.counters.running + 1;
  const bool fits_account = running_ + reserved_by_others < options_.concurrency;
  const bool fits_function =
      !function.info.reserved_concurrency || wanted <= *function.info.reserved_concurrency;
  if (wanted > function.environments && now_ms >= function.grown_ms + 10'000) {
    function.environments =
        std::max(function.environments, function.counters.running) + options_.scaling_per_10s;
    function.grown_ms = now_ms;
  }
  return fits_account && fits_function && wanted <= function.environments;
}

void Lambda::start(Function& function, std::string payload, Call call) {
  call.function = function.info.name;
  function.counters.invocations += 1;
  function.counters.running += 1;
  function.counters.running_peak =
      std::max(function.counters.running_peak, function.counters.running);
  ++running_;
  invokes_.push_back({next_op_, arn_of(function.info.name),
                      std::make_shared<const std::string>(std::move(payload))});
  calls_.emplace(next_op_++, std::move(call));
}

void Lambda::invoke(int64_t now_ms, uint64_t request_id, const std::string& name,
                    std::string payload) {
  Function* function = look(name);
  InvokeResult refused;
  if (function == nullptr) {
    refused.kind = InvokeResult::Kind::not_found;
  } else if (payload.size() > kSyncPayloadBytesMax) {
    refused.kind = InvokeResult::Kind::too_large;
  } else if (!has_room(now_ms, *function)) {
    function->counters.throttles += 1;
    refused.kind = InvokeResult::Kind::throttled;
  } else {
    Call call;
    call.request_id = request_id;
    return start(*function, std::move(payload), std::move(call));
  }
  answers_.push_back({request_id, std::move(refused)});
}

std::optional<AwsError> Lambda::invoke_async(int64_t now_ms, const std::string& name,
                                             std::string payload) {
  const Function* function = look(name);
  if (function == nullptr) return no_such_function(arn_of(name));
  if (payload.size() > kAsyncPayloadBytesMax) {
    return AwsError{
        "RequestTooLargeException",
        "An asynchronous event has at most " + std::to_string(kAsyncPayloadBytesMax) + " bytes.",
        413};
  }
  if (events_.size() >= options_.async_events_max) {
    return AwsError{"TooManyRequestsException", "Rate Exceeded.", 429};
  }
  AsyncEvent event;
  event.number = next_event_++;
  event.function = function->info.name;
  event.payload = std::move(payload);
  event.accepted_ms = event.due_ms = now_ms;
  append_log_record(log_, kEvent,
                    FieldWriter()
                        .number(event.number)
                        .text(event.function)
                        .text(event.payload)
                        .time(now_ms)
                        .take());
  events_.emplace(event.number, std::move(event));
  tick(now_ms);
  return std::nullopt;
}

std::optional<AwsError> Lambda::check_mapping(const EventSourceMapping& mapping) const {
  const FunctionInfo* function = find(mapping.function);
  if (function == nullptr) return no_such_function(arn_of(mapping.function));
  const SqsQueue* queue = sqs_.find(mapping.queue);
  if (queue == nullptr) {
    return invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: "
        "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue "
        "does not exist.");
  }
  if (mapping.batch_size < 1 || mapping.batch_size > 10'000) {
    return invalid("Batch size must be between 1 and 10000.");
  }
  if (mapping.window_s < 0 || mapping.window_s > 300) {
    return invalid("Maximum batching window must be between 0 and 300 seconds.");
  }
  if (mapping.batch_size > 10 && mapping.window_s < 1) {
    return invalid(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size "
        "is greater than 10");
  }
  if (mapping.max_concurrency &&
      (*mapping.max_concurrency < 2 || *mapping.max_concurrency > 2'000)) {
    return invalid("MaximumConcurrency must be between 2 and 2000.");
  }
  if (function->timeout_s > queue->settings.visibility_s) {
    return invalid("Queue visibility timeout: " + std::to_string(queue->settings.visibility_s) +
                   " seconds is less than Function timeout: " +
                   std::to_string(function->timeout_s) + " seconds");
  }
  return std::nullopt;
}

Outcome<EventSourceMapping> Lambda::create_mapping(int64_t now_ms, EventSourceMapping mapping) {
  mapping.function = function_named(mapping.function);
  if (auto error = check_mapping(mapping)) return *error;
  for (const auto& [uuid, other] : mappings_) {
    if (other.config.queue != mapping.queue || other.config.function != mapping.function) continue;
    return AwsError{"ResourceConflictException",
                    "An event source mapping with SQS arn (\" " + sqs_.arn_of(mapping.queue) +
                        " \") and function (\" " + mapping.function +
                        " \") already exists. Please update or delete the existing mapping with "
                        "UUID " +
                        uuid,
                    409};
  }
  if (mappings_.size() >= options_.mappings_max) {
    return AwsError{"ServiceException", "The simulator keeps 1,000 mappings at most.", 500};
  }
  mapping.uuid.clear();
  append_uuid(mapping.uuid, random_);
  mapping.modified_ms = now_ms;
  mappings_[mapping.uuid].config = mapping;
  log_mapping(mapping);
  tick(now_ms);
  return mapping;
}

Outcome<EventSourceMapping> Lambda::update_mapping(int64_t now_ms, EventSourceMapping mapping) {
  const auto found = mappings_.find(mapping.uuid);
  if (found == mappings_.end()) {
    return AwsError{"ResourceNotFoundException", "The resource you requested does not exist.", 404};
  }
  mapping.function = function_named(mapping.function);
  if (auto error = check_mapping(mapping)) return *error;
  mapping.modified_ms = now_ms;
  found->second.config = mapping;
  log_mapping(mapping);
  tick(now_ms);
  return mapping;
}

Outcome<EventSourceMapping> Lambda::erase_mapping(const std::string& uuid) {
  const auto found = mappings_.find(uuid);
  if (found == mappings_.end()) {
    return AwsError{"ResourceNotFoundException", "The resource you requested does not exist.", 404};
  }
  // What it has gathered comes back by its visibility timeout.
  EventSourceMapping gone = found->second.config;
  mappings_.erase(found);
  append_log_record(log_, kNoMapping, FieldWriter().text(uuid).take());
  return gone;
}

const EventSourceMapping* Lambda::mapping(const std::string& uuid) const {
  const auto found = mappings_.find(uuid);
  return found == mappings_.end() ? nullptr : &found->second.config;
}

std::vector<EventSourceMapping> Lambda::mappings() const {
  std::vector<EventSourceMapping> all;
  all.reserve(mappings_.size());
  for (const auto& [uuid, mapping] : mappings_) all.push_back(mapping.config);
  return all;
}

std::optional<AwsError> Lambda::reserve(const std::string& name,
                                        std::optional<uint32_t> concurrency) {
  Function* function = look(name);
  if (function == nullptr) return no_such_function(arn_of(name));
  uint64_t reserved = concurrency.value_or(0);
  for (const auto& [other_name, other] : functions_) {
    if (&other != function) reserved += other.info.reserved_concurrency.value_or(0);
  }
  if (reserved + kReservedLeast > options_.concurrency && concurrency) {
    return invalid(
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100].");
  }
  function->info.reserved_concurrency = concurrency;
  append_log_record(log_, kReserved,
                    FieldWriter()
                        .text(function->info.name)
                        .number(concurrency ? uint64_t{*concurrency} + 1 : 0)
                        .take());
  return std::nullopt;
}

std::vector<InvokeEffect> Lambda::take_invokes() { return std::exchange(invokes_, {}); }
std::vector<Lambda::Answer> Lambda::take_answers() { return std::exchange(answers_, {}); }
std::string Lambda::take_log() { return std::exchange(log_, {}); }

size_t Lambda::held_messages() const {
  size_t held = 0;
  for (const auto& [uuid, mapping] : mappings_) held += mapping.batch.size();
  for (const auto& [op, call] : calls_) held += call.batch.size();
  return held;
}

// How many batches at once: more each minute while there is a backlog, and back to the start when
// there is none.
void Lambda::grow(int64_t now_ms, Mapping& mapping) {
  const uint32_t start = options_.mapping_start * kMilli;
  const uint32_t most =
      kMilli * std::min(options_.mapping_max, mapping.config.max_concurrency.value_or(UINT32_MAX));
  const int64_t passed_ms = now_ms - mapping.counted_ms.value_or(now_ms);
  mapping.counted_ms = now_ms;
  const SqsQueue* queue = sqs_.find(mapping.config.queue);
  const bool has_backlog = queue != nullptr && queue->messages.visible() > 0;
  const uint64_t more =
      static_cast<uint64_t>(passed_ms) * options_.mapping_per_minute * kMilli / kMinuteMs;
  const uint64_t grown = has_backlog ? mapping.limit_milli + more : start;
  mapping.limit_milli =
      static_cast<uint32_t>(std::min<uint64_t>(most, std::max<uint64_t>(start, grown)));
  // Long polls of an empty queue are calls too: one each 20 s of each poller.
  mapping.idle_polls_ms =
      has_backlog || mapping.running > 0 ? 0 : mapping.idle_polls_ms + passed_ms;
  for (; mapping.idle_polls_ms >= kLongPollMs; mapping.idle_polls_ms -= kLongPollMs) {
    for (uint32_t poller = 0; poller < options_.mapping_start; ++poller) {
      sqs_.count_request(mapping.config.queue, 0);
    }
  }
}

// Takes messages into the open batch. False: there is nothing more to take now.
bool Lambda::gather(int64_t now_ms, Mapping& mapping) {
  const size_t room = mapping.config.batch_size - mapping.batch.size();
  if (room == 0 || mapping.batch_bytes >= kSyncPayloadBytesMax / 2) return false;
  const SqsQueue* queue = sqs_.find(mapping.config.queue);
  if (queue == nullptr || queue->messages.visible() == 0) return false;
  if (is_up_ && !is_up_("ReceiveMessage", mapping.config.queue)) return false;
  auto messages =
      sqs_.poll(now_ms, mapping.config.queue, room, kSyncPayloadBytesMax / 2 - mapping.batch_bytes);
  if (messages.empty()) return false;
  if (mapping.batch.empty()) mapping.opened_ms = now_ms;
  // Ten at most by one receive.
  for (size_t i = 0; i < messages.size(); ++i) {
    const size_t bytes = messages[i].message.content->bytes();
    if (i % kSqsBatchMax == 0) sqs_.count_request(mapping.config.queue, bytes);
    mapping.batch_bytes += bytes + kEnvelopeBytes;
    mapping.batch.push_back(std::move(messages[i]));
  }
  return true;
}

// Invokes the function with the batch when it is time to. False: it waits.
bool Lambda::hand_over(int64_t now_ms, Mapping& mapping) {
  const EventSourceMapping& config = mapping.config;
  const bool is_full =
      mapping.batch.size() >= config.batch_size || mapping.batch_bytes >= kSyncPayloadBytesMax / 2;
  const bool is_time = now_ms >= mapping.opened_ms + config.window_s * 1'000;
  if (mapping.batch.empty() || !(is_full || is_time)) return false;
  Function* function = look(config.function);
  if (function == nullptr) return false;
  Call call;
  call.mapping = config.uuid;
  call.batch = std::exchange(mapping.batch, {});
  mapping.batch_bytes = 0;
  if (!has_room(now_ms, *function)) {
    // They come again when their visibility ends, and have been received once more.
    function->counters.throttles += 1;
    return true;
  }
  std::string event =
      sqs_event(call.batch, sqs_.arn_of(config.queue), options_.region, options_.account);
  mapping.running += 1;
  start(*function, std::move(event), std::move(call));
  return true;
}

void Lambda::poll(int64_t now_ms, Mapping& mapping) {
  if (!mapping.config.is_enabled) return;
  grow(now_ms, mapping);
  bool has_more = true;
  while (has_more && mapping.running * kMilli < mapping.limit_milli) {
    has_more = gather(now_ms, mapping);
    has_more = hand_over(now_ms, mapping) || (has_more && mapping.batch.empty());
  }
}

void Lambda::finish_batch(int64_t now_ms, const Call& call, const InvokeResult& result) {
  const auto found = mappings_.find(call.mapping);
  // Without its mapping nobody deletes the messages.
  if (found == mappings_.end()) return;
  Mapping& mapping = found->second;
  mapping.running -= 1;
  if (result.kind != InvokeResult::Kind::ok) {
    // Pollers slow down for a function that fails, unless it reports failures itself.
    if (!mapping.config.reports_failures) {
      mapping.limit_milli = std::max(2 * kMilli, mapping.limit_milli / 2);
    }
    return;
  }
  std::set<std::string> failed;
  if (mapping.config.reports_failures) {
    std::set<std::string> ids;
    for (const ReceivedMessage& message : call.batch) ids.insert(message.message.content->id);
    failed = failed_messages(result.payload, ids);
  }
  for (size_t i = 0; i < call.batch.size(); ++i) {
    if (i % kSqsBatchMax == 0) sqs_.count_request(mapping.config.queue, 0);
    const ReceivedMessage& message = call.batch[i];
    if (failed.contains(message.message.content->id)) continue;
    // What cannot be deleted comes again.
    if (is_up_ && !is_up_("DeleteMessageBatch", mapping.config.queue)) continue;
    (void)sqs_.erase(now_ms, mapping.config.queue, message.receipt_handle);
  }
}

void Lambda::finish_event(int64_t now_ms, uint64_t number, const InvokeResult& result) {
  const auto found = events_.find(number);
  if (found == events_.end()) return;
  AsyncEvent& event = found->second;
  event.is_running = false;
  Function& function = *look(event.function);
  bool is_over = result.kind == InvokeResult::Kind::ok;
  if (!is_over) {
    if (is_function_fault(result.kind)) {
      event.errors += 1;
      is_over = event.errors > options_.async_retries;
      event.due_ms = now_ms + retry_after_ms(event.errors);
    } else {
      event.throttles += 1;
      event.due_ms = now_ms + back_off_ms(event.throttles);
    }
    is_over = is_over || event.due_ms >= event.accepted_ms + options_.async_age_ms;
    if (is_over) function.counters.async_dropped += 1;
  }
  if (!is_over) return;
  append_log_record(log_, kNoEvent, FieldWriter().number(number).take());
  events_.erase(found);
}

void Lambda::run_events(int64_t now_ms) {
  for (auto& [number, event] : events_) {
    if (event.is_running || event.due_ms > now_ms) continue;
    Function* there = look(event.function);
    if (there == nullptr) {
      // It waits for a start that has the function.
      event.due_ms = now_ms + kMinuteMs;
      continue;
    }
    Function& function = *there;
    if (!has_room(now_ms, function)) {
      function.counters.throttles += 1;
      event.throttles += 1;
      event.due_ms = now_ms + back_off_ms(event.throttles);
      continue;
    }
    event.is_running = true;
    Call call;
    call.event = number;
    start(function, event.payload, std::move(call));
  }
}

void Lambda::on_done(int64_t now_ms, uint64_t op, const InvokeResult& result) {
  auto node = calls_.extract(op);
  if (node.empty()) return;
  const Call& call = node.mapped();
  --running_;
  Function& function = *look(call.function);
  FunctionCounters& counters = function.counters;
  counters.running -= 1;
  if (is_function_fault(result.kind)) counters.errors += 1;
  if (result.kind == InvokeResult::Kind::throttled) counters.throttles += 1;
  counters.duration_ms += result.duration_ms;
  counters.billed_mib_ms += uint64_t{result.duration_ms} * function.info.memory_mib;
  if (call.request_id) answers_.push_back({*call.request_id, result});
  if (call.event) finish_event(now_ms, *call.event, result);
  if (!call.mapping.empty()) finish_batch(now_ms, call, result);
  tick(now_ms);
}

void Lambda::tick(int64_t now_ms) {
  run_events(now_ms);
  for (auto& [uuid, mapping] : mappings_) poll(now_ms, mapping);
}

int64_t Lambda::next_due_ms() const {
  int64_t due_ms = INT64_MAX;
  for (const auto& [number, event] : events_) {
    if (!event.is_running) due_ms = std::min(due_ms, event.due_ms);
  }
  for (const auto& [uuid, mapping] : mappings_) {
    if (!mapping.config.is_enabled) continue;
    if (!mapping.batch.empty()) {
      due_ms = std::min(due_ms, mapping.opened_ms + mapping.config.window_s * 1'000);
    }
    const SqsQueue* queue = sqs_.find(mapping.config.queue);
    const bool has_backlog = queue != nullptr && queue->messages.visible() > 0;
    // A backlog lets it grow; without one its idle polls are to be counted.
    if (mapping.counted_ms) {
      due_ms = std::min(due_ms, *mapping.counted_ms + (has_backlog ? 1'000 : kLongPollMs));
    }
  }
  return due_ms;
}

void Lambda::log_mapping(const EventSourceMapping& mapping) {
  FieldWriter out;
  out.text(mapping.uuid).text(mapping.function).text(mapping.queue).number(mapping.batch_size);
  out.time(mapping.window_s).number(mapping.max_concurrency.value_or(0));
  out.number(mapping.reports_failures ? 1 : 0).number(mapping.is_enabled ? 1 : 0);
  append_log_record(log_, kMapping, out.time(mapping.modified_ms).take());
}

std::string Lambda::snapshot() const {
  // Written by the same functions that write the log.
  Lambda copy(options_, {}, sqs_, random_);
  for (const auto& [uuid, mapping] : mappings_) copy.log_mapping(mapping.config);
  for (const auto& [number, event] : events_) {
    FieldWriter out;
    out.number(number).text(event.function).text(event.payload).time(event.accepted_ms);
    append_log_record(copy.log_, kEvent, out.take());
  }
  for (const auto& [name, function] : functions_) {
    if (!function.info.reserved_concurrency) continue;
    FieldWriter out;
    out.text(name).number(uint64_t{*function.info.reserved_concurrency} + 1);
    append_log_record(copy.log_, kReserved, out.take());
  }
  return std::move(copy.log_);
}

bool Lambda::apply(const LogRecord& record) {
  FieldReader in(record.payload);
  if (record.kind == kMapping) {
    EventSourceMapping mapping;
    mapping.uuid = in.text();
    mapping.function = in.text();
    mapping.queue = in.text();
    mapping.batch_size = static_cast<uint32_t>(in.number());
    mapping.window_s = in.time();
    const auto most = static_cast<uint32_t>(in.number());
    if (most != 0) mapping.max_concurrency = most;
    mapping.reports_failures = in.number() != 0;
    mapping.is_enabled = in.number() != 0;
    mapping.modified_ms = in.time();
    if (in.at_end()) mappings_[mapping.uuid].config = std::move(mapping);
  } else if (record.kind == kNoMapping) {
    mappings_.erase(in.text());
  } else if (record.kind == kEvent) {
    AsyncEvent event;
    event.number = in.number();
    event.function = in.text();
    event.payload = in.text();
    event.accepted_ms = event.due_ms = in.time();
    next_event_ = std::max(next_event_, event.number + 1);
    if (in.at_end()) events_.insert_or_assign(event.number, std::move(event));
  } else if (record.kind == kNoEvent) {
    events_.erase(in.number());
  } else if (record.kind == kReserved) {
    Function* function = look(in.text());
    const uint64_t reserved = in.number();
    if (function != nullptr && in.ok()) {
      function->info.reserved_concurrency = std::nullopt;
      if (reserved > 0) function->info.reserved_concurrency = static_cast<uint32_t>(reserved - 1);
    }
  } else {
    return false;
  }
  return in.at_end();
}

size_t Lambda::restore(const std::vector<LogRecord>& records) {
  size_t unread = 0;
  for (const LogRecord& record : records) unread += apply(record) ? 0 : 1;
  return unread;
}

}  // namespace edgehose
