#include "simulator/http/gateway_service.h"

#include <stdexcept>
#include <thread>
#include <utility>

#include "simulator/http/api_document.h"
#include "simulator/http/frontend.h"

namespace edgehose {
namespace {

constexpr std::string_view kLoopback = "http://127.0.0.1:";

RestApi load_api(const GatewayServiceOptions& options, const Disk& disk) {
  const auto text = disk.read(options.document);
  if (!text) throw std::runtime_error("--api " + options.document + ": cannot be read");
  std::string problems;
  auto api = read_api_file(options.document, text.value(), problems);
  if (!api) throw std::runtime_error("--api\n" + problems);
  api->region = options.region;
  return std::move(*api);
}

CallFirehose calls(FirehoseProtocol& firehose, FaultGate& faults) {
  return [&firehose, &faults](std::string_view operation, const std::string& body,
                              const HttpRespond& respond) {
    call_firehose(firehose, &faults, operation, body, respond);
  };
}

}  // namespace

// Served beside the simulator's port until the same signal.
class GatewayService::OwnPort {
 public:
  OwnPort(uint16_t port, GatewayProtocol& protocol)
      : server_({.port = port}, protocol), thread_([this] { server_.run(); }) {}
  ~OwnPort() {
    server_.stop();
    finish();
  }
  OwnPort(const OwnPort&) = delete;
  OwnPort& operator=(const OwnPort&) = delete;

  [[nodiscard]] uint16_t port() const { return server_.port(); }
  void finish() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  HttpServer server_;
  std::thread thread_;
};

GatewayService::GatewayService(const GatewayServiceOptions& options,
                               const GatewayServiceWorld& world)
    : gateway_(load_api(options, world.disk), {.account = options.account}, world.clock.now_ms()),
      protocol_({gateway_, calls(world.firehose, world.faults), world.clock, world.wall_clock,
                 options.seed, &world.faults}) {
  if (options.port) own_port_ = std::make_unique<OwnPort>(*options.port, protocol_);
}

GatewayService::~GatewayService() = default;

std::string GatewayService::url(uint16_t simulator_port) const {
  const RestApi& api = gateway_.api();
  std::string url(kLoopback);
  if (own_port_) return url.append(std::to_string(own_port_->port())).append("/").append(api.stage);
  url.append(std::to_string(simulator_port)).append(kRestApisPath).append(api.id);
  return url.append("/").append(api.stage).append("/_user_request_");
}

void GatewayService::finish() {
  if (own_port_) own_port_->finish();
}

}  // namespace edgehose
