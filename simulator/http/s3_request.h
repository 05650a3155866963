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
  delete_bucket,
  list_objects,
  list_objects_v2,
  delete_objects,
  put_object,
  get_object,
  get_object_tagging,
  head_object,
  delete_object,
  copy_object,
  create_upload,
  upload_part,
  upload_part_copy,
  complete_upload,
  abort_upload,
  list_parts,
  list_uploads,
  get_notification,
  put_notification,
};

struct S3Request {
  S3Operation operation = S3Operation::list_buckets;
  std::string bucket;
  std::string key;
  QueryParameters query;

  // The value of a parameter, or nothing.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

// A presigned URL may carry x-amz-* headers as parameters: puts them where headers are. (Not its
// checksums: JavaScript's SDK signs that of an empty body.)
void hoist_headers(HttpRequest& request);

// The bucket and key that x-amz-copy-source names.
struct CopySource {
  std::string bucket;
  std::string key;
};
[[nodiscard]] Outcome<CopySource> read_copy_source(const HttpRequest& request);

// What If-Match and If-None-Match ask of a write.
[[nodiscard]] Outcome<PutCondition> read_put_condition(const HttpRequest& request);

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
