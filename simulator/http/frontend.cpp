#include "simulator/http/frontend.h"

#include "shared/base/json_scan.h"
#include "simulator/http/fault_json.h"
#include "simulator/http/s3_request.h"
#include "simulator/http/s3_xml.h"
#include "simulator/http/url.h"

namespace edgehose {
namespace {

constexpr std::string_view kTargetHeader = "x-amz-target";
constexpr const char* kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr const char* kOldSignature =
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";

enum class Route : uint8_t {
  firehose,
  sqs,
  sqs_query,
  lambda,
  cloudwatch,
  logs,
  metrics,
  unknown_json,
  control,
  s3
};

Route route_of(const HttpRequest& request) {
  if (request.target.starts_with(kControlPath)) return Route::control;
  const std::string_view target = request.header(kTargetHeader);
  if (target.starts_with(kFirehoseTarget)) return Route::firehose;
  if (target.starts_with(kSqsTarget)) return Route::sqs;
  if (target.starts_with(kLogsTarget)) return Route::logs;
  if (is_for_cloudwatch(request)) return Route::cloudwatch;
  // A list of a bucket of that name has a query.
  if (request.method == "GET" && request.target == "/metrics") return Route::metrics;
  // A form is no part of S3's wire: it is the older protocol of some services.
  if (request.method == "POST" &&
      request.header("content-type").starts_with("application/x-www-form-urlencoded")) {
    return Route::sqs_query;
  }
  if (is_lambda_path(request.target)) return Route::lambda;
  return target.empty() ? Route::s3 : Route::unknown_json;
}

}  // namespace

AwsError json_signature_error(SigV4Fault fault) {
  switch (fault) {
    case SigV4Fault::missing:
      return {"MissingAuthenticationTokenException", "Missing Authentication Token", 403};
    case SigV4Fault::malformed:
      return {"IncompleteSignatureException",
              "Authorization header requires Credential, Signature, SignedHeaders with host, and "
              "an X-Amz-Date of the credential's day.",
              403};
    case SigV4Fault::version_2:
      return {"IncompleteSignatureException", kOldSignature, 403};
    case SigV4Fault::unknown_key:
      return {"UnrecognizedClientException",
              "The security token included in the request is invalid.", 403};
    case SigV4Fault::wrong_scope:
      return {"InvalidSignatureException",
              "Credential should be scoped to correct service: 'firehose'.", 403};
    case SigV4Fault::skewed:
      return {"InvalidSignatureException",
              "Signature expired: the request's date is more than 15 minutes off.", 403};
    default:
      return {"InvalidSignatureException", kMismatch, 403};
  }
}

AwsError s3_signature_error(SigV4Fault fault) {
  switch (fault) {
    case SigV4Fault::missing:
      return {"AccessDenied", "Access Denied", 403};
    case SigV4Fault::malformed:
      return {"AuthorizationHeaderMalformed", "The authorization header is malformed.", 400};
    case SigV4Fault::version_2:
      return {"InvalidRequest", kOldSignature, 400};
    case SigV4Fault::unknown_key:
      return {"InvalidAccessKeyId",
              "The AWS Access Key Id you provided does not exist in our records.", 403};
    case SigV4Fault::wrong_scope:
      return {"AuthorizationHeaderMalformed",
              "The authorization header is malformed; incorrect service. This endpoint belongs to "
              "'s3'.",
              400};
    case SigV4Fault::skewed:
      return {"RequestTimeTooSkewed",
              "The difference between the request time and the current time is too large.", 403};
    case SigV4Fault::wrong_payload:
      return {"XAmzContentSHA256Mismatch",
              "The provided 'x-amz-content-sha256' header does not match what was computed.", 400};
    default:
      return {"SignatureDoesNotMatch", kMismatch, 403};
  }
}

Frontend::Frontend(const FrontendWorld& world, std::optional<Credentials> credentials)
    : world_(world), credentials_(std::move(credentials)) {}

std::string Frontend::next_request_id() {
  const std::lock_guard lock(request_ids_guard_);
  std::string id;
  append_uuid(id, world_.request_ids);
  return id;
}

bool Frontend::is_for_gateway(const HttpRequest& request) const {
  return world_.gateway != nullptr && request.target.starts_with(kRestApisPath);
}

HttpAdmission Frontend::admit(const HttpRequest& head) {
  if (is_for_gateway(head)) return world_.gateway->admit(head);
  const Route route = route_of(head);
  if (route == Route::s3) {
    const AwsError too_large{"EntityTooLarge",
                             "Your proposed upload exceeds the maximum allowed size.", 400};
    return {kS3BodyBytesMax, xml_error(too_large, split_target(head.target).path)};
  }
  const AwsError too_large{"RequestEntityTooLargeException",
                           "The request body is larger than this simulator reads.", 413};
  if (route == Route::control) {
    const AwsError late{"TimeoutError", "The simulator has not finished this in 60 seconds.", 504};
    return {kControlBodyBytesMax, json_error(too_large), kControlTimeoutMs, json_error(late)};
  }
  if (route == Route::cloudwatch) {
    return {kCloudWatchBodyBytesMax, cloudwatch_error(cloudwatch_wire_of(head), too_large, "")};
  }
  return {kFirehoseBodyBytesMax, json_error(too_large)};
}

void Frontend::handle(HttpRequest request, HttpRespond respond) {
  if (is_for_gateway(request))
    return world_.gateway->handle(std::move(request), std::move(respond));
  const Route route = route_of(request);
  if (route == Route::control) return world_.control.handle(request, respond);
  const std::string request_id = next_request_id();
  HttpRespond with_id = [respond = std::move(respond), id = request_id,
                         route](HttpResponse response) {
    response.headers.emplace_back(route == Route::s3 ? "x-amz-request-id" : "x-amzn-RequestId", id);
    respond(std::move(response));
  };
  if (route == Route::firehose) return handle_firehose(request, with_id);
  if (route == Route::sqs) return handle_sqs(request, with_id);
  if (route == Route::lambda) return handle_lambda(request, with_id);
  if (route == Route::cloudwatch && world_.cloudwatch != nullptr) {
    return with_id(handle_cloudwatch(request, request_id));
  }
  if (route == Route::logs && world_.logs != nullptr) return with_id(handle_logs(request));
  if (route == Route::metrics && world_.cloudwatch != nullptr) {
    return with_id(world_.cloudwatch->metrics_page());
  }
  if (route == Route::sqs_query) return with_id(sqs_query_refusal());
  if (route == Route::s3) return handle_s3(std::move(request), std::move(with_id));
  with_id(json_error({"UnknownOperationException",
                      "No service of this simulator has the operation " +
                          std::string(request.header(kTargetHeader)) + ".",
                      404}));
}

void Frontend::handle_firehose(const HttpRequest& request, const HttpRespond& respond) {
  if (credentials_) {
    const auto signature =
        verify_sigv4(request, *credentials_, "firehose", world_.wall_clock.now_ms());
    if (signature.fault != SigV4Fault::none) {
      return respond(json_error(json_signature_error(signature.fault)));
    }
  }
  if (request.method != "POST") {
    return respond(json_error({"UnknownOperationException", "Firehose takes POST only.", 404}));
  }
  const std::string_view operation = request.header(kTargetHeader).substr(kFirehoseTarget.size());
  call_firehose(world_.firehose, world_.faults, operation, request.body, respond);
}

void Frontend::handle_sqs(const HttpRequest& request, const HttpRespond& respond) {
  if (credentials_) {
    const auto signature = verify_sigv4(request, *credentials_, "sqs", world_.wall_clock.now_ms());
    if (signature.fault != SigV4Fault::none) {
      return respond(sqs_error(json_signature_error(signature.fault)));
    }
  }
  const std::string_view operation = request.header(kTargetHeader).substr(kSqsTarget.size());
  const std::string_view host = request.header("host");
  if (world_.faults == nullptr || !world_.faults->is_active(FaultService::sqs)) {
    return world_.sqs.handle(operation, request.body, host, respond);
  }
  const FaultDecision fault =
      world_.faults->decide({FaultService::sqs, operation, queue_named_in(request.body)});
  const HttpRespond shaped = world_.faults->shape(fault, sqs_error, respond);
  if (fault.error && !fault.duplicate) return shaped({});
  world_.sqs.handle(operation, request.body, host, shaped);
}

void Frontend::handle_lambda(const HttpRequest& request, const HttpRespond& respond) {
  if (credentials_) {
    const auto signature =
        verify_sigv4(request, *credentials_, "lambda", world_.wall_clock.now_ms());
    if (signature.fault != SigV4Fault::none) {
      return respond(lambda_error(json_signature_error(signature.fault)));
    }
  }
  // Faults of Lambda are met where a function is invoked, whoever asks for it.
  world_.lambda.handle(request, respond);
}

HttpResponse Frontend::handle_logs(const HttpRequest& request) {
  if (credentials_) {
    const auto signature = verify_sigv4(request, *credentials_, "logs", world_.wall_clock.now_ms());
    if (signature.fault != SigV4Fault::none) {
      return json_error(json_signature_error(signature.fault));
    }
  }
  return world_.logs->handle(request.header(kTargetHeader).substr(kLogsTarget.size()),
                             request.body);
}

HttpResponse Frontend::handle_cloudwatch(const HttpRequest& request, std::string_view request_id) {
  if (credentials_) {
    const auto signature =
        verify_sigv4(request, *credentials_, "monitoring", world_.wall_clock.now_ms());
    if (signature.fault != SigV4Fault::none) {
      return cloudwatch_error(cloudwatch_wire_of(request), json_signature_error(signature.fault),
                              request_id);
    }
  }
  return world_.cloudwatch->handle(request, request_id);
}

void Frontend::handle_s3(HttpRequest request, HttpRespond respond) {
  world_.workers.post([this, request = std::move(request), respond = std::move(respond)]() mutable {
    if (!credentials_) return serve_s3(std::move(request), std::move(respond), nullptr);
    const auto signature = verify_sigv4(request, *credentials_, "s3", world_.wall_clock.now_ms());
    if (signature.fault != SigV4Fault::none) {
      return respond(
          xml_error(s3_signature_error(signature.fault), split_target(request.target).path));
    }
    serve_s3(std::move(request), std::move(respond), &signature);
  });
}

void Frontend::serve_s3(HttpRequest request, HttpRespond respond, const SigV4Result* signature) {
  if (world_.faults == nullptr || !world_.faults->is_active(FaultService::s3)) {
    return respond(world_.s3.handle(std::move(request), signature));
  }
  const auto named = read_s3_request(request);
  const auto names = fault_operations(FaultService::s3);
  FaultCall call{FaultService::s3, "", ""};
  if (named) {
    call.operation = names[static_cast<size_t>(named.value().operation)];
    call.target = named.value().bucket;
  }
  const FaultDecision fault = world_.faults->decide(call);
  const auto to_response = [&](const AwsError& error) {
    HttpResponse response = xml_error(error, split_target(request.target).path);
    if (request.method == "HEAD") response.body.clear();
    return response;
  };
  const HttpRespond shaped = world_.faults->shape(fault, to_response, std::move(respond));
  if (fault.error && !fault.duplicate) return shaped({});
  shaped(world_.s3.handle(std::move(request), signature));
}

void call_firehose(FirehoseProtocol& firehose, FaultGate* faults, std::string_view operation,
                   const std::string& body, const HttpRespond& respond) {
  if (faults == nullptr || !faults->is_active(FaultService::firehose)) {
    return firehose.handle(operation, body, respond);
  }
  const FaultDecision fault =
      faults->decide({FaultService::firehose, operation, stream_named_in(body)});
  const HttpRespond shaped = faults->shape(fault, json_error, respond);
  // With an error the call is answered unread; as a duplicate it is carried out first.
  if (fault.error && !fault.duplicate) return shaped({});
  firehose.handle(operation, body, shaped, fault.rows);
}

namespace {

// The text of a member at the top of a JSON object; empty where none is read.
std::string_view text_member(std::string_view body, std::string_view quoted_name) {
  JsonScanner scanner(body);
  std::string_view key;
  if (!scanner.enter_object()) return "";
  while (scanner.next_member(key)) {
    const std::string_view value = scanner.take_value();
    if (value.empty()) return "";
    if (key == quoted_name && value.size() > 2 && value.front() == '"') {
      return value.substr(1, value.size() - 2);
    }
  }
  return "";
}

}  // namespace

std::string_view stream_named_in(std::string_view body) {
  return text_member(body, "\"DeliveryStreamName\"");
}

std::string_view queue_named_in(std::string_view body) {
  const std::string_view url = text_member(body, "\"QueueUrl\"");
  const size_t slash = url.rfind('/');
  return slash == std::string_view::npos ? url : url.substr(slash + 1);
}

}  // namespace edgehose
