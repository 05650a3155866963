#include "simulator/http/s3_multipart_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/base64.h"
#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "simulator/http/checksums.h"
#include "simulator/http/s3_body.h"
#include "simulator/http/s3_xml.h"

namespace edgehose {
namespace {

constexpr std::string_view kAlgorithm = "x-amz-checksum-algorithm";
constexpr std::string_view kType = "x-amz-checksum-type";
constexpr std::string_view kChecksum = "x-amz-checksum-";

UploadName name_of(const S3Request& request) {
  return {request.bucket, request.key, request.parameter("uploadId").value_or("")};
}

std::string_view header_of(const ObjectHeaders& headers, std::string_view name) {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = to_lower(c);
  return lowered;
}

// A parameter that is a number, at most `most`; `fallback` when it is absent or empty.
Outcome<uint32_t> number_parameter(const S3Request& request, const char* name, uint32_t fallback,
                                   uint32_t most) {
  const std::string text = request.parameter(name).value_or("");
  if (text.empty()) return fallback;
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  if (code == std::errc() && stop == end) return std::min(number, most);
  return AwsError{"InvalidArgument", std::string("Provided ") + name + " not an integer", 400};
}

Outcome<uint32_t> part_number(const S3Request& request) {
  const auto number = number_parameter(request, "partNumber", 0, kPartNumberMax + 1);
  if (!number || check_part_number(number.value())) return *check_part_number(0);
  return number.value();
}

// Which checksum the finished object gets, in lower case; what cannot be is refused.
std::optional<AwsError> read_checksum_choice(const HttpRequest& http, ObjectHeaders& headers) {
  constexpr std::array<std::string_view, 5> kKnown = {"crc32", "crc32c", "crc64nvme", "sha1",
                                                      "sha256"};
  const bool is_chosen = http.has_header(kAlgorithm);
  const std::string algorithm = is_chosen ? lower(http.header(kAlgorithm)) : "crc64nvme";
  if (std::find(kKnown.begin(), kKnown.end(), algorithm) == kKnown.end()) {
    return AwsError{"NotImplemented", "A checksum algorithm that is not implemented: " + algorithm,
                    501};
  }
  const bool must_be_full = algorithm == "crc64nvme";
  const bool must_be_composite = algorithm.starts_with("sha");
  std::string type(http.header(kType));
  if (type.empty()) type = must_be_full ? "FULL_OBJECT" : "COMPOSITE";
  const bool is_full = type == "FULL_OBJECT";
  const bool is_possible = is_full ? !must_be_composite : type == "COMPOSITE" && !must_be_full;
  if (!is_possible) {
    return AwsError{"InvalidRequest",
                    "The " + type + " checksum type cannot be used with the " + algorithm +
                        " checksum algorithm.",
                    400};
  }
  headers.emplace_back(kAlgorithm, algorithm);
  headers.emplace_back(kType, type);
  return std::nullopt;
}

HttpResponse empty_response(HttpHeaders headers) {
  return {.status = 200, .headers = std::move(headers), .body = {}};
}

}  // namespace

HttpResponse S3MultipartProtocol::handle(HttpRequest& http, const S3Request& request,
                                         const SigV4Result* signature, int64_t now_ms) {
  auto response = dispatch(http, request, signature, now_ms);
  if (response) return std::move(response.value());
  return xml_error(response.error(), split_target(http.target).path);
}

Outcome<HttpResponse> S3MultipartProtocol::dispatch(HttpRequest& http, const S3Request& request,
                                                    const SigV4Result* signature, int64_t now_ms) {
  switch (request.operation) {
    case S3Operation::create_upload:
      return create(http, request, now_ms);
    case S3Operation::upload_part:
      return upload_part(http, request, signature);
    case S3Operation::upload_part_copy:
      return copy_part(http, request);
    case S3Operation::complete_upload:
      return complete(http, request);
    case S3Operation::abort_upload: {
      if (const auto error = multipart_.abort(name_of(request))) return *error;
      return HttpResponse{.status = 204, .headers = {}, .body = {}};
    }
    case S3Operation::list_parts:
      return list_parts(request);
    case S3Operation::list_uploads:
      return list_uploads(request);
    default:
      return AwsError{"InternalError", "An operation without an answer.", 500};
  }
}

Outcome<HttpResponse> S3MultipartProtocol::create(const HttpRequest& http, const S3Request& request,
                                                  int64_t now_ms) {
  UploadInfo upload{.id = {},
                    .bucket = request.bucket,
                    .key = request.key,
                    .started_ms = now_ms,
                    .headers = kept_headers(http)};
  if (const auto error = read_checksum_choice(http, upload.headers)) return *error;
  const auto id = multipart_.begin(upload);
  if (!id) return id.error();
  std::string body = open_root("InitiateMultipartUploadResult");
  append_element(body, "Bucket", request.bucket);
  append_element(body, "Key", request.key);
  append_element(body, "UploadId", id.value());
  HttpResponse response = xml_response(body.append("</InitiateMultipartUploadResult>"));
  if (!http.has_header(kAlgorithm)) return response;
  response.headers.emplace_back(kAlgorithm, http.header(kAlgorithm));
  response.headers.emplace_back(kType, header_of(upload.headers, kType));
  return response;
}

Outcome<ObjectInfo> S3MultipartProtocol::keep_part(const S3Request& request, std::string_view bytes,
                                                   ObjectHeaders& checksums) {
  const auto number = part_number(request);
  if (!number) return number.error();
  const auto upload = multipart_.find(name_of(request));
  if (!upload) return upload.error();
  // A composite checksum needs every part's, also of a sender that gave none.
  const auto& headers = upload.value().headers;
  const std::string_view algorithm = header_of(headers, kAlgorithm);
  const std::string wanted = std::string(kChecksum).append(algorithm);
  if (header_of(headers, kType) == "COMPOSITE" && header_of(checksums, wanted).empty()) {
    checksums.emplace_back(wanted, checksum_base64(algorithm, bytes).value_or(""));
  }
  return multipart_.put_part(name_of(request), number.value(), bytes, checksums);
}

Outcome<HttpResponse> S3MultipartProtocol::upload_part(HttpRequest& http, const S3Request& request,
                                                       const SigV4Result* signature) {
  auto checksums = receive_body(http, signature, MissingChecksum::leave);
  if (!checksums) return checksums.error();
  const auto part = keep_part(request, http.body, checksums.value());
  if (!part) return part.error();
  HttpHeaders headers = {{"ETag", quoted_etag(part.value().etag)}};
  headers.insert(headers.end(), checksums.value().begin(), checksums.value().end());
  return empty_response(std::move(headers));
}

Outcome<HttpResponse> S3MultipartProtocol::copy_part(const HttpRequest& http,
                                                     const S3Request& request) {
  const auto source = read_copy_source(http);
  if (!source) return source.error();
  const std::string_view text = http.header("x-amz-copy-source-range");
  const auto range = read_byte_range(text);
  if (!text.empty() && (!range || !range->last)) {
    return AwsError{"InvalidArgument",
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where "
                    "first and last are the zero-based offsets of the first and last bytes to copy",
                    400};
  }
  const auto content = s3_.get_object(source.value().bucket, source.value().key, range);
  if (!content) return content.error();
  ObjectHeaders checksums;
  const auto part = keep_part(request, content.value().bytes, checksums);
  if (!part) return part.error();
  std::string body = open_root("CopyPartResult");
  append_element(body, "LastModified", iso_ms(part.value().modified_ms));
  append_element(body, "ETag", quoted_etag(part.value().etag));
  append_checksums(body, checksums);
  return xml_response(body.append("</CopyPartResult>"));
}

Outcome<ObjectHeaders> S3MultipartProtocol::checksums_of(const Assembly& assembly) const {
  const std::string_view algorithm = header_of(assembly.headers, kAlgorithm);
  const std::string name = std::string(kChecksum).append(algorithm);
  std::string value;
  auto crc = Crc::find(algorithm);
  const bool is_full = header_of(assembly.headers, kType) == "FULL_OBJECT" && crc;
  std::string of_parts;
  for (const PartInfo& part : assembly.parts) {
    if (!is_full) {
      (void)base64_decode(header_of(part.info.headers, name), of_parts);
      continue;
    }
    const auto bytes = multipart_.read_part(assembly, part.number);
    if (!bytes) return bytes.error();
    crc->add(bytes.value());
  }
  value = is_full ? crc->base64()
                  : checksum_base64(algorithm, of_parts).value_or("") + "-" +
                        std::to_string(assembly.parts.size());
  return ObjectHeaders{{name, value}, {std::string(kType), is_full ? "FULL_OBJECT" : "COMPOSITE"}};
}

Outcome<HttpResponse> S3MultipartProtocol::complete(const HttpRequest& http,
                                                    const S3Request& request) {
  const auto listed = read_completed_parts(http.body);
  if (!listed) return listed.error();
  const auto condition = read_put_condition(http);
  if (!condition) return condition.error();
  const auto assembly = multipart_.assemble(name_of(request), listed.value());
  if (!assembly) return assembly.error();
  const auto checksums = checksums_of(assembly.value());
  if (!checksums) return checksums.error();
  for (const auto& [name, value] : checksums.value()) {
    const std::string_view claimed = http.header(name);
    if (claimed.empty() || claimed == value) continue;
    return AwsError{"BadDigest", "The " + name + " you specified did not match the calculated one.",
                    400};
  }
  ObjectHeaders headers = assembly.value().headers;
  std::erase_if(headers, [](const auto& header) { return header.first.starts_with(kChecksum); });
  headers.insert(headers.end(), checksums.value().begin(), checksums.value().end());
  const auto written = multipart_.complete(assembly.value(), headers, condition.value());
  if (!written) return written.error();
  std::string body = open_root("CompleteMultipartUploadResult");
  append_element(body, "Location", split_target(http.target).path);
  append_element(body, "Bucket", request.bucket);
  append_element(body, "Key", request.key);
  append_element(body, "ETag", quoted_etag(written.value().etag));
  append_checksums(body, checksums.value());
  return xml_response(body.append("</CompleteMultipartUploadResult>"));
}

Outcome<HttpResponse> S3MultipartProtocol::list_parts(const S3Request& request) const {
  const auto after = number_parameter(request, "part-number-marker", 0, kPartNumberMax);
  if (!after) return after.error();
  const auto count = number_parameter(request, "max-parts", kListPartsMax, kListPartsMax);
  if (!count) return count.error();
  const UploadName name = name_of(request);
  const auto page = multipart_.list_parts(name, after.value(), count.value());
  if (!page) return page.error();
  const auto& entries = page.value().entries;
  std::string body = open_root("ListPartsResult");
  append_element(body, "Bucket", name.bucket);
  append_element(body, "Key", name.key);
  append_element(body, "UploadId", name.id);
  append_element(body, "StorageClass", "STANDARD");
  append_element(body, "PartNumberMarker", after.value());
  if (!entries.empty()) append_element(body, "NextPartNumberMarker", entries.back().number);
  append_element(body, "MaxParts", count.value());
  append_element(body, "IsTruncated", page.value().has_more ? "true" : "false");
  for (const PartInfo& part : entries) {
    body.append("<Part>");
    append_element(body, "PartNumber", part.number);
    append_element(body, "LastModified", iso_ms(part.info.modified_ms));
    append_element(body, "ETag", quoted_etag(part.info.etag));
    append_element(body, "Size", part.info.bytes);
    append_checksums(body, part.info.headers);
    body.append("</Part>");
  }
  return xml_response(body.append("</ListPartsResult>"));
}

Outcome<HttpResponse> S3MultipartProtocol::list_uploads(const S3Request& request) const {
  const auto count = number_parameter(request, "max-uploads", kListPartsMax, kListPartsMax);
  if (!count) return count.error();
  const UploadName after{.bucket = {},
                         .key = request.parameter("key-marker").value_or(""),
                         .id = request.parameter("upload-id-marker").value_or("")};
  const std::string prefix = request.parameter("prefix").value_or("");
  const auto page = multipart_.list_uploads(request.bucket, prefix, after, count.value());
  if (!page) return page.error();
  const bool is_encoded = request.parameter("encoding-type") == "url";
  const auto text = [&](const std::string& key) {
    return is_encoded ? percent_encoded(key, "/") : key;
  };
  const auto& entries = page.value().entries;
  std::string body = open_root("ListMultipartUploadsResult");
  append_element(body, "Bucket", request.bucket);
  append_element(body, "KeyMarker", text(after.key));
  append_element(body, "UploadIdMarker", after.id);
  if (page.value().has_more && !entries.empty()) {
    append_element(body, "NextKeyMarker", text(entries.back().key));
    append_element(body, "NextUploadIdMarker", entries.back().id);
  }
  append_element(body, "Prefix", text(prefix));
  if (is_encoded) append_element(body, "EncodingType", "url");
  append_element(body, "MaxUploads", count.value());
  append_element(body, "IsTruncated", page.value().has_more ? "true" : "false");
  for (const UploadInfo& upload : entries) {
    body.append("<Upload>");
    append_element(body, "Key", text(upload.key));
    append_element(body, "UploadId", upload.id);
    append_element(body, "StorageClass", "STANDARD");
    append_element(body, "Initiated", iso_ms(upload.started_ms));
    body.append("</Upload>");
  }
  return xml_response(body.append("</ListMultipartUploadsResult>"));
}

}  // namespace edgehose
