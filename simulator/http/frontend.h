// The front door: tells Firehose, S3 and the control endpoint apart and checks signatures.
//
//   X-Amz-Target: Firehose_20150804.*  -> firehose_protocol.h
//   X-Amz-Target: AmazonSQS.*          -> sqs_protocol.h
//   /2015-03-31/functions/*, ...       -> lambda_protocol.h
//   CloudWatch's target, path or form  -> cloudwatch_protocol.h
//   GET /metrics                       -> the same, for Prometheus
//   X-Amz-Target: Logs_20140328.*      -> logs_protocol.h
//   /_edgehose/*                       -> control.h
//   /restapis/*, with an API           -> gateway_protocol.h
//   everything else                    -> s3_protocol.h, on a worker thread
#pragma once

#include <mutex>
#include <optional>

#include "simulator/engine/random.h"
#include "simulator/http/cloudwatch_protocol.h"
#include "simulator/http/control.h"
#include "simulator/http/fault_gate.h"
#include "simulator/http/firehose_protocol.h"
#include "simulator/http/gateway_protocol.h"
#include "simulator/http/http_server.h"
#include "simulator/http/lambda_protocol.h"
#include "simulator/http/logs_protocol.h"
#include "simulator/http/s3_protocol.h"
#include "simulator/http/sigv4.h"
#include "simulator/http/sqs_protocol.h"
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
  SqsProtocol& sqs;
  LambdaProtocol& lambda;
  Control& control;
  WorkerPool& workers;
  const Clock& wall_clock;  // unscaled: signatures carry real dates
  Random& request_ids;
  FaultGate* faults = nullptr;  // faults on purpose, or none
  CloudWatchProtocol* cloudwatch = nullptr;
  LogsProtocol* logs = nullptr;
  GatewayProtocol* gateway = nullptr;  // an API in front of Firehose, or none
};

class Frontend final : public HttpHandler {
 public:
  // Without credentials every signature is taken, and none is needed.
  Frontend(const FrontendWorld& world, std::optional<Credentials> credentials);

  HttpAdmission admit(const HttpRequest& head) override;
  void handle(HttpRequest request, HttpRespond respond) override;

 private:
  std::string next_request_id();
  [[nodiscard]] bool is_for_gateway(const HttpRequest& request) const;
  void handle_firehose(const HttpRequest& request, const HttpRespond& respond);
  void handle_sqs(const HttpRequest& request, const HttpRespond& respond);
  void handle_lambda(const HttpRequest& request, const HttpRespond& respond);
  HttpResponse handle_logs(const HttpRequest& request);
  HttpResponse handle_cloudwatch(const HttpRequest& request, std::string_view request_id);
  void handle_s3(HttpRequest request, HttpRespond respond);
  void serve_s3(HttpRequest request, HttpRespond respond, const SigV4Result* signature);

  FrontendWorld world_;
  std::optional<Credentials> credentials_;
  std::mutex request_ids_guard_;
};

// An operation of Firehose with the faults in its way, for whoever has shown a signature or needs
// none.
void call_firehose(FirehoseProtocol& firehose, FaultGate* faults, std::string_view operation,
                   const std::string& body, const HttpRespond& respond);

// The stream that a Firehose request names; empty where none is read.
[[nodiscard]] std::string_view stream_named_in(std::string_view body);
// The queue that the URL in an SQS request ends in.
[[nodiscard]] std::string_view queue_named_in(std::string_view body);

// A signature's fault as each protocol words it.
[[nodiscard]] AwsError json_signature_error(SigV4Fault fault);
[[nodiscard]] AwsError s3_signature_error(SigV4Fault fault);

}  // namespace edgehose
