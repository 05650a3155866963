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

enum class Route : uint8_t { firehose, unknown_json, control, s3 };

Route route_of(const HttpRequest& request) {
  if (request.target.starts_with(kControlPath)) return Route::control;
  const std::string_view target = request.header(kTargetHeader);
  if (target.starts_with(kFirehoseTarget)) return Route::firehose;
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

HttpAdmission Frontend::admit(const HttpRequest& head) {
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
  return {kFirehoseBodyBytesMax, json_error(too_large)};
}

void Frontend::handle(HttpRequest request, HttpRespond respond) {
  const Route route = route_of(request);
  if (route == Route::control) return world_.control.handle(request, respond);
  HttpRespond with_id = [respond = std::move(respond), id = next_request_id(),
                         route](HttpResponse response) {
    response.headers.emplace_back(route == Route::s3 ? "x-amz-request-id" : "x-amzn-RequestId", id);
    respond(std::move(response));
  };
  if (route == Route::firehose) return handle_firehose(request, with_id);
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
  if (world_.faults == nullptr || !world_.faults->is_active(FaultService::firehose)) {
    return world_.firehose.handle(operation, request.body, respond);
  }
  const FaultDecision fault =
      world_.faults->decide({FaultService::firehose, operation, stream_named_in(request.body)});
  const HttpRespond shaped = world_.faults->shape(fault, json_error, respond);
  // With an error the call is answered unread; as a duplicate it is carried out first.
  if (fault.error && !fault.duplicate) return shaped({});
  world_.firehose.handle(operation, request.body, shaped, fault.rows);
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

std::string_view stream_named_in(std::string_view body) {
  JsonScanner scanner(body);
  std::string_view key;
  if (!scanner.enter_object()) return "";
  while (scanner.next_member(key)) {
    const std::string_view value = scanner.take_value();
    if (value.empty()) return "";
    if (key == "\"DeliveryStreamName\"" && value.size() > 2 && value.front() == '"') {
      return value.substr(1, value.size() - 2);
    }
  }
  return "";
}

}  // namespace edgehose
