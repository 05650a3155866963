#include "simulator/http/s3_protocol.h"

#include <algorithm>
#include <charconv>

#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "shared/wire/prefix.h"
#include "simulator/http/s3_body.h"
#include "simulator/http/s3_notification_xml.h"
#include "simulator/http/s3_xml.h"

namespace edgehose {
namespace {

// `Sun, 22 Nov 2026 13:00:00 GMT`
std::string http_date(int64_t ms) {
  std::string text;
  (void)append_formatted(text, "EEE, dd MMM yyyy HH:mm:ss 'GMT'", civil_from_ms(ms));
  return text;
}

// Whether one of a header's etags is the object's.
bool has_etag(std::string_view header, const ObjectInfo& info) {
  while (!header.empty()) {
    const size_t comma = std::min(header.find(','), header.size());
    const std::string_view etag = trim(header.substr(0, comma));
    if (etag == "*" || unquoted_etag(etag) == info.etag) return true;
    header.remove_prefix(std::min(comma + 1, header.size()));
  }
  return false;
}

// `Sun, 22 Nov 2026 13:00:00 GMT`, the only form that clients send. Nothing for another: S3 then
// goes on as without the header.
std::optional<int64_t> read_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  text = trim(text);
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  std::string iso(text.substr(12, 4));
  iso.append(number.size() == 1 ? "-0" : "-").append(number).append("-").append(text.substr(5, 2));
  return parse_iso_ms(iso.append("T").append(text.substr(17, 8)).append("Z"));
}

// What a conditional GET or HEAD comes to: 304, 412, or 0 to go on. The headers' names start with
// `prefix`. An etag counts more than a date.
uint32_t failed_condition(const HttpRequest& http, std::string_view prefix,
                          const ObjectInfo& info) {
  const auto header = [&](std::string_view name) {
    return http.header(std::string(prefix).append(name));
  };
  const auto is_after = [&](std::string_view name) -> std::optional<bool> {
    const auto date = read_http_date(header(name));
    if (!date) return std::nullopt;
    return info.modified_ms / 1000 > *date / 1000;
  };
  const std::string_view match = header("if-match");
  if (!match.empty() && !has_etag(match, info)) return 412;
  if (match.empty() && is_after("if-unmodified-since").value_or(false)) return 412;
  const std::string_view none_match = header("if-none-match");
  if (!none_match.empty()) return has_etag(none_match, info) ? 304 : 0;
  return is_after("if-modified-since").value_or(true) ? 0 : 304;
}

AwsError precondition_failed() {
  return {"PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
          412};
}

HttpHeaders object_headers(const HttpRequest& http, const ObjectInfo& info) {
  HttpHeaders headers = {{"ETag", quoted_etag(info.etag)},
                         {"Last-Modified", http_date(info.modified_ms)},
                         {"Accept-Ranges", "bytes"}};
  bool has_type = false;
  const bool wants_checksum =
      http.header("x-amz-checksum-mode") == "ENABLED" && !http.has_header("range");
  for (const auto& [name, value] : info.headers) {
    if (name.starts_with("x-amz-checksum-") && !wants_checksum) continue;
    has_type = has_type || name == "content-type";
    headers.emplace_back(name, value);
  }
  if (!has_type) headers.emplace_back("content-type", "binary/octet-stream");
  return headers;
}

// response-content-type and its like: what the asker wants to be told instead.
void override_headers(const S3Request& request, HttpHeaders& headers) {
  constexpr std::string_view kOverride = "response-";
  for (const auto& [parameter, value] : request.query) {
    if (!parameter.starts_with(kOverride)) continue;
    const std::string name = parameter.substr(kOverride.size());
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
    headers.emplace_back(name, value);
  }
}

std::string content_range(uint64_t offset, uint64_t length, uint64_t bytes) {
  std::string text = "bytes ";
  append_number(text, static_cast<int64_t>(offset));
  text.push_back('-');
  append_number(text, static_cast<int64_t>(offset + length) - 1);
  text.push_back('/');
  append_number(text, static_cast<int64_t>(bytes));
  return text;
}

std::optional<AwsError> read_list_input(const S3Request& request, ListInput& input) {
  input.prefix = request.parameter("prefix").value_or("");
  input.delimiter = request.parameter("delimiter").value_or("");
  const bool is_v2 = request.operation == S3Operation::list_objects_v2;
  input.start_after = request.parameter(is_v2 ? "start-after" : "marker").value_or("");
  input.continuation_token = request.parameter("continuation-token");
  const auto encoding = request.parameter("encoding-type");
  if (encoding && !encoding->empty() && *encoding != "url") {
    return AwsError{"InvalidArgument", "Invalid Encoding Method specified in Request", 400};
  }
  const auto max_keys = request.parameter("max-keys");
  if (!max_keys || max_keys->empty()) return std::nullopt;
  const char* end = max_keys->data() + max_keys->size();
  const auto [stop, code] = std::from_chars(max_keys->data(), end, input.max_keys);
  if (code != std::errc() || stop != end) {
    return AwsError{"InvalidArgument", "Provided max-keys not an integer or within integer range",
                    400};
  }
  input.max_keys = std::min(input.max_keys, kListKeysMax);
  return std::nullopt;
}

}  // namespace

