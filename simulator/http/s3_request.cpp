#include "simulator/http/s3_request.h"

#include <algorithm>
#include <array>

#include "shared/base/base64.h"
#include "shared/base/text.h"
#include "simulator/http/checksums.h"

namespace edgehose {
namespace {

constexpr std::string_view kChecksum = "x-amz-checksum-";
constexpr std::string_view kMeta = "x-amz-meta-";
constexpr size_t kMetaBytesMax = 2'048;

// x-amz-* headers that this simulator acts on, or that change nothing for it.
constexpr std::array<std::string_view, 10> kKnownHeaders = {
    "x-amz-content-sha256", "x-amz-date",
    "x-amz-security-token", "x-amz-user-agent",
    "x-amz-trailer",        "x-amz-decoded-content-length",
    "x-amz-target",         "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-mode",  "x-amz-checksum-algorithm"};

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

std::optional<AwsError> check_headers(const HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "if-modified-since" || name == "if-unmodified-since") {
      return not_implemented("A header", name);
    }
    const bool is_condition = name == "if-match" || name == "if-none-match";
    if (is_condition && request.method != "GET" && request.method != "HEAD") {
      return not_implemented("A header", name);
    }
    if (!name.starts_with("x-amz-") || name.starts_with(kMeta) || name.starts_with(kChecksum) ||
        contains(kKnownHeaders, name)) {
      continue;
    }
    if (name == "x-amz-storage-class" && value == "STANDARD") continue;
    if (name == "x-amz-acl" && value == "private") continue;
    return not_implemented("A header", name);
  }
  return std::nullopt;
}

bool is_signature_parameter(std::string_view name) {
  if (name == "AWSAccessKeyId" || name == "Signature" || name == "Expires") return true;
  if (name.size() < 6) return false;
  return equals_ignoring_case(name.substr(0, 6), "x-amz-");
}

std::optional<AwsError> check_parameters(const S3Request& request) {
  constexpr std::array<std::string_view, 8> kListing = {
      "list-type",   "prefix",        "delimiter",          "max-keys",
      "start-after", "encoding-type", "continuation-token", "fetch-owner"};
  for (const auto& [name, value] : request.query) {
    if (name == "x-id" || is_signature_parameter(name)) continue;
    const bool is_listing = request.operation == S3Operation::list_objects_v2;
    if (is_listing && contains(kListing, name) && (name != "fetch-owner" || value == "false")) {
      continue;
    }
    if (request.operation == S3Operation::get_bucket_location && name == "location") continue;
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
  if (method == "PUT") request.operation = S3Operation::create_bucket;
  if (method == "HEAD") request.operation = S3Operation::head_bucket;
  if (method == "PUT" || method == "HEAD") return std::nullopt;
  if (method == "DELETE" || method == "POST") {
    return not_implemented("A method", method + " of a bucket");
  }
  if (method != "GET") return method_not_allowed();
  if (request.parameter("location")) {
    request.operation = S3Operation::get_bucket_location;
    return std::nullopt;
  }
  request.operation = S3Operation::list_objects_v2;
  if (request.parameter("list-type") == "2") return std::nullopt;
  // Some other subresource, or the old list.
  const bool is_other = !request.query.empty() && !request.query[0].first.starts_with("prefix");
  return not_implemented("A parameter",
                         is_other ? request.query[0].first : "list-type other than 2");
}

std::optional<AwsError> read_object_operation(const std::string& method, S3Request& request) {
  if (method == "PUT") request.operation = S3Operation::put_object;
  if (method == "GET") request.operation = S3Operation::get_object;
  if (method == "HEAD") request.operation = S3Operation::head_object;
  if (method == "DELETE") request.operation = S3Operation::delete_object;
  if (request.operation != S3Operation::list_buckets) return std::nullopt;
  if (method == "POST") return not_implemented("A method", "POST (multipart upload)");
  return method_not_allowed();
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
    error = read_object_operation(http.method, request);
  } else if (!request.bucket.empty()) {
    error = read_bucket_operation(http.method, request);
  } else if (http.method != "GET") {
    error = method_not_allowed();
  }
  if (!error) error = check_parameters(request);
  if (!error) error = check_headers(http);
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
