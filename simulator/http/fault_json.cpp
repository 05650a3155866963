#include "simulator/http/fault_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "shared/base/calendar.h"
#include "simulator/engine/duration.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr size_t kErrorTextMax = 1'024;
constexpr size_t kErrorCodeMax = 64;
constexpr size_t kTargetMax = 255;

constexpr std::array<std::string_view, 12> kFirehoseOperations = {
    "PutRecord",
    "PutRecordBatch",
    "CreateDeliveryStream",
    "DeleteDeliveryStream",
    "DescribeDeliveryStream",
    "ListDeliveryStreams",
    "UpdateDestination",
    "TagDeliveryStream",
    "UntagDeliveryStream",
    "ListTagsForDeliveryStream",
    "StartDeliveryStreamEncryption",
    "StopDeliveryStreamEncryption",
};

// In the order of S3Operation.
constexpr std::array<std::string_view, 23> kS3Operations = {
    "ListBuckets",
    "CreateBucket",
    "HeadBucket",
    "GetBucketLocation",
    "DeleteBucket",
    "ListObjects",
    "ListObjectsV2",
    "DeleteObjects",
    "PutObject",
    "GetObject",
    "GetObjectTagging",
    "HeadObject",
    "DeleteObject",
    "CopyObject",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "ListParts",
    "ListMultipartUploads",
    "GetBucketNotificationConfiguration",
    "PutBucketNotificationConfiguration",
};

constexpr std::array<std::string_view, 1> kDeliveryOperations = {"PutObject"};

constexpr std::array<std::string_view, 21> kSqsOperations = {
    "SendMessage",
    "SendMessageBatch",
    "ReceiveMessage",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "CreateQueue",
    "DeleteQueue",
    "GetQueueUrl",
    "ListQueues",
    "ListDeadLetterSourceQueues",
    "GetQueueAttributes",
    "SetQueueAttributes",
    "PurgeQueue",
    "TagQueue",
    "UntagQueue",
    "ListQueueTags",
    "StartMessageMoveTask",
    "ListMessageMoveTasks",
    "CancelMessageMoveTask",
};

constexpr std::array<std::string_view, 1> kLambdaOperations = {"Invoke"};

struct KnownError {
  std::string_view code;
  std::string_view message;
  uint16_t http_status;
};