S3Protocol::S3Protocol(S3& s3, S3Meters& meters, const Clock& clock, EventHost* events)
    : s3_(s3), multipart_(s3), meters_(meters), clock_(clock), events_(events) {}

HttpResponse S3Protocol::handle(HttpRequest http, const SigV4Result* signature) {
  hoist_headers(http);
  const auto request = read_s3_request(http);
  if (!request) return xml_error(request.error(), split_target(http.target).path);
  count(request.value().operation);
  HttpResponse response = dispatch(http, request.value(), signature);
  const bool is_done = response.status == 200 || response.status == 204;
  if (is_done && request.value().operation == S3Operation::upload_part) {
    meters_.put_bytes += http.body.size();
  }
  if (!is_done || notify(request.value())) return response;
  return xml_error({"InternalError", "We encountered an internal error. Please try again.", 500},
                   split_target(http.target).path);
}

bool S3Protocol::notify(const S3Request& request) {
  ObjectEvent event{"", request.bucket, request.key, 0, ""};
  switch (request.operation) {
    case S3Operation::put_object:
      event.name = "ObjectCreated:Put";
      break;
    case S3Operation::copy_object:
      event.name = "ObjectCreated:Copy";
      break;
    case S3Operation::complete_upload:
      event.name = "ObjectCreated:CompleteMultipartUpload";
      break;
    case S3Operation::delete_object:
      event.name = "ObjectRemoved:Delete";
      break;
    default:
      return true;
  }
  if (events_ == nullptr || !events_->has_notifications(request.bucket)) return true;
  if (request.operation != S3Operation::delete_object) {
    const auto info = s3_.head_object(request.bucket, request.key);
    // Gone already: another call has told of that.
    if (!info) return true;
    event.bytes = info.value().bytes;
    event.etag = info.value().etag;
  }
  return events_->notify(event) == Error::none;
}

HttpResponse S3Protocol::handle_notification(HttpRequest& http, const S3Request& request,
                                             const SigV4Result* signature) {
  const std::string resource = "/" + request.bucket;
  if (const auto error = s3_.head_bucket(request.bucket)) return xml_error(*error, resource);
  const bool is_get = request.operation == S3Operation::get_notification;
  const auto checked = is_get ? Outcome<HttpHeaders>(HttpHeaders())
                              : receive_body(http, signature, MissingChecksum::leave);
  if (!checked) return xml_error(checked.error(), resource);
  if (is_get) {
    std::vector<NotificationRule> rules;
    if (events_ != nullptr) {
      events_->inspect([&] { rules = events_->notifications().rules(request.bucket); });
    }
    return xml_response(notification_rules_xml(rules));
  }
  const auto rules = read_notification_rules(http.body);
  if (!rules) return xml_error(rules.error(), resource);
  if (events_ == nullptr) {
    return xml_error({"NotImplemented", "Notifications need queues.", 501}, resource);
  }
  const auto error = events_->set_notifications(request.bucket, rules.value());
  if (error) return xml_error(*error, resource);
  return {.status = 200, .headers = {}, .body = {}};
}

void S3Protocol::count(S3Operation operation) {
  switch (operation) {
    case S3Operation::list_buckets:
    case S3Operation::list_objects:
    case S3Operation::list_objects_v2:
    case S3Operation::list_uploads:
      ++meters_.lists;
      return;
    case S3Operation::get_object:
    case S3Operation::get_bucket_location:
    case S3Operation::get_object_tagging:
    case S3Operation::get_notification:
    case S3Operation::list_parts:
      ++meters_.gets;
      return;
    case S3Operation::head_bucket:
    case S3Operation::head_object:
      ++meters_.heads;
      return;
    case S3Operation::delete_object:
    case S3Operation::delete_objects:
    case S3Operation::delete_bucket:
    case S3Operation::abort_upload:
      ++meters_.deletes;
      return;
    default:
      ++meters_.puts;
  }
}

