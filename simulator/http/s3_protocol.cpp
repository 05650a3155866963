#include "simulator/http/s3_protocol.h"

#include <algorithm>
#include <charconv>

#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "shared/wire/prefix.h"
#include "simulator/http/aws_chunked.h"

namespace edgehose {
namespace {

constexpr std::string_view kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";
constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out.push_back(c);
        } else {
          // As S3 does; XML 1.0 has no better way to carry a control character.
          out.append("&#");
          append_number(out, c);
          out.push_back(';');
        }
    }
  }
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_escaped(out, text);
  out.append("</").append(name).append(">");
}

void append_element(std::string& out, std::string_view name, uint64_t value) {
  append_element(out, name, std::to_string(value));
}

HttpResponse xml_response(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/xml"}},
          .body = std::string(kXmlHead) + std::move(body)};
}

std::string open_root(std::string_view name) {
  std::string text = "<";
  return text.append(name).append(" xmlns=\"").append(kNamespace).append("\">");
}

std::string quoted_etag(std::string_view etag) {
  std::string text = "\"";
  return text.append(etag).append("\"");
}

// `Sun, 22 Nov 2026 13:00:00 GMT`
std::string http_date(int64_t ms) {
  std::string text;
  (void)append_formatted(text, "EEE, dd MMM yyyy HH:mm:ss 'GMT'", civil_from_ms(ms));
  return text;
}

bool has_etag(std::string_view header, const ObjectInfo& info) {
  header = trim(header);
  return header == "*" || header == quoted_etag(info.etag) || header == info.etag;
}

