// API Gateway as `edgehose up` runs it: the API of a document in front of this machine's Firehose,
// on the simulator's port and, where one is asked for, on a port of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "simulator/engine/disk.h"
#include "simulator/http/firehose_protocol.h"
#include "simulator/http/gateway_protocol.h"

namespace edgehose {

struct GatewayServiceOptions {
  std::string document = {};          // a path
  std::optional<uint16_t> port = {};  // 0 picks a free one
  std::string region = "ap-northeast-1";
  ThrottleRate account = kAccountThrottle;
  uint64_t seed = 1;
};

// All outlive the service.
struct GatewayServiceWorld {
  Disk& disk;
  FirehoseProtocol& firehose;
  const Clock& clock;
  const Clock& wall_clock;
  FaultGate& faults;
};

class GatewayService {
 public:
  // Throws std::runtime_error with each thing that is wrong in the document, and where.
  GatewayService(const GatewayServiceOptions& options, const GatewayServiceWorld& world);
  ~GatewayService();
  GatewayService(const GatewayService&) = delete;
  GatewayService& operator=(const GatewayService&) = delete;

  [[nodiscard]] GatewayProtocol& protocol() { return protocol_; }
  // Where the API's paths begin. `simulator_port` is the one everything is on.
  [[nodiscard]] std::string url(uint16_t simulator_port) const;
  // After the signal: requests under way on the own port are answered first.
  void finish();

 private:
  class OwnPort;

  Gateway gateway_;
  GatewayProtocol protocol_;
  std::unique_ptr<OwnPort> own_port_;
};

}  // namespace edgehose
