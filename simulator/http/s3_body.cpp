#include "simulator/http/s3_body.h"

#include "simulator/http/aws_chunked.h"
#include "simulator/http/checksums.h"
#include "simulator/http/s3_request.h"

namespace edgehose {
namespace {

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

}  // namespace

Outcome<ObjectHeaders> receive_body(HttpRequest& http, const SigV4Result* signature,
                                    MissingChecksum missing) {
  HttpHeaders trailers;
  if (auto error = unchunk(http, signature, trailers)) return *error;
  ObjectHeaders checksums;
  if (auto error = check_body(http, trailers, http.body, checksums)) return *error;
  if (missing == MissingChecksum::leave) return checksums;
  if (checksums.empty()) {
    checksums.emplace_back("x-amz-checksum-crc64nvme", *checksum_base64("crc64nvme", http.body));
  }
  checksums.emplace_back("x-amz-checksum-type", "FULL_OBJECT");
  return checksums;
}

}  // namespace edgehose