// What a conditional GET or HEAD comes to: 304, 412, or 0 to go on.
uint32_t failed_condition(const HttpRequest& http, const ObjectInfo& info) {
  if (http.has_header("if-match") && !has_etag(http.header("if-match"), info)) return 412;
  if (http.has_header("if-none-match") && has_etag(http.header("if-none-match"), info)) return 304;
  return 0;
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

std::string content_range(const ObjectContent& content) {
  std::string text = "bytes ";
  append_number(text, static_cast<int64_t>(content.offset));
  text.push_back('-');
  append_number(text, static_cast<int64_t>(content.offset + content.bytes.size()) - 1);
  text.push_back('/');
  append_number(text, static_cast<int64_t>(content.info.bytes));
  return text;
}

// Undoes aws-chunked framing in place; the trailers are given back.
std::optional<AwsError> unchunk(HttpRequest& http, const SigV4Result* signature,
                                HttpHeaders& trailers) {
  const std::string_view hash = http.header("x-amz-content-sha256");
  const bool is_chunked =
      hash.starts_with("STREAMING-") || http.header("content-encoding").starts_with("aws-chunked");
  if (!is_chunked) return std::nullopt;
  const bool is_signed = hash.starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  ChunkedBody body = read_aws_chunked(http.body, is_signed ? signature : nullptr);
  if (body.fault == ChunkedFault::wrong_signature) {
    return AwsError{"SignatureDoesNotMatch",
                    "A chunk's signature does not match the one this simulator calculated.", 403};
  }
  const std::string_view announced = http.header("x-amz-decoded-content-length");
  const bool is_whole = announced.empty() || announced == std::to_string(body.bytes.size());
  if (body.fault != ChunkedFault::none || !is_whole) {
    return AwsError{"IncompleteBody",
                    "The aws-chunked body is malformed or not of the announced length.", 400};
  }
  http.body = std::move(body.bytes);
  trailers = std::move(body.trailers);
  return std::nullopt;
}

// The text of the first <name> element; empty when there is none.
std::string_view element_text(std::string_view xml, std::string_view name) {
  std::string open = "<";
  open.append(name).append(">");
  const size_t start = xml.find(open);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = xml.substr(start + open.size());
  return trim(rest.substr(0, rest.find('<')));
}

std::optional<AwsError> read_list_input(const S3Request& request, ListInput& input) {
  input.prefix = request.parameter("prefix").value_or("");
  input.delimiter = request.parameter("delimiter").value_or("");
  input.start_after = request.parameter("start-after").value_or("");
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

HttpResponse xml_error(const AwsError& error, std::string_view resource) {
  std::string body = "<Error>";
  append_element(body, "Code", error.code);
  append_element(body, "Message", error.message);
  append_element(body, "Resource", resource);
  append_element(body, "RequestId", "edgehose");
  HttpResponse response = xml_response(body.append("</Error>"));
  response.status = error.http_status;
  return response;
}

S3Protocol::S3Protocol(S3& s3, S3Meters& meters, const Clock& clock)
    : s3_(s3), meters_(meters), clock_(clock) {}

HttpResponse S3Protocol::handle(HttpRequest http, const SigV4Result* signature) {
  const auto request = read_s3_request(http);
  if (!request) return xml_error(request.error(), split_target(http.target).path);
  return dispatch(http, request.value(), signature);
}

HttpResponse S3Protocol::dispatch(HttpRequest& http, const S3Request& request,
                                  const SigV4Result* signature) {
  const auto resource = split_target(http.target).path;
  switch (request.operation) {
    case S3Operation::list_buckets:
      ++meters_.lists;
      return list_buckets();
    case S3Operation::create_bucket:
      ++meters_.puts;
      return create_bucket(http, request);
    case S3Operation::head_bucket: {
      ++meters_.heads;
      const auto error = s3_.head_bucket(request.bucket);
      if (error) return xml_error(*error, resource);
      return {.status = 200, .headers = {{"x-amz-bucket-region", s3_.region()}}, .body = {}};
    }
    case S3Operation::get_bucket_location: {
      ++meters_.gets;
      if (const auto error = s3_.head_bucket(request.bucket)) return xml_error(*error, resource);
      std::string body = open_root("LocationConstraint");
      if (s3_.region() != "us-east-1") append_escaped(body, s3_.region());
      return xml_response(body.append("</LocationConstraint>"));
    }
    case S3Operation::list_objects_v2:
      ++meters_.lists;
      return list_objects(request);
    case S3Operation::put_object:
      ++meters_.puts;
      return put_object(http, request, signature);
    case S3Operation::get_object:
      ++meters_.gets;
      return get_object(http, request);
    case S3Operation::head_object:
      ++meters_.heads;
      return head_object(http, request);
    case S3Operation::delete_object: {
      ++meters_.deletes;
      const auto error = s3_.delete_object(request.bucket, request.key);
      if (error) return xml_error(*error, resource);
      return {.status = 204, .headers = {}, .body = {}};
    }
  }
  return xml_error({"InternalError", "An operation without an answer.", 500}, resource);
}

HttpResponse S3Protocol::put_object(HttpRequest& http, const S3Request& request,
                                    const SigV4Result* signature) {
  const auto resource = split_target(http.target).path;
  HttpHeaders trailers;
  if (auto error = unchunk(http, signature, trailers)) return xml_error(*error, resource);
  HttpHeaders checksums;
  if (auto error = check_body(http, trailers, http.body, checksums)) {
    return xml_error(*error, resource);
  }
  ObjectHeaders headers = kept_headers(http);
  headers.insert(headers.end(), checksums.begin(), checksums.end());
  const auto info = s3_.put_object(request.bucket, request.key, http.body, headers);
  if (!info) return xml_error(info.error(), resource);
  HttpResponse response{
      .status = 200, .headers = {{"ETag", quoted_etag(info.value().etag)}}, .body = {}};
  response.headers.insert(response.headers.end(), checksums.begin(), checksums.end());
  return response;
}

HttpResponse S3Protocol::get_object(const HttpRequest& http, const S3Request& request) {
  const auto resource = split_target(http.target).path;
  auto content = s3_.get_object(request.bucket, request.key, read_byte_range(http.header("range")));
  if (!content) return xml_error(content.error(), resource);
  const ObjectInfo& info = content.value().info;
  HttpResponse response{
      .status = failed_condition(http, info), .headers = object_headers(http, info), .body = {}};
  if (response.status == 412) {
    return xml_error({"PreconditionFailed",
                      "At least one of the pre-conditions you specified did not hold", 412},
                     resource);
  }
  if (response.status != 0) return response;
  response.status = content.value().is_partial ? 206 : 200;
  if (content.value().is_partial) {
    response.headers.emplace_back("Content-Range", content_range(content.value()));
  }
  response.body = std::move(content.value().bytes);
  return response;
}

HttpResponse S3Protocol::head_object(const HttpRequest& http, const S3Request& request) {
  const auto info = s3_.head_object(request.bucket, request.key);
  if (!info) return xml_error(info.error(), split_target(http.target).path);
  const uint32_t failed = failed_condition(http, info.value());
  return {.status = failed == 0 ? 200 : failed,
          .headers = object_headers(http, info.value()),
          .body = {},
          .head_bytes = info.value().bytes};
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
  const auto& [objects, prefixes, next_token] = page.value();
  std::string body = open_root("ListBucketResult");
  append_element(body, "Name", request.bucket);
  append_element(body, "Prefix", name(input.prefix));
  if (!input.delimiter.empty()) append_element(body, "Delimiter", name(input.delimiter));
  if (is_encoded) append_element(body, "EncodingType", "url");
  append_element(body, "MaxKeys", input.max_keys);
  append_element(body, "KeyCount", objects.size() + prefixes.size());
  append_element(body, "IsTruncated", next_token.empty() ? "false" : "true");
  if (input.continuation_token) {
    append_element(body, "ContinuationToken", *input.continuation_token);
  }
  if (!next_token.empty()) append_element(body, "NextContinuationToken", next_token);
  if (!input.start_after.empty()) append_element(body, "StartAfter", name(input.start_after));
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
  const std::string location(element_text(http.body, "LocationConstraint"));
  const std::string resource = "/" + request.bucket;
  const auto error = s3_.create_bucket(request.bucket, location, clock_.now_ms());
  if (error) return xml_error(*error, resource);
  return {.status = 200, .headers = {{"Location", resource}}, .body = {}};
}

}  // namespace edgehose
