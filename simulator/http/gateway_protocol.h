// API Gateway's wire: takes HTTP requests through the gateway to Firehose and its answers back.
//
//   http://ENDPOINT/restapis/API/STAGE/_user_request_/PATH   on the simulator's port
//   http://API-ENDPOINT/STAGE/PATH                           on a port of its own
//
// No signature is asked for: the API is open, and the gateway signs for its senders.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/engine/clock.h"
#include "simulator/engine/random.h"
#include "simulator/http/fault_gate.h"
#include "simulator/http/http_server.h"
#include "simulator/services/apigateway/gateway.h"

namespace edgehose {

inline constexpr std::string_view kRestApisPath = "/restapis/";

// Calls an operation of Firehose: FirehoseProtocol::handle(), with its faults in the way.
using CallFirehose =
    std::function<void(std::string_view operation, const std::string& body, HttpRespond respond)>;

// All outlive the protocol.
struct GatewayWorld {
  Gateway& gateway;
  CallFirehose firehose;
  const Clock& clock;
  const Clock& wall_clock;  // latencies and time-outs are what a sender waits
  uint64_t seed = 1;        // of request ids
  FaultGate* faults = nullptr;
};

class GatewayProtocol final : public HttpHandler {
 public:
  explicit GatewayProtocol(const GatewayWorld& world);

  HttpAdmission admit(const HttpRequest& head) override;
  void handle(HttpRequest request, HttpRespond respond) override;

  // {"api","stage","count","4xx_errors",...}
  [[nodiscard]] std::string status_json();
  [[nodiscard]] const RestApi& api() const { return world_.gateway.api(); }
  // The gateway's figures while nobody changes them.
  [[nodiscard]] GatewayMeters meters();

 private:
  struct Work;

  [[nodiscard]] GatewayCall prepare(const HttpRequest& request);
  // True: the request ends here.
  bool meet_fault(Work& work);
  void call(const std::shared_ptr<Work>& work);
  void answer_integration(const std::shared_ptr<Work>& work, HttpResponse response);
  void answer(Work& work, GatewayAnswer answer, Gateway::Throttled throttled,
              std::optional<uint64_t> integration_ms);
  [[nodiscard]] HttpResponse to_response(const GatewayCall& call, GatewayAnswer answer) const;

  GatewayWorld world_;
  std::mutex mutex_;  // guards the gateway's tokens and meters, and the ids
  Random ids_;
};

}  // namespace edgehose
