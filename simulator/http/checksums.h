// The checksums and digests that S3 clients send beside a body.
#pragma once

#include <cstdint>
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

// A CRC over bytes that come in pieces: crc32, crc32c or crc64nvme.
class Crc {
 public:
  // Nothing for another algorithm: digests of objects in parts are made of the parts' digests.
  [[nodiscard]] static std::optional<Crc> find(std::string_view algorithm);
  void add(std::string_view bytes);
  [[nodiscard]] std::string base64() const;

 private:
  enum class Kind : uint8_t { crc32, crc32c, crc64nvme };
  explicit Crc(Kind kind) : kind_(kind) {}

  Kind kind_;
  uint64_t value_ = 0;
};

}  // namespace edgehose
