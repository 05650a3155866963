// Verifies AWS Signature Version 4, in the Authorization header and in presigned URLs.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/sha256.h"
#include "simulator/http/http_server.h"

namespace edgehose {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
};

enum class SigV4Fault : uint8_t {
  none,
  missing,        // no signature at all
  version_2,      // signed the old way, as boto3 presigns by default
  malformed,      // parts are missing or of another form
  unknown_key,    // no such access key
  wrong_scope,    // signed for another service
  skewed,         // more than 15 minutes off, or a presigned URL past its time
  wrong,          // the signature does not match
  wrong_payload,  // the body is not the one whose hash was signed
};

// What a signature was checked to be; `fault` none.
struct SigV4Result {
  SigV4Fault fault = SigV4Fault::none;
  std::string date;       // 20261122T130000Z
  std::string scope;      // 20261122/ap-northeast-1/s3/aws4_request
  std::string signature;  // hexadecimal: the seed of signed chunks
  Sha256 signing_key{};
};

// `service` is "s3" or "firehose": S3 signs the path encoded once, others twice, and the payload
// hash header is mandatory in S3 only. `now_ms` is the unscaled clock.
[[nodiscard]] SigV4Result verify_sigv4(const HttpRequest& request, const Credentials& credentials,
                                       std::string_view service, int64_t now_ms);

// HMAC chain of "AWS4" + secret over the parts of `scope`.
[[nodiscard]] Sha256 sigv4_signing_key(std::string_view secret, std::string_view scope);

// A comparison whose time tells nothing.
[[nodiscard]] bool equals_in_constant_time(std::string_view a, std::string_view b);

}  // namespace edgehose