HttpResponse S3Protocol::dispatch(HttpRequest& http, const S3Request& request,
                                  const SigV4Result* signature) {
  switch (request.operation) {
    case S3Operation::list_buckets:
      return list_buckets();
    case S3Operation::create_bucket:
      return create_bucket(http, request);
    case S3Operation::head_bucket:
    case S3Operation::get_bucket_location:
    case S3Operation::delete_bucket:
      return handle_bucket(request);
    case S3Operation::list_objects:
    case S3Operation::list_objects_v2:
      return list_objects(request);
    case S3Operation::delete_objects:
      return delete_objects(http, request, signature);
    case S3Operation::put_object:
      return put_object(http, request, signature);
    case S3Operation::copy_object:
      return copy_object(http, request);
    case S3Operation::get_object:
      return get_object(http, request);
    case S3Operation::get_object_tagging: {
      // Objects with tags are refused: that there are none is the truth.
      const auto info = s3_.head_object(request.bucket, request.key);
      if (!info) return xml_error(info.error(), split_target(http.target).path);
      return xml_response(open_root("Tagging").append("<TagSet></TagSet></Tagging>"));
    }
    case S3Operation::head_object:
      return head_object(http, request);
    case S3Operation::get_notification:
    case S3Operation::put_notification:
      return handle_notification(http, request, signature);
    case S3Operation::delete_object: {
      const auto error = s3_.delete_object(request.bucket, request.key);
      if (error) return xml_error(*error, split_target(http.target).path);
      return {.status = 204, .headers = {}, .body = {}};
    }
    default:
      return multipart_.handle(http, request, signature, clock_.now_ms());
  }
}

HttpResponse S3Protocol::handle_bucket(const S3Request& request) {
  const bool is_delete = request.operation == S3Operation::delete_bucket;
  const auto error =
      is_delete ? s3_.delete_bucket(request.bucket) : s3_.head_bucket(request.bucket);
  if (error) return xml_error(*error, "/" + request.bucket);
  if (is_delete) return {.status = 204, .headers = {}, .body = {}};
  if (request.operation == S3Operation::head_bucket) {
    return {.status = 200, .headers = {{"x-amz-bucket-region", s3_.region()}}, .body = {}};
  }
  std::string body = open_root("LocationConstraint");
  if (s3_.region() != "us-east-1") append_escaped(body, s3_.region());
  return xml_response(body.append("</LocationConstraint>"));
}

HttpResponse S3Protocol::put_object(HttpRequest& http, const S3Request& request,
                                    const SigV4Result* signature) {
  const auto resource = split_target(http.target).path;
  if (http.body.empty() && !http.has_header("content-length") &&
      !http.has_header("transfer-encoding")) {
    return xml_error(
        {"MissingContentLength", "You must provide the Content-Length HTTP header.", 411},
        resource);
  }
  const auto condition = read_put_condition(http);
  if (!condition) return xml_error(condition.error(), resource);
  const auto checksums = receive_body(http, signature, MissingChecksum::add);
  if (!checksums) return xml_error(checksums.error(), resource);
  ObjectHeaders headers = kept_headers(http);
  headers.insert(headers.end(), checksums.value().begin(), checksums.value().end());
  const auto info =
      s3_.put_object(request.bucket, request.key, http.body, headers, condition.value());
  if (!info) return xml_error(info.error(), resource);
  meters_.put_bytes += info.value().bytes;
  HttpResponse response{
      .status = 200, .headers = {{"ETag", quoted_etag(info.value().etag)}}, .body = {}};
  response.headers.insert(response.headers.end(), checksums.value().begin(),
                          checksums.value().end());
  return response;
}

// Headers that a copy takes along; with REPLACE, the request's own but the checksum of the bytes.
Outcome<ObjectHeaders> S3Protocol::copied_headers(const HttpRequest& http, const ObjectInfo& info,
                                                  bool is_onto_itself) const {
  const std::string_view directive = http.header("x-amz-metadata-directive");
  if (!directive.empty() && directive != "COPY" && directive != "REPLACE") {
    return AwsError{"InvalidArgument", "Unknown metadata directive.", 400};
  }
  if (directive != "REPLACE") {
    if (!is_onto_itself) return info.headers;
    return AwsError{"InvalidRequest",
                    "This copy request is illegal because it is trying to copy an object to itself "
                    "without changing the object's metadata, storage class, website redirect "
                    "location or encryption attributes.",
                    400};
  }
  ObjectHeaders headers = kept_headers(http);
  for (const auto& header : info.headers) {
    if (header.first.starts_with("x-amz-checksum-")) headers.push_back(header);
  }
  return headers;
}