constexpr std::array<KnownError, 4> kFirehoseErrors = {{
    {"ServiceUnavailableException", "The service is unavailable. Back off and retry the operation.",
     500},
    {"InternalFailure", "The request processing has failed because of an unknown error.", 500},
    {"ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503},
    {"ThrottlingException", "Rate exceeded", 400},
}};

constexpr std::array<KnownError, 4> kS3Errors = {{
    {"SlowDown", "Please reduce your request rate.", 503},
    {"InternalError", "We encountered an internal error. Please try again.", 500},
    {"ServiceUnavailable", "Reduce your request rate.", 503},
    {"AccessDenied", "Access Denied", 403},
}};

constexpr std::array<KnownError, 3> kSqsErrors = {{
    {"InternalFailure", "The request processing has failed.", 500},
    {"ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503},
    {"RequestThrottled", "The request was denied due to request throttling.", 403},
}};

// FunctionError is the function's own: it runs, and fails.
constexpr std::array<KnownError, 3> kLambdaErrors = {{
    {"ServiceException", "The Lambda service encountered an internal error.", 500},
    {"TooManyRequestsException", "Rate Exceeded.", 429},
    {"FunctionError", "a fault on purpose", 500},
}};

constexpr std::array<KnownError, 3> kGatewayErrors = {{
    {"InternalServerError", "Internal server error", 500},
    {"ServiceUnavailable", "Service Unavailable", 503},
    {"EndpointRequestTimeout", "Endpoint request timed out", 504},
}};

std::span<const KnownError> known_errors(FaultService service) {
  switch (service) {
    case FaultService::firehose:
      return kFirehoseErrors;
    case FaultService::sqs:
      return kSqsErrors;
    case FaultService::lambda:
      return kLambdaErrors;
    case FaultService::apigateway:
      return kGatewayErrors;
    default:
      return kS3Errors;
  }
}

// What a fault of the service may be narrowed to.
const char* target_of(FaultService service) {
  switch (service) {
    case FaultService::firehose:
      return "stream";
    case FaultService::sqs:
      return "queue";
    case FaultService::lambda:
      return "function";
    case FaultService::apigateway:
      return "api";
    default:
      return "bucket";
  }
}

// Thrown while a fault is read, caught where the reading began.
[[noreturn]] void refuse(std::string place, std::string what, std::string mend) {
  throw FaultProblem{std::move(place), std::move(what), std::move(mend)};
}

template <typename Names>
std::string listed(const Names& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

class Reader {
 public:
  Reader(const json& object, std::string place, int64_t now_ms)
      : object_(object), place_(std::move(place)), now_ms_(now_ms) {
    if (!object.is_object()) refuse(place_, "a fault is a JSON object", R"({"service":"s3", ...})");
  }

  FaultRule read() {
    check_names();
    read_service();
    read_operation();
    read_target();
    read_rate();
    read_latency();
    read_partial();
    read_error();
    read_times();
    if (!fault_.error && fault_.latency_max_ms == 0 && fault_.partial_ppm == 0) {
      refuse(place_, "the fault does nothing", "give error, latency, partial or duplicate");
    }
    return std::move(fault_);
  }

 private:
  [[nodiscard]] std::string at(std::string_view name) const {
    return std::string(place_).append("/").append(name);
  }
  [[nodiscard]] const json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::string text(const char* name, const char* mend) const {
    const json* value = find(name);
    if (value == nullptr) return "";
    if (!value->is_string()) refuse(at(name), "is not a text", mend);
    return value->get<std::string>();
  }

  void check_names() const {
    constexpr std::array<std::string_view, 15> kNames = {
        "service", "operation", "stream",  "bucket", "queue", "function", "api",      "rate",
        "error",   "latency",   "partial", "from",   "until", "for",      "duplicate"};
    for (const auto& [name, value] : object_.items()) {
      if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
        refuse(at(name), "is no member of a fault", "there are " + listed(kNames));
      }
    }
  }

  void read_service() {
    const char* mend =
        "firehose, s3, delivery (Firehose's own writes to S3), sqs, lambda or apigateway";
    const auto service = find_fault_service(text("service", mend));
    if (!service) refuse(at("service"), "is missing or no service that can have a fault", mend);
    fault_.service = *service;
  }

  void read_operation() {
    if (find("operation") == nullptr) return;
    const auto names = fault_operations(fault_.service);
    fault_.operation = text("operation", "the name of an operation, or \"*\"");
    const bool known = fault_.operation == "*" ||
                       std::find(names.begin(), names.end(), fault_.operation) != names.end();
    if (!known) {
      refuse(at("operation"), "is no operation of " + std::string(text("service", "")),
             "\"*\", " + listed(names));
    }
  }

  void read_target() {
    const char* right = target_of(fault_.service);
    for (const char* target : {"stream", "bucket", "queue", "function", "api"}) {
      if (std::string_view(target) == right || find(target) == nullptr) continue;
      refuse(at(target), "does not go with this service", std::string("name a ") + right);
    }
    if (find(right) == nullptr) return;
    fault_.target = text(right, "its name; without this member, all");
    if (fault_.target.empty() || fault_.target.size() > kTargetMax) {
      refuse(at(right), "is no name", "1 to 255 bytes; without this member, all");
    }
  }

  // A share from 0 to 1, exactly, in millionths.
  [[nodiscard]] uint32_t share(const json& value, const std::string& place) const {
    const char* mend = "a number from 0.000001 to 1 with at most six decimals, 0.25";
    if (!value.is_number()) refuse(place, "is not a number", mend);
    const double scaled = value.get<double>() * kPerMillion;
    if (!(scaled >= 1) || scaled > kPerMillion) refuse(place, "is out of range", mend);
    const double whole = std::round(scaled);
    if (std::abs(scaled - whole) > 1e-4) refuse(place, "has more than six decimals", mend);
    return static_cast<uint32_t>(whole);
  }

  void read_rate() {
    if (const json* rate = find("rate")) fault_.rate_ppm = share(*rate, at("rate"));
  }

  [[nodiscard]] uint32_t latency_ms(std::string_view part) const {
    const auto ms = parse_duration_ms(part);
    const char* mend = "\"300ms\" or \"200ms..2s\", at most 60s, in the client's own time";
    if (!ms || part.empty()) refuse(at("latency"), "is no length of time", mend);
    if (*ms > kFaultLatencyMsMax) refuse(at("latency"), "is longer than 60s", mend);
    return static_cast<uint32_t>(*ms);
  }

  void read_latency() {
    if (find("latency") == nullptr) return;
    const std::string value = text("latency", "\"300ms\" or \"200ms..2s\"");
    const size_t dots = value.find("..");
    fault_.latency_min_ms = latency_ms(std::string_view(value).substr(0, dots));
    fault_.latency_max_ms = dots == std::string::npos
                                ? fault_.latency_min_ms
                                : latency_ms(std::string_view(value).substr(dots + 2));
    if (fault_.latency_max_ms < fault_.latency_min_ms || fault_.latency_max_ms == 0) {
      refuse(at("latency"), "ends before it begins, or is zero", "\"200ms..2s\"");
    }
  }

  void read_partial() {
    const json* partial = find("partial");
    if (partial == nullptr) return;
    const bool fits = fault_.service == FaultService::firehose &&
                      (fault_.operation == "*" || fault_.operation == "PutRecordBatch");
    if (!fits) {
      refuse(at("partial"), "only a PutRecordBatch has rows of which some can fail",
             R"("service":"firehose","operation":"PutRecordBatch")");
    }
    if (!partial->is_object()) {
      fault_.partial_ppm = share(*partial, at("partial"));
      return;
    }
    const auto rows = partial->find("share");
    const auto code = partial->find("code");
    const size_t known = (rows != partial->end() ? 1U : 0U) + (code != partial->end() ? 1U : 0U);
    if (rows == partial->end() || known != partial->size()) {
      refuse(at("partial"), "has a share and a code", R"({"share":0.2,"code":"InternalFailure"})");
    }
    fault_.partial_ppm = share(*rows, at("partial/share"));
    if (code == partial->end() || *code == "ServiceUnavailableException") return;
    if (*code != "InternalFailure") {
      refuse(at("partial/code"), "is no code of a row",
             "ServiceUnavailableException or InternalFailure");
    }
    fault_.partial_code = RowFaultCode::internal_failure;
  }

  void read_error() {
    if (const json* duplicate = find("duplicate")) {
      if (!duplicate->is_boolean()) refuse(at("duplicate"), "is not true or false", "true");
      fault_.duplicate = duplicate->get<bool>();
    }
    if (fault_.duplicate && fault_.service == FaultService::delivery) {
      refuse(at("duplicate"), "a delivery that is repeated writes the same object again",
             "duplicate goes with firehose and s3");
    }
    const json* error = find("error");
    if (error == nullptr) {
      if (fault_.duplicate) fault_.error = default_fault_error(fault_.service);
      return;
    }
    if (error->is_object()) return read_own_error(*error);
    const auto errors = known_errors(fault_.service);
    for (const KnownError& known : errors) {
      if (*error != known.code) continue;
      fault_.error =
          FaultError{std::string(known.code), std::string(known.message), known.http_status};
      return;
    }
    std::string names;
    for (const KnownError& known : errors) names.append(known.code).append(", ");
    refuse(at("error"), "is no error that is known by its name alone",
           names + R"(or {"code":"...","status":500,"message":"..."})");
  }

  void read_own_error(const json& error) {
    const auto code = error.find("code");
    const auto status = error.find("status");
    const auto message = error.find("message");
    const size_t known = (code != error.end() ? 1U : 0U) + (status != error.end() ? 1U : 0U) +
                         (message != error.end() ? 1U : 0U);
    const char* mend = R"({"code":"Teapot","status":500,"message":"..."})";
    if (code == error.end() || status == error.end() || known != error.size()) {
      refuse(at("error"), "has a code, a status and maybe a message", mend);
    }
    FaultError own;
    if (code->is_string()) own.code = code->get<std::string>();
    const auto is_letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
    };
    const bool fits = !own.code.empty() && own.code.size() <= kErrorCodeMax &&
                      std::all_of(own.code.begin(), own.code.end(), is_letter);
    if (!fits) refuse(at("error/code"), "is no code", "1 to 64 letters, digits and dots");
    if (!status->is_number_unsigned() || *status < 400 || *status > 599) {
      refuse(at("error/status"), "is no HTTP status of an error", "400 to 599");
    }
    own.http_status = status->get<uint16_t>();
    if (message != error.end()) {
      if (!message->is_string() || message->get_ref<const std::string&>().size() > kErrorTextMax) {
        refuse(at("error/message"), "is no text of at most 1,024 bytes", mend);
      }
      own.message = message->get<std::string>();
    }
    fault_.error = std::move(own);
  }

  // A length of time from `from_ms` on, or an instant.
  [[nodiscard]] int64_t instant(const char* name, int64_t from_ms) const {
    const char* mend = "\"10m\" from now on, or \"2026-11-22T13:00:00Z\", by the simulator's clock";
    const std::string value = text(name, mend);
    if (const auto ms = parse_duration_ms(value)) return from_ms + *ms;
    const auto at_ms = parse_iso_ms(value);
    if (!at_ms) refuse(at(name), "is neither a length of time nor an instant", mend);
    return *at_ms;
  }

  void read_times() {
    if (find("from") != nullptr) fault_.from_ms = instant("from", now_ms_);
    if (find("for") != nullptr && find("until") != nullptr) {
      refuse(at("for"), "stands beside until", "give one of them");
    }
    if (find("until") != nullptr) fault_.until_ms = instant("until", now_ms_);
    if (find("for") != nullptr) {
      const auto ms = parse_duration_ms(text("for", "\"10m\""));
      if (!ms || *ms == 0) refuse(at("for"), "is no length of time", "\"10m\"");
      fault_.until_ms = std::max(fault_.from_ms, now_ms_) + *ms;
    }
    if (fault_.until_ms <= std::max(fault_.from_ms, now_ms_)) {
      refuse(at("until"), "is over before the fault begins", "a later time, or for");
    }
  }

  const json& object_;
  std::string place_;
  int64_t now_ms_;
  FaultRule fault_;
};

json parse(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) refuse("", "is not JSON", R"({"service":"s3","error":"SlowDown"})");
  return value;
}

