// The front door: tells Firehose, S3 and the control endpoint apart.
//
//   X-Amz-Target: Firehose_20150804.*  -> firehose_protocol.h
//   /_edgehose/*                       -> control.h
//   everything else                    -> s3_protocol.h
#pragma once

#include <mutex>

#include "simulator/engine/random.h"
#include "simulator/http/control.h"
#include "simulator/http/firehose_protocol.h"
#include "simulator/http/http_server.h"

namespace edgehose {

// A batch of 4 MiB is 5.6 MiB as base64 in JSON; well above it a body is refused unread.
inline constexpr uint64_t kFirehoseBodyBytesMax = 16U << 20;
inline constexpr uint64_t kControlBodyBytesMax = 64U << 10;

class Frontend final : public HttpHandler {
 public:
  // All outlive the front end.
  Frontend(FirehoseProtocol& firehose, Control& control, Random& random);

  HttpAdmission admit(const HttpRequest& head) override;
  void handle(HttpRequest request, HttpRespond respond) override;

 private:
  std::string next_request_id();

  FirehoseProtocol& firehose_;
  Control& control_;
  std::mutex random_guard_;
  Random& random_;
};

}  // namespace edgehose
