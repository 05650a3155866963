#include "simulator/http/frontend.h"

namespace edgehose {
namespace {

constexpr std::string_view kTargetHeader = "x-amz-target";

enum class Route : uint8_t { firehose, unknown_json, control, s3 };

Route route_of(const HttpRequest& request) {
  if (request.target.starts_with(kControlPath)) return Route::control;
  const std::string_view target = request.header(kTargetHeader);
  if (target.starts_with(kFirehoseTarget)) return Route::firehose;
  return target.empty() ? Route::s3 : Route::unknown_json;
}

}  // namespace

Frontend::Frontend(FirehoseProtocol& firehose, Control& control, Random& random)
    : firehose_(firehose), control_(control), random_(random) {}

std::string Frontend::next_request_id() {
  const std::lock_guard lock(random_guard_);
  std::string id;
  append_uuid(id, random_);
  return id;
}

HttpAdmission Frontend::admit(const HttpRequest& head) {
  const AwsError too_large{"RequestEntityTooLargeException",
                           "The request body is larger than this simulator reads.", 413};
  if (route_of(head) == Route::control) return {kControlBodyBytesMax, json_error(too_large)};
  return {kFirehoseBodyBytesMax, json_error(too_large)};
}

void Frontend::handle(HttpRequest request, HttpRespond respond) {
  const Route route = route_of(request);
  if (route == Route::control) return control_.handle(request, respond);
  HttpRespond with_id = [respond = std::move(respond), id = next_request_id()](HttpResponse r) {
    r.headers.emplace_back("x-amzn-RequestId", id);
    respond(std::move(r));
  };
  if (route == Route::firehose) {
    const std::string_view operation = request.header(kTargetHeader).substr(kFirehoseTarget.size());
    return firehose_.handle(operation, request.body, std::move(with_id));
  }
  with_id(json_error({"UnknownOperationException",
                      "No service of this simulator has the operation " +
                          std::string(request.header(kTargetHeader)) + ".",
                      404}));
}

}  // namespace edgehose