HttpResponse S3Protocol::copy_object(const HttpRequest& http, const S3Request& request) {
  const auto resource = split_target(http.target).path;
  const auto source = read_copy_source(http);
  if (!source) return xml_error(source.error(), resource);
  const auto condition = read_put_condition(http);
  if (!condition) return xml_error(condition.error(), resource);
  const auto& [bucket, key] = source.value();
  const auto content = s3_.get_object(bucket, key, std::nullopt);
  if (!content) return xml_error(content.error(), resource);
  const ObjectInfo& info = content.value().info;
  if (failed_condition(http, "x-amz-copy-source-", info) != 0) {
    return xml_error(precondition_failed(), resource);
  }
  auto headers = copied_headers(http, info, bucket == request.bucket && key == request.key);
  if (!headers) return xml_error(headers.error(), resource);
  // The copy of an object of parts is no object of parts: a checksum of parts is none of its bytes.
  std::erase_if(headers.value(), [&](const auto& header) {
    return header.first.starts_with("x-amz-checksum-") && info.etag.find('-') != std::string::npos;
  });
  const auto copied = s3_.put_object(request.bucket, request.key, content.value().bytes,
                                     headers.value(), condition.value());
  if (!copied) return xml_error(copied.error(), resource);
  meters_.put_bytes += copied.value().bytes;
  std::string body = open_root("CopyObjectResult");
  append_element(body, "LastModified", iso_ms(copied.value().modified_ms));
  append_element(body, "ETag", quoted_etag(copied.value().etag));
  append_checksums(body, headers.value());
  return xml_response(body.append("</CopyObjectResult>"));
}

HttpResponse S3Protocol::delete_objects(HttpRequest& http, const S3Request& request,
                                        const SigV4Result* signature) {
  const std::string resource = "/" + request.bucket;
  const bool has_checksum =
      std::any_of(http.headers.begin(), http.headers.end(), [](const auto& header) {
        return header.first == "content-md5" || header.first.starts_with("x-amz-checksum-");
      });
  if (!has_checksum && !http.has_header("x-amz-trailer")) {
    return xml_error(
        {"InvalidRequest", "Missing required header for this request: Content-MD5", 400}, resource);
  }
  const auto checked = receive_body(http, signature, MissingChecksum::leave);
  if (!checked) return xml_error(checked.error(), resource);
  if (const auto error = s3_.head_bucket(request.bucket)) return xml_error(*error, resource);
  const auto list = read_delete_list(http.body);
  if (!list) return xml_error(list.error(), resource);
  std::string body = open_root("DeleteResult");
  for (const std::string& key : list.value().keys) {
    const auto error = s3_.delete_object(request.bucket, key);
    if (!error && list.value().is_quiet) continue;
    body.append(error ? "<Error>" : "<Deleted>");
    append_element(body, "Key", key);
    if (error) append_element(body, "Code", error->code);
    if (error) append_element(body, "Message", error->message);
    body.append(error ? "</Error>" : "</Deleted>");
  }
  return xml_response(body.append("</DeleteResult>"));
}

HttpResponse S3Protocol::get_object(const HttpRequest& http, const S3Request& request) {
  const auto resource = split_target(http.target).path;
  auto content = s3_.get_object(request.bucket, request.key, read_byte_range(http.header("range")));
  if (!content) return xml_error(content.error(), resource);
  const ObjectInfo& info = content.value().info;
  HttpResponse response{.status = failed_condition(http, "", info),
                        .headers = object_headers(http, info),
                        .body = {}};
  if (response.status == 412) return xml_error(precondition_failed(), resource);
  if (response.status != 0) {
    // A checksum says nothing of a body that is not sent; botocore trips over it.
    std::erase_if(response.headers,
                  [](const auto& header) { return header.first.starts_with("x-amz-checksum-"); });
    return response;
  }
  response.status = content.value().is_partial ? 206 : 200;
  if (content.value().is_partial) {
    response.headers.emplace_back(
        "Content-Range",
        content_range(content.value().offset, content.value().bytes.size(), info.bytes));
  }
  override_headers(request, response.headers);
  response.body = std::move(content.value().bytes);
  return response;
}

