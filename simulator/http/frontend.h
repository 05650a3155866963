// The front door: tells Firehose, S3 and the control endpoint apart and checks signatures.
//
//   X-Amz-Target: Firehose_20150804.*  -> firehose_protocol.h
//   /_edgehose/*                       -> control.h
//   everything else                    -> s3_protocol.h, on a worker thread
#pragma once

#include <mutex>
#include <optional>

#include "simulator/engine/random.h"
#include "simulator/http/control.h"
#include "simulator/http/fault_gate.h"
#include "simulator/http/firehose_protocol.h"
#include "simulator/http/http_server.h"
#include "simulator/http/s3_protocol.h"
#include "simulator/http/sigv4.h"
#include "simulator/http/worker_pool.h"

namespace edgehose {

// A batch of 4 MiB is 5.6 MiB as base64 in JSON; well above it a body is refused unread.
inline constexpr uint64_t kFirehoseBodyBytesMax = 16U << 20;
inline constexpr uint64_t kControlBodyBytesMax = 64U << 10;
// A flush into a bucket that is not there would never end.
inline constexpr uint32_t kControlTimeoutMs = 60'000;

// Where requests go. All outlive the front end.
struct FrontendWorld {
  FirehoseProtocol& firehose;
  S3Protocol& s3;
  Control& control;
  WorkerPool& workers;
  const Clock& wall_clock;  // unscaled: signatures carry real dates
  Random& request_ids;
  FaultGate* faults = nullptr;  // faults on purpose, or none
};

class Frontend final : public HttpHandler {
 public:
  // Without credentials every signature is taken, and none is needed.
  Frontend(const FrontendWorld& world, std::optional<Credentials> credentials);

  HttpAdmission admit(const HttpRequest& head) override;
  void handle(HttpRequest request, HttpRespond respond) override;

 private:
  std::string next_request_id();
  void handle_firehose(const HttpRequest& request, const HttpRespond& respond);
  void handle_s3(HttpRequest request, HttpRespond respond);
  void serve_s3(HttpRequest request, HttpRespond respond, const SigV4Result* signature);

  FrontendWorld world_;
  std::optional<Credentials> credentials_;
  std::mutex request_ids_guard_;
};

// The stream that a Firehose request names; empty where none is read.
[[nodiscard]] std::string_view stream_named_in(std::string_view body);

// A signature's fault as each protocol words it.
[[nodiscard]] AwsError json_signature_error(SigV4Fault fault);
[[nodiscard]] AwsError s3_signature_error(SigV4Fault fault);

}  // namespace edgehose