// `25 %`, `0.5 %`: a share in millionths without rounding.
std::string percent(uint32_t ppm) {
  std::string text = std::to_string(ppm / 10'000);
  if (ppm % 10'000 != 0) {
    std::string rest = std::to_string(10'000 + ppm % 10'000).substr(1);
    rest.erase(rest.find_last_not_of('0') + 1);
    text.append(".").append(rest);
  }
  return text.append(" %");
}

std::string effects_text(const FaultRule& fault) {
  std::vector<std::string> effects;
  if (fault.error) {
    effects.push_back(fault.error->code + " (" + std::to_string(fault.error->http_status) + ")" +
                      (fault.duplicate ? ", but the call takes effect" : ""));
  }
  if (fault.latency_max_ms > 0) {
    std::string text = "answers late by " + std::to_string(fault.latency_min_ms);
    if (fault.latency_max_ms > fault.latency_min_ms) {
      text.append(" to ").append(std::to_string(fault.latency_max_ms));
    }
    effects.push_back(text + " ms");
  }
  if (fault.partial_ppm > 0) {
    const bool is_internal = fault.partial_code == RowFaultCode::internal_failure;
    effects.push_back(percent(fault.partial_ppm) + " of the rows refused with " +
                      (is_internal ? "InternalFailure" : "ServiceUnavailableException"));
  }
  return listed(effects);
}

}  // namespace