HttpResponse S3Protocol::head_object(const HttpRequest& http, const S3Request& request) {
  const auto resource = split_target(http.target).path;
  const auto info = s3_.head_object(request.bucket, request.key);
  if (!info) return xml_error(info.error(), resource);
  HttpResponse response{.status = failed_condition(http, "", info.value()),
                        .headers = object_headers(http, info.value()),
                        .body = {},
                        .head_bytes = info.value().bytes};
  if (response.status != 0) return response;
  response.status = 200;
  override_headers(request, response.headers);
  const auto range = read_byte_range(http.header("range"));
  if (!range) return response;
  const auto part = resolve_range(*range, info.value().bytes);
  if (!part)
    return xml_error({"InvalidRange", "The requested range is not satisfiable", 416}, resource);
  response.status = 206;
  response.head_bytes = part->second;
  response.headers.emplace_back("Content-Range",
                                content_range(part->first, part->second, info.value().bytes));
  return response;
}

HttpResponse S3Protocol::list_objects(const S3Request& request) {
  ListInput input;
  const std::string resource = "/" + request.bucket;
  if (auto error = read_list_input(request, input)) return xml_error(*error, resource);
  const auto page = s3_.list_objects(request.bucket, input);
  if (!page) return xml_error(page.error(), resource);
  const bool is_encoded = request.parameter("encoding-type") == "url";
  const auto name = [&](std::string_view text) {
    return is_encoded ? percent_encoded(text, "/") : std::string(text);
  };
  const auto& [objects, prefixes, next_token, last_name] = page.value();
  const bool is_v2 = request.operation == S3Operation::list_objects_v2;
  std::string body = open_root("ListBucketResult");
  append_element(body, "Name", request.bucket);
  append_element(body, "Prefix", name(input.prefix));
  if (!input.delimiter.empty()) append_element(body, "Delimiter", name(input.delimiter));
  if (is_encoded) append_element(body, "EncodingType", "url");
  append_element(body, "MaxKeys", input.max_keys);
  if (is_v2) append_element(body, "KeyCount", objects.size() + prefixes.size());
  append_element(body, "IsTruncated", next_token.empty() ? "false" : "true");
  if (input.continuation_token) {
    append_element(body, "ContinuationToken", *input.continuation_token);
  }
  if (is_v2) {
    if (!next_token.empty()) append_element(body, "NextContinuationToken", next_token);
    if (!input.start_after.empty()) append_element(body, "StartAfter", name(input.start_after));
  } else {
    append_element(body, "Marker", name(input.start_after));
    // Without a delimiter clients go on from the last key.
    const bool has_next = !next_token.empty() && !input.delimiter.empty();
    if (has_next) append_element(body, "NextMarker", name(last_name));
  }
  for (const ListedObject& object : objects) {
    body.append("<Contents>");
    append_element(body, "Key", name(object.key));
    append_element(body, "LastModified", iso_ms(object.info.modified_ms));
    append_element(body, "ETag", quoted_etag(object.info.etag));
    append_element(body, "Size", object.info.bytes);
    append_element(body, "StorageClass", "STANDARD");
    body.append("</Contents>");
  }
  for (const std::string& prefix : prefixes) {
    body.append("<CommonPrefixes>");
    append_element(body, "Prefix", name(prefix));
    body.append("</CommonPrefixes>");
  }
  return xml_response(body.append("</ListBucketResult>"));
}

HttpResponse S3Protocol::list_buckets() {
  const auto buckets = s3_.list_buckets();
  if (!buckets) return xml_error(buckets.error(), "/");
  std::string body = open_root("ListAllMyBucketsResult");
  body.append("<Owner><ID>edgehose</ID></Owner><Buckets>");
  for (const BucketInfo& bucket : buckets.value()) {
    body.append("<Bucket>");
    append_element(body, "Name", bucket.name);
    append_element(body, "CreationDate", iso_ms(bucket.created_ms));
    body.append("</Bucket>");
  }
  return xml_response(body.append("</Buckets></ListAllMyBucketsResult>"));
}

HttpResponse S3Protocol::create_bucket(const HttpRequest& http, const S3Request& request) {
  const std::string resource = "/" + request.bucket;
  const auto location = read_location(http.body);
  if (!location) return xml_error(location.error(), resource);
  const auto error = s3_.create_bucket(request.bucket, location.value(), clock_.now_ms());
  if (error) return xml_error(*error, resource);
  return {.status = 200, .headers = {{"Location", resource}}, .body = {}};
}

}  // namespace edgehose
