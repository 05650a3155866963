// The checksums and digests that S3 clients send beside a body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/sha256.h"

namespace edgehose {

// SHA-256 by OpenSSL, which uses the processor's own instructions: bodies are megabytes.
[[nodiscard]] Sha256 fast_sha256(std::string_view bytes);

// The value of `x-amz-checksum-<algorithm>` for a body: base64 of the big-endian checksum. Knows
// crc32, crc32c, crc64nvme, sha1, sha256, sha512 and md5 (lower case); nothing for another.
[[nodiscard]] std::optional<std::string> checksum_base64(std::string_view algorithm,
                                                         std::string_view bytes);

}  // namespace edgehose