std::variant<FaultRule, FaultProblem> read_fault(std::string_view text, int64_t now_ms) {
  try {
    return Reader(parse(text), "", now_ms).read();
  } catch (FaultProblem& problem) {
    return std::move(problem);
  }
}

std::variant<std::vector<FaultRule>, FaultProblem> read_fault_file(std::string_view text,
                                                                   int64_t now_ms) {
  try {
    const json file = parse(text);
    const auto list = file.is_object() ? file.find("faults") : file.end();
    if (list == file.end() || file.size() != 1 || !list->is_array()) {
      refuse("", "is not one list of faults", R"({"faults":[{"service":"s3", ...}]})");
    }
    if (list->size() > kFaultsMax) refuse("/faults", "has more than 64 faults", "fewer");
    std::vector<FaultRule> faults;
    faults.reserve(list->size());
    for (size_t i = 0; i < list->size(); ++i) {
      faults.push_back(Reader((*list)[i], "/faults/" + std::to_string(i), now_ms).read());
    }
    return faults;
  } catch (FaultProblem& problem) {
    return std::move(problem);
  }
}

std::span<const std::string_view> fault_operations(FaultService service) {
  if (service == FaultService::firehose) return kFirehoseOperations;
  if (service == FaultService::s3) return kS3Operations;
  if (service == FaultService::sqs) return kSqsOperations;
  if (service == FaultService::lambda) return kLambdaOperations;
  if (service == FaultService::delivery) return kDeliveryOperations;
  return {};
}

std::string fault_text(const FaultRule& fault) {
  std::string text(fault_service_name(fault.service));
  text.append(" ").append(fault.operation == "*" ? "every operation" : fault.operation);
  if (!fault.target.empty()) text.append(" on ").append(fault.target);
  text.append(": ").append(effects_text(fault));
  if (fault.rate_ppm < kPerMillion) {
    text.append("; meets ").append(percent(fault.rate_ppm)).append(" of the calls");
  }
  if (fault.from_ms > kInstantMsMin) text.append("; from ").append(iso_ms(fault.from_ms));
  if (fault.until_ms < kInstantMsMax) text.append("; until ").append(iso_ms(fault.until_ms));
  return text;
}

std::string fault_entry_json(const FaultEntry& entry, int64_t now_ms) {
  const FaultRule& fault = entry.fault;
  const char* state = fault.until_ms <= now_ms  ? "over"
                      : fault.from_ms <= now_ms ? "in_force"
                                                : "waiting";
  return json{{"id", entry.id}, {"hits", entry.hits}, {"state", state}, {"text", fault_text(fault)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace edgehose
