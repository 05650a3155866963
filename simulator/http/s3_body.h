// The body of an S3 upload: framing undone, digests checked.
#pragma once

#include "simulator/http/http_server.h"
#include "simulator/http/sigv4.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/s3/object_backend.h"

namespace edgehose {

// S3 keeps CRC64NVME of an object whose sender gave no checksum; of parts it need not.
enum class MissingChecksum : uint8_t { leave, add };

// Undoes aws-chunked framing in place, checks every digest that came with the body, and gives the
// x-amz-checksum-* headers to keep and to send back.
[[nodiscard]] Outcome<ObjectHeaders> receive_body(HttpRequest& http, const SigV4Result* signature,
                                                  MissingChecksum missing);

}  // namespace edgehose
