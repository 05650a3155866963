// The wire of S3's multipart uploads, and the checksums of objects in parts: COMPOSITE is that of
// the parts' checksums, FULL_OBJECT that of all the bytes.
#pragma once

#include "simulator/http/s3_request.h"
#include "simulator/http/sigv4.h"
#include "simulator/services/s3/multipart.h"
#include "simulator/services/s3/s3.h"

namespace edgehose {

class S3MultipartProtocol {
 public:
  // The service outlives it.
  explicit S3MultipartProtocol(S3& s3) : s3_(s3), multipart_(s3.backend()) {}

  // For the operations of S3Operation that name an upload, and list_uploads.
  [[nodiscard]] HttpResponse handle(HttpRequest& http, const S3Request& request,
                                    const SigV4Result* signature, int64_t now_ms);

 private:
  Outcome<HttpResponse> dispatch(HttpRequest& http, const S3Request& request,
                                 const SigV4Result* signature, int64_t now_ms);
  Outcome<HttpResponse> create(const HttpRequest& http, const S3Request& request, int64_t now_ms);
  Outcome<HttpResponse> upload_part(HttpRequest& http, const S3Request& request,
                                    const SigV4Result* signature);
  Outcome<HttpResponse> copy_part(const HttpRequest& http, const S3Request& request);
  Outcome<ObjectInfo> keep_part(const S3Request& request, std::string_view bytes,
                                ObjectHeaders& checksums);
  Outcome<HttpResponse> complete(const HttpRequest& http, const S3Request& request);
  Outcome<ObjectHeaders> checksums_of(const Assembly& assembly) const;
  Outcome<HttpResponse> list_parts(const S3Request& request) const;
  Outcome<HttpResponse> list_uploads(const S3Request& request) const;

  S3& s3_;
  Multipart multipart_;
};

}  // namespace edgehose
