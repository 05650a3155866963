// S3's wire: REST with XML.
#pragma once

#include <optional>
#include <string>

#include "simulator/engine/clock.h"
#include "simulator/http/control.h"
#include "simulator/http/event_host.h"
#include "simulator/http/http_server.h"
#include "simulator/http/s3_multipart_protocol.h"
#include "simulator/http/s3_request.h"
#include "simulator/http/sigv4.h"
#include "simulator/services/s3/s3.h"

namespace edgehose {

// Objects are held in memory on their way in and out. AWS takes 5 GiB in one PUT.
inline constexpr uint64_t kS3BodyBytesMax = 128U << 20;

class S3Protocol {
 public:
  // All outlive the protocol. Without `events` a bucket has no notifications.
  S3Protocol(S3& s3, S3Meters& meters, const Clock& clock, EventHost* events = nullptr);

  // Does the whole request, disk included. `signature` is what was verified of it, or nullptr where
  // no credentials are configured.
  [[nodiscard]] HttpResponse handle(HttpRequest request, const SigV4Result* signature);

 private:
  void count(S3Operation operation);
  HttpResponse dispatch(HttpRequest& http, const S3Request& request, const SigV4Result* signature);
  HttpResponse put_object(HttpRequest& http, const S3Request& request,
                          const SigV4Result* signature);
  HttpResponse handle_bucket(const S3Request& request);
  HttpResponse delete_objects(HttpRequest& http, const S3Request& request,
                              const SigV4Result* signature);
  HttpResponse copy_object(const HttpRequest& http, const S3Request& request);
  Outcome<ObjectHeaders> copied_headers(const HttpRequest& http, const ObjectInfo& info,
                                        bool is_onto_itself) const;
  HttpResponse get_object(const HttpRequest& http, const S3Request& request);
  HttpResponse head_object(const HttpRequest& http, const S3Request& request);
  HttpResponse list_objects(const S3Request& request);
  HttpResponse list_buckets();
  HttpResponse handle_notification(HttpRequest& http, const S3Request& request,
                                   const SigV4Result* signature);
  // Tells of what a call that succeeded did to an object. False: it could not be kept.
  bool notify(const S3Request& request);
  HttpResponse create_bucket(const HttpRequest& http, const S3Request& request);

  S3& s3_;
  S3MultipartProtocol multipart_;
  S3Meters& meters_;
  const Clock& clock_;
  EventHost* events_;
};

}  // namespace edgehose
