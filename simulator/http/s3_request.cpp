#include "simulator/http/s3_request.h"

#include <algorithm>
#include <array>
#include <span>

#include "shared/base/base64.h"
#include "shared/base/text.h"
#include "simulator/http/checksums.h"

namespace edgehose {
namespace {

constexpr std::string_view kChecksum = "x-amz-checksum-";
constexpr std::string_view kMeta = "x-amz-meta-";
constexpr size_t kMetaBytesMax = 2'048;

// x-amz-* headers that this simulator acts on, or that change nothing for it.
constexpr std::array<std::string_view, 17> kKnownHeaders = {
    "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-user-agent",
    "x-amz-trailer", "x-amz-decoded-content-length", "x-amz-target", "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-mode", "x-amz-checksum-algorithm",
    // Of copies; ignored elsewhere, as S3 does.
    "x-amz-copy-source", "x-amz-copy-source-range", "x-amz-metadata-directive",
    "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-modified-since", "x-amz-copy-source-if-unmodified-since"};

// Headers of an object that a client sets and reads back.
constexpr std::array<std::string_view, 5> kKeptHeaders = {
    "cache-control", "content-disposition", "content-language", "content-type", "expires"};

AwsError not_implemented(std::string_view what, std::string_view name) {
  std::string message(what);
  message.append(" you provided implies functionality that is not implemented: ").append(name);
  return {"NotImplemented", std::move(message), 501};
}

template <typename List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_write(S3Operation operation) {
  return operation == S3Operation::put_object || operation == S3Operation::copy_object ||
         operation == S3Operation::complete_upload;
}

// Conditions are taken where S3 has them; elsewhere one would be broken silently.
bool takes_condition(S3Operation operation, std::string_view header) {
  if (operation == S3Operation::get_object || operation == S3Operation::head_object) return true;
  return is_write(operation) && (header == "if-match" || header == "if-none-match");
}

bool is_harmless(std::string_view name, std::string_view value) {
  if (name == "x-amz-storage-class") return value == "STANDARD";
  if (name == "x-amz-acl") return value == "private";
  return name == "x-amz-tagging-directive" && value == "COPY";
}

std::optional<AwsError> check_headers(const HttpRequest& http, S3Operation operation) {
  for (const auto& [name, value] : http.headers) {
    const bool is_condition = name == "if-match" || name == "if-none-match" ||
                              name == "if-modified-since" || name == "if-unmodified-since";
    if (is_condition && !takes_condition(operation, name)) {
      return not_implemented("A header", name);
    }
    if (!name.starts_with("x-amz-") || name.starts_with(kMeta) || name.starts_with(kChecksum) ||
        contains(kKnownHeaders, name) || is_harmless(name, value)) {
      continue;
    }
    return not_implemented("A header", name);
  }
  return std::nullopt;
}

bool is_signature_parameter(std::string_view name) {
  if (name == "AWSAccessKeyId" || name == "Signature" || name == "Expires") return true;
  if (name.size() < 6) return false;
  return equals_ignoring_case(name.substr(0, 6), "x-amz-");
}

// The parameters an operation takes besides the signature's.
std::span<const std::string_view> known_parameters(S3Operation operation) {
  static constexpr std::array<std::string_view, 8> kListing2 = {
      "list-type",   "prefix",        "delimiter",          "max-keys",
      "start-after", "encoding-type", "continuation-token", "fetch-owner"};
  static constexpr std::array<std::string_view, 5> kListing = {"prefix", "delimiter", "max-keys",
                                                               "marker", "encoding-type"};
  static constexpr std::array<std::string_view, 6> kUploads = {
      "uploads", "prefix", "max-uploads", "key-marker", "upload-id-marker", "encoding-type"};
  static constexpr std::array<std::string_view, 3> kParts = {"uploadId", "max-parts",
                                                             "part-number-marker"};
  static constexpr std::array<std::string_view, 6> kGet = {
      "response-content-type",  "response-content-language",    "response-expires",
      "response-cache-control", "response-content-disposition", "response-content-encoding"};
  static constexpr std::array<std::string_view, 2> kPart = {"partNumber", "uploadId"};
  static constexpr std::array<std::string_view, 1> kTagging = {"tagging"};
  static constexpr std::array<std::string_view, 1> kLocation = {"location"};
  static constexpr std::array<std::string_view, 1> kDelete = {"delete"};
  static constexpr std::array<std::string_view, 1> kNotification = {"notification"};
  switch (operation) {
    case S3Operation::list_objects_v2:
      return kListing2;
    case S3Operation::list_objects:
      return kListing;
    case S3Operation::list_uploads:
    case S3Operation::create_upload:
      return operation == S3Operation::list_uploads ? std::span<const std::string_view>(kUploads)
                                                    : std::span(kUploads).first(1);
    case S3Operation::list_parts:
      return kParts;
    case S3Operation::get_object:
    case S3Operation::head_object:
      return kGet;
    case S3Operation::upload_part:
    case S3Operation::upload_part_copy:
      return kPart;
    case S3Operation::complete_upload:
    case S3Operation::abort_upload:
      return std::span(kPart).last(1);
    case S3Operation::get_object_tagging:
      return kTagging;
    case S3Operation::get_bucket_location:
      return kLocation;
    case S3Operation::delete_objects:
      return kDelete;
    case S3Operation::get_notification:
    case S3Operation::put_notification:
      return kNotification;
    default:
      return {};
  }
}

std::optional<AwsError> check_parameters(const S3Request& request) {
  const auto known = known_parameters(request.operation);
  for (const auto& [name, value] : request.query) {
    if (name == "x-id" || is_signature_parameter(name)) continue;
    if (contains(known, name) && (name != "fetch-owner" || value != "true")) continue;
    return not_implemented("A parameter", name);
  }
  return std::nullopt;
}

// The bucket named by the host, or nothing in path style.
std::string bucket_of_host(std::string_view host) {
  host = host.substr(0, host.find(':'));
  for (std::string_view suffix : {".s3.localhost", ".localhost"}) {
    if (host.size() > suffix.size() && host.ends_with(suffix)) {
      const std::string_view name = host.substr(0, host.size() - suffix.size());
      return name == "s3" ? std::string() : std::string(name);
    }
  }
  return "";
}

AwsError method_not_allowed() {
  return {"MethodNotAllowed", "The specified method is not allowed against this resource.", 405};
}

std::optional<AwsError> read_bucket_operation(const std::string& method, S3Request& request) {
  if (method == "PUT") {
    request.operation = request.parameter("notification") ? S3Operation::put_notification
                                                          : S3Operation::create_bucket;
  } else if (method == "HEAD") {
    request.operation = S3Operation::head_bucket;
  } else if (method == "DELETE") {
    request.operation = S3Operation::delete_bucket;
  } else if (method == "POST") {
    request.operation = S3Operation::delete_objects;
    if (!request.parameter("delete")) return not_implemented("A method", "POST of a bucket");
  } else if (method != "GET") {
    return method_not_allowed();
  } else if (request.parameter("location")) {
    request.operation = S3Operation::get_bucket_location;
  } else if (request.parameter("notification")) {
    request.operation = S3Operation::get_notification;
  } else if (request.parameter("uploads")) {
    request.operation = S3Operation::list_uploads;
  } else {
    request.operation = request.parameter("list-type") == "2" ? S3Operation::list_objects_v2
                                                              : S3Operation::list_objects;
  }
  return std::nullopt;
}

std::optional<AwsError> read_object_operation(const HttpRequest& http, S3Request& request) {
  const std::string& method = http.method;
  const bool is_copy = http.has_header("x-amz-copy-source");
  const bool has_upload = request.parameter("uploadId").has_value();
  if (method == "PUT" && has_upload) {
    request.operation = is_copy ? S3Operation::upload_part_copy : S3Operation::upload_part;
  } else if (method == "PUT") {
    request.operation = is_copy ? S3Operation::copy_object : S3Operation::put_object;
  } else if (method == "GET" && request.parameter("tagging")) {
    request.operation = S3Operation::get_object_tagging;
  } else if (method == "GET") {
    request.operation = has_upload ? S3Operation::list_parts : S3Operation::get_object;
  } else if (method == "HEAD") {
    request.operation = S3Operation::head_object;
  } else if (method == "DELETE") {
    request.operation = has_upload ? S3Operation::abort_upload : S3Operation::delete_object;
  } else if (method == "POST" && request.parameter("uploads")) {
    request.operation = S3Operation::create_upload;
  } else if (method == "POST" && has_upload) {
    request.operation = S3Operation::complete_upload;
  } else {
    return method_not_allowed();
  }
  return std::nullopt;
}

AwsError bad_digest(std::string_view name) {
  std::string message = "The ";
  message.append(name).append(" you specified did not match what we received.");
  return {"BadDigest", std::move(message), 400};
}

std::optional<AwsError> check_one(std::string_view name, std::string_view value,
                                  std::string_view body, HttpHeaders& echo) {
  if (name == "content-md5") {
    std::string raw;
    if (!base64_decode(value, raw) || raw.size() != 16) {
      return AwsError{"InvalidDigest", "The Content-MD5 you specified is not valid.", 400};
    }
    return checksum_base64("md5", body) == value ? std::nullopt
                                                 : std::optional(bad_digest("Content-MD5"));
  }
  if (!name.starts_with(kChecksum)) return std::nullopt;
  const std::string_view algorithm = name.substr(kChecksum.size());
  // Not values but how to treat them.
  if (algorithm == "mode" || algorithm == "algorithm" || algorithm == "type") return std::nullopt;
  const auto expected = checksum_base64(algorithm, body);
  if (!expected) return not_implemented("A header", name);
  if (*expected != value) return bad_digest(name);
  echo.emplace_back(name, value);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> S3Request::parameter(std::string_view name) const {
  for (const auto& [parameter_name, value] : query) {
    if (parameter_name == name) return value;
  }
  return std::nullopt;
}

void hoist_headers(HttpRequest& request) {
  constexpr std::array<std::string_view, 7> kOfTheSignature = {
      "x-amz-algorithm",     "x-amz-credential", "x-amz-date",          "x-amz-expires",
      "x-amz-signedheaders", "x-amz-signature",  "x-amz-content-sha256"};
  for (auto& [name, value] : read_query(split_target(request.target).query)) {
    for (char& c : name) c = to_lower(c);
    const bool is_header = name.starts_with("x-amz-") && !name.starts_with(kChecksum) &&
                           !contains(kOfTheSignature, name) && !request.has_header(name);
    if (is_header) request.headers.emplace_back(std::move(name), std::move(value));
  }
}

Outcome<CopySource> read_copy_source(const HttpRequest& request) {
  std::string_view text = request.header("x-amz-copy-source");
  // Versions are not modelled; a '?' in a key comes encoded.
  if (text.find('?') != std::string_view::npos) {
    return not_implemented("A parameter", "versionId of x-amz-copy-source");
  }
  std::string path = percent_decoded(text);
  if (path.starts_with('/')) path.erase(0, 1);
  const size_t slash = path.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == path.size()) {
    return AwsError{"InvalidArgument",
                    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                    400};
  }
  return CopySource{path.substr(0, slash), path.substr(slash + 1)};
}

Outcome<PutCondition> read_put_condition(const HttpRequest& request) {
  PutCondition condition;
  const std::string_view absent = trim(request.header("if-none-match"));
  // S3 knows no other form here.
  if (!absent.empty() && absent != "*") return not_implemented("A header", "If-None-Match");
  condition.is_absent = !absent.empty();
  std::string_view etag = trim(request.header("if-match"));
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  condition.etag = etag;
  return condition;
}

Outcome<S3Request> read_s3_request(const HttpRequest& http) {
  S3Request request;
  const UrlTarget target = split_target(http.target);
  request.query = read_query(target.query);
  std::string path = percent_decoded(target.path);
  if (path.starts_with('/')) path.erase(0, 1);
  request.bucket = bucket_of_host(http.header("host"));
  if (request.bucket.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    request.bucket = path.substr(0, slash);
    path.erase(0, slash + 1);
  }
  request.key = path;
  std::optional<AwsError> error;
  if (!request.key.empty()) {
    error = read_object_operation(http, request);
  } else if (!request.bucket.empty()) {
    error = read_bucket_operation(http.method, request);
  } else if (http.method != "GET") {
    error = method_not_allowed();
  }
  if (!error) error = check_parameters(request);
  if (!error) error = check_headers(http, request.operation);
  if (error) return *error;
  return request;
}

ObjectHeaders kept_headers(const HttpRequest& request) {
  ObjectHeaders kept;
  for (const auto& [name, value] : request.headers) {
    if (contains(kKeptHeaders, name) || name.starts_with(kMeta)) kept.emplace_back(name, value);
    if (name != "content-encoding") continue;
    // The framing of the upload is no property of the object.
    std::string_view encoding = value;
    if (encoding.starts_with("aws-chunked")) encoding.remove_prefix(11);
    if (encoding.starts_with(',')) encoding.remove_prefix(1);
    encoding = trim(encoding);
    if (!encoding.empty()) kept.emplace_back(name, encoding);
  }
  return kept;
}

std::optional<AwsError> check_body(const HttpRequest& request, const HttpHeaders& trailers,
                                   std::string_view body, HttpHeaders& echo) {
  size_t meta_bytes = 0;
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with(kMeta)) meta_bytes += name.size() - kMeta.size() + value.size();
    if (auto error = check_one(name, value, body, echo)) return error;
  }
  if (meta_bytes > kMetaBytesMax) {
    return AwsError{"MetadataTooLarge", "Your metadata headers exceed the maximum allowed size",
                    400};
  }
  for (const auto& [name, value] : trailers) {
    if (auto error = check_one(name, value, body, echo)) return error;
  }
  return std::nullopt;
}

}  // namespace edgehose
