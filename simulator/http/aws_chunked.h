// The aws-chunked body of S3 uploads: chunks inside HTTP's own, with trailers, signed or not.
//
//   5[;chunk-signature=<hex>]\r\nhello\r\n0[;chunk-signature=<hex>]\r\n
//   x-amz-checksum-crc32:NhCmhg==\r\n[x-amz-trailer-signature:<hex>\r\n]\r\n
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/http/http_server.h"
#include "simulator/http/sigv4.h"

namespace edgehose {

enum class ChunkedFault : uint8_t { none, malformed, wrong_signature };

struct ChunkedBody {
  ChunkedFault fault = ChunkedFault::none;
  std::string bytes;
  HttpHeaders trailers;  // lower-case names
};

// Decodes a whole body. With `seed`, the verified signature of the request, every chunk and the
// trailer must carry its own; without, signatures are stepped over.
[[nodiscard]] ChunkedBody read_aws_chunked(std::string_view body, const SigV4Result* seed);

}  // namespace edgehose
