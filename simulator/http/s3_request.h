// Reads an HTTP request as S3 means it: bucket, key, parameters; what is not modelled is refused by
// name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/http/http_server.h"
#include "simulator/http/url.h"
#include "simulator/services/aws_error.h"
#include "simulator/services/s3/object_backend.h"

namespace edgehose {

enum class S3Operation : uint8_t {
  list_buckets,
  create_bucket,
  head_bucket,
  get_bucket_location,
  list_objects_v2,
  put_object,
  get_object,
  head_object,
  delete_object,
};

struct S3Request {
  S3Operation operation = S3Operation::list_buckets;
  std::string bucket;
  std::string key;
  QueryParameters query;

  // The value of a parameter, or nothing.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

// Path style, and `bucket.localhost` or `bucket.s3.localhost` as host.
[[nodiscard]] Outcome<S3Request> read_s3_request(const HttpRequest& request);

// The headers that are kept with an object and given back with it.
[[nodiscard]] ObjectHeaders kept_headers(const HttpRequest& request);

// Checks Content-MD5 and x-amz-checksum-* of headers and trailers against the body. The last error,
// or nothing; `echo` gets the checksum headers that were right.
[[nodiscard]] std::optional<AwsError> check_body(const HttpRequest& request,
                                                 const HttpHeaders& trailers, std::string_view body,
                                                 HttpHeaders& echo);

}  // namespace edgehose
